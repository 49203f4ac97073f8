//! The dashboard: to look at, in edit mode, with settings and a conflict.

use maud::Markup;
use plinth_events::{
    command::dashboard::LayoutOp,
    layout::{EffectiveWidget, Property, Size},
    refusal::{Refusal, RefusalCode},
};
use plinth_web::{
    chart::Kind,
    components::{Time, Tone},
    dashboard::{
        Change, Conflict, Count, DashboardView, Draft, EditView, HistoryEntry, HistoryView, MetricContent, Offer,
        Origin, Scope, Step, WidgetContent, WidgetOrigins, WidgetView, edit, history, reset_question, view,
    },
};
use serde_json::{Map, Value, json};

use super::charts::throughput;

pub fn looking() -> Markup {
    view(&dashboard(Scope::Mine))
}

pub fn looking_at_default() -> Markup {
    view(&dashboard(Scope::Default))
}

pub fn editing() -> Markup {
    let mut draft = Draft::new(Scope::Mine, 7);
    draft.push(LayoutOp::Resize { widget_type: "sales_target".parse().unwrap(), size: Size::Small });
    let changed = DashboardView { news: vec![change("hid Tasks", Scope::Default)], ..dashboard(Scope::Mine) };
    edit(&EditView { dashboard: changed, draft, offers: offers(), problem: None, conflicts: vec![] })
}

pub fn conflict() -> Markup {
    let mut draft = Draft::new(Scope::Mine, 6);
    draft.push(LayoutOp::Hide { widget_type: "tasks".parse().unwrap() });
    let side = |size, period: &str| EffectiveWidget {
        widget_type: "sales_target".parse().unwrap(),
        position: 6,
        size,
        is_visible: true,
        config: serde_json::from_value(json!({"period": period, "currency": "EUR"})).unwrap(),
    };
    let conflict = |property: Property| Conflict {
        widget_type: "sales_target".parse().unwrap(),
        title: "Sales target".to_owned(),
        config_schema: Some(json!({"properties": {"period": {"title": "Period"}}})),
        properties: [property].into(),
        before: Some(side(Size::Small, "day")),
        theirs: Some(side(Size::Medium, "month")),
        yours: Some(side(Size::Large, "year")),
        is_possible: true,
        change: Some(change("made Sales target medium", Scope::Mine)),
    };
    let removed = Conflict {
        title: "Tasks from management".to_owned(),
        widget_type: "tasks".parse().unwrap(),
        properties: Property::ALL.into(),
        theirs: None,
        is_possible: false,
        ..conflict(Property::Size)
    };
    let conflicts = vec![conflict(Property::Size), conflict(Property::Config), removed];
    edit(&EditView { dashboard: dashboard(Scope::Mine), draft, offers: vec![], problem: None, conflicts })
}

pub fn settings() -> Markup {
    let mut draft = Draft::new(Scope::Mine, 7);
    draft.open = Some("sales_target".parse().unwrap());
    let refusal = Refusal::new(RefusalCode::InvalidValue, "the settings of sales_target are not allowed");
    let problem = refusal.at("/config/period").problem();
    let problem = Some(problem);
    edit(&EditView { dashboard: dashboard(Scope::Mine), draft, offers: vec![], problem, conflicts: vec![] })
}

pub fn changes() -> Markup {
    let entry = |version, sentence: &str, is_undone, is_undoable| HistoryEntry {
        version,
        sentence: sentence.to_owned(),
        by: "Ann Example".to_owned(),
        at: moment(),
        is_undone,
        is_undoable,
    };
    let entries = vec![
        entry(7, "moved Revenue before Tasks", false, true),
        entry(6, "hid Tasks", true, false),
        entry(5, "added Sales target", false, true),
    ];
    history(&HistoryView { scope: Scope::Mine, entries, can_edit: true, next: None })
}

pub fn reset() -> Markup {
    reset_question(Scope::Mine, 7)
}

fn dashboard(scope: Scope) -> DashboardView {
    DashboardView {
        scope,
        widgets: widgets(),
        version: 7,
        default_version: 4,
        is_personal: true,
        is_enforced: false,
        can_edit: true,
        can_edit_default: true,
        undo: Some(Step { version: 7, sentence: "moved Revenue before Tasks".to_owned() }),
        can_redo: false,
        live: None,
        news: vec![],
    }
}

fn change(sentence: &str, of: Scope) -> Change {
    Change { by: "Grace Example".to_owned(), sentence: sentence.to_owned(), at: moment(), of }
}

fn widgets() -> Vec<WidgetView> {
    let metric = |code: &str, name: &str, sentence: &str, version| {
        WidgetContent::Metric(Box::new(MetricContent {
            code: code.to_owned(),
            name: name.to_owned(),
            sentence: sentence.to_owned(),
            version,
            status: (Tone::Good, "effective".to_owned()),
            since: Time::new("2026-02-01T00:00:00Z", "1 Feb 2026"),
            href: "#".to_owned(),
        }))
    };
    let count = |label: &str, tone, value| Count { label: label.to_owned(), tone, value, href: Some("#".to_owned()) };
    let counts = vec![
        count("Pending", Tone::Neutral, 1_204),
        count("Running", Tone::Info, 12),
        count("Completed", Tone::Good, 11_261),
        count("Failed", Tone::Bad, 3),
    ];
    let mut widgets = vec![
        widget(
            "at_risk_customers",
            "At-risk customers",
            Size::Small,
            metric(
                "at_risk_customer",
                "At-risk customer",
                "The last order is more than 30 days before the time of asking.",
                3,
            ),
        ),
        widget(
            "revenue",
            "Revenue per customer",
            Size::Small,
            metric(
                "revenue_per_customer",
                "Revenue per customer",
                "The sum of total over orders, divided by the number of customers.",
                12,
            ),
        ),
        widget("job_counts", "Jobs", Size::Medium, WidgetContent::Counts(counts)),
        widget(
            "throughput",
            "Throughput",
            Size::Medium,
            WidgetContent::Chart(Box::new(throughput("throughput", Kind::StackedBars, 60))),
        ),
        widget(
            "ends",
            "Ends by status",
            Size::Medium,
            WidgetContent::Chart(Box::new(throughput("ends", Kind::Lines, 60))),
        ),
        widget(
            "note",
            "Note",
            Size::Small,
            WidgetContent::Text(
                "Month-end closing runs from the 28th.\nAsk finance before you change queue billing.".to_owned(),
            ),
        ),
        widget("sales_target", "Sales target", Size::Medium, WidgetContent::Foreign),
        widget("tasks", "Tasks from management", Size::Small, WidgetContent::Foreign),
    ];
    widgets[1].is_locked = true;
    widgets[6].config = object(
        &json!({"period": "month", "target": 120_000, "currency": "EUR", "compact": true, "teams": ["north", "south"]}),
    );
    widgets[6].config_schema = Some(json!({"required": ["period"], "properties": {
        "period": {"enum": ["day", "month", "year"], "title": "Period"},
        "target": {"type": "number", "title": "Target", "description": "What is to be reached in a period."},
        "currency": {"type": "string", "title": "Currency"},
        "compact": {"type": "boolean", "title": "Compact"},
        "range": {"title": "Range", "description": "Which targets count.", "properties": {
            "least": {"type": "number", "title": "Least", "minimum": 0}, "most": {"type": "number", "title": "Most"},
        }},
        "teams": {"type": "array", "items": {"type": "string"}, "title": "Teams"},
    }}));
    widgets[6].is_removable = true;
    widgets[7].is_visible = false;
    widgets
}

fn widget(name: &str, title: &str, size: Size, content: WidgetContent) -> WidgetView {
    let origin = |is_own| Origin { is_own, since: moment(), by: Some("Ann Example".to_owned()) };
    let own = name.len().is_multiple_of(2);
    WidgetView {
        widget_type: name.parse().unwrap(),
        title: title.to_owned(),
        description: None,
        size,
        is_visible: true,
        config: Map::new(),
        config_schema: None,
        is_locked: false,
        is_removable: false,
        origins: Some(WidgetOrigins {
            place: origin(own),
            size: origin(own),
            visibility: origin(false),
            settings: origin(false),
        }),
        content,
    }
}

fn offers() -> Vec<Offer> {
    let offer = |name: &str, title: &str, text: &str| Offer {
        widget_type: name.parse().unwrap(),
        title: title.to_owned(),
        description: Some(text.to_owned()),
    };
    vec![
        offer("latency", "Latency", "How long jobs wait and run."),
        offer("churn", "Churn", "Customers who left, by month."),
        offer("notes", "Notes", "Text of your own."),
    ]
}

fn moment() -> Time {
    Time::new("2026-02-03T10:00:00Z", "3 Feb 2026")
}

fn object(value: &Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}
