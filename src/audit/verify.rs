//! Whether an auditor's file is true: read once from its first line to its last, with nothing but the notary's public key.
//!
//! Each event is checked by itself and against the one before it; all together, with the hashes that stand between them, must
//! come to the root that the checkpoint says. What is found is told by its place.

use std::io::{self, BufRead, Read as _};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use plinth_events::TenantId;
use sha2::{Digest, Sha256};
use tlog_tiles::Hash;

use super::{
    checkpoint::TreeHead,
    file::{ContentLine, End, EventLine, FORMAT, Header, Line},
    key::PublicKey,
    leaf::{self, Link, NOTHING, SALT_BYTES, Salt},
    manifest::Manifest,
    subtrees::Frontier,
};

/// Longest line: the largest event with every byte of it escaped.
const LINE_BYTES: u64 = 16 * 1024 * 1024;
/// Most findings that are kept; the others are counted.
const FINDINGS: usize = 100;

/// What a file turned out to be.
#[derive(Debug, Default)]
pub struct Report {
    /// What it says that it is about; none: it has no header.
    pub header: Option<Header>,
    /// The state of the log that its events were proved against; none: its checkpoint cannot be relied on.
    pub checkpoint: Option<TreeHead>,
    /// How many events it has.
    pub events: u64,
    /// How many of them are erased.
    pub erased: u64,
    /// What is wrong with it, the first of it.
    pub findings: Vec<Finding>,
    /// How much more is wrong with it.
    pub more_findings: u64,
}

impl Report {
    /// Whether nothing is wrong with it.
    pub fn is_true(&self) -> bool {
        self.findings.is_empty()
    }
}

/// Something that is wrong with a file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {what}")]
pub struct Finding {
    /// Which line of the file, counted from 1.
    pub line: u64,
    /// What is wrong.
    pub what: String,
}

/// Reads a file and checks it. An error is one of reading, not of what was read.
pub fn verify(file: impl BufRead, key: &PublicKey) -> io::Result<Report> {
    let mut check = Check::new(key);
    let mut lines = Lines { file, line: Vec::new() };
    while let Some(line) = lines.next()? {
        check.line(line);
    }
    Ok(check.finish())
}

struct Lines<R> {
    file: R,
    line: Vec<u8>,
}

impl<R: BufRead> Lines<R> {
    fn next(&mut self) -> io::Result<Option<&[u8]>> {
        self.line.clear();
        let read = self.file.by_ref().take(LINE_BYTES).read_until(b'\n', &mut self.line)?;
        Ok((read > 0).then_some(&self.line))
    }
}

/// What was read so far.
struct Check<'k> {
    key: &'k PublicKey,
    report: Report,
    line: u64,
    digest: Sha256,
    frontier: Frontier,
    /// Whether the lines so far can be put together to a tree.
    is_tree: bool,
    last: Option<Last>,
    stage: Stage,
}

#[derive(Debug, PartialEq, Eq)]
enum Stage {
    Beginning,
    Events,
    Ended,
    Signed,
}

/// The last event.
struct Last {
    position: u64,
    sequence: u64,
    tenant_sequence: u64,
    commitment: Hash,
}

impl<'k> Check<'k> {
    fn new(key: &'k PublicKey) -> Self {
        Self {
            key,
            report: Report::default(),
            line: 0,
            digest: Sha256::new(),
            frontier: Frontier::default(),
            is_tree: true,
            last: None,
            stage: Stage::Beginning,
        }
    }

    fn line(&mut self, bytes: &[u8]) {
        self.line += 1;
        if bytes.last() != Some(&b'\n') {
            self.find("the line is not whole");
        }
        let line = match serde_json::from_slice(bytes) {
            Ok(line) => line,
            Err(error) => {
                self.digest.update(bytes);
                return self.find(format!("this is no line of such a file: {error}"));
            }
        };
        if !matches!(line, Line::Manifest(_)) {
            self.digest.update(bytes);
        }
        match (line, &self.stage) {
            (Line::Header(header), Stage::Beginning) => self.header(header),
            (Line::Event(event), Stage::Events) => self.event(&event),
            (Line::End(end), Stage::Events) => self.end(&end),
            (Line::Manifest(note), Stage::Ended) => self.manifest(&note),
            _ => self.find("this line has no business here"),
        }
    }

    fn header(&mut self, header: Header) {
        self.stage = Stage::Events;
        if header.format != FORMAT {
            self.find(format!("the file is a {:?}, not a {FORMAT:?}", header.format));
        }
        if header.origin != self.key.origin() {
            self.find(format!("the file is of {}, the key is of {}", header.origin, self.key.origin()));
        }
        match TreeHead::open(&header.checkpoint, self.key) {
            Ok(checkpoint) if checkpoint.size < header.as_known_at => {
                self.find(format!("the checkpoint has {} events, fewer than were known", checkpoint.size));
            }
            Ok(checkpoint) => self.report.checkpoint = Some(checkpoint),
            Err(error) => self.find(error.to_string()),
        }
        self.report.header = Some(header);
    }

    fn event(&mut self, event: &EventLine<'_>) {
        self.report.events += 1;
        let Some(Header { tenant, code, as_known_at, .. }) = self.report.header.clone() else { return };
        if event.position > as_known_at {
            self.find(format!("event {} is of later than position {as_known_at}", event.position));
        }
        let whole_tenant = code.is_none();
        let wanted = code.map(|code| format!("{tenant}/{code}"));
        if let Some(wanted) = &wanted
            && (event.aggregate_type != "metric"
                || event.content.as_ref().is_some_and(|content| content.aggregate_id != *wanted))
        {
            self.find(format!("event {} is not of {wanted}", event.position));
        }
        self.order(event, whole_tenant);
        let stated = hash(&event.commitment);
        let committed = self.committed(event, tenant);
        if committed.is_none() || committed != stated {
            self.find(format!("event {} is not what the log has a commitment to: it was changed", event.position));
        }
        let Some(commitment) = stated.or(committed) else { return };
        self.place(event, &commitment);
        let EventLine { position, sequence, tenant_sequence, .. } = *event;
        self.last = Some(Last { position, sequence, tenant_sequence, commitment });
    }

    /// The commitment to what the line says; none when it says nothing that could have one.
    fn committed(&mut self, event: &EventLine<'_>, tenant: TenantId) -> Option<Hash> {
        let content = match (&event.content, &event.erased) {
            (Some(content), None) => content.content().digest(&salt(content)?),
            (None, Some(erased)) => {
                self.report.erased += 1;
                hash(erased)?
            }
            _ => return None,
        };
        let previous = match (&event.previous, &self.last) {
            (Some(previous), _) => hash(previous)?,
            (None, Some(last)) => last.commitment,
            (None, None) => NOTHING,
        };
        let link = Link { tenant_sequence: event.tenant_sequence, previous };
        Some(event.frame(tenant).commitment(&link, &content))
    }

    /// That the event comes next: of its tenant, or of its metric when the file is about one.
    fn order(&mut self, event: &EventLine<'_>, whole_tenant: bool) {
        let (position, tenant_sequence, sequence) = match &self.last {
            Some(last) => (last.position, last.tenant_sequence, last.sequence),
            None => (0, 0, 0),
        };
        if event.position <= position {
            self.find(format!("event {} stands behind event {position}", event.position));
        }
        if whole_tenant && event.tenant_sequence != tenant_sequence.saturating_add(1) {
            let (found, expected) = (event.tenant_sequence, tenant_sequence.saturating_add(1));
            self.find(format!(
                "event {} is number {found} of its tenant, number {expected} is missing",
                event.position
            ));
        }
        if whole_tenant
            && event.previous.as_ref().is_some_and(|previous| {
                hash(previous) != Some(self.last.as_ref().map_or(NOTHING, |last| last.commitment))
            })
        {
            self.find(format!("event {} does not follow the event before it", event.position));
        }
        if !whole_tenant && event.sequence != sequence.saturating_add(1) {
            let (found, expected) = (event.sequence, sequence.saturating_add(1));
            self.find(format!(
                "event {} is number {found} of its metric, number {expected} is missing",
                event.position
            ));
        }
    }

    /// Puts the event in its place in the tree.
    fn place(&mut self, event: &EventLine<'_>, commitment: &Hash) {
        let index = event.position.saturating_sub(1);
        self.skip(index, event.between.iter().map(AsRef::as_ref));
        if self.is_tree && self.frontier.size() != index {
            self.is_tree = false;
        }
        if self.is_tree {
            self.frontier.push(leaf::leaf_hash(commitment));
        }
    }

    fn end(&mut self, end: &End) {
        self.stage = Stage::Ended;
        if end.events != self.report.events {
            self.find(format!("the file has {} events and says that it has {}", self.report.events, end.events));
        }
        let Some(checkpoint) = self.report.checkpoint else { return };
        self.skip(checkpoint.size, end.between.iter().map(String::as_str));
        if !self.is_tree || self.frontier.size() != checkpoint.size || self.frontier.root() != checkpoint.root {
            self.find("the events do not come to the root of the tree that the checkpoint says: they are not those of the log");
        }
    }

    fn skip<'a>(&mut self, end: u64, hashes: impl Iterator<Item = &'a str>) {
        let hashes: Option<Vec<Hash>> = hashes.map(hash).collect();
        self.is_tree = self.is_tree && hashes.is_some_and(|hashes| self.frontier.skip(end, &hashes));
    }

    fn manifest(&mut self, note: &str) {
        self.stage = Stage::Signed;
        let text = match self.key.open(note) {
            Ok(text) => text,
            Err(error) => return self.find(format!("the manifest cannot be relied on: {error}")),
        };
        let Some(header) = self.report.header.clone() else { return };
        let expected = Manifest {
            origin: header.origin,
            tenant: header.tenant,
            code: header.code,
            as_known_at: header.as_known_at,
            events: self.report.events,
            last: self.last.as_ref().map(|last| last.commitment),
            digest: Hash(self.digest.clone().finalize().into()),
        };
        match text.parse::<Manifest>() {
            Ok(manifest) if manifest == expected => {}
            Ok(manifest) if manifest.events != expected.events => {
                let (signed, found) = (manifest.events, expected.events);
                self.find(format!("the notary signed for {signed} events, the file has {found}"));
            }
            Ok(_) => self.find("the file is not the one that the notary signed"),
            Err(error) => self.find(error.to_string()),
        }
    }

    fn finish(mut self) -> Report {
        if self.stage != Stage::Signed {
            self.find("the file ends before its manifest: something is cut off");
        }
        self.report
    }

    fn find(&mut self, what: impl Into<String>) {
        if self.report.findings.len() < FINDINGS {
            self.report.findings.push(Finding { line: self.line, what: what.into() });
        } else {
            self.report.more_findings += 1;
        }
    }
}

fn hash(text: &str) -> Option<Hash> {
    Hash::parse_hash(text).ok()
}

fn salt(content: &ContentLine<'_>) -> Option<Salt> {
    let mut salt = [0; SALT_BYTES];
    let length = STANDARD.decode_slice(content.salt.as_bytes(), &mut salt).ok()?;
    (length == SALT_BYTES).then_some(salt)
}

#[cfg(test)]
mod tests;
