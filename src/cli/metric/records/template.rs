//! A row of columns as a JSON object: what stands between the cells is made once.

use std::io;

use anyhow::bail;
use plinth_formula::FieldPath;

use super::{
    cell,
    columns::{Columns, Holds},
};

/// How rows are written.
#[derive(Debug)]
pub(super) struct Template {
    /// What stands before each cell.
    cells: Vec<(String, Cell)>,
    end: String,
}

#[derive(Debug, Clone, Copy)]
struct Cell {
    column: usize,
    holds: Holds,
}

/// An object, in the order of the columns.
#[derive(Debug, Default)]
struct Object(Vec<(String, Entry)>);

#[derive(Debug)]
enum Entry {
    Cell(Cell),
    Object(Object),
}

impl Template {
    /// For columns of these names. A name that is a path, such as `customer.lastOrderDate`, goes into an object.
    pub(super) fn new<'n>(names: impl Iterator<Item = &'n str>, columns: &Columns) -> anyhow::Result<Self> {
        let mut record = Object::default();
        for (column, name) in names.enumerate() {
            if let Some(holds) = columns.holds(name) {
                record.place(name, Cell { column, holds })?;
            }
        }
        let (mut cells, mut text) = (Vec::new(), String::new());
        record.spell(&mut text, &mut cells);
        Ok(Self { cells, end: text + "\n" })
    }

    /// Writes a row and a line break.
    pub(super) fn write<'r>(&self, row: impl Fn(usize) -> Option<&'r str>, out: &mut Vec<u8>) -> io::Result<()> {
        for (before, Cell { column, holds }) in &self.cells {
            out.extend_from_slice(before.as_bytes());
            cell::write(row(*column).unwrap_or_default(), *holds, out)?;
        }
        out.extend_from_slice(self.end.as_bytes());
        Ok(())
    }
}

impl Object {
    fn place(&mut self, name: &str, cell: Cell) -> anyhow::Result<()> {
        let steps: Vec<&str> = if name.parse::<FieldPath>().is_ok() { name.split('.').collect() } else { vec![name] };
        let Some((last, outer)) = steps.split_last() else { return Ok(()) };
        let mut object = self;
        for step in outer {
            object = match object.entry(step) {
                Entry::Object(inner) => inner,
                Entry::Cell(_) => bail!("there is a column {name}, and one for what it is in"),
            };
        }
        if object.0.iter().any(|(known, _)| known == last) {
            bail!("there are two columns for {name}");
        }
        object.0.push(((*last).to_owned(), Entry::Cell(cell)));
        Ok(())
    }

    /// What a key has, which is an object if it has nothing yet.
    fn entry(&mut self, key: &str) -> &mut Entry {
        let known = self.0.iter().position(|(known, _)| known == key).unwrap_or_else(|| {
            self.0.push((key.to_owned(), Entry::Object(Self::default())));
            self.0.len() - 1
        });
        &mut self.0[known].1
    }

    /// Appends to the text up to the next cell, and to the cells with what stands before each.
    fn spell(&self, text: &mut String, cells: &mut Vec<(String, Cell)>) {
        for (place, (key, entry)) in self.0.iter().enumerate() {
            text.push(if place == 0 { '{' } else { ',' });
            text.push_str(&serde_json::Value::from(key.as_str()).to_string());
            text.push(':');
            match entry {
                Entry::Cell(cell) => cells.push((std::mem::take(text), *cell)),
                Entry::Object(inner) => inner.spell(text, cells),
            }
        }
        text.push_str(if self.0.is_empty() { "{}" } else { "}" });
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use plinth_formula::{Catalogue, parse};

    use super::*;

    fn columns(formula: &str) -> Columns {
        Columns::of(&parse(formula, &Catalogue::default()).unwrap())
    }

    fn written(names: &[&str], columns: &Columns, row: &[&str]) -> String {
        let mut out = Vec::new();
        let template = Template::new(names.iter().copied(), columns).unwrap();
        template.write(|column| row.get(column).copied(), &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn needed_columns_become_a_record() {
        let needed = columns(
            r#"{"all":[{"field":"a.b","operator":">","value":1},{"field":"id","operator":"=","value":"007"},
                {"field":"a.c","operator":"exists"}]}"#,
        );
        let names = ["a.b", "First \"Name\"", "id", "a.c"];
        assert_eq!(
            written(&names, &needed, &["12", "Ada", "007", ""]),
            "{\"a\":{\"b\":12,\"c\":null},\"id\":\"007\"}\n"
        );
        let all = needed.and_all_others(true);
        let expected = "{\"a\":{\"b\":12,\"c\":\"x\"},\"First \\\"Name\\\"\":\"Ada\",\"id\":\"007\"}\n";
        assert_eq!(written(&names, &all, &["12", "Ada", "007", "x"]), expected);
        assert_eq!(written(&["name"], &columns(r#"{"aggregate":"count"}"#), &["Ada"]), "{}\n");
    }

    #[test]
    fn columns_that_are_in_each_others_way_are_refused() {
        let all = columns(r#"{"aggregate":"count"}"#).and_all_others(true);
        for names in [["a", "a"], ["a", "a.b"], ["a.b", "a"]] {
            assert!(Template::new(names.into_iter(), &all).is_err(), "{names:?}");
        }
    }
}
