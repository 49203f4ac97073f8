//! Layouts that many people change at once: several changes in one, conflicts, undo and redo, what happened and by whom, what
//! administrators keep users from, and declared types of widgets.

use plinth_client::SendError;
use plinth_events::refusal::Problem;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Acting, Ground};

/// A default of these widgets.
async fn default_of(acting: &Acting<'_>, widgets: &[&str]) {
    let ops: Vec<Value> = widgets.iter().map(|widget| json!({ "op": "add", "widgetType": widget })).collect();
    acting.send("dashboard.apply-layout", json!({ "userId": null, "ops": ops })).await.unwrap();
}

/// What a layout shows by the query; a hidden widget stands in brackets.
async fn seen(acting: &Acting<'_>, user: Value) -> String {
    shown(&acting.query("dashboard.get", json!({ "userId": user })).await.unwrap())
}

fn shown(layout: &Value) -> String {
    let name = |widget: &Value| {
        let name = widget["widgetType"].as_str().unwrap();
        if widget["isVisible"] == json!(true) { name.to_owned() } else { format!("({name})") }
    };
    layout["widgets"].as_array().unwrap().iter().map(name).collect::<Vec<_>>().join(" ")
}

/// The layout that a command answers.
async fn after(acting: &Acting<'_>, command: &str, body: Value) -> String {
    shown(&acting.result(command, body).await)
}

async fn problem(acting: &Acting<'_>, command: &str, body: Value) -> Problem {
    match acting.send(command, body).await {
        Err(SendError::Refused { problem, .. }) => *problem,
        other => panic!("not refused: {other:?}"),
    }
}

/// The order of a user's rows in the table.
async fn rows(ground: &Ground, user: Uuid) -> Vec<String> {
    let order =
        sqlx::query_scalar(r#"select "widgetType" from "DashboardWidget" where "userId" = $1 order by "position""#);
    order.bind(user).fetch_all(&ground.pool().await).await.unwrap()
}

#[tokio::test]
async fn several_changes_are_one_event_or_none() {
    let Some(ground) = Ground::new("several changes at once").await else { return };
    let _replica = ground.replica().await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    default_of(&acting, &["a", "b", "c"]).await;
    let before = ground.position().await;
    let apply = |ops| json!({ "userId": acting.user, "ops": ops });
    let refused = json!([
        { "op": "hide", "widgetType": "a" }, { "op": "move", "widgetType": "b", "toPosition": 7 },
    ]);
    let refused = problem(&acting, "dashboard.apply-layout", apply(refused)).await;
    assert_eq!(
        (refused.code.as_str(), refused.errors[0].pointer.as_str()),
        ("position_out_of_range", "/ops/1/toPosition")
    );
    let malformed =
        problem(&acting, "dashboard.apply-layout", apply(json!([{ "op": "resize", "widgetType": "a" }]))).await;
    assert_eq!((malformed.code.as_str(), malformed.errors[0].pointer.as_str()), ("malformed", "/ops/0/size"));
    let none = problem(&acting, "dashboard.apply-layout", apply(json!([]))).await;
    assert_eq!((none.code.as_str(), none.errors[0].pointer.as_str()), ("invalid_value", "/ops"));
    let nothing = json!([{ "op": "show", "widgetType": "a" }]);
    assert_eq!(after(&acting, "dashboard.apply-layout", apply(nothing)).await, "a b c");
    assert_eq!((ground.position().await, rows(&ground, acting.user.0).await), (before, vec![]));

    let ops = json!([
        { "op": "add", "widgetType": "own", "position": 0, "config": { "days": 3 } },
        { "op": "move", "widgetType": "c", "before": "a" },
        { "op": "hide", "widgetType": "b" },
        { "op": "configure", "widgetType": "own", "config": { "days": null } },
    ]);
    let reply = acting.send("dashboard.apply-layout", apply(ops)).await.unwrap();
    assert_eq!(reply.events.iter().map(|event| event.event_type.as_str()).collect::<Vec<_>>(), ["LayoutApplied"]);
    let layout: Value = reply.result_as().unwrap();
    assert_eq!((shown(&layout).as_str(), &layout["layoutVersion"]), ("own c a (b)", &json!(1)));
    assert_eq!(rows(&ground, acting.user.0).await, ["own", "c", "a", "b"]);
    ground.assert_verified().await;
}

#[tokio::test]
async fn two_tabs_with_an_old_version_collide_only_over_the_same_thing() {
    let Some(ground) = Ground::new("two tabs").await else { return };
    let _replica = ground.replica().await;
    let (one, other) = (ground.client().await, ground.client().await);
    let first = Acting::new(&one).await;
    let second = Acting { client: &other, ..first };
    default_of(&first, &["a", "b", "c", "d"]).await;
    let user = first.user;
    let get = first.query("dashboard.get", json!({ "userId": user })).await.unwrap();
    assert_eq!((&get["layoutVersion"], &get["defaultVersion"]), (&json!(0), &json!(1)));

    let resize = json!({ "userId": user, "widgetType": "a", "size": "large", "baseVersion": 0 });
    let hide = json!({ "userId": user, "widgetType": "c", "baseVersion": 0 });
    let (resized, hidden) =
        tokio::join!(first.send("dashboard.resize-widget", resize), second.send("dashboard.hide-widget", hide));
    assert!(resized.is_ok() && hidden.is_ok());
    let layout = first.query("dashboard.get", json!({ "userId": user })).await.unwrap();
    assert_eq!((shown(&layout).as_str(), &layout["layoutVersion"]), ("a b (c) d", &json!(2)));

    let move_a = |to: u32| json!({ "userId": user, "widgetType": "a", "toPosition": to, "baseVersion": 2 });
    first.send("dashboard.move-widget", move_a(3)).await.unwrap();
    let conflict = problem(&second, "dashboard.move-widget", move_a(1)).await;
    assert_eq!((conflict.code.as_str(), conflict.status), ("layout_conflict", 409));
    assert_eq!(conflict.facts["current"], json!({ "layoutVersion": 3, "order": ["b", "c", "d", "a"] }));
    assert_eq!(conflict.facts["yours"]["order"], json!(["b", "a", "c", "d"]));
    assert_eq!(conflict.facts["theirs"], json!([{ "version": 3, "touched": { "a": ["position"] } }]));

    let beside = json!({ "userId": user, "widgetType": "d", "after": "c", "baseVersion": 2 });
    assert_eq!(after(&second, "dashboard.move-widget", beside.clone()).await, "b (c) d a");
    first.send("dashboard.remove-widget", json!({ "userId": null, "widgetType": "c" })).await.unwrap();
    let gone = problem(&second, "dashboard.move-widget", beside).await;
    assert_eq!((gone.code.as_str(), gone.status), ("anchor_missing", 409));
    ground.assert_verified().await;
}

#[tokio::test]
async fn what_was_done_is_undone_and_redone_after_a_restart_too() {
    let Some(ground) = Ground::new("undo").await else { return };
    let replica = ground.replica().await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    let user = json!({ "userId": acting.user });
    default_of(&acting, &["a", "b", "c", "d"]).await;
    assert_eq!(problem(&acting, "dashboard.undo", user.clone()).await.code, "nothing_to_undo");
    let step = |more: Value| {
        let mut body = user.clone();
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    acting.send("dashboard.move-widget", step(json!({ "widgetType": "d", "toPosition": 0 }))).await.unwrap();
    acting.send("dashboard.hide-widget", step(json!({ "widgetType": "a" }))).await.unwrap();
    assert_eq!(after(&acting, "dashboard.reset", user.clone()).await, "a b c d");
    acting.send("dashboard.add-widget", json!({ "userId": null, "widgetType": "x", "position": 1 })).await.unwrap();
    replica.kill().await;

    let _replica = ground.replica().await;
    assert_eq!(after(&acting, "dashboard.undo", user.clone()).await, "d (a) x b c");
    assert_eq!(rows(&ground, acting.user.0).await, ["d", "a", "x", "b", "c"]);
    assert_eq!(after(&acting, "dashboard.redo", user.clone()).await, "a x b c d");
    assert_eq!(rows(&ground, acting.user.0).await, [""; 0]);
    assert_eq!(problem(&acting, "dashboard.redo", user.clone()).await.code, "nothing_to_redo");
    acting.send("dashboard.undo", user.clone()).await.unwrap();
    acting.send("dashboard.show-widget", step(json!({ "widgetType": "a" }))).await.unwrap();
    let conflict = problem(&acting, "dashboard.undo", step(json!({ "version": 2 }))).await;
    assert_eq!((conflict.code.as_str(), &conflict.facts["version"]), ("undo_conflict", &json!(7)));
    assert_eq!(after(&acting, "dashboard.undo", step(json!({ "version": 1 }))).await, "a x b c d");
    ground.assert_verified().await;
}

#[tokio::test]
async fn a_layout_tells_what_happened_to_it_where_it_comes_from_and_how_it_was() {
    let Some(ground) = Ground::new("the history of layouts").await else { return };
    let _replica = ground.replica().await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    default_of(&acting, &["sales", "tasks"]).await;
    acting.send("dashboard.declare-type", json!({ "widgetType": "sales", "title": "Sales" })).await.unwrap();
    let user = acting.user;
    let moved = json!({ "userId": user, "widgetType": "tasks", "toPosition": 0 });
    let moved = acting.send("dashboard.move-widget", moved).await.unwrap();
    acting
        .send("dashboard.resize-widget", json!({ "userId": user, "widgetType": "sales", "size": "large" }))
        .await
        .unwrap();
    acting.send("dashboard.undo", json!({ "userId": user, "version": 1 })).await.unwrap();

    let history = acting.query("dashboard.history", json!({ "userId": user })).await.unwrap();
    let told: Vec<_> =
        history["changes"].as_array().unwrap().iter().map(|it| (&it["sentence"], &it["undoable"])).collect();
    let expected = [
        ("took back: moved tasks before Sales", false),
        ("made Sales large", true),
        ("moved tasks before Sales", false),
    ];
    assert_eq!(json!(told), json!(expected));
    let first = &history["changes"][2];
    assert_eq!((&first["undone"], &first["by"], &first["version"]), (&json!(true), &json!(user), &json!(1)));
    assert_eq!((&first["position"], &first["eventId"]), (&json!(moved.position), &json!(moved.events[0].id)));
    assert_eq!((&history["redoable"], &history["next"]), (&json!(true), &Value::Null));
    let page = acting.query("dashboard.history", json!({ "userId": user, "from": 2, "limit": 1 })).await.unwrap();
    assert_eq!((&page["changes"][0]["version"], &page["next"]), (&json!(2), &json!(1)));

    let then = acting.query("dashboard.get", json!({ "userId": user, "knownAt": moved.position })).await.unwrap();
    assert_eq!(
        (shown(&then).as_str(), &then["layoutVersion"], &then["personal"]),
        ("tasks sales", &json!(1), &json!(true))
    );
    let before = json!({ "userId": user, "knownAt": first["recordedAt"] });
    assert_eq!(acting.query("dashboard.get", before).await.unwrap(), then);

    let now = acting.query("dashboard.get", json!({ "userId": user, "provenance": true })).await.unwrap();
    let sales = &now["provenance"]["sales"];
    assert_eq!((&sales["size"]["from"], &sales["size"]["by"]), (&json!("own"), &json!(user)));
    assert_eq!(sales["size"]["position"], json!(moved.position + 1));
    assert_eq!((&sales["position"]["from"], &sales["config"]["from"]), (&json!("default"), &json!("default")));
    let mut by_the_log = now;
    by_the_log.as_object_mut().unwrap().remove("provenance");
    let by_the_table = acting.query("dashboard.get", json!({ "userId": user })).await.unwrap();
    assert_eq!(by_the_log, by_the_table);
}

#[tokio::test]
async fn administrators_keep_users_from_changing_what_is_locked_or_everything() {
    let Some(ground) = Ground::new("locked widgets").await else { return };
    let _replica = ground.replica().await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    let user = json!(acting.user);
    default_of(&acting, &["a", "b", "c"]).await;
    let ops = json!([{ "op": "move", "widgetType": "c", "toPosition": 0 }, { "op": "hide", "widgetType": "a" }]);
    acting.send("dashboard.apply-layout", json!({ "userId": user, "ops": ops })).await.unwrap();
    assert_eq!(seen(&acting, user.clone()).await, "c (a) b");

    assert_eq!(after(&acting, "dashboard.lock-widget", json!({ "widgetType": "a" })).await, "a b c");
    assert_eq!(seen(&acting, user.clone()).await, "a c b");
    assert_eq!(rows(&ground, acting.user.0).await, ["a", "c", "b"]);
    let show = json!({ "userId": user, "widgetType": "a" });
    assert_eq!(problem(&acting, "dashboard.show-widget", show.clone()).await.code, "widget_locked");
    acting.send("dashboard.unlock-widget", json!({ "widgetType": "a" })).await.unwrap();
    assert_eq!(seen(&acting, user.clone()).await, "c (a) b");

    acting.send("dashboard.enforce", json!({ "enforced": true })).await.unwrap();
    assert_eq!(problem(&acting, "dashboard.show-widget", show).await.code, "layout_enforced");
    let layout = acting.query("dashboard.get", json!({ "userId": user })).await.unwrap();
    assert_eq!(
        (shown(&layout).as_str(), &layout["enforced"], &layout["personal"]),
        ("a b c", &json!(true), &json!(true))
    );
    assert_eq!(rows(&ground, acting.user.0).await, ["a", "b", "c"]);
    acting.send("dashboard.enforce", json!({ "enforced": false })).await.unwrap();
    assert_eq!((seen(&acting, user).await.as_str(), rows(&ground, acting.user.0).await.len()), ("c (a) b", 3));
    ground.assert_verified().await;
}

#[tokio::test]
async fn configurations_are_what_the_declared_type_asks_for() {
    let Some(ground) = Ground::new("declared types of widgets").await else { return };
    let _replica = ground.replica().await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    let schema = json!({
        "type": "object", "required": ["months"], "additionalProperties": false,
        "properties": { "months": { "type": "integer", "minimum": 1 } },
    });
    let mut declaration = json!({
        "widgetType": "revenue", "title": "Revenue", "description": "By month.", "configSchema": schema,
        "defaultSize": "large", "defaultConfig": { "months": 0 },
    });
    let wrong = problem(&acting, "dashboard.declare-type", declaration.clone()).await;
    assert_eq!((wrong.code.as_str(), wrong.errors[0].pointer.as_str()), ("invalid_config", "/defaultConfig/months"));
    declaration["defaultConfig"]["months"] = json!(12);
    acting.send("dashboard.declare-type", declaration).await.unwrap();
    let remote = json!({ "widgetType": "x", "title": "X", "configSchema": { "$ref": "https://example.com/x" } });
    let remote = problem(&acting, "dashboard.declare-type", remote).await;
    assert_eq!((remote.code.as_str(), remote.errors[0].pointer.as_str()), ("invalid_value", "/configSchema/$ref"));

    default_of(&acting, &["revenue"]).await;
    let layout = acting.query("dashboard.get", json!({})).await.unwrap();
    assert_eq!(
        (&layout["widgets"][0]["size"], &layout["widgets"][0]["config"]),
        (&json!("large"), &json!({ "months": 12 }))
    );
    let configure = |config| json!({ "userId": acting.user, "widgetType": "revenue", "config": config });
    let wrong = problem(&acting, "dashboard.configure-widget", configure(json!({ "months": "all" }))).await;
    assert_eq!(
        (wrong.code.as_str(), wrong.status, wrong.errors[0].pointer.as_str()),
        ("invalid_config", 422, "/config/months")
    );
    let ops = json!([{ "op": "configure", "widgetType": "revenue", "config": { "days": 3 } }]);
    let wrong = problem(&acting, "dashboard.apply-layout", json!({ "userId": null, "ops": ops })).await;
    assert_eq!(wrong.errors[0].pointer, "/ops/0/config/days");

    let types = acting.query("dashboard.types", json!({})).await.unwrap();
    assert_eq!((&types["types"][0]["title"], &types["types"][0]["configSchema"]), (&json!("Revenue"), &schema));
    acting.send("dashboard.retire-type", json!({ "widgetType": "revenue" })).await.unwrap();
    assert_eq!(acting.query("dashboard.types", json!({})).await.unwrap(), json!({ "types": [], "next": null }));
    acting.send("dashboard.configure-widget", configure(json!({ "months": "all" }))).await.unwrap();
    let position = types["types"][0]["position"].clone();
    assert_eq!(acting.query("dashboard.types", json!({ "knownAt": position })).await.unwrap(), types);
    ground.assert_verified().await;
}
