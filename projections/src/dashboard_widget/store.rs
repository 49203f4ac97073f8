//! The SQL behind the layouts: what is remembered of them, and their rows.

use chrono::NaiveDateTime;
use plinth_events::{
    TenantId, UserId,
    ids::dashboard_widget_id,
    json::Config,
    layout::{EffectiveWidget, VersionedLayout},
};
use serde::de::DeserializeOwned;
use sqlx::{PgConnection, PgExecutor, types::Json};
use uuid::Uuid;

use super::{
    Touched,
    scopes::{Key, Row, Scopes},
};
use crate::{Entry, ProjectionError, tenant, user};

/// The layouts that a batch may change, with their rows, and the defaults below them.
pub(super) async fn load(connection: &mut PgConnection, touched: &Touched) -> Result<Scopes, ProjectionError> {
    let mut scopes = Scopes::default();
    load_layouts(connection, touched, &mut scopes).await?;
    load_rows(connection, touched, &mut scopes).await?;
    Ok(scopes)
}

async fn load_layouts(
    connection: &mut PgConnection,
    touched: &Touched,
    scopes: &mut Scopes,
) -> Result<(), ProjectionError> {
    let layouts: Vec<(Uuid, Option<Uuid>, i64, String)> = sqlx::query_as(
        "select tenant_id, user_id, version, layout::text from dashboard_layout
         where tenant_id = any($1)
             or (tenant_id = any($2) and user_id is null)
             or (tenant_id = any($2) and user_id = any($3))",
    )
    .bind(&touched.whole_tenants)
    .bind(&touched.tenants)
    .bind(&touched.users)
    .fetch_all(connection)
    .await?;
    for (tenant, user_id, version, layout) in layouts {
        let key = (TenantId(tenant), user_id.map(UserId));
        let scope = scopes.scope(key.0, key.1);
        scope.layout = parse("dashboard_layout", key, &layout)?;
        scope.version = version.cast_unsigned();
    }
    Ok(())
}

async fn load_rows(
    connection: &mut PgConnection,
    touched: &Touched,
    scopes: &mut Scopes,
) -> Result<(), ProjectionError> {
    let rows: Vec<(Uuid, Option<Uuid>, String, NaiveDateTime, NaiveDateTime)> = sqlx::query_as(
        r#"select "tenantId", "userId",
               jsonb_build_object('widgetType', "widgetType", 'position', "position", 'size', "size",
                   'isVisible', "isVisible", 'config', "config")::text,
               "createdAt", "updatedAt"
           from "DashboardWidget"
           where "tenantId" = any($1) or ("tenantId" = any($2) and "userId" = any($3))"#,
    )
    .bind(&touched.whole_tenants)
    .bind(&touched.tenants)
    .bind(&touched.users)
    .fetch_all(connection)
    .await?;
    for (tenant, user_id, widget, created_at, updated_at) in rows {
        let scope = (TenantId(tenant), user_id.map(UserId));
        let widget: EffectiveWidget = parse("DashboardWidget", scope, &widget)?;
        let row = Row { widget, created_at, updated_at, changed: false };
        scopes.scope(scope.0, scope.1).rows.insert(row.widget.widget_type.clone(), row);
    }
    Ok(())
}

/// What the tenant's default says, and what a user says of the own layout, as far as they say anything.
pub(super) async fn layouts(
    executor: impl PgExecutor<'_>,
    tenant: TenantId,
    user_id: Option<UserId>,
) -> Result<Vec<(Option<UserId>, VersionedLayout)>, ProjectionError> {
    let layouts: Vec<(Option<Uuid>, i64, String)> = sqlx::query_as(
        "select user_id, version, layout::text from dashboard_layout
         where (tenant_id = $1 and user_id is null) or (tenant_id = $1 and user_id = $2)",
    )
    .bind(tenant.0)
    .bind(user_id.map(|user| user.0))
    .fetch_all(executor)
    .await?;
    let parsed = layouts.into_iter().map(|(user_id, version, layout)| {
        let user_id = user_id.map(UserId);
        let layout = parse("dashboard_layout", (tenant, user_id), &layout)?;
        Ok((user_id, VersionedLayout { version: version.cast_unsigned(), layout }))
    });
    parsed.collect()
}

fn parse<T: DeserializeOwned>(table: &'static str, (tenant, user_id): Key, text: &str) -> Result<T, ProjectionError> {
    serde_json::from_str(text).map_err(|source| {
        let scope = user_id.map_or_else(|| "default".to_owned(), |user| user.to_string());
        ProjectionError::State { table, what: format!("{tenant}/{scope}"), source }
    })
}

/// Writes what changed. Rows that went are deleted first, since some may have come back.
pub(super) async fn save(connection: &mut PgConnection, scopes: &Scopes) -> Result<(), ProjectionError> {
    delete_rows(connection, scopes).await?;
    upsert_rows(connection, scopes).await?;
    upsert_layouts(connection, scopes).await
}

async fn delete_rows(connection: &mut PgConnection, scopes: &Scopes) -> Result<(), ProjectionError> {
    let mut ids = Vec::new();
    for ((tenant, user_id), scope) in &scopes.0 {
        ids.extend(scope.gone.iter().map(|name| dashboard_widget_id(*tenant, *user_id, name.as_str())));
    }
    if ids.is_empty() {
        return Ok(());
    }
    sqlx::query(r#"delete from "DashboardWidget" where "id" = any($1)"#).bind(ids).execute(connection).await?;
    Ok(())
}

async fn upsert_rows(connection: &mut PgConnection, scopes: &Scopes) -> Result<(), ProjectionError> {
    let mut columns = Columns::default();
    for (key, scope) in &scopes.0 {
        scope.rows.values().filter(|row| row.changed).for_each(|row| columns.push(*key, row));
    }
    if columns.ids.is_empty() {
        return Ok(());
    }
    sqlx::query(include_str!("upsert_rows.sql"))
        .bind(columns.ids)
        .bind(columns.tenants)
        .bind(columns.users)
        .bind(columns.widget_types)
        .bind(columns.positions)
        .bind(columns.sizes)
        .bind(columns.visibilities)
        .bind(columns.configs)
        .bind(columns.created)
        .bind(columns.updated)
        .execute(connection)
        .await?;
    Ok(())
}

async fn upsert_layouts(connection: &mut PgConnection, scopes: &Scopes) -> Result<(), ProjectionError> {
    let (mut tenants, mut users, mut versions, mut layouts) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for ((tenant, user_id), scope) in scopes.0.iter().filter(|(_, scope)| scope.changed) {
        tenants.push(tenant.0);
        users.push(user_id.map(|user| user.0));
        versions.push(scope.version.cast_signed());
        layouts.push(Json(&scope.layout));
    }
    sqlx::query(
        "insert into dashboard_layout (tenant_id, user_id, version, layout)
         select tenant_id, user_id, version, layout
         from unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::jsonb[]) as folded (tenant_id, user_id, version, layout)
         on conflict (tenant_id, user_id) do update set version = excluded.version, layout = excluded.layout",
    )
    .bind(tenants)
    .bind(users)
    .bind(versions)
    .bind(layouts)
    .execute(connection)
    .await?;
    Ok(())
}

/// Drops what is remembered of deleted tenants and users. The rows themselves are deleted with them.
pub(super) async fn forget(connection: &mut PgConnection, entries: &[Entry]) -> Result<(), ProjectionError> {
    user::forget(
        connection,
        entries,
        "delete from dashboard_layout using unnest($1::uuid[], $2::uuid[]) as gone (tenant_id, user_id)
         where dashboard_layout.tenant_id = gone.tenant_id and dashboard_layout.user_id = gone.user_id",
    )
    .await?;
    tenant::forget(connection, entries, &["delete from dashboard_layout where tenant_id = any($1)"]).await
}

/// Rows to write, column by column.
#[derive(Default)]
struct Columns<'a> {
    ids: Vec<Uuid>,
    tenants: Vec<Uuid>,
    users: Vec<Option<Uuid>>,
    widget_types: Vec<&'a str>,
    positions: Vec<i64>,
    sizes: Vec<&'a str>,
    visibilities: Vec<bool>,
    configs: Vec<Option<Json<&'a Config>>>,
    created: Vec<NaiveDateTime>,
    updated: Vec<NaiveDateTime>,
}

impl<'a> Columns<'a> {
    fn push(&mut self, (tenant, user_id): Key, row: &'a Row) {
        let widget = &row.widget;
        self.ids.push(dashboard_widget_id(tenant, user_id, widget.widget_type.as_str()));
        self.tenants.push(tenant.0);
        self.users.push(user_id.map(|user| user.0));
        self.widget_types.push(widget.widget_type.as_str());
        self.positions.push(widget.position.into());
        self.sizes.push(widget.size.as_str());
        self.visibilities.push(widget.is_visible);
        self.configs.push(widget.config.as_ref().map(Json));
        self.created.push(row.created_at);
        self.updated.push(row.updated_at);
    }
}
