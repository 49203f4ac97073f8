//! What the dashboard's pages offer, and what their buttons send.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use maud::Markup;
use plinth_events::{
    FieldError, Refusal, RefusalCode,
    command::dashboard::LayoutOp,
    layout::{EffectiveWidget, Property, Size},
};
use plinth_web::{
    components::Time,
    dashboard::{
        Change, Conflict, DashboardView, Draft, EditView, Offer, Origin, Scope, Step, WidgetContent, WidgetOrigins,
        WidgetView, edit, view,
    },
};
use scraper::{ElementRef, Html, Selector};
use serde_json::json;

fn widget(name: &str) -> WidgetView {
    let origin = || Origin { is_own: false, since: Time::new("2026-03-01T00:00:00Z", "1 Mar 2026"), by: None };
    WidgetView {
        widget_type: name.parse().unwrap(),
        title: name.to_uppercase(),
        description: None,
        size: Size::Medium,
        is_visible: true,
        config: Default::default(),
        config_schema: None,
        is_locked: false,
        is_removable: false,
        origins: Some(WidgetOrigins { place: origin(), size: origin(), visibility: origin(), settings: origin() }),
        content: WidgetContent::Foreign,
    }
}

fn dashboard(widgets: Vec<WidgetView>) -> DashboardView {
    DashboardView {
        scope: Scope::Mine,
        widgets,
        version: 5,
        default_version: 3,
        is_personal: true,
        is_enforced: false,
        can_edit: true,
        can_edit_default: false,
        undo: None,
        can_redo: false,
        live: None,
        news: Vec::new(),
    }
}

fn editing(widgets: Vec<WidgetView>) -> EditView {
    EditView {
        dashboard: dashboard(widgets),
        draft: Draft::new(Scope::Mine, 5),
        offers: Vec::new(),
        problem: None,
        conflicts: Vec::new(),
    }
}

fn parse(markup: Markup) -> Html {
    Html::parse_fragment(&markup.into_string())
}

fn select<'a>(page: &'a Html, selector: &str) -> Vec<ElementRef<'a>> {
    page.select(&Selector::parse(selector).unwrap()).collect()
}

/// The operation that a button adds to the draft; none when it does nothing.
fn op(page: &Html, button: &str) -> Option<LayoutOp> {
    let value = select(page, &format!("#{button}"))
        .into_iter()
        .next()
        .unwrap_or_else(|| panic!("no {button}"))
        .attr("value")?;
    Some(serde_json::from_str(value).unwrap())
}

/// The draft that the page's form sends, as the service reads it.
fn sent(page: &Html) -> Draft {
    let fields = select(page, "#draft input");
    let field = |field: ElementRef| (field.attr("name").unwrap().to_owned(), field.attr("value").unwrap().to_owned());
    Draft::read(fields.into_iter().map(field)).unwrap()
}

#[test]
fn a_widget_moves_beside_its_neighbour_and_at_the_ends_not_at_all() {
    let page = parse(edit(&editing(vec![widget("a"), widget("b"), widget("c")])));
    let [a, c] = ["a", "c"].map(|name| Some(name.parse().unwrap()));
    let widget_type = "b".parse().unwrap();
    assert_eq!(op(&page, "up-b"), Some(LayoutOp::Move { widget_type, to_position: None, before: a, after: None }));
    let widget_type = "b".parse().unwrap();
    assert_eq!(op(&page, "down-b"), Some(LayoutOp::Move { widget_type, to_position: None, before: None, after: c }));
    assert_eq!((op(&page, "up-a"), op(&page, "down-c")), (None, None));
}

#[test]
fn a_draft_comes_back_as_it_was_sent() {
    let mut edited = editing(vec![widget("a")]);
    edited.draft.push(LayoutOp::Resize { widget_type: "a".parse().unwrap(), size: Size::Large });
    edited.draft.undone.push(LayoutOp::Hide { widget_type: "a".parse().unwrap() });
    let came_back = sent(&parse(edit(&edited)));
    assert_eq!((came_back.ops, came_back.undone, came_back.base), (edited.draft.ops, edited.draft.undone, Some(5)));
}

#[test]
fn a_rebased_draft_goes_on_from_the_newest_version() {
    let mut edited = editing(vec![widget("a")]);
    edited.draft.base = None;
    assert_eq!(sent(&parse(edit(&edited))).base, Some(5));
}

#[test]
fn what_was_changed_elsewhere_is_told_with_a_choice() {
    let mut edited = editing(vec![widget("a")]);
    assert!(select(&parse(edit(&edited)), "#changed[hidden]").len() == 1);
    edited.draft.base = Some(4);
    assert!(select(&parse(edit(&edited)), "#changed:not([hidden]) button[value=rebase]").len() == 1);
}

#[test]
fn a_locked_widget_can_be_changed_in_the_default_alone() {
    let locked = WidgetView { is_locked: true, ..widget("a") };
    let mut edited = editing(vec![locked]);
    assert!(select(&parse(edit(&edited)), ".widget-tools, .handle").is_empty());
    edited.draft.scope = Scope::Default;
    assert_eq!(select(&parse(edit(&edited)), ".widget-tools, .handle").len(), 2);
}

#[test]
fn only_what_is_ones_own_can_be_reset_and_only_what_one_added_removed() {
    let mut own = widget("b");
    own.origins.as_mut().unwrap().size.is_own = true;
    let added = WidgetView { is_removable: true, ..widget("c") };
    let page = parse(edit(&editing(vec![widget("a"), own, added])));
    let ids = |verb: &str| -> Vec<String> {
        let buttons = select(&page, &format!("[id^={verb}-]"));
        buttons.iter().map(|button| button.attr("id").unwrap().to_owned()).collect()
    };
    assert_eq!((ids("reset"), ids("remove")), (vec!["reset-b".to_owned()], vec!["remove-c".to_owned()]));
}

#[test]
fn undo_takes_back_what_is_not_saved_first_and_then_what_was_saved_last() {
    let mut edited = editing(vec![widget("a")]);
    edited.dashboard.undo = Some(Step { version: 5, sentence: "hid A".to_owned() });
    let undo = |edited: &EditView| {
        let page = parse(edit(edited));
        let button = select(&page, "#undo")[0];
        (button.attr("formaction").map(str::to_owned), button.attr("value").map(str::to_owned))
    };
    assert_eq!(undo(&edited), (Some("/dashboard/undo".to_owned()), Some("5".to_owned())));
    edited.draft.push(LayoutOp::Hide { widget_type: "a".parse().unwrap() });
    assert_eq!(undo(&edited), (None, Some("undo".to_owned())));
}

#[test]
fn what_was_pressed_is_told_to_screen_readers() {
    let mut edited = editing(vec![widget("b"), widget("a")]);
    edited.draft.push(LayoutOp::Move {
        widget_type: "a".parse().unwrap(),
        to_position: Some(1),
        before: None,
        after: None,
    });
    let page = parse(edit(&edited));
    assert_eq!(select(&page, "#said[role=status]")[0].text().collect::<String>(), "A is 2 of 2.");
}

#[test]
fn settings_are_fields_by_the_schema_of_the_type() {
    let schema = json!({"required": ["period"], "properties": {
        "period": {"enum": ["day", "month"]}, "limit": {"type": "integer"}, "compact": {"type": "boolean"},
        "teams": {"type": "array", "items": {"type": "string"}}, "filter": {"type": "object"},
        "months": {"type": "integer", "minimum": 1, "maximum": 24, "description": "how far back"},
        "name": {"type": "string", "maxLength": 40}, "note": {"type": "string", "maxLength": 2_000},
        "range": {"title": "Range", "properties": {"from": {"type": ["number", "null"], "minimum": 0}}},
    }});
    let config = json!({"period": "month", "teams": ["north", "south"], "compact": true, "range": {"from": 0.5}})
        .as_object()
        .unwrap()
        .clone();
    let mut edited = editing(vec![WidgetView { config_schema: Some(schema), config, ..widget("a") }]);
    edited.draft.open = Some("a".parse().unwrap());
    let page = parse(edit(&edited));
    let form = ".widget-settings";
    assert_eq!(select(&page, &format!("{form} select option[selected]"))[0].attr("value"), Some("month"));
    assert_eq!(select(&page, &format!("{form} input[type=number]"))[0].attr("step"), Some("1"));
    assert!(select(&page, &format!("{form} input[type=checkbox]"))[0].attr("checked").is_some());
    assert_eq!(select(&page, &format!("{form} [name='config/teams']"))[0].attr("value"), Some("north, south"));
    assert_eq!(select(&page, &format!("{form} textarea.code-input")).len(), 1);
    let months = select(&page, &format!("{form} [name='config/months']"))[0];
    assert_eq!((months.attr("min"), months.attr("max")), (Some("1"), Some("24")));
    assert!(select(&page, form)[0].text().collect::<String>().contains("How far back. 1 to 24."));
    assert_eq!(select(&page, &format!("{form} input[name='config/name']"))[0].attr("maxlength"), Some("40"));
    assert_eq!(select(&page, &format!("{form} textarea[name='config/note']"))[0].attr("maxlength"), Some("2000"));
    let from = select(&page, &format!("{form} fieldset [name='config/range/from']"))[0];
    assert_eq!((from.attr("type"), from.attr("min"), from.attr("value")), (Some("number"), Some("0"), Some("0.5")));
}

#[test]
fn an_error_stands_at_its_field_or_around_those_that_it_is_about() {
    let schema = json!({"properties": {"range": {"properties": {"from": {"type": "integer"}}}}});
    let mut edited = editing(vec![WidgetView { config_schema: Some(schema), ..widget("a") }]);
    edited.draft.open = Some("a".parse().unwrap());
    let errors = ["/config/range/from", "/config/range", "/config"];
    let errors = errors.map(|pointer| FieldError::new(pointer, "invalid_value", format!("wrong at {pointer}")));
    let refusal = Refusal::new(RefusalCode::InvalidConfig, "some settings cannot be as they were sent");
    edited.problem = Some(Refusal { errors: errors.into(), ..refusal }.problem());
    let page = parse(edit(&edited));
    for (place, pointer) in
        [(".field-invalid .field-error", "/config/range/from"), ("fieldset > .field-error", "/config/range")]
    {
        let text = select(&page, place)[0].text().collect::<String>();
        assert!(text.contains(&format!("rong at {pointer}.")), "{text}");
    }
    for link in select(&page, "[role=alert] a") {
        assert_eq!(select(&page, link.attr("href").unwrap()).len(), 1, "{link:?}");
    }
}

#[test]
fn a_badge_tells_of_the_widget_itself_and_the_head_of_the_order() {
    let mut moved = widget("a");
    moved.origins.as_mut().unwrap().place.is_own = true;
    let mut resized = moved.clone();
    resized.widget_type = "b".parse().unwrap();
    resized.origins.as_mut().unwrap().size.is_own = true;
    let badges = |page: &Html| -> Vec<String> {
        select(page, ".origins summary").iter().map(|badge| badge.text().collect()).collect()
    };
    let page = parse(edit(&editing(vec![moved, resized])));
    assert_eq!(badges(&page), ["Default", "Yours"]);
    assert_eq!(select(&page, ".page-note [data-dialog] a")[0].attr("href"), Some("/dashboard/reset"));
    assert!(select(&parse(edit(&editing(vec![widget("a")]))), ".page-note a").is_empty());
}

#[test]
fn news_say_who_changed_what_and_how_many_more_there_are() {
    let change = |sentence: &str, of| Change {
        by: "Grace".to_owned(),
        sentence: sentence.to_owned(),
        at: Time::new("2026-03-01T00:00:00Z", "1 Mar 2026"),
        of,
    };
    let told = |news| {
        let page = parse(view(&DashboardView { news, ..dashboard(vec![widget("a")]) }));
        select(&page, "#changed[role=status]:not([hidden])").iter().flat_map(|place| place.text()).collect::<String>()
    };
    assert_eq!(told(vec![]), "");
    let hid = told(vec![change("hid A", Scope::Default)]);
    assert_eq!(hid, "The default was changed meanwhile.Grace hid A, 1 Mar 2026");
    let many = told(["a", "b", "c", "d", "e"].map(|name| change(&format!("hid {name}"), Scope::Mine)).into());
    assert!(many.starts_with("Your layout was changed") && many.ends_with("and 2 more before"), "{many}");
}

#[test]
fn what_two_people_changed_stands_side_by_side_and_theirs_stays_unless_somebody_chooses() {
    let side = |size, months| EffectiveWidget {
        widget_type: "a".parse().unwrap(),
        position: 0,
        size,
        is_visible: true,
        config: serde_json::from_value(json!({"months": months, "region": "North"})).unwrap(),
    };
    let conflict = |properties: &[Property]| Conflict {
        widget_type: "a".parse().unwrap(),
        title: "Sales".to_owned(),
        config_schema: Some(json!({"properties": {"months": {"title": "Months"}}})),
        properties: properties.iter().copied().collect(),
        before: Some(side(Size::Small, 1)),
        theirs: Some(side(Size::Medium, 2)),
        yours: Some(side(Size::Large, 3)),
        is_possible: true,
        change: None,
    };
    let mut edited = editing(vec![widget("a")]);
    edited.draft.base = Some(4);
    edited.draft.push(LayoutOp::Resize { widget_type: "a".parse().unwrap(), size: Size::Large });
    let impossible = Conflict { is_possible: false, ..conflict(&[Property::Size]) };
    let removed = Conflict { yours: None, ..conflict(&Property::ALL) };
    edited.conflicts = vec![conflict(&[Property::Size]), conflict(&[Property::Config]), removed, impossible];
    let page = parse(edit(&edited));
    let told: Vec<String> = select(&page, ".conflict")
        .iter()
        .map(|it| it.text().flat_map(str::split_whitespace).collect::<Vec<_>>().join(" "))
        .collect();
    assert_eq!(told[0], "Sales: size It was small Theirs medium Yours large");
    assert_eq!(told[1], "Sales: settings It was Months: 1 Theirs Months: 2 Yours Months: 3");
    assert!(told[2].contains("size: small Months: 1") && told[2].ends_with("Yours not in the layout"), "{told:?}");
    assert!(told[3].ends_with("Yours Cannot be done any more"), "{told:?}");
    let choices: Vec<_> =
        select(&page, ".conflict [checked]").iter().map(|it| it.attr("name").zip(it.attr("value"))).collect();
    assert_eq!(choices[0], Some(("keep.a.size", "theirs")));
    assert_eq!(choices[2], Some(("keep.a", "theirs")));
    let sent = select(&page, ".conflicts input[name=base]");
    assert_eq!(sent[0].attr("value"), Some("5"), "what is chosen lies on the newest layout");
    assert_eq!(select(&page, "#changed[hidden]").len(), 1);
}

#[test]
fn what_can_be_added_is_added_by_one_press() {
    let mut edited = editing(vec![widget("a")]);
    edited.offers = vec![Offer { widget_type: "b".parse().unwrap(), title: "B".to_owned(), description: None }];
    let added = op(&parse(edit(&edited)), "add-b").unwrap();
    assert_eq!(serde_json::to_value(added).unwrap(), json!({"op": "add", "widgetType": "b"}));
}

#[test]
fn hidden_widgets_do_not_show_but_are_named() {
    let hidden = WidgetView { is_visible: false, ..widget("b") };
    let page = parse(view(&dashboard(vec![widget("a"), hidden])));
    assert_eq!(select(&page, ".widget").len(), 1);
    assert!(page.root_element().text().collect::<String>().contains("Hidden: B"));
}

#[test]
fn while_the_default_is_enforced_nothing_can_be_edited_and_the_page_says_why() {
    let enforced = DashboardView { is_enforced: true, can_edit: false, ..dashboard(vec![widget("a")]) };
    let page = parse(view(&enforced));
    assert!(select(&page, "#edit").is_empty());
    assert!(page.root_element().text().collect::<String>().contains("An administrator shows everybody the default"));
}
