//! Questions to the tree over the log: its root, proofs, and the hashes of subtrees. They are answered from tiles.

use std::{
    cell::RefCell,
    collections::{BTreeSet, HashMap, HashSet},
};

use sqlx::PgPool;
use tlog_tiles::{Error, Hash, HashReader, Tile, prove_tree, tree_hash};

use super::{
    LogError,
    notary_block::{self, WIDTH},
};

/// The height of a tile: 2^8 hashes.
const HEIGHT: u8 = 8;

/// Why a question has no answer.
#[derive(Debug, thiserror::Error)]
pub enum TreeError {
    /// The database.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The tree is not as large as it was asked for, or does not fit together.
    #[error("the tree over the log lacks what was asked for: {0}")]
    Tree(#[from] Error),
}

/// The root of the tree over the first events.
pub async fn root(pool: &PgPool, size: u64) -> Result<Hash, TreeError> {
    ask(pool, |reader| tree_hash(size, reader)).await
}

/// The proof that the tree over the first `new` events grew out of that over the first `old`.
pub async fn consistency(pool: &PgPool, old: u64, new: u64) -> Result<Vec<Hash>, TreeError> {
    if old == 0 {
        return Ok(Vec::new());
    }
    ask(pool, |reader| prove_tree(new, old, reader)).await
}

/// The hashes of the tree with these storage indexes.
pub async fn hashes(pool: &PgPool, indexes: BTreeSet<u64>) -> Result<HashMap<u64, Hash>, TreeError> {
    let mut tiles: HashMap<(u8, u64), Vec<u8>> = HashMap::new();
    let wanted: HashSet<(u8, u64)> = indexes.iter().map(|index| place(*index)).collect();
    let lowest = wanted.iter().filter(|(level, _)| *level == 0).map(|(_, number)| *number).collect();
    for (number, block) in notary_block::blocks(pool, &lowest).await? {
        tiles.insert((0, number), block.tile());
    }
    for (level, number) in wanted.into_iter().filter(|(level, _)| *level > 0) {
        tiles.insert((level, number), notary_block::nodes(pool, level, number).await?);
    }
    indexes.into_iter().map(|index| Ok((index, hash_in(&tiles, index)?))).collect()
}

/// The level and the number of the tile that has a hash or what it is computed of.
fn place(index: u64) -> (u8, u64) {
    let tile = Tile::from_index(HEIGHT, index);
    (tile.level(), tile.level_index())
}

fn hash_in(tiles: &HashMap<(u8, u64), Vec<u8>>, index: u64) -> Result<Hash, Error> {
    let (level, number) = place(index);
    let data = tiles.get(&(level, number)).filter(|data| !data.is_empty()).ok_or(Error::InvalidTile)?;
    let width = (data.len() / size_of::<Hash>()).min(WIDTH as usize);
    Tile::new(HEIGHT, level, number, width as u32, false).hash_at_index(data, index)
}

/// Asks twice: first to learn which hashes it takes, then with them.
async fn ask<T>(pool: &PgPool, question: impl Fn(&Reader) -> Result<T, Error>) -> Result<T, TreeError> {
    let reader = Reader::default();
    question(&reader)?;
    let wanted = reader.wanted.take();
    let reader = Reader { known: hashes(pool, wanted).await?, ..Reader::default() };
    Ok(question(&reader)?)
}

/// Notes which hashes are asked for that it does not have, and gives zeros.
#[derive(Default)]
struct Reader {
    known: HashMap<u64, Hash>,
    wanted: RefCell<BTreeSet<u64>>,
}

impl HashReader for Reader {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<Hash>, Error> {
        let read = |index: &u64| {
            self.known.get(index).copied().unwrap_or_else(|| {
                self.wanted.borrow_mut().insert(*index);
                Hash([0; 32])
            })
        };
        Ok(indexes.iter().map(read).collect())
    }
}
