//! Columns that hold a value of the contract. Only a row that Plinth did not write can hold anything else.

use std::{error::Error, str::FromStr};

use sqlx::{Row, error::BoxDynError, postgres::PgRow};

/// The value of a text that is always there.
pub(crate) fn required<T>(row: &PgRow, column: &str) -> Result<T, sqlx::Error>
where
    T: FromStr<Err: Error + Send + Sync + 'static>,
{
    let text: &str = row.try_get(column)?;
    valid(text.parse())
}

/// The value of a text that may be null.
pub(crate) fn optional<T>(row: &PgRow, column: &str) -> Result<Option<T>, sqlx::Error>
where
    T: FromStr<Err: Error + Send + Sync + 'static>,
{
    let text: Option<&str> = row.try_get(column)?;
    valid(text.map(str::parse).transpose())
}

/// That of all values whose text stands there.
pub(crate) fn one_of<T: Copy>(
    row: &PgRow,
    column: &str,
    all: impl IntoIterator<Item = T>,
    as_str: impl Fn(T) -> &'static str,
) -> Result<T, sqlx::Error> {
    let text: &str = row.try_get(column)?;
    let value = all.into_iter().find(|value| as_str(*value) == text);
    valid(value.ok_or_else(|| format!("{column} {text} is unknown")))
}

/// A value that came of a column, or that did not.
pub(crate) fn valid<T, E: Into<BoxDynError>>(value: Result<T, E>) -> Result<T, sqlx::Error> {
    value.map_err(|error| sqlx::Error::Decode(error.into()))
}
