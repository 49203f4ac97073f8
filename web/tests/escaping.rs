//! Text from outside stays text, wherever it shows.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use maud::{Markup, html};
use plinth_events::{
    FieldError, Refusal, RefusalCode,
    layout::{EffectiveWidget, Property},
};
use plinth_web::{
    chart::{Color, Kind, Series, TimeChart, Unit},
    components::{Badge, Button, Field, FieldErrors, PageHeader, Time, Tone, code_block, json_block, problem_banner},
    dashboard::{
        Change, Conflict, DashboardView, Draft, EditView, Live, Offer, Scope, SettingsInput, Step, WidgetContent,
        WidgetView, edit, view,
    },
    jobs::{ListView, list},
    shell::{Flash, Person, Section, Shell, Theme, page},
};
use scraper::{Html, Selector};
use serde_json::json;

const HOSTILE: &str = r#""'></textarea></title><img src=x onerror=alert(1)><script>alert(1)</script>"#;

#[track_caller]
fn assert_harmless(body: Markup) {
    let person = Some(Person { name: HOSTILE, tenant_name: HOSTILE });
    let flash = Some(Flash { tone: Tone::Good, text: HOSTILE });
    let shell = Shell { title: HOSTILE, section: Section::Jobs, person, flash, theme: Theme::System, path: HOSTILE };
    let page = Html::parse_document(&page(&shell, body).into_string());
    let count = |selector: &str| page.select(&Selector::parse(selector).unwrap()).count();
    assert_eq!((count("img, body script"), count("head script:not([src])"), count("[onerror]")), (0, 0, 0));
}

#[test]
fn components_show_hostile_text_as_text() {
    let refusal = Refusal::new(RefusalCode::InvalidValue, HOSTILE);
    let mut problem = refusal.problem();
    problem.errors.push(FieldError { suggestion: Some(json!(HOSTILE)), ..FieldError::new(HOSTILE, HOSTILE, HOSTILE) });
    let errors = FieldErrors::of(Some(&problem));
    assert_harmless(html! {
        (PageHeader::new(HOSTILE))
        (Badge::new(Tone::Good, HOSTILE).title(HOSTILE))
        (Button::submit(HOSTILE).name(HOSTILE, HOSTILE))
        (problem_banner(&problem))
        (Field::text(HOSTILE, HOSTILE).value(HOSTILE).at(HOSTILE, &errors).hint(HOSTILE))
        (Field::code(HOSTILE, HOSTILE, 3).value(HOSTILE))
        (code_block(HOSTILE, HOSTILE))
        (json_block(HOSTILE, &json!({ HOSTILE: [HOSTILE, { "a": HOSTILE }] })))
    });
}

#[test]
fn charts_show_hostile_text_as_text() {
    let series = Series { name: HOSTILE.to_owned(), color: Color::Good, values: vec![Some(1.0), None] };
    assert_harmless(html! {
        (TimeChart {
            id: "chart".to_owned(),
            title: HOSTILE.to_owned(),
            kind: Kind::Lines,
            unit: Unit::Count,
            from: "2026-03-01T09:00:00Z".parse().unwrap(),
            bucket: chrono::TimeDelta::minutes(1),
            series: vec![series],
        })
    });
}

#[test]
fn a_list_of_jobs_shows_hostile_text_as_text() {
    let job = json!({ "id": "0192d4a6-5c1e-7b3a-9a40-2f6e8d10c7b5", "type": "sync", "payload": {}, "status": "failed",
        "attempts": 1, "maxAttempts": 1, "result": null, "error": HOSTILE, "createdAt": "2026-03-12T09:00:00Z",
        "updatedAt": "2026-03-12T09:00:00Z", "progress": { "message": HOSTILE } });
    let mut other = job.clone();
    other["progress"].take();
    let none = json!({ "pending": 0, "processing": 0, "completed": 0, "failed": 2 });
    let whole = json!({ "enqueued": 0, "started": 0, "completed": 0, "failedAttempts": 0, "snoozed": 0, "failed": 0,
        "cancelled": 0, "retried": 0, "archived": 0 });
    let statistics = json!({ "position": 1, "eventsBehind": 0, "jobs": none, "types": [], "whole": whole, "series": [],
        "from": "2026-03-12T08:00:00Z", "until": "2026-03-12T09:00:00Z", "step": "minute" });
    assert_harmless(list(&ListView {
        page: serde_json::from_value(json!({ "jobs": [job, other], "next": null })).unwrap(),
        next: Some(HOSTILE.to_owned()),
        job_type: None,
        status: None,
        statistics: serde_json::from_value(statistics).unwrap(),
        is_first: true,
        now: "2026-03-12T09:30:00Z".parse().unwrap(),
        can_write: true,
        can_operate: true,
    }));
}

#[test]
fn the_dashboard_shows_hostile_text_as_text() {
    let widget = WidgetView {
        widget_type: "sales".parse().unwrap(),
        title: HOSTILE.to_owned(),
        description: Some(HOSTILE.to_owned()),
        size: Default::default(),
        is_visible: true,
        config: json!({ HOSTILE: HOSTILE }).as_object().unwrap().clone(),
        config_schema: Some(
            json!({ "properties": { HOSTILE: { "title": HOSTILE, "description": HOSTILE, "enum": [HOSTILE] } } }),
        ),
        is_locked: false,
        is_removable: true,
        origins: None,
        content: WidgetContent::Foreign,
    };
    let draft = Draft {
        open: Some(widget.widget_type.clone()),
        settings: Some(SettingsInput {
            widget_type: widget.widget_type.clone(),
            fields: [(format!("config/{}", HOSTILE.replace('/', "~1")), HOSTILE.to_owned())].into(),
        }),
        ..Draft::new(Scope::Mine, 1)
    };
    let offer = Offer {
        widget_type: "tasks".parse().unwrap(),
        title: HOSTILE.to_owned(),
        description: Some(HOSTILE.to_owned()),
    };
    let change = Change {
        by: HOSTILE.to_owned(),
        sentence: HOSTILE.to_owned(),
        at: Time::new(HOSTILE, HOSTILE),
        of: Scope::Mine,
    };
    let dashboard = DashboardView {
        scope: Scope::Mine,
        widgets: vec![widget],
        version: 1,
        default_version: 1,
        is_personal: true,
        is_enforced: false,
        can_edit: true,
        can_edit_default: true,
        undo: Some(Step { version: 1, sentence: HOSTILE.to_owned() }),
        can_redo: true,
        live: Some(Live { address: HOSTILE.to_owned(), user_id: None }),
        news: vec![change.clone()],
    };
    let side = |text: &str| EffectiveWidget {
        widget_type: "sales".parse().unwrap(),
        position: 0,
        size: Default::default(),
        is_visible: true,
        config: serde_json::from_value(json!({ HOSTILE: text })).unwrap(),
    };
    let conflict = Conflict {
        widget_type: "sales".parse().unwrap(),
        title: HOSTILE.to_owned(),
        config_schema: Some(json!({ "properties": { HOSTILE: { "title": HOSTILE } } })),
        properties: [Property::Config].into(),
        before: Some(side("")),
        theirs: Some(side(HOSTILE)),
        yours: Some(side(HOSTILE)),
        is_possible: true,
        change: Some(change),
    };
    let (offers, conflicts) = (vec![offer], vec![conflict]);
    assert_harmless(view(&dashboard));
    assert_harmless(edit(&EditView { dashboard, draft, offers, problem: None, conflicts }));
}
