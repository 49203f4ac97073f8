//! Dashboards over HTTP: the layout of the user who asks, the tenant's default, and who may change which.

use plinth_events::{Scope, UserId};
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Acting, Api, Ground, HttpAnswer, Replica};

const WIDGETS: &str = "/api/dashboard/widgets";
const LAYOUT: &str = "/api/dashboard/layout";

/// A user and an administrator of the default, with a default of a, b, c, d.
struct People {
    user: Api,
    administrator: Api,
}

impl People {
    async fn new(replica: &Replica, acting: &Acting<'_>) -> Self {
        let user = Api::with_scopes(replica, acting, &[Scope::LayoutOwn]).await;
        let administrator = Api::with_scopes(replica, acting, &[Scope::LayoutTenant]).await;
        for widget in ["a", "b", "c", "d"] {
            let path = format!("{WIDGETS}?layout=default");
            administrator.post(&path, json!({ "widgetType": widget })).await.expect(201);
        }
        Self { user, administrator }
    }
}

fn types(layout: &Value) -> String {
    let widgets = layout["widgets"].as_array().unwrap();
    widgets.iter().map(|widget| widget["widgetType"].as_str().unwrap()).collect::<Vec<_>>().join(" ")
}

async fn seen(api: &Api, path: &str) -> String {
    types(&api.get(path).await.expect(200))
}

#[tokio::test]
async fn a_user_changes_the_own_layout_and_the_default_stays() {
    let Some(ground) = Ground::new("dashboards over HTTP").await else { return };
    let replica = ground.replica().await;
    let client = ground.client().await;
    let People { user, administrator } = People::new(&replica, &Acting::new(&client).await).await;

    let moved = user.post(&format!("{WIDGETS}/d/move"), json!({ "toPosition": 0 })).await.expect(200);
    assert_eq!(types(&moved["result"]), "d a b c");
    let patch = json!({ "size": "large", "isVisible": false, "config": { "months": 12 } });
    let patched = user.patch(&format!("{WIDGETS}/a"), patch).await.expect(200);
    assert_eq!(patched["events"].as_array().unwrap().len(), 1);
    user.post(WIDGETS, json!({ "widgetType": "own" })).await.expect(201);

    let layout = user.get(WIDGETS).await.expect(200);
    assert_eq!((types(&layout), &layout["personal"]), ("d a b c own".to_owned(), &json!(true)));
    let a = &layout["widgets"][1];
    assert_eq!((&a["size"], &a["isVisible"], &a["config"]["months"]), (&json!("large"), &json!(false), &json!(12)));
    assert_eq!(layout["provenance"]["a"]["size"]["from"], "own");
    assert_eq!(layout["provenance"]["b"]["size"]["from"], "default");
    assert_eq!(seen(&user, &format!("{WIDGETS}?layout=default")).await, "a b c d");
    assert_eq!(seen(&administrator, &format!("{WIDGETS}?layout=default")).await, "a b c d");

    user.post(&format!("{WIDGETS}/a/reset"), json!({})).await.expect(200);
    user.delete(&format!("{WIDGETS}/own")).await.expect(200);
    let layout = user.get(LAYOUT).await.expect(200);
    assert_eq!((types(&layout), &layout["widgets"][0]["size"]), ("a d b c".to_owned(), &json!("medium")));
    user.delete(LAYOUT).await.expect(200);
    assert_eq!(seen(&user, LAYOUT).await, "a b c d");
    assert_eq!(user.delete(&format!("{WIDGETS}/a")).await.refusal(), (409, "default_widget"));
    assert_eq!(user.patch(&format!("{WIDGETS}/gone"), json!({ "size": "small" })).await.refusal().0, 404);
}

#[tokio::test]
async fn changes_are_made_at_once_undone_and_made_again() {
    let Some(ground) = Ground::new("undoing over HTTP").await else { return };
    let replica = ground.replica().await;
    let client = ground.client().await;
    let People { user, .. } = People::new(&replica, &Acting::new(&client).await).await;
    let before = ground.position().await;

    let ops = json!([
        { "op": "move", "widgetType": "d", "toPosition": 0 }, { "op": "resize", "widgetType": "b", "size": "large" },
    ]);
    let applied = user.post(LAYOUT, json!({ "ops": ops })).await.expect(200);
    assert_eq!(applied["events"].as_array().unwrap().len(), 1);
    assert_eq!(seen(&user, LAYOUT).await, "d a b c");
    assert_eq!(seen(&user, &format!("{LAYOUT}?at={before}")).await, "a b c d");

    user.post(&format!("{LAYOUT}/undo"), json!({})).await.expect(200);
    assert_eq!(seen(&user, LAYOUT).await, "a b c d");
    user.post(&format!("{LAYOUT}/redo"), json!({})).await.expect(200);
    assert_eq!(seen(&user, LAYOUT).await, "d a b c");
    assert_eq!(user.post(&format!("{LAYOUT}/redo"), json!({})).await.refusal(), (409, "nothing_to_redo"));

    let history = user.get(&format!("{LAYOUT}/history?limit=2")).await;
    let next = history.header("link").to_owned();
    assert!(next.starts_with("</api/dashboard/layout/history?limit=2&from=1>"), "{next}");
    let history = history.expect(200);
    assert_eq!(history["changes"][0]["type"], "LayoutChangeRedone");
    assert_eq!(history["changes"].as_array().unwrap().len(), 2);
    let bad = user.post(LAYOUT, json!({ "ops": [{ "op": "resize", "widgetType": "a", "size": "xl" }] })).await;
    assert_eq!((bad.refusal(), &bad.body["errors"][0]["pointer"]), ((422, "invalid_value"), &json!("/ops/0/size")));
}

#[tokio::test]
async fn if_match_never_overwrites_and_a_base_version_gives_way_where_it_can() {
    let Some(ground) = Ground::new("versions of layouts over HTTP").await else { return };
    let replica = ground.replica().await;
    let client = ground.client().await;
    let People { user, .. } = People::new(&replica, &Acting::new(&client).await).await;
    user.patch(&format!("{WIDGETS}/a"), json!({ "size": "large" })).await.expect(200);
    let answer = user.get(WIDGETS).await;
    let tag = answer.header("etag").to_owned();
    let version = answer.body["layoutVersion"].clone();
    assert!(tag.starts_with(&format!("\"{version}-")), "{tag}");
    let known = user.send(Method::GET, WIDGETS, &[("if-none-match", &tag)], Value::Null).await;
    assert_eq!((known.status, &known.body), (304, &Value::Null));

    user.patch(&format!("{WIDGETS}/b"), json!({ "isVisible": false })).await.expect(200);
    let if_match = [("if-match", tag.as_str())];
    let patch = |body| user.send(Method::PATCH, "/api/dashboard/widgets/c", &if_match, body);
    let stale: HttpAnswer = patch(json!({ "size": "small" })).await;
    assert_eq!((stale.refusal(), &stale.body["current"]), ((412, "precondition_failed"), &json!(2)));
    for (method, path, body) in [
        (Method::POST, WIDGETS.to_owned(), json!({ "widgetType": "x" })),
        (Method::POST, format!("{WIDGETS}/c/move"), json!({ "toPosition": 0 })),
        (Method::POST, LAYOUT.to_owned(), json!({ "ops": [{ "op": "hide", "widgetType": "c" }] })),
        (Method::POST, format!("{LAYOUT}/undo"), json!({})),
        (Method::DELETE, LAYOUT.to_owned(), json!({})),
    ] {
        let answer = user.send(method, &path, &if_match, body).await;
        assert_eq!(answer.refusal(), (412, "precondition_failed"), "{path}");
    }

    let rebased = user.patch(&format!("{WIDGETS}/c"), json!({ "size": "small", "baseVersion": version })).await;
    assert_eq!(rebased.expect(200)["result"]["layoutVersion"], 3);
    let collides = user.patch(&format!("{WIDGETS}/b"), json!({ "isVisible": true, "baseVersion": version })).await;
    assert_eq!(collides.refusal(), (409, "layout_conflict"));
    let tag = user.get(WIDGETS).await.header("etag").to_owned();
    let current = [("if-match", tag.as_str())];
    user.send(Method::PATCH, "/api/dashboard/widgets/b", &current, json!({ "isVisible": true })).await.expect(200);
}

#[tokio::test]
async fn the_default_is_changed_by_its_administrators_alone() {
    let Some(ground) = Ground::new("administrators over HTTP").await else { return };
    let replica = ground.replica().await;
    let client = ground.client().await;
    let People { user, administrator } = People::new(&replica, &Acting::new(&client).await).await;
    for (method, path, body) in [
        (Method::POST, format!("{WIDGETS}?layout=default"), json!({ "widgetType": "x" })),
        (Method::PATCH, format!("{WIDGETS}/a?layout=default"), json!({ "size": "small" })),
        (Method::DELETE, format!("{LAYOUT}?layout=default"), json!({})),
        (Method::POST, format!("{LAYOUT}/undo?layout=default"), json!({})),
        (Method::POST, format!("{WIDGETS}/a/lock"), json!({})),
        (Method::PUT, "/api/dashboard/enforcement".to_owned(), json!({ "enforced": true })),
        (Method::PUT, "/api/dashboard/widget-types/a".to_owned(), json!({ "title": "A" })),
    ] {
        let answer = user.send(method, &path, &[], body).await;
        assert_eq!((answer.refusal(), &answer.body["scope"]), ((403, "forbidden"), &json!("layout:tenant")), "{path}");
    }
    assert_eq!(administrator.get(LAYOUT).await.refusal(), (403, "forbidden"));

    administrator.post(&format!("{WIDGETS}/a/lock"), json!({})).await.expect(200);
    let locked = user.patch(&format!("{WIDGETS}/a"), json!({ "size": "small" })).await;
    assert_eq!(locked.refusal(), (409, "widget_locked"));
    assert_eq!(user.get(LAYOUT).await.expect(200)["locked"], json!(["a"]));
    administrator.post(&format!("{WIDGETS}/a/unlock"), json!({})).await.expect(200);

    administrator.put("/api/dashboard/enforcement", json!({ "enforced": true })).await.expect(200);
    let enforced = user.patch(&format!("{WIDGETS}/a"), json!({ "size": "small" })).await;
    assert_eq!(enforced.refusal(), (409, "layout_enforced"));
    administrator.put("/api/dashboard/enforcement", json!({ "enforced": false })).await.expect(200);
    user.patch(&format!("{WIDGETS}/a"), json!({ "size": "small" })).await.expect(200);
}

#[tokio::test]
async fn configurations_are_what_their_type_says() {
    let Some(ground) = Ground::new("types of widgets over HTTP").await else { return };
    let replica = ground.replica().await;
    let client = ground.client().await;
    let People { user, administrator } = People::new(&replica, &Acting::new(&client).await).await;
    let schema = json!({ "type": "object", "properties": { "months": { "type": "integer", "minimum": 1 } } });
    let declared = json!({ "title": "Revenue", "configSchema": schema });
    administrator.put("/api/dashboard/widget-types/a", declared).await.expect(200);
    let types = user.get("/api/dashboard/widget-types").await.expect(200);
    assert_eq!(types["types"][0]["title"], "Revenue");

    let patch = json!({ "size": "small", "config": { "months": 0 } });
    let answer = user.patch(&format!("{WIDGETS}/a"), patch).await;
    assert_eq!(answer.refusal(), (422, "invalid_config"));
    assert_eq!(answer.body["errors"][0]["pointer"], "/config/months");
    administrator.delete("/api/dashboard/widget-types/a").await.expect(200);
    user.patch(&format!("{WIDGETS}/a"), json!({ "config": { "months": 0 } })).await.expect(200);
}

#[tokio::test]
async fn whose_layout_it_is_comes_from_the_credential_and_never_from_a_body() {
    let Some(ground) = Ground::new("whose layout over HTTP").await else { return };
    let replica = ground.replica().await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    let People { user, .. } = People::new(&replica, &acting).await;
    let other = UserId(Uuid::new_v4()).to_string();
    for (path, body) in [
        (WIDGETS.to_owned(), json!({ "widgetType": "x", "userId": other })),
        (format!("{WIDGETS}/a/move"), json!({ "toPosition": 0, "userId": null })),
        (LAYOUT.to_owned(), json!({ "ops": [{ "op": "hide", "widgetType": "a" }], "userId": other })),
    ] {
        let answer = user.post(&path, body).await;
        assert_eq!((answer.refusal(), &answer.body["errors"][0]["pointer"]), ((400, "malformed"), &json!("/userId")));
    }
    let answer = user.send(Method::DELETE, LAYOUT, &[("plinth-actor", &other)], json!({})).await;
    assert_eq!(answer.refusal(), (403, "forbidden"));

    let program = Api::of_program(&replica, &acting, &[Scope::LayoutOwn]).await;
    assert_eq!(program.get(LAYOUT).await.refusal(), (400, "bad_header"));
    let for_user = [("plinth-actor", acting.user.to_string())];
    let for_user = for_user.each_ref().map(|(name, value)| (*name, value.as_str()));
    program.send(Method::PATCH, "/api/dashboard/widgets/a", &for_user, json!({ "size": "small" })).await.expect(200);
    assert_eq!(user.get(LAYOUT).await.expect(200)["widgets"][0]["size"], "small");

    for (path, status) in [
        ("/api/dashboard/layout?layout=theirs", 422),
        ("/api/dashboard/widgets?at=1", 400),
        ("/api/dashboard/layout?at=x", 422),
    ] {
        assert_eq!(user.get(path).await.refusal().0, status, "{path}");
    }
    assert_eq!(user.patch(&format!("{WIDGETS}/a"), json!({})).await.refusal(), (400, "malformed"));
    let bad = user.patch(&format!("{WIDGETS}/a"), json!({ "size": "xl", "colour": "red" })).await;
    let pointers: Vec<&Value> = bad.body["errors"].as_array().unwrap().iter().map(|error| &error["pointer"]).collect();
    assert!(pointers.contains(&&json!("/size")) && pointers.contains(&&json!("/colour")), "{}", bad.body);
}
