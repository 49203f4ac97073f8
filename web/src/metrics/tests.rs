#![allow(clippy::unwrap_used, clippy::expect_used)]

use plinth_events::{
    FieldError,
    query::{KnownAt, metric::MetricPage},
    timeline::Standing,
};
use scraper::{Html, Selector};
use serde_json::json;

use super::*;
use crate::components::People;

const HOSTILE: &str = r#""'></textarea><img src=x onerror=alert(1)>"#;

fn all(page: &Html, selector: &str) -> Vec<String> {
    let selector = Selector::parse(selector).unwrap();
    let texts = page.select(&selector).map(|element| element.text().collect::<String>());
    texts.map(|text| text.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

fn links(page: &Html, selector: &str) -> Vec<String> {
    let selector = Selector::parse(selector).unwrap();
    page.select(&selector).map(|link| link.attr("href").unwrap().to_owned()).collect()
}

fn parse(markup: maud::Markup) -> Html {
    Html::parse_fragment(&markup.into_string())
}

fn head(asked: Asked, can_write: bool) -> MetricHead {
    let code = "at_risk_customer".parse().unwrap();
    MetricHead { code, name: HOSTILE.to_owned(), standing: Some(Standing::Effective), asked, can_write }
}

fn picture(then: bool) -> Picture {
    let point = |version: serde_json::Value, at: &str, until: serde_json::Value, status: &str| {
        json!({ "at": at, "version": version, "window": { "from": at, "until": until }, "status": status,
            "insertedBetween": null, "recordedById": null, "recordedAt": at, "position": 7, "reason": null })
    };
    let points = json!([
        point(json!(1), "2026-01-01T00:00:00Z", json!("2026-02-01T00:00:00Z"), "superseded"),
        point(json!(2), "2026-02-01T00:00:00Z", json!(null), "effective"),
    ]);
    let knowledge = Knowledge {
        position: 7,
        recorded_at: "2026-02-01T00:00:00Z".parse().unwrap(),
        what: "version 2 defined".to_owned(),
    };
    Picture {
        now: "2026-03-01T00:00:00Z".parse().unwrap(),
        points: serde_json::from_value(points).unwrap(),
        then: then.then(Vec::new),
        knowledge: vec![knowledge],
    }
}

fn view(asked: Asked, can_write: bool) -> Html {
    let row = json!({
        "code": "at_risk_customer", "version": 2, "name": HOSTILE, "description": HOSTILE, "sentence": HOSTILE,
        "formula": { "language": HOSTILE, "digits": [100.50] }, "effectiveAt": "2026-02-01T00:00:00Z",
        "deprecatedAt": null, "window": { "from": "2026-02-01T00:00:00Z", "until": null }, "status": "effective",
        "insertedBetween": null, "createdById": null, "createdAt": "2026-02-01T00:00:00Z", "position": 7,
        "reason": HOSTILE, "withdrawn": false,
    });
    let version = Some(serde_json::from_value(row).unwrap());
    let picture = picture(asked.known_at.is_some());
    let view = DefinitionView {
        head: head(asked, can_write),
        picture,
        version,
        deprecated_since: None,
        people: People::default(),
    };
    parse(definition(&view))
}

#[test]
fn a_bar_leads_to_what_governed_then() {
    let page = view(Asked::default(), false);
    let expected = [
        "/definitions/at_risk_customer?asOf=2026-01-01T00:00:00Z",
        "/definitions/at_risk_customer?asOf=2026-02-01T00:00:00Z",
    ];
    assert_eq!(links(&page, ".timeline a"), expected);
}

#[test]
fn what_was_believed_stands_beside_what_is_known() {
    let asked = Asked { as_of: None, known_at: Some(KnownAt::Position(3)) };
    let page = view(asked, false);
    assert_eq!(all(&page, ".timeline-lanes li"), ["Known then", "Known now"]);
    assert_eq!(all(&page, "select[name=knownAt] option[selected]"), ["position 3 of the log"]);
    assert!(links(&page, ".tabs a").contains(&"/definitions/at_risk_customer/sql?knownAt=3".to_owned()));
}

#[test]
fn who_may_not_write_sees_no_buttons() {
    assert_eq!(all(&view(Asked::default(), true), ".page-header .actions a"), ["Deprecate", "New version"]);
    assert_eq!(all(&view(Asked::default(), false), ".page-header .actions a"), [""; 0]);
}

#[test]
fn hostile_text_stays_text() {
    let errors = vec![FieldError { suggestion: Some(json!(HOSTILE)), ..FieldError::new(HOSTILE, HOSTILE, HOSTILE) }];
    let fields = EditorFields { name: HOSTILE.into(), formula: HOSTILE.into(), ..EditorFields::default() };
    let check = Check { has_formula: true, errors, ..Check::default() };
    let metric = Some(("at_risk_customer".parse().unwrap(), HOSTILE.to_owned()));
    let declared = vec![(HOSTILE.to_owned(), HOSTILE.to_owned())];
    let editor = parse(editor(&EditorView { metric, fields, check, declared, problem: None, preview: None }));
    for page in [view(Asked::default(), true), editor] {
        assert_eq!(all(&page, "img, [onerror]"), [""; 0]);
    }
}

#[test]
fn an_empty_list_says_what_to_do() {
    let nothing = MetricPage { metrics: Vec::new(), next: None };
    let view = ListView { page: nothing, status: None, search: String::new(), is_first: true, can_write: true };
    assert_eq!(links(&parse(list(&view)), ".empty a"), [routes::NEW]);
    let searched = ListView { search: "x y".to_owned(), ..view };
    assert_eq!(links(&parse(list(&searched)), ".empty a"), [routes::LIST]);
    assert_eq!(links(&parse(list(&searched)), ".tabs a")[1], "/definitions?status=effective&search=x+y");
}
