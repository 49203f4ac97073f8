//! Formulas: which are refused, which say the same, and what declared fields make of them.

use plinth_events::{RefusalCode, fields::Undeclared};

use super::*;
use crate::formulas::catalogue;

/// A definition beside version 1 that differs from it in its formula only.
fn with_formula(text: &str) -> DefineMetric {
    DefineMetric { formula: formula(text), ..define("one", A) }
}

/// The tenant declared these fields.
fn declared(fields: &str, undeclared: Undeclared) -> MetricContext {
    let fields = catalogue(&serde_json::from_str(fields).unwrap(), undeclared).into();
    MetricContext { common: context(EARLY), locked_until: None, fields }
}

/// One version with this formula.
fn one_with(text: &str) -> Story {
    let events = Story::default().decide(context(EARLY), with_formula(text)).unwrap();
    Story { events }
}

const AT_RISK: &str = r#"{"field":"lastOrderDate","operator":">","value":"30 days"}"#;

#[test]
fn example_10_a_formula_that_says_the_same_in_other_words_changes_nothing() {
    let story = one_with(AT_RISK);
    for text in [
        r#"{ "value": "30 days", "operator": ">", "field": "lastOrder\u0044ate" }"#,
        r#"{"field":"lastOrderDate","operator":">","value":"P30D"}"#,
        r#"{"field":"lastOrderDate","operator":"gt","value":{"duration":"30d"}}"#,
        r#"{"not":{"field":"lastOrderDate","operator":"<=","value":"30 days"}}"#,
        r#"{"all":[{"field":"lastOrderDate","operator":">","value":"30 days"}]}"#,
    ] {
        let refusal = story.refuses(EARLY, with_formula(text));
        assert_eq!((refusal.code, refusal.status), (RefusalCode::NoChange, 409), "{text}");
    }
    let renamed = DefineMetric { formula: formula(&AT_RISK.replace("30 days", "P30D")), ..define("One", A) };
    assert!(story.decide(context(EARLY), renamed).is_ok());
}

#[test]
fn a_formula_that_says_something_else_is_a_new_version() {
    let story = one_with(AT_RISK);
    for text in [
        r#"{"field":"lastOrderDate","operator":">","value":"45 days"}"#,
        r#"{"field":"lastOrderDate","operator":">=","value":"30 days"}"#,
        r#"{"field":"lastOrderDate","operator":">","value":{"string":"30 days"}}"#,
        r#"{"language":"sql","expression":"last_order_date < now() - interval '30 days'"}"#,
    ] {
        assert!(story.decide(context(EARLY), with_formula(text)).is_ok(), "{text}");
    }
    assert!(story.decide(context(EARLY), define("one", A)).is_ok());
}

#[test]
fn another_language_is_compared_as_it_stands() {
    let story = one_with(r#"{"language":"sql","expression":"a > 1","source":"x"}"#);
    let same = r#"{"source":"x","expression":"a > 1","language":"sql"}"#;
    assert_eq!(story.refuses(EARLY, with_formula(same)).code, RefusalCode::NoChange);
    assert!(
        story.decide(context(EARLY), with_formula(r#"{"language":"sql","expression":"a>1","source":"x"}"#)).is_ok()
    );
}

#[test]
fn a_formula_that_is_none_is_refused_with_all_that_is_wrong() {
    let text = r#"{"all":[{"field":"a","operator":"like","value":1},{"field":"1","operator":"="}],"b":1}"#;
    let refusal = Story::default().refuses(EARLY, with_formula(text));
    assert_eq!((refusal.code, refusal.status), (RefusalCode::InvalidFormula, 422));
    let pointers: Vec<&str> = refusal.errors.iter().map(|error| error.pointer.as_str()).collect();
    let expected = ["/formula/all/0/operator", "/formula/all/1/value", "/formula/all/1/field", "/formula/b"];
    assert_eq!(pointers.len(), expected.len(), "{pointers:?}");
    assert!(expected.iter().all(|pointer| pointers.contains(pointer)), "{pointers:?}");
}

#[test]
fn a_formula_is_checked_against_the_declared_fields() {
    let fields = r#"{"lastOrderDate":"decimal"}"#;
    let refused = |undeclared, text| {
        let refusal = Story::default().decide_with(declared(fields, undeclared), with_formula(text)).unwrap_err();
        (refusal.code, refusal.errors[0].pointer.clone(), refusal.errors[0].code.clone())
    };
    let code = RefusalCode::InvalidFormula;
    let at = |pointer: &str, error: &str| (code, pointer.to_owned(), error.to_owned());
    assert_eq!(refused(Undeclared::Allowed, AT_RISK).2, "type_mismatch");
    let other = r#"{"field":"paid","operator":">","value":1}"#;
    assert_eq!(refused(Undeclared::Refused, other), at("/formula/field", "unknown_field"));
    assert!(Story::default().decide_with(declared(fields, Undeclared::Allowed), with_formula(other)).is_ok());
}

#[test]
fn a_version_means_what_it_meant_when_it_was_defined() {
    let dates = || declared(r#"{"contacted":"date"}"#, Undeclared::Allowed);
    let text = r#"{"field":"contacted","operator":"=","value":"2026-03-01"}"#;
    let events = Story::default().decide_with(dates(), with_formula(text)).unwrap();
    let [MetricEvent::MetricDefined(defined)] = events.as_slice() else { panic!("{events:?}") };
    assert_eq!((defined.formula.as_ref(), defined.meaning.is_some()), (formula(text).as_ref(), true));

    // the same words mean something else once nothing is declared any more
    let story = Story { events };
    assert!(story.decide(context(EARLY), with_formula(text)).is_ok());
    let refusal = story.decide_with(dates(), with_formula(text)).unwrap_err();
    assert_eq!(refusal.code, RefusalCode::NoChange);
    let spelled_out = r#"{"field":"contacted","operator":"=","value":{"date":"2026-03-01"}}"#;
    assert_eq!(story.refuses(EARLY, with_formula(spelled_out)).code, RefusalCode::NoChange);
}
