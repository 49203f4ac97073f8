//! What `send` and `query` have in common: names as `<aggregate>.<verb>`, with a suggestion for what is nearly one, and
//! bodies. Bodies are not checked here: Plinth says what is wrong with them.

use std::{
    io::{self, Read as _},
    sync::LazyLock,
};

use bytes::Bytes;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use plinth_events::{CommandName, limits, query::QueryName};

/// Parses the name of a command, such as `metric.define`.
pub(super) fn command() -> impl TypedValueParser<Value = CommandName> {
    static NAMES: LazyLock<Vec<String>> = LazyLock::new(|| dotted(CommandName::ALL, CommandName::tokens));
    let find = |name: String| tokens(&name).and_then(|(aggregate, verb)| CommandName::from_tokens(aggregate, verb));
    PossibleValuesParser::new(NAMES.iter().map(String::as_str)).try_map(move |name| find(name).ok_or("no such command"))
}

/// Parses the name of a query, such as `metric.get`.
pub(super) fn query() -> impl TypedValueParser<Value = QueryName> {
    static NAMES: LazyLock<Vec<String>> = LazyLock::new(|| dotted(QueryName::ALL, QueryName::tokens));
    let find = |name: String| tokens(&name).and_then(|(aggregate, verb)| QueryName::from_tokens(aggregate, verb));
    PossibleValuesParser::new(NAMES.iter().map(String::as_str)).try_map(move |name| find(name).ok_or("no such query"))
}

/// The body that an argument is; `-` is standard input, of which no more is read than shows that it is too large.
pub(super) fn body(argument: &str) -> io::Result<Bytes> {
    if argument != "-" {
        return Ok(Bytes::copy_from_slice(argument.as_bytes()));
    }
    let mut body = Vec::new();
    io::stdin().lock().take(limits::MESSAGE_BYTES as u64 + 1).read_to_end(&mut body)?;
    Ok(body.into())
}

fn dotted<N: Copy>(names: &[N], tokens: impl Fn(N) -> (&'static str, &'static str)) -> Vec<String> {
    let dotted = |(aggregate, verb)| format!("{aggregate}.{verb}");
    names.iter().map(|name| dotted(tokens(*name))).collect()
}

fn tokens(name: &str) -> Option<(&str, &str)> {
    name.split_once('.')
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use clap::{Arg, Command};

    use super::*;

    fn parse(argument: &str) -> Result<CommandName, String> {
        let program = Command::new("send").arg(Arg::new("command").value_parser(command()));
        match program.try_get_matches_from(["send", argument]) {
            Ok(matches) => Ok(*matches.get_one("command").unwrap()),
            Err(error) => Err(error.to_string()),
        }
    }

    #[test]
    fn every_command_has_its_name() {
        for name in CommandName::ALL {
            let (aggregate, verb) = name.tokens();
            assert_eq!(parse(&format!("{aggregate}.{verb}")), Ok(*name));
        }
    }

    #[test]
    fn an_unknown_name_gets_a_list_and_a_suggestion() {
        let error = parse("metric.defin").unwrap_err();
        assert!(error.contains("a similar value exists: 'metric.define'"), "{error}");
        assert!(error.contains("dashboard.add-widget"), "{error}");
    }
}
