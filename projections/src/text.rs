//! Columns of text that hold a value of the contract.

use std::{error::Error, str::FromStr};

use sqlx::{Row, postgres::PgRow};

/// A value that is always there.
pub(crate) fn required<T>(row: &PgRow, column: &str) -> Result<T, sqlx::Error>
where
    T: FromStr<Err: Error + Send + Sync + 'static>,
{
    let text: &str = row.try_get(column)?;
    text.parse().map_err(|error| sqlx::Error::Decode(Box::new(error)))
}

/// A value that may be null.
pub(crate) fn optional<T>(row: &PgRow, column: &str) -> Result<Option<T>, sqlx::Error>
where
    T: FromStr<Err: Error + Send + Sync + 'static>,
{
    let text: Option<&str> = row.try_get(column)?;
    text.map(str::parse).transpose().map_err(|error| sqlx::Error::Decode(Box::new(error)))
}
