//! The five tables where an application has them: made when none is there, else compared with those of the contract.

use sqlx::PgConnection;

use super::MirrorTablesError;
use crate::beside::TABLES;

/// Sees to it that all five are there and have what the projections need. They may have more, such as foreign keys from
/// other tables. The caller's transaction takes back what this leaves half done.
pub(super) async fn ensure(connection: &mut PgConnection, schema: &str) -> Result<(), MirrorTablesError> {
    let missing = missing(connection, schema).await?;
    if missing.len() == TABLES.len() {
        return Ok(create_in(connection, schema).await?);
    }
    if !missing.is_empty() {
        return Err(MirrorTablesError::LacksTables { schema: schema.to_owned(), missing: missing.join(", ") });
    }
    let problems = problems(connection, schema).await?;
    if problems.is_empty() { Ok(()) } else { Err(MirrorTablesError::OtherShape(problems)) }
}

/// The first of the tables that has rows.
pub(super) async fn filled(connection: &mut PgConnection) -> Result<Option<String>, sqlx::Error> {
    sqlx::query_scalar(
        r#"select name
           from (values ('Tenant', exists (select from "Tenant")), ('User', exists (select from "User")),
               ('MetricDefinition', exists (select from "MetricDefinition")),
               ('DashboardWidget', exists (select from "DashboardWidget")), ('Job', exists (select from "Job"))
           ) as tables (name, is_filled)
           where is_filled
           limit 1"#,
    )
    .fetch_optional(connection)
    .await
}

async fn missing(connection: &mut PgConnection, schema: &str) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query_scalar(
        "select name
         from unnest($2::text[]) with ordinality as expected (name, place)
         where to_regclass(quote_ident($1) || '.' || quote_ident(name)) is null
         order by place",
    )
    .bind(schema)
    .bind(TABLES)
    .fetch_all(connection)
    .await
}

/// Runs the migration that makes the tables, in another place than its own.
async fn create_in(connection: &mut PgConnection, schema: &str) -> Result<(), sqlx::Error> {
    sqlx::query("select set_config('plinth.read_schema', quote_ident($1), true)")
        .bind(schema)
        .execute(&mut *connection)
        .await?;
    sqlx::raw_sql(include_str!("../../../migrations/0003_read_tables.sql")).execute(connection).await?;
    Ok(())
}

/// What is wrong with the tables. The right ones are made beside them for that, and dropped again.
async fn problems(connection: &mut PgConnection, schema: &str) -> Result<Vec<String>, sqlx::Error> {
    sqlx::raw_sql("set local client_min_messages = warning; create schema plinth_mirror_expected")
        .execute(&mut *connection)
        .await?;
    create_in(connection, "plinth_mirror_expected").await?;
    let problems =
        sqlx::query_scalar(include_str!("problems.sql")).bind(schema).bind(TABLES).fetch_all(&mut *connection).await?;
    sqlx::raw_sql("drop schema plinth_mirror_expected cascade").execute(connection).await?;
    Ok(problems)
}
