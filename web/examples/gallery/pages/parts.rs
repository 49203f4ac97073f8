//! Every component once.

use maud::{Markup, html};
use plinth_events::refusal::{FieldError, Refusal, RefusalCode};
use plinth_web::components::{
    Badge, Button, Choice, Column, Crumb, Direction, Field, FieldErrors, Figure, Icon, Notice, PageHeader, Pager,
    Panel, Tab, Table, Time, Tone, code_block, definitions, dialog_link, empty, figures, json_block, problem_banner,
    tabs, tag,
};
use serde_json::json;

pub fn body() -> Markup {
    html! {
        (header())
        (tabs("Jobs", &[
            Tab { label: "All", href: "#", is_current: true, count: Some(12_480) },
            Tab { label: "Running", href: "#", is_current: false, count: Some(12) },
            Tab { label: "Failed", href: "#", is_current: false, count: Some(3) },
        ]))
        (figures([
            Figure { label: "Pending", value: "1,204", note: Some("oldest 4 s"), href: Some("#") },
            Figure { label: "Running", value: "12", note: None, href: Some("#") },
            Figure { label: "Completed", value: "11,261", note: Some("last hour"), href: None },
            Figure { label: "Failed", value: "3", note: Some("0.03 %"), href: None },
        ]))
        (Panel::new("Jobs", html! { (table()) }).note("The newest first").flush().actions(html! {
            form method="post" { (Button::submit("Retry all").icon(Icon::Reset)) }
        }))
        (Pager { summary: "1–4 of 12,480 jobs", first: None, next: Some("#") })
        div.panels {
            (Panel::new("Form", form()))
            (Panel::new("Facts", facts()))
        }
        (Notice::new(Tone::Info, "Ann changed the default layout 2 minutes ago.").more(html! {
            form.actions method="post" {
                (Button::link("View", "#"))
                (Button::submit("Rebase").tone(Tone::Accent))
            }
        }))
        (Notice::new(Tone::Warning, "Two versions are scheduled."))
        (Notice::new(Tone::Good, "The layout was saved."))
        (Panel::new("Empty", empty("No jobs yet", "Jobs that were enqueued show here.", html! {
            (Button::link("Enqueue a job", "#").icon(Icon::Plus))
        })))
    }
}

fn header() -> Markup {
    let crumbs = [Crumb { label: "Jobs", href: "#" }, Crumb { label: "send_invoice", href: "#" }];
    let actions = html! {
        form method="post" {
            (Button::submit("Quiet").quiet())
            (dialog_link(&Button::link("Cancel job", "#").icon(Icon::Close)))
            (Button::submit("Delete").tone(Tone::Bad).icon(Icon::Trash))
            (Button::submit("Retry").tone(Tone::Accent).icon(Icon::Reset))
        }
    };
    let header = PageHeader::new("send_invoice").crumbs(&crumbs).state(html! { (Badge::new(Tone::Info, "running")) });
    let note = html! { "Started " (Time::new("2026-03-01T09:30:00Z", "3 minutes ago")) " by billing-worker-2." };
    html! { (header.note(note).actions(actions)) }
}

fn table() -> Table<'static> {
    let columns = vec![
        Column::new("Type"),
        Column::new("Status"),
        Column::new("Queue"),
        Column::new("Attempts").number(),
        Column::new("Created").sort("#", Some(Direction::Descending)),
    ];
    let rows = [
        ("send_invoice", Tone::Info, "running", "2"),
        ("export_customers", Tone::Good, "completed", "1"),
        ("recompute_segments", Tone::Bad, "failed", "5"),
        ("send_reminder", Tone::Neutral, "pending", "0"),
    ];
    let rows = rows.map(|(kind, tone, status, attempts)| {
        vec![
            html! { a href="#" { (kind) } },
            html! { (Badge::new(tone, status)) },
            html! { (tag("billing")) },
            html! { (attempts) },
            html! { (Time::new("2026-03-01T09:30:00Z", "3 minutes ago")) },
        ]
    });
    Table::new("Jobs", columns, rows)
}

fn form() -> Markup {
    let refusal = Refusal::new(RefusalCode::InvalidValue, "one value is not allowed");
    let mut problem = refusal.problem();
    let mut error = FieldError::new("/operator", "unknown_operator", "operator =< is not known");
    error.suggestion = Some(json!("<="));
    problem.errors.push(error);
    let errors = FieldErrors::of(Some(&problem));
    let sizes = ["small", "medium", "large"].map(|value| Choice { value, label: value });
    html! {
        (problem_banner(&problem))
        form.form method="post" {
            div.form-row {
                (Field::text("code", "Code").value("at_risk_customer").hint("Small letters and digits.").required())
                (Field::text("operator", "Operator").value("=<").at("/operator", &errors))
            }
            div.form-row {
                (Field::select("size", "Size", sizes.to_vec()).value("medium"))
                (Field::moment("at", "Effective at (UTC)").value("2026-03-01T09:30:00"))
            }
            (Field::checkbox("notify", "Notify the owner").value("true").hint("By mail."))
            (Field::code("formula", "Formula", 3).value("{\"field\": \"lastOrderDate\"}"))
            div.actions { (Button::submit("Save").tone(Tone::Accent)) (Button::link("Cancel", "#")) }
        }
    }
}

fn facts() -> Markup {
    let value = json!({"duration": "P30D"});
    let payload =
        json!({"field": "lastOrderDate", "operator": ">", "value": value, "limit": 30, "strict": true, "tags": []});
    html! {
        (definitions([
            ("Tenant", html! { "Acme Retail" }),
            ("Attempts", html! { "2 of 5" }),
            ("Queue", html! { (tag("billing")) }),
            ("Started", html! { (Time::new("2026-03-01T09:30:00Z", "1 Mar 2026, 09:30 UTC")) }),
        ]))
        (json_block("Payload", &payload))
        (code_block("Error", "connection refused: smtp.example.com:587\n  after 3 attempts"))
    }
}
