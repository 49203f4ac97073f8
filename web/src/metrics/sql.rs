//! How a database computes a metric.

use maud::{Markup, html};
use plinth_events::{
    Refusal,
    query::formula::{BindSource, MetricSql},
};

use super::{MetricHead, routes::Part};
use crate::components::{Column, Panel, Table, code_block, empty};

/// A metric as an expression of SQL.
#[derive(Debug, Clone)]
pub struct SqlView {
    /// The top.
    pub head: MetricHead,
    /// The expression, or why there is none.
    pub sql: Result<MetricSql, Refusal>,
}

/// The body of the page.
pub fn sql(view: &SqlView) -> Markup {
    let body = match &view.sql {
        Ok(sql) => expression(sql),
        Err(refusal) => html! { (Panel::new("SQL", empty("No SQL", &refusal.detail, html! {}))) },
    };
    view.head.page(Part::Sql, html! {}, body)
}

fn expression(sql: &MetricSql) -> Markup {
    let title = format!("Version {} in Postgres", sql.version);
    let note = match sql.is_aggregate {
        true => "One value of all rows, over a column record of type jsonb.",
        false => "True, false or null of each row, over a column record of type jsonb.",
    };
    let command = format!("plinth metric sql {} --format psql --table customers | psql \"$DATABASE_URL\"", sql.code);
    html! {
        (Panel::new(&title, html! { p.metric-sentence { (sql.sentence) } (code_block("Expression", &sql.text)) }).note(note))
        (Panel::new("Values", html! { (binds(sql)) }).note("The text has no values in it: each place is bound, as text.").flush())
        (Panel::new("Try it", code_block("Command", &command)).note("Asks for the verdict on each row of a table."))
    }
}

fn binds(sql: &MetricSql) -> Table<'static> {
    let columns = vec![Column::new("Place"), Column::new("Type"), Column::new("Value")];
    let rows = sql.binds.iter().enumerate().map(|(index, bind)| {
        let value = match (&bind.value, bind.of) {
            (Some(value), _) => html! { code { (value) } },
            (None, BindSource::AsOf) => html! { "the time of the evaluation" },
            (None, BindSource::Zone) => html! { "the time zone of the evaluation, such as UTC" },
            (None, BindSource::Formula) => html! { "–" },
        };
        vec![html! { code { "$" (index + 1) } }, html! { code { (bind.sql_type) } }, value]
    });
    Table::new("Values", columns, rows).empty(empty("No values", "The expression needs none.", html! {}))
}
