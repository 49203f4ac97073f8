//! The examples of the contract's section on dashboards: a user's layout follows the tenant's default.

use serde_json::{Value, json};
use sqlx::PgPool;
use uuid::Uuid;

use crate::support::{Acting, Ground};

/// One layout: a user's, or the tenant's default.
struct Layout<'a> {
    acting: &'a Acting<'a>,
    pool: &'a PgPool,
    user: Option<Uuid>,
}

impl Layout<'_> {
    /// A tenant's default of widgets in this order.
    async fn of_widgets(&self, widgets: &[&str]) {
        for widget in widgets {
            self.send("add", widget, json!({})).await;
        }
    }

    /// Sends a command such as `move`, and tells what the layout looks like then.
    async fn send(&self, verb: &str, widget: &str, more: Value) -> String {
        let mut body = json!({ "userId": self.user, "widgetType": widget });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        match self.acting.send(&format!("dashboard.{verb}-widget"), body).await {
            Ok(reply) => {
                let result: Value = reply.result_as().unwrap();
                let seen = self.see().await;
                assert_eq!(shown(&result["widgets"]), seen, "the reply is the layout");
                seen
            }
            refused => Acting::refusal(refused),
        }
    }

    /// The layout by the query, after a look whether the rows say the same; a hidden widget stands in brackets.
    async fn see(&self) -> String {
        let layout = self.acting.query("dashboard.get", json!({ "userId": self.user })).await.unwrap();
        let rows = self.rows().await;
        if self.user.is_none() || layout["personal"] == json!(true) {
            assert_eq!(rows, layout["widgets"], "the rows are the layout");
        } else {
            assert_eq!(rows, json!([]), "who changed nothing has no rows");
        }
        shown(&layout["widgets"])
    }

    async fn rows(&self) -> Value {
        sqlx::query_scalar(
            r#"select coalesce(jsonb_agg(jsonb_build_object('widgetType', "widgetType", 'position', "position",
                   'size', "size", 'isVisible', "isVisible", 'config', "config") order by "position"), '[]')
               from "DashboardWidget" where "tenantId" = $1 and "userId" is not distinct from $2"#,
        )
        .bind(self.acting.tenant.0)
        .bind(self.user)
        .fetch_one(self.pool)
        .await
        .unwrap()
    }
}

fn shown(widgets: &Value) -> String {
    let name = |widget: &Value| {
        let name = widget["widgetType"].as_str().unwrap();
        if widget["isVisible"] == json!(true) { name.to_owned() } else { format!("({name})") }
    };
    widgets.as_array().unwrap().iter().map(name).collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn a_widget_moves_to_its_final_place_and_a_hidden_one_keeps_its() {
    let Some(ground) = Ground::new("moving widgets").await else { return };
    let _replica = ground.replica().await;
    let (client, pool) = (ground.client().await, ground.pool().await);
    let acting = Acting::new(&client).await;
    for (widget, to, seen) in [("d", 0, "d a b c"), ("a", 3, "b c d a"), ("a", 4, "position_out_of_range")] {
        let acting = Acting::new(&client).await;
        let default = Layout { acting: &acting, pool: &pool, user: None };
        default.of_widgets(&["a", "b", "c", "d"]).await;
        assert_eq!(default.send("move", widget, json!({ "toPosition": to })).await, seen);
    }
    let default = Layout { acting: &acting, pool: &pool, user: None };
    default.of_widgets(&["a", "b", "c", "d"]).await;
    assert_eq!(default.send("add", "a", json!({})).await, "already_present");
    assert_eq!(default.send("move", "x", json!({ "toPosition": 0 })).await, "unknown_widget");
    assert_eq!(default.send("hide", "b", json!({})).await, "a (b) c d");
    assert_eq!(default.send("move", "c", json!({ "before": "a" })).await, "c a (b) d");
    assert_eq!(default.send("show", "b", json!({})).await, "c a b d");
    assert_eq!(default.send("move", "c", json!({ "after": "b" })).await, "a b c d");
    let before = ground.position().await;
    assert_eq!(default.send("show", "b", json!({})).await, "a b c d");
    assert_eq!(ground.position().await, before, "a command that changes nothing is no event");
    ground.assert_verified().await;
}

#[tokio::test]
async fn a_users_own_order_takes_in_what_the_default_adds_and_drops() {
    let Some(ground) = Ground::new("the order of a user").await else { return };
    let _replica = ground.replica().await;
    let (client, pool) = (ground.client().await, ground.pool().await);
    let acting = Acting::new(&client).await;
    let default = Layout { acting: &acting, pool: &pool, user: None };
    let user = Layout { user: Some(acting.user.0), ..default };
    default.of_widgets(&["a", "b", "c", "d"]).await;
    assert_eq!(user.see().await, "a b c d");
    for (widget, to) in [("b", 0), ("c", 0), ("d", 0)] {
        user.send("move", widget, json!({ "toPosition": to })).await;
    }
    assert_eq!(user.see().await, "d c b a");
    default.send("add", "x", json!({ "position": 2 })).await;
    assert_eq!((default.see().await.as_str(), user.see().await.as_str()), ("a b x c d", "d c b x a"));
    default.send("remove", "x", json!({})).await;
    default.send("add", "x", json!({ "position": 0 })).await;
    default.send("remove", "b", json!({})).await;
    assert_eq!(default.see().await, "x a c d");
    default.send("add", "b", json!({ "position": 2 })).await;
    default.send("remove", "x", json!({})).await;
    assert_eq!((default.see().await.as_str(), user.see().await.as_str()), ("a b c d", "d c b a"));
    ground.assert_verified().await;
}

#[tokio::test]
async fn what_a_user_did_not_change_follows_the_default() {
    let Some(ground) = Ground::new("the overlay of a user").await else { return };
    let _replica = ground.replica().await;
    let (client, pool) = (ground.client().await, ground.pool().await);
    let acting = Acting::new(&client).await;
    let default = Layout { acting: &acting, pool: &pool, user: None };
    let user = Layout { user: Some(acting.user.0), ..default };
    default.of_widgets(&["a", "b", "c", "d"]).await;
    default.send("configure", "a", json!({ "config": { "period": "month", "chart": { "kind": "bar" } } })).await;
    user.send("resize", "a", json!({ "size": "large" })).await;
    default.send("move", "d", json!({ "toPosition": 0 })).await;
    default.send("resize", "a", json!({ "size": "small" })).await;
    assert_eq!(user.see().await, "d a b c");
    assert_eq!((&user.rows().await[1]["size"], &default.rows().await[1]["size"]), (&json!("large"), &json!("small")));

    let patch = json!({ "config": { "period": null, "chart": { "colour": "red" } } });
    user.send("configure", "a", patch).await;
    default.send("configure", "a", json!({ "config": { "chart": { "kind": "line" } } })).await;
    assert_eq!(user.rows().await[1]["config"], json!({ "chart": { "kind": "line", "colour": "red" } }));

    assert_eq!(user.send("remove", "b", json!({})).await, "default_widget");
    assert_eq!(user.send("add", "own", json!({ "position": 0 })).await, "own d a b c");
    assert_eq!(user.send("remove", "own", json!({})).await, "d a b c");
    acting.send("dashboard.reset", json!({ "userId": acting.user })).await.unwrap();
    assert_eq!((user.see().await.as_str(), user.rows().await), ("d a b c", json!([])));
    ground.assert_verified().await;
}

#[tokio::test]
async fn looking_at_a_layout_never_writes() {
    let Some(ground) = Ground::new("looking at a layout").await else { return };
    let _replica = ground.replica().await;
    let (client, pool) = (ground.client().await, ground.pool().await);
    let acting = Acting::new(&client).await;
    let default = Layout { acting: &acting, pool: &pool, user: None };
    default.of_widgets(&["a", "b"]).await;
    let before = ground.position().await;
    let user = Layout { user: Some(acting.user.0), ..default };
    assert_eq!((user.see().await.as_str(), user.rows().await), ("a b", json!([])));
    assert_eq!(ground.position().await, before);
}
