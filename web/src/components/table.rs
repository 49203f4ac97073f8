//! Tables: rows that can be sorted, that become cards on a narrow screen, and that say so when there are none.

use maud::{Markup, Render, html};

use super::Icon;

/// Which way a column is sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Direction {
    Ascending,
    Descending,
}

/// A column.
#[derive(Debug, Clone)]
pub struct Column<'a> {
    label: &'a str,
    is_number: bool,
    is_label_hidden: bool,
    sort: Option<(String, Option<Direction>)>,
}

impl<'a> Column<'a> {
    /// A column of words.
    pub fn new(label: &'a str) -> Self {
        Self { label, is_number: false, is_label_hidden: false, sort: None }
    }

    /// A column of numbers: aligned at the end.
    #[must_use]
    pub fn number(self) -> Self {
        Self { is_number: true, ..self }
    }

    /// A column whose cells speak for themselves, such as buttons.
    #[must_use]
    pub fn hidden_label(self) -> Self {
        Self { is_label_hidden: true, ..self }
    }

    /// Sorts by it, or the other way round, by going to an address; `now` is how it is sorted.
    #[must_use]
    pub fn sort(self, href: impl Into<String>, now: Option<Direction>) -> Self {
        Self { sort: Some((href.into(), now)), ..self }
    }
}

/// A row: one cell a column, of which the first names the row.
#[derive(Debug, Clone)]
pub struct Row {
    /// The cells.
    pub cells: Vec<Markup>,
    /// Its id, so that a live update finds it.
    pub id: Option<String>,
}

impl From<Vec<Markup>> for Row {
    fn from(cells: Vec<Markup>) -> Self {
        Self { cells, id: None }
    }
}

/// A table.
#[derive(Debug, Clone)]
pub struct Table<'a> {
    caption: &'a str,
    columns: Vec<Column<'a>>,
    rows: Vec<Row>,
    empty: Option<Markup>,
}

impl<'a> Table<'a> {
    /// A table; its caption is heard, not seen.
    pub fn new(caption: &'a str, columns: Vec<Column<'a>>, rows: impl IntoIterator<Item = impl Into<Row>>) -> Self {
        Self { caption, columns, rows: rows.into_iter().map(Into::into).collect(), empty: None }
    }

    /// What stands in its place when it has no rows: often [`super::empty`].
    #[must_use]
    pub fn empty(self, empty: Markup) -> Self {
        Self { empty: Some(empty), ..self }
    }
}

impl Render for Table<'_> {
    fn render(&self) -> Markup {
        if let (true, Some(empty)) = (self.rows.is_empty(), &self.empty) {
            return empty.clone();
        }
        // On a narrow screen the rows are drawn as cards, and browsers then forget that it is a table: the roles remind
        // them.
        html! {
            div.table-scroll {
                table.table role="table" {
                    caption.visually-hidden { (self.caption) }
                    thead role="rowgroup" { tr role="row" { @for column in &self.columns { (heading(column)) } } }
                    tbody role="rowgroup" { @for row in &self.rows { (self.row(row)) } }
                }
            }
        }
    }
}

impl Table<'_> {
    fn row(&self, row: &Row) -> Markup {
        html! {
            tr role="row" id=[&row.id] {
                @for (index, (cell, column)) in row.cells.iter().zip(&self.columns).enumerate() {
                    @let label = (!column.is_label_hidden).then_some(column.label);
                    @if index == 0 {
                        th role="rowheader" scope="row" data-label=[label] { (cell) }
                    } @else {
                        td role="cell" data-label=[label] .number[column.is_number] { (cell) }
                    }
                }
            }
        }
    }
}

fn heading(column: &Column) -> Markup {
    let sorted = column.sort.as_ref().and_then(|(_, now)| *now).map(|direction| match direction {
        Direction::Ascending => ("ascending", Icon::Up),
        Direction::Descending => ("descending", Icon::Down),
    });
    html! {
        th role="columnheader" scope="col" .number[column.is_number] aria-sort=[sorted.map(|(name, _)| name)] {
            @match &column.sort {
                Some((href, _)) => a href=(href) { (column.label) @if let Some((_, icon)) = sorted { (icon) } },
                None => span.visually-hidden[column.is_label_hidden] { (column.label) },
            }
        }
    }
}
