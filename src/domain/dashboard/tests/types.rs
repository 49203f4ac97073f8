//! Widgets of declared types.

use plinth_events::event::tenant::WidgetTypeDeclared;
use serde_json::json;

use super::*;

/// A default of nothing, where `revenue` has a number of months and `notes` is not declared.
fn layouts() -> Layouts {
    let declared: WidgetTypeDeclared = serde_json::from_str(
        r#"{
            "widgetType": "revenue", "title": "Revenue", "defaultSize": "large", "defaultConfig": { "months": 12 },
            "configSchema": {
                "type": "object", "required": ["months"], "additionalProperties": false,
                "properties": { "months": { "type": "integer", "minimum": 1 }, "region": { "type": "string" } }
            }
        }"#,
    )
    .unwrap();
    Layouts { types: vec![declared].into(), ..Layouts::default() }
}

#[test]
fn a_widget_is_added_as_its_type_says_unless_it_is_told_otherwise() {
    let mut layouts = layouts();
    layouts.does(add(DEFAULT, "revenue")).does(add(DEFAULT, "notes"));
    assert_eq!(layouts.sees(), "revenue:large notes");
    assert_eq!(layouts.effective(DEFAULT)[0].config, Some(config(json!({"months": 12}))));
    layouts.does(remove(DEFAULT, "revenue"));
    let config = config(json!({"months": 3}));
    layouts.does(AddWidget { size: Some(Size::Small), config: Some(config.clone()), ..add(DEFAULT, "revenue") });
    assert_eq!(layouts.sees(), "notes revenue:small");
    assert_eq!(layouts.effective(DEFAULT)[1].config, Some(config));
}

#[test]
fn a_configuration_is_checked_as_it_would_be_seen() {
    let mut layouts = layouts();
    let wrong = AddWidget { config: Some(config(json!({"months": 0}))), ..add(DEFAULT, "revenue") };
    let refusal = layouts.refuses(wrong, RefusalCode::InvalidConfig, &["/config/months"]);
    assert_eq!((refusal.status, refusal.errors[0].code.as_str()), (422, "out_of_range"));
    let empty = AddWidget { config: Some(config(json!({}))), ..add(DEFAULT, "revenue") };
    layouts.refuses(empty, RefusalCode::InvalidConfig, &["/config/months"]);
    layouts.does(add(DEFAULT, "revenue"));
    let refused = [
        (json!({"months": null}), vec!["/config/months"]),
        (json!({"months": "3", "days": 3}), vec!["/config/days", "/config/months"]),
    ];
    for (patch, pointers) in refused {
        let refusal = layouts.tries(configure(USER, "revenue", patch)).unwrap_err();
        let mut found: Vec<String> = refusal.errors.into_iter().map(|error| error.pointer).collect();
        found.sort();
        assert_eq!(
            (refusal.code, found),
            (RefusalCode::InvalidConfig, pointers.into_iter().map(String::from).collect())
        );
    }
    layouts.does(configure(USER, "revenue", json!({"region": "north"})));
    assert_eq!(layouts.effective(USER)[0].config, Some(config(json!({"months": 12, "region": "north"}))));
}

#[test]
fn among_changes_at_once_a_wrong_configuration_is_named_by_its_place() {
    let mut layouts = layouts();
    let ops = vec![add(USER, "revenue").op(), configure(USER, "revenue", json!({"months": 0})).op()];
    layouts.refuses(apply(USER, ops), RefusalCode::InvalidConfig, &["/ops/1/config/months"]);
}

#[test]
fn changes_at_once_are_refused_when_to_check_all_their_configurations_takes_too_long() {
    let rules = vec![json!({ "type": "integer" }); 300];
    let declared = json!({
        "widgetType": "revenue", "title": "Revenue",
        "configSchema": { "properties": { "months": { "items": { "allOf": rules } } } },
    });
    let declared: WidgetTypeDeclared = serde_json::from_str(&declared.to_string()).unwrap();
    let mut layouts = Layouts { types: vec![declared].into(), ..Layouts::default() };
    layouts.does(add(DEFAULT, "revenue"));
    let months = |month: usize| configure(DEFAULT, "revenue", json!({ "months": vec![month; 1_000] }));
    layouts.does(months(1)).does(months(2));
    let ops = (3..7).map(|month| months(month).op()).collect();
    layouts.refuses(apply(DEFAULT, ops), RefusalCode::TooLarge, &["/ops/3/config"]);
}

#[test]
fn what_is_not_about_the_configuration_is_not_refused_for_it() {
    let mut layouts = layouts();
    let free = std::mem::take(&mut layouts.types);
    layouts.does(add(DEFAULT, "revenue"));
    layouts.types = free;
    layouts.does(hide(USER, "revenue")).does(resize(USER, "revenue", Size::Small));
    layouts.refuses(
        configure(USER, "revenue", json!({"region": "north"})),
        RefusalCode::InvalidConfig,
        &["/config/months"],
    );
    layouts.does(configure(USER, "revenue", json!({"region": "north", "months": 3})));
}
