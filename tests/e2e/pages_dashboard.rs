//! The pages of the dashboard, as a browser without scripts gets them, with a key in place of a session.

use plinth_events::Scope;
use reqwest::header::LOCATION;
use serde_json::{Value, json};

use crate::support::{Acting, Api, Ground, Replica, text};

const LARGE: &str = r#"{"op":"resize","widgetType":"sales","size":"large"}"#;
const SOUTH: &str = r#"{"op":"configure","widgetType":"sales","config":{"region":"South"}}"#;

/// Somebody with a default of tasks and sales, which has settings.
async fn person(replica: &Replica, acting: &Acting<'_>) -> Api {
    let type_of_sales = json!({ "widgetType": "sales", "title": "Sales", "defaultConfig": { "months": 12 },
        "configSchema": { "type": "object", "required": ["months"], "properties": {
            "months": { "type": "integer", "title": "Months", "minimum": 1, "maximum": 24 },
            "region": { "enum": ["North", "South"] },
            "name": { "type": "string", "maxLength": 5 },
            "range": { "type": "object", "required": ["from"], "additionalProperties": false, "properties": {
                "from": { "type": "number", "minimum": 0 }, "is_open": { "type": "boolean" } } },
            "tags": { "type": "array", "items": { "type": "string", "maxLength": 3 } },
        } },
    });
    acting.send("dashboard.declare-type", type_of_sales).await.unwrap();
    let widgets = ["tasks", "sales"].map(|widget| json!({ "op": "add", "widgetType": widget }));
    acting.send("dashboard.apply-layout", json!({ "userId": null, "ops": widgets })).await.unwrap();
    Api::with_scopes(replica, acting, &[Scope::LayoutOwn]).await
}

/// How sales is in somebody's own layout.
async fn sales(api: &Api) -> Value {
    api.get("/api/dashboard/widgets").await.expect(200)["widgets"]
        .as_array()
        .unwrap()
        .iter()
        .find(|widget| widget["widgetType"] == "sales")
        .unwrap()
        .clone()
}

#[tokio::test]
async fn who_is_second_sees_both_sides_and_chooses_what_is_kept() {
    let Some(ground) = Ground::new("who_is_second_sees_both_sides_and_chooses_what_is_kept").await else { return };
    let (replica, client) = (ground.replica().await, ground.client().await);
    let acting = Acting::new(&client).await;
    let api = person(&replica, &acting).await;
    let theirs = json!({ "userId": acting.user, "ops": [
        { "op": "resize", "widgetType": "sales", "size": "small" },
        { "op": "configure", "widgetType": "sales", "config": { "region": "North", "months": 6 } },
    ] });
    acting.send("dashboard.apply-layout", theirs).await.unwrap();

    let hide = r#"{"op":"hide","widgetType":"tasks"}"#;
    let draft = [("base", "0"), ("op", LARGE), ("op", SOUTH), ("op", hide)];
    let page = text(api.submit("/dashboard/save", &draft).await, 409);
    for part in
        ["Sales: size", "It was", "medium", "small", "large", "Sales: settings", "South", "made Sales small and"]
    {
        assert!(page.contains(part), "{part} is not in {page}");
    }
    assert!(!page.contains("keep.tasks"), "what does not collide is not asked about");

    let kept = [("base", "1"), ("op", LARGE), ("op", SOUTH), ("op", hide)];
    let kept = [&kept[..], &[("keep.sales.size", "theirs"), ("keep.sales.config", "yours")]].concat();
    assert_eq!(api.submit("/dashboard/save", &kept).await.status, 400, "config is not what the page calls settings");
    let kept = [&kept[..5], &[("keep.sales.settings", "yours")]].concat();
    let saved = api.submit("/dashboard/save", &kept).await;
    assert_eq!((saved.status, saved.header(LOCATION.as_str())), (303, "/dashboard"));
    let sales = sales(&api).await;
    assert_eq!((&sales["size"], &sales["config"]), (&json!("small"), &json!({ "months": 6, "region": "South" })));

    let nothing = [("base", "2"), ("op", LARGE), ("keep.sales", "theirs")];
    assert_eq!(api.submit("/dashboard/save", &nothing).await.status, 303, "all of theirs is kept");
}

#[tokio::test]
async fn a_page_tells_who_changed_what_since_it_was_shown() {
    let Some(ground) = Ground::new("a_page_tells_who_changed_what_since_it_was_shown").await else { return };
    let (replica, client) = (ground.replica().await, ground.client().await);
    let acting = Acting::new(&client).await;
    let api = person(&replica, &acting).await;
    acting.send("dashboard.hide-widget", json!({ "userId": null, "widgetType": "tasks" })).await.unwrap();
    acting
        .send("dashboard.resize-widget", json!({ "userId": acting.user, "widgetType": "sales", "size": "large" }))
        .await
        .unwrap();

    assert!(!text(api.get("/dashboard").await, 200).contains("meanwhile"));
    let page = text(api.get("/dashboard?seen=0&seen_default=1").await, 200);
    for part in ["Your layout and the default were changed meanwhile.", "made Sales large", "hid tasks"] {
        assert!(page.contains(part), "{part} is not in {page}");
    }
    let page = text(api.get("/dashboard/edit?seen=1&seen_default=1").await, 200);
    assert!(page.contains("The default was changed meanwhile.") && page.contains("hid tasks"), "{page}");
    assert!(page.contains("Put mine on top") && !page.contains("made Sales large</li>"), "{page}");
}

#[tokio::test]
async fn what_is_wrong_with_settings_stands_at_their_fields() {
    let Some(ground) = Ground::new("what_is_wrong_with_settings_stands_at_their_fields").await else { return };
    let (replica, client) = (ground.replica().await, ground.client().await);
    let acting = Acting::new(&client).await;
    let api = person(&replica, &acting).await;
    let configure = async |fields: &[(&str, &str)]| {
        let fields = [&[("base", "0"), ("configure", "sales")], fields].concat();
        api.submit("/dashboard/edit", &fields).await
    };
    for (fields, field, message) in [
        (&[("config/months", "25")][..], "config-months", "greater than the maximum of 24"),
        (&[("config/months", "x")], "config-months", "no number: x"),
        (&[("config/months", "")], "config-months", "is required"),
        (&[("config/months", "1"), ("config/region", "West")], "config-region", "cannot be West"),
        (&[("config/months", "1"), ("config/name", "longer")], "config-name", "longer than 5 characters"),
        (&[("config/months", "1"), ("config/range/from", "-1")], "config-range-from", "less than the minimum of 0"),
        (&[("config/months", "1"), ("config/range/is_open", "true")], "config-range-from", "Is required"),
        (&[("config/months", "1"), ("config/tags", "a, long")], "config-tags", "longer than 3 characters"),
    ] {
        let page = text(configure(fields).await, 422);
        let at_field =
            page.split(&format!("id=\"field-{field}-error\"")).nth(1).unwrap_or_else(|| panic!("{field}: {page}"));
        let told = at_field.split("</div>").next().unwrap();
        assert!(told.contains(message), "{field}: {told}");
    }
    let right = configure(&[("config/months", "1"), ("config/range/from", "0.5"), ("config/tags", "a, b")]).await;
    let page = text(right, 200);
    assert!(
        page.contains("1 change not saved") && !page.contains("widget-settings"),
        "the settings are closed: {page}"
    );
    let op = r#"{"op":"configure","widgetType":"sales","config":{"months":1,"range":{"from":0.5},"tags":["a","b"]}}"#;
    assert!(page.contains(&op.replace('"', "&quot;")), "{page}");
}
