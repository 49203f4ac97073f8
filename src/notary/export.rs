//! Writes an auditor's file: events of one tenant with all that proves them, and nothing of anybody else.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    io::{self, Write},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use plinth_events::{TenantId, names::Code};
use sha2::{Digest, Sha256};
use sqlx::PgPool;
use tlog_tiles::{Hash, stored_hash_index};

use crate::{
    audit::{
        NotaryKey,
        checkpoint::{CheckpointError, TreeHead},
        file::{ContentLine, End, EventLine, FORMAT, Header, Line},
        leaf::NOTHING,
        manifest::Manifest,
        subtrees::{Subtree, between},
    },
    log::{
        LogError, checkpoint,
        notary_block::{self, Block, WIDTH},
        raw::{self, RawEvent},
        tree::{self, TreeError},
    },
};

/// Events that are read at a time.
const PAGE: u32 = 500;

/// What the file is to be about.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// Whose events.
    pub tenant: TenantId,
    /// Those of one metric; none: all.
    pub code: Option<Code>,
    /// Up to this place in the log; none: up to the last checkpoint.
    pub as_known_at: Option<u64>,
}

/// What was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Export {
    /// How many events.
    pub events: u64,
    /// Up to which place in the log.
    pub as_known_at: u64,
    /// How many events the checkpoint has that they are proved against.
    pub size: u64,
}

/// Why there is no file.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The notary has not begun.
    #[error("no checkpoint was signed yet: does a replica run with --notary-key-file?")]
    NoCheckpoint,
    /// The notary is behind.
    #[error("position {wanted} is ahead of the last checkpoint, which has {size} events")]
    Ahead {
        /// The place that was asked for.
        wanted: u64,
        /// How many events the last checkpoint has.
        size: u64,
    },
    /// The log has an event that the tree has not.
    #[error("the tree over the log lacks event {0}")]
    Missing(u64),
    /// The database.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The tree.
    #[error(transparent)]
    Tree(#[from] TreeError),
    /// The checkpoint, or the key.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The file.
    #[error("the file cannot be written: {0}")]
    File(#[from] io::Error),
}

impl From<sqlx::Error> for ExportError {
    fn from(error: sqlx::Error) -> Self {
        Self::Log(error.into())
    }
}

/// Writes the file.
pub async fn export(pool: &PgPool, key: &NotaryKey, wanted: &Wanted, file: impl Write) -> Result<Export, ExportError> {
    let latest = checkpoint::latest(pool).await?.ok_or(ExportError::NoCheckpoint)?;
    let head = TreeHead::read(&latest.note, key.origin())?;
    let as_known_at = wanted.as_known_at.unwrap_or(head.size);
    if as_known_at > head.size {
        return Err(ExportError::Ahead { wanted: as_known_at, size: head.size });
    }
    let mut writer = Writer { pool, file, digest: Sha256::new(), end: 0, events: 0, last: None };
    writer.line(&Line::Header(Header {
        format: FORMAT.to_owned(),
        origin: key.origin().to_owned(),
        tenant: wanted.tenant,
        code: wanted.code.clone(),
        as_known_at,
        checkpoint: latest.note,
    }))?;
    while let Some(page) = Page::read(pool, wanted, writer.end, as_known_at).await? {
        writer.page(&page).await?;
    }
    writer.finish(head, wanted, as_known_at, key).await?;
    Ok(Export { events: writer.events, as_known_at, size: head.size })
}

/// Some events and the blocks of the tree that they stand in.
struct Page {
    events: Vec<RawEvent>,
    blocks: HashMap<u64, Block>,
}

impl Page {
    /// In one snapshot: what is erased meanwhile is erased in both or in none.
    async fn read(pool: &PgPool, wanted: &Wanted, after: u64, until: u64) -> Result<Option<Self>, ExportError> {
        let mut snapshot = pool.begin_with("begin isolation level repeatable read read only").await?;
        let events = match &wanted.code {
            None => raw::of_tenant(&mut *snapshot, wanted.tenant, after, until, PAGE).await?,
            Some(code) => {
                let aggregate_id = format!("{}/{code}", wanted.tenant);
                raw::of_metric(&mut *snapshot, &aggregate_id, after, until, PAGE).await?
            }
        };
        if events.is_empty() {
            return Ok(None);
        }
        let numbers = events.iter().map(|event| block_of(event.frame.position)).collect();
        let mut page = Self { events, blocks: notary_block::blocks(&mut *snapshot, &numbers).await? };
        let before: HashSet<u64> = page.previous_positions()?.into_iter().map(block_of).collect();
        let before: HashSet<u64> = before.into_iter().filter(|number| !page.blocks.contains_key(number)).collect();
        page.blocks.extend(notary_block::blocks(&mut *snapshot, &before).await?);
        Ok(Some(page))
    }

    /// Where the events stand that those of the page are linked to.
    fn previous_positions(&self) -> Result<Vec<u64>, ExportError> {
        let previous = self.events.iter().map(|event| Ok(self.entry(event.frame.position)?.previous_position));
        previous.filter(|position| !matches!(position, Ok(0))).collect()
    }

    /// What the tree has of an event.
    fn entry(&self, position: u64) -> Result<Entry<'_>, ExportError> {
        let missing = ExportError::Missing(position);
        let Some(block) = self.blocks.get(&block_of(position)) else { return Err(missing) };
        let at = ((position - 1) % WIDTH) as usize;
        match (block.commitments.get(at), block.salts.get(at)) {
            (Some(commitment), Some(salt)) => Ok(Entry {
                commitment,
                salt,
                tenant_sequence: block.tenant_sequences[at],
                previous_position: block.previous_positions[at],
            }),
            _ => Err(missing),
        }
    }
}

struct Entry<'p> {
    commitment: &'p Hash,
    salt: &'p [u8],
    tenant_sequence: u64,
    previous_position: u64,
}

/// The number of the block that has an event.
fn block_of(position: u64) -> u64 {
    (position - 1) / WIDTH
}

struct Writer<'p, W> {
    pool: &'p PgPool,
    file: W,
    digest: Sha256,
    /// Up to where the file goes, in the log.
    end: u64,
    events: u64,
    /// The last event and the commitment to it.
    last: Option<(u64, Hash)>,
}

impl<W: Write> Writer<'_, W> {
    async fn page(&mut self, page: &Page) -> Result<(), ExportError> {
        let mut end = self.end;
        let mut hidden = BTreeSet::new();
        for event in &page.events {
            hidden.extend(between(end, event.frame.position - 1).map(index));
            end = event.frame.position;
        }
        let hashes = tree::hashes(self.pool, hidden).await?;
        for event in &page.events {
            let line = self.event(page, event, &hashes)?;
            self.line(&Line::Event(Box::new(line)))?;
            self.end = event.frame.position;
            self.events += 1;
            self.last = Some((event.frame.position, *page.entry(event.frame.position)?.commitment));
        }
        Ok(())
    }

    fn event<'e>(
        &self,
        page: &Page,
        event: &'e RawEvent,
        hashes: &HashMap<u64, Hash>,
    ) -> Result<EventLine<'e>, ExportError> {
        let frame = &event.frame;
        let entry = page.entry(frame.position)?;
        let erased = event.erased();
        let content = || ContentLine {
            aggregate_id: event.aggregate_id.as_str().into(),
            subject_tail: event.subject_tail.as_str().into(),
            payload: event.payload.as_str().into(),
            metadata: event.metadata.as_str().into(),
            salt: STANDARD.encode(entry.salt).into(),
        };
        Ok(EventLine {
            position: frame.position,
            aggregate_type: frame.aggregate_type.as_str().into(),
            sequence: frame.sequence,
            event_type: frame.event_type.as_str().into(),
            event_version: frame.event_version.as_str().into(),
            event_id: frame.event_id,
            command_id: frame.command_id,
            recorded_at: event.recorded_at.into(),
            content: erased.is_none().then(content),
            erased: erased.map(Into::into),
            tenant_sequence: entry.tenant_sequence,
            previous: self.previous(page, entry.previous_position)?.map(|previous| previous.to_string().into()),
            commitment: entry.commitment.to_string().into(),
            between: shown(between(self.end, frame.position - 1), hashes).map(Into::into).collect(),
        })
    }

    /// The commitment that an event is linked to, unless it is that of the line before, or there is none.
    fn previous(&self, page: &Page, position: u64) -> Result<Option<Hash>, ExportError> {
        match (position, self.last) {
            (position, Some((last, _))) if position == last => Ok(None),
            (0, None) => Ok(None),
            (0, Some(_)) => Ok(Some(NOTHING)),
            (position, _) => Ok(Some(*page.entry(position)?.commitment)),
        }
    }

    async fn finish(
        &mut self,
        head: TreeHead,
        wanted: &Wanted,
        as_known_at: u64,
        key: &NotaryKey,
    ) -> Result<(), ExportError> {
        let hashes = tree::hashes(self.pool, between(self.end, head.size).map(index).collect()).await?;
        let between = shown(between(self.end, head.size), &hashes).collect();
        self.line(&Line::End(End { events: self.events, between }))?;
        let manifest = Manifest {
            origin: key.origin().to_owned(),
            tenant: wanted.tenant,
            code: wanted.code.clone(),
            as_known_at,
            events: self.events,
            last: self.last.map(|(_, commitment)| commitment),
            digest: Hash(self.digest.clone().finalize().into()),
        };
        let note = key.sign(&manifest.to_text()).map_err(CheckpointError::Note)?;
        self.line(&Line::Manifest(note))?;
        Ok(self.file.flush()?)
    }

    fn line(&mut self, line: &Line<'_>) -> io::Result<()> {
        let mut text = serde_json::to_vec(line)?;
        text.push(b'\n');
        self.digest.update(&text);
        self.file.write_all(&text)
    }
}

fn index(subtree: Subtree) -> u64 {
    stored_hash_index(subtree.level, subtree.number)
}

fn shown<'h>(
    subtrees: impl Iterator<Item = Subtree> + 'h,
    hashes: &'h HashMap<u64, Hash>,
) -> impl Iterator<Item = String> + 'h {
    subtrees.filter_map(|subtree| hashes.get(&index(subtree))).map(ToString::to_string)
}
