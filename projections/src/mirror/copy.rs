//! A snapshot: the rows of the read tables and the states of the projections, copied from one database into another.
//!
//! Rows that are there already are updated, not deleted and inserted, so that tables of the application may refer to them.

use futures_util::TryStreamExt;
use plinth_events::TenantId;
use sqlx::PgConnection;

/// What is copied of one table: read with the first statement, written with the second one.
type Step = (&'static str, &'static str);

/// Of a table with these columns, the rows whose `$tenant` is the one in the setting, or all when that is empty.
macro_rules! step {
    ($from:literal, $tenant:literal, $into:literal, $columns:literal) => {
        (
            concat!(
                "copy (select ",
                $columns,
                " from ",
                $from,
                " where coalesce(",
                $tenant,
                " = nullif(current_setting('plinth_mirror.tenant'), '')::uuid, true)) to stdout"
            ),
            concat!("copy ", $into, " (", $columns, ") from stdin"),
        )
    };
}

const STEPS: [Step; 7] = [
    step!(r#""Tenant""#, r#""id""#, "incoming_tenant", r#""id", "name", "createdAt""#),
    step!(r#""User""#, r#""tenantId""#, "incoming_user", r#""id", "tenantId", "name", "createdAt""#),
    step!(
        r#""MetricDefinition""#,
        r#""tenantId""#,
        "incoming_metric_definition",
        r#""id", "tenantId", "code", "name", "description", "formula", "version", "effectiveAt", "deprecatedAt", "createdById", "createdAt""#
    ),
    step!(
        r#""DashboardWidget""#,
        r#""tenantId""#,
        "incoming_dashboard_widget",
        r#""id", "tenantId", "userId", "widgetType", "position", "size", "isVisible", "config", "createdAt", "updatedAt""#
    ),
    step!(
        r#""Job""#,
        r#""tenantId""#,
        "incoming_job",
        r#""id", "tenantId", "type", "payload", "status", "attempts", "maxAttempts", "result", "error", "createdAt", "updatedAt""#
    ),
    step!("metric_timeline", "tenant_id", "metric_timeline", "tenant_id, code, timeline"),
    step!("dashboard_layout", "tenant_id", "dashboard_layout", "tenant_id, user_id, version, layout"),
];

/// Makes the tables of `target` equal to those of `source`, for one tenant or all. Both connections are in a transaction;
/// that of the source sees one snapshot.
pub async fn copy(
    source: &mut PgConnection,
    target: &mut PgConnection,
    tenant: Option<TenantId>,
) -> Result<u64, sqlx::Error> {
    sqlx::query("select set_config('plinth_mirror.tenant', $1, true)")
        .bind(tenant.map(|tenant| tenant.to_string()).unwrap_or_default())
        .execute(&mut *source)
        .await?;
    sqlx::raw_sql(include_str!("receive.sql")).execute(&mut *target).await?;
    let mut rows = 0;
    for (read, write) in STEPS {
        rows += copy_table(source, target, read, write).await?;
    }
    sqlx::raw_sql(include_str!("merge.sql")).execute(target).await?;
    Ok(rows)
}

async fn copy_table(
    source: &mut PgConnection,
    target: &mut PgConnection,
    read: &str,
    write: &str,
) -> Result<u64, sqlx::Error> {
    let mut writing = target.copy_in_raw(write).await?;
    let mut reading = source.copy_out_raw(read).await?;
    while let Some(bytes) = reading.try_next().await? {
        writing.send(bytes).await?;
    }
    writing.finish().await
}
