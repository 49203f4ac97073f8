//! Two databases with the read tables, compared: by digests of whole tables, and row by row where those differ.
//!
//! Only columns of the contract count, in whatever order a table has them.

use std::fmt;

use futures_util::TryStreamExt;
use plinth_events::TenantId;
use sqlx::{FromRow, PgConnection};
use uuid::Uuid;

/// What is in a table, in a form that can be compared.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct TableDigest {
    /// Which table.
    pub name: String,
    /// How many rows.
    pub rows: i64,
    /// A sum over the hashes of all rows: the same for the same rows in any order.
    pub checksum: String,
}

/// How a row of the target is another one than that of the source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Difference {
    /// It is not there.
    Missing,
    /// It should not be there.
    Surplus,
    /// Its columns have other values.
    Changed,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Missing => "missing",
            Self::Surplus => "surplus",
            Self::Changed => "changed",
        })
    }
}

#[derive(FromRow)]
struct HashedRow {
    id: Uuid,
    hash: i64,
}

/// What is in each of the five tables that the connection points at: in the rows of one tenant, or in all.
pub async fn digests(connection: &mut PgConnection, tenant: Option<TenantId>) -> Result<Vec<TableDigest>, sqlx::Error> {
    sqlx::query_as(concat!(
        "with hashed as (",
        include_str!("rows.sql"),
        ")
         select name, count(hash) as rows, coalesce(sum(hash::numeric), 0)::text as checksum
         from unnest($2::text[]) with ordinality as tables (name, place)
         left join hashed using (name)
         group by name, place
         order by place"
    ))
    .bind(tenant.map(|tenant| tenant.0))
    .bind(crate::beside::TABLES)
    .fetch_all(connection)
    .await
}

/// The first `limit` rows of a table that differ, by id. Of the source, only the rows of one tenant may count.
pub async fn differing_ids(
    source: &mut PgConnection,
    target: &mut PgConnection,
    tenant: Option<TenantId>,
    table: &str,
    limit: usize,
) -> Result<Vec<(Uuid, Difference)>, sqlx::Error> {
    let query = concat!(
        "with hashed as (",
        include_str!("rows.sql"),
        r#") select "id", hash from hashed where name = $2 order by "id""#
    );
    let rows = |tenant: Option<TenantId>| {
        sqlx::query_as::<_, HashedRow>(query).bind(tenant.map(|tenant| tenant.0)).bind(table)
    };
    let (mut source, mut target) = (rows(tenant).fetch(source), rows(None).fetch(target));
    let (mut expected, mut found) = (source.try_next().await?, target.try_next().await?);
    let mut differing = Vec::new();
    while differing.len() < limit {
        let Some(step) = step(expected.as_ref(), found.as_ref()) else { break };
        differing.extend(step.difference.map(|difference| (step.id, difference)));
        if expected.as_ref().is_some_and(|row| row.id == step.id) {
            expected = source.try_next().await?;
        }
        if found.as_ref().is_some_and(|row| row.id == step.id) {
            found = target.try_next().await?;
        }
    }
    Ok(differing)
}

/// The lower one of the ids that two tables are at, and what is to be said of it.
#[derive(Debug, PartialEq, Eq)]
struct Step {
    id: Uuid,
    difference: Option<Difference>,
}

/// None: both tables are at their end.
fn step(expected: Option<&HashedRow>, found: Option<&HashedRow>) -> Option<Step> {
    let id = expected.into_iter().chain(found).map(|row| row.id).min()?;
    let hash = |row: Option<&HashedRow>| row.filter(|row| row.id == id).map(|row| row.hash);
    let difference = match (hash(expected), hash(found)) {
        (Some(_), None) => Some(Difference::Missing),
        (None, _) => Some(Difference::Surplus),
        (Some(expected), Some(found)) => (expected != found).then_some(Difference::Changed),
    };
    Some(Step { id, difference })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(id: u128, hash: i64) -> HashedRow {
        HashedRow { id: Uuid::from_u128(id), hash }
    }

    fn said(expected: Option<HashedRow>, found: Option<HashedRow>) -> Option<(u128, Option<Difference>)> {
        step(expected.as_ref(), found.as_ref()).map(|step| (step.id.as_u128(), step.difference))
    }

    #[test]
    fn rows_with_one_id_are_equal_or_changed() {
        assert_eq!(said(Some(row(1, 7)), Some(row(1, 7))), Some((1, None)));
        assert_eq!(said(Some(row(1, 7)), Some(row(1, 8))), Some((1, Some(Difference::Changed))));
    }

    #[test]
    fn the_lower_id_stands_on_one_side_only() {
        assert_eq!(said(Some(row(1, 7)), Some(row(2, 7))), Some((1, Some(Difference::Missing))));
        assert_eq!(said(Some(row(2, 7)), Some(row(1, 7))), Some((1, Some(Difference::Surplus))));
    }

    #[test]
    fn a_table_that_ends_earlier_lacks_the_rest() {
        assert_eq!(said(Some(row(3, 7)), None), Some((3, Some(Difference::Missing))));
        assert_eq!(said(None, Some(row(3, 7))), Some((3, Some(Difference::Surplus))));
        assert_eq!(said(None, None), None);
    }
}
