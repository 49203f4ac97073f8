//! The codes of refusals and their documentation.

use std::{collections::BTreeSet, fmt::Write};

use plinth_events::RefusalCode;
use schemars::schema_for;
use serde_json::Value;

use crate::committed::assert_committed;

#[test]
fn codes_are_unique_snake_case_and_what_serde_writes() {
    let mut seen = BTreeSet::new();
    for code in RefusalCode::ALL {
        let text = code.as_str();
        assert!(seen.insert(text), "{text} stands for two refusals");
        assert!(text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'), "{text}");
        assert_eq!(serde_json::to_value(code).unwrap(), Value::from(text));
        assert_eq!(serde_json::from_value::<RefusalCode>(text.into()).unwrap(), *code);
    }
}

#[test]
fn statuses_are_those_of_the_contract() {
    let everywhere = [400, 404, 409, 410, 413, 422, 429, 503];
    let over_http = [401, 403, 405, 412, 415, 500];
    for code in RefusalCode::ALL {
        let status = code.status();
        assert!(everywhere.contains(&status) || over_http.contains(&status), "{code} has {status}");
    }
}

#[test]
fn the_documented_refusals_are_those_of_the_contract() {
    assert_committed("../docs/refusals.md", &documentation());
}

fn documentation() -> String {
    let mut text = String::from(INTRODUCTION);
    for code in RefusalCode::ALL {
        writeln!(text, "| `{code}` | {} | {} |", code.status(), meaning(*code)).unwrap();
    }
    text
}

const INTRODUCTION: &str = "# Refusals

A refusal says that a command or a query was not carried out because of something the caller can change. It leaves
nothing behind: the same command id may be sent again. Its body is `application/problem+json` (RFC 9457), its headers are
`Nats-Service-Error-Code` (the status) and `Nats-Service-Error` (the code). `errors` lists what is wrong in the request's
body, each with a JSON pointer, a code and a message; the code is one of this table or one of `duplicate_key`,
`nul_character`, `too_deep`, `unknown_key`, `missing`, `wrong_type`, `not_allowed`, `bad_format`, `bad_length` and
`out_of_range`, or in a formula one of [those](formulas.md#errors), with `allowed` and `suggestion` where there are such.
Facts for programs, such as `current` of a `version_conflict`, stand beside them. Decide by `code`; codes are stable, titles
and details are for people.

This table is generated from the types by `UPDATE_CONTRACT=1 cargo test -p plinth-events`.

| code | status | meaning |
|---|---|---|
";

/// The documentation of the variant, which the derived schema carries.
fn meaning(code: RefusalCode) -> String {
    let schema = schema_for!(RefusalCode).to_value();
    let variants = schema["oneOf"].as_array().unwrap();
    let variant = variants.iter().find(|variant| variant["const"] == code.as_str()).unwrap();
    variant["description"].as_str().unwrap().replace('\n', " ")
}
