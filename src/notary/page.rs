//! A page of the log, made into leaves of the tree.

use std::collections::{HashMap, HashSet};

use futures_util::TryStreamExt as _;
use plinth_events::TenantId;
use sqlx::PgPool;
use tlog_tiles::Hash;

use crate::{
    audit::leaf::{Frame, Link, Salt},
    log::{
        LogError,
        notary_block::{self, Block, LastOfTenant, NONE_OF_TENANT, WIDTH},
        raw,
    },
};

/// Most blocks of a page.
const BLOCKS: u64 = 16;

/// What is to be written.
#[derive(Debug)]
pub struct Page {
    /// The blocks, of which the first may continue the last one that there was.
    pub blocks: Vec<Block>,
    /// The last events of the tenants that have events in them.
    pub tenants: HashMap<TenantId, LastOfTenant>,
    /// Whether the log may have more.
    pub is_full: bool,
}

/// An event of which only what the tree needs is kept.
struct Sealed {
    frame: Frame,
    salt: Salt,
    content: Hash,
}

impl Page {
    /// How many events there are up to its end.
    pub fn end(&self) -> u64 {
        self.blocks.last().map_or(0, Block::end)
    }
}

/// Reads what the log has behind the last block, up to the end of a block.
pub async fn read(pool: &PgPool, last: Block) -> Result<Page, LogError> {
    let limit = BLOCKS * WIDTH - last.end() % WIDTH;
    // one event after the other, because events can be large
    let sealed: Vec<Sealed> = raw::after(pool, last.end(), limit)
        .map_ok(|event| {
            let salt = rand::random();
            let content = event.content().digest(&salt);
            Sealed { frame: event.frame, salt, content }
        })
        .try_collect()
        .await?;
    let tenants: HashSet<TenantId> = sealed.iter().map(|sealed| sealed.frame.tenant_id).collect();
    let is_full = sealed.len() as u64 == limit;
    let mut page = Page { blocks: Vec::new(), tenants: notary_block::last_of(pool, tenants).await?, is_full };
    let mut block = if last.is_full() { Block::new(last.number + 1) } else { last };
    let size = block.end();
    for sealed in sealed {
        page.add(&mut block, sealed);
    }
    // what was added and did not fill it
    if block.end() > size.max(page.end()) {
        page.blocks.push(block);
    }
    Ok(page)
}

impl Page {
    fn add(&mut self, block: &mut Block, Sealed { frame, salt, content }: Sealed) {
        let last = self.tenants.entry(frame.tenant_id).or_insert(NONE_OF_TENANT);
        let link = Link { tenant_sequence: last.sequence + 1, previous: last.commitment };
        let commitment = frame.commitment(&link, &content);
        block.commitments.push(commitment);
        block.salts.push(salt);
        block.tenant_sequences.push(link.tenant_sequence);
        block.previous_positions.push(last.position);
        *last = LastOfTenant { sequence: link.tenant_sequence, position: frame.position, commitment };
        if block.is_full() {
            let next = Block::new(block.number + 1);
            self.blocks.push(std::mem::replace(block, next));
        }
    }
}
