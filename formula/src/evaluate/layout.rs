//! Which values a formula needs of a record, and how they are picked out of its text.

use std::{collections::BTreeMap, fmt};

use serde::de::{DeserializeSeed, Deserializer as _, IgnoredAny, MapAccess, Visitor};
use serde_json::{Deserializer, value::RawValue};

use super::{
    cell::{Cell, Datum, Scalars},
    summary::Quality,
};
use crate::{path::FieldPath, value::zone::Zone};

/// The values that are needed of records of one sort: those that are evaluated, or those in one of their lists.
#[derive(Debug)]
pub(super) struct Layout {
    /// Its place among the layouts.
    number: usize,
    /// The list that the records are in.
    list: Option<FieldPath>,
    slots: Vec<Slot>,
    root: Branch,
    zone: Zone,
}

/// A value that is needed.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Slot {
    pub(super) path: FieldPath,
    pub(super) scalars: Scalars,
    pub(super) lists: bool,
}

/// A key on the way to values.
#[derive(Debug, Default)]
struct Branch {
    children: Vec<(String, Branch)>,
    slots: Vec<usize>,
}

/// What is counted on a pass over records.
#[derive(Debug)]
pub(super) struct State {
    /// By layout, then by path. A path that is asked for in two ways is counted in that which finds more.
    quality: Vec<Vec<(FieldPath, Quality)>>,
}

impl State {
    pub(super) fn new(layouts: usize) -> Self {
        Self { quality: vec![Vec::new(); layouts] }
    }

    pub(super) fn quality(self) -> BTreeMap<FieldPath, Quality> {
        let mut merged: BTreeMap<FieldPath, Quality> = BTreeMap::new();
        for (path, found) in self.quality.into_iter().flatten().filter(|(_, found)| *found != Quality::default()) {
            let quality = merged.entry(path).or_default();
            quality.missing = quality.missing.max(found.missing);
            quality.wrong_type = quality.wrong_type.max(found.wrong_type);
        }
        merged
    }
}

impl Layout {
    pub(super) fn new(number: usize, list: Option<FieldPath>, zone: Zone) -> Self {
        Self { number, list, slots: Vec::new(), root: Branch::default(), zone }
    }

    pub(super) fn zone(&self) -> &Zone {
        &self.zone
    }

    /// The path of a field from the outermost record.
    pub(super) fn full(&self, path: &FieldPath) -> FieldPath {
        self.list.as_ref().map_or_else(|| path.clone(), |list| list.join(path))
    }

    /// Asks for a value; the answer is its place among the cells.
    pub(super) fn slot(&mut self, path: &FieldPath, scalars: Scalars, lists: bool) -> usize {
        let slot = Slot { path: path.clone(), scalars, lists };
        if let Some(known) = self.slots.iter().position(|known| *known == slot) {
            return known;
        }
        let branch = path.steps().fold(&mut self.root, Branch::child);
        branch.slots.push(self.slots.len());
        self.slots.push(slot);
        self.slots.len() - 1
    }

    /// Picks the values out of a record, and counts those that are missing or of another type.
    pub(super) fn read<'a>(&self, record: &'a str, state: &mut State) -> Result<Vec<Cell<'a>>, serde_json::Error> {
        let mut cells = vec![Cell::Missing; self.slots.len()];
        Pick { layout: self, branch: &self.root, cells: &mut cells }.read(record)?;
        self.count(&cells, state);
        Ok(cells)
    }

    /// The cells of something that is no record: all are missing.
    pub(super) fn nothing(&self, state: &mut State) -> Vec<Cell<'static>> {
        let cells = vec![Cell::Missing; self.slots.len()];
        self.count(&cells, state);
        cells
    }

    fn count(&self, cells: &[Cell<'_>], state: &mut State) {
        let Some(quality) = state.quality.get_mut(self.number) else { return };
        if quality.is_empty() {
            quality.extend(self.slots.iter().map(|slot| (self.full(&slot.path), Quality::default())));
        }
        for ((slot, cell), (_, quality)) in self.slots.iter().zip(cells).zip(quality) {
            match cell {
                _ if slot.scalars == Scalars::None && !slot.lists => {}
                Cell::Missing => quality.missing += 1,
                Cell::Other => quality.wrong_type += 1,
                Cell::Value(_) | Cell::List(_) => {}
            }
        }
    }

    fn cell<'a>(&self, slot: &Slot, json: &'a str) -> Cell<'a> {
        match json.as_bytes().first() {
            Some(b'n') | None => Cell::Missing,
            Some(b'[') if slot.lists => Cell::List(json),
            _ => Datum::read(json, slot.scalars, &self.zone).map_or(Cell::Other, Cell::Value),
        }
    }
}

impl Branch {
    fn child(&mut self, key: &str) -> &mut Self {
        let known = self.children.iter().position(|(known, _)| known == key).unwrap_or_else(|| {
            self.children.push((key.to_owned(), Self::default()));
            self.children.len() - 1
        });
        &mut self.children[known].1
    }

    /// Forgets what an earlier value of a key has left.
    fn clear(&self, cells: &mut [Cell<'_>]) {
        self.slots.iter().for_each(|slot| cells[*slot] = Cell::Missing);
        self.children.iter().for_each(|(_, child)| child.clear(cells));
    }
}

/// Goes through an object and takes what a branch asks for.
struct Pick<'l, 'c, 'a> {
    layout: &'l Layout,
    branch: &'l Branch,
    cells: &'c mut [Cell<'a>],
}

impl<'a> Pick<'_, '_, 'a> {
    fn read(self, object: &'a str) -> Result<(), serde_json::Error> {
        let mut deserializer = Deserializer::from_str(object);
        deserializer.deserialize_map(self)?;
        deserializer.end()
    }

    fn take(&mut self, branch: &Branch, json: &'a str) -> Result<(), serde_json::Error> {
        branch.clear(self.cells);
        for slot in &branch.slots {
            self.cells[*slot] = self.layout.cell(&self.layout.slots[*slot], json);
        }
        if branch.children.is_empty() || !json.starts_with('{') {
            return Ok(());
        }
        Pick { layout: self.layout, branch, cells: self.cells }.read(json)
    }
}

impl<'a> Visitor<'a> for Pick<'_, '_, 'a> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'a>>(mut self, mut map: A) -> Result<(), A::Error> {
        while let Some(branch) = map.next_key_seed(Wanted(self.branch))? {
            match branch {
                Some(branch) => {
                    let json: &'a RawValue = map.next_value()?;
                    self.take(branch, json.get()).map_err(serde::de::Error::custom)?;
                }
                None => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}

/// Finds the branch of a key.
struct Wanted<'l>(&'l Branch);

impl<'l, 'de> DeserializeSeed<'de> for Wanted<'l> {
    type Value = Option<&'l Branch>;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'l> Visitor<'_> for Wanted<'l> {
    type Value = Option<&'l Branch>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E>(self, key: &str) -> Result<Self::Value, E> {
        Ok(self.0.children.iter().find(|(known, _)| known == key).map(|(_, branch)| branch))
    }
}
