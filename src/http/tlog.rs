//! The tree over the log as the C2SP has it: checkpoint, tiles and entry bundles under `/tlog`. They are public: they tell
//! nothing of what the events say.

use axum::{
    Router,
    extract::{Path, State},
    http::{
        StatusCode,
        header::{CACHE_CONTROL, CONTENT_TYPE},
    },
    response::{IntoResponse, Response},
    routing::get,
};
use tlog_tiles::Tile;

use crate::log::{
    Database, LogError, checkpoint,
    notary_block::{self, Block},
};

/// More levels of tiles no tree can have whose leaves are counted in 64 bits.
const LEVELS: u8 = 8;
/// What a tile holds never changes.
const IMMUTABLE: &str = "public, max-age=31536000, immutable";
/// There may be a newer checkpoint every second.
const FRESH: &str = "no-cache";
const BYTES: &str = "application/octet-stream";
const TEXT: &str = "text/plain; charset=utf-8";

/// The routes.
pub fn routes(database: Database) -> Router {
    Router::new().route("/tlog/checkpoint", get(latest)).route("/tlog/tile/{*path}", get(tile)).with_state(database)
}

async fn latest(State(database): State<Database>) -> Response {
    match checkpoint::latest(database.pool()).await {
        Ok(Some(signed)) => ([(CONTENT_TYPE, TEXT), (CACHE_CONTROL, FRESH)], signed.note).into_response(),
        Ok(None) => (StatusCode::NOT_FOUND, "no checkpoint was signed\n").into_response(),
        Err(error) => failed(&error),
    }
}

async fn tile(State(database): State<Database>, Path(path): Path<String>) -> Response {
    let Some(tile) = parse(&path) else {
        return (StatusCode::NOT_FOUND, "this is not the path of a tile\n").into_response();
    };
    match read(&database, &tile).await {
        Ok(Some(bytes)) => ([(CONTENT_TYPE, BYTES), (CACHE_CONTROL, IMMUTABLE)], bytes).into_response(),
        Ok(None) => (StatusCode::NOT_FOUND, "the tree is not as large yet\n").into_response(),
        Err(error) => failed(&error),
    }
}

/// The path behind `tile/`: without the height, which is always the same, and with `entries` for what the crate calls data.
fn parse(path: &str) -> Option<Tile> {
    let (level, rest) = path.split_once('/')?;
    // the crate panics at a level that is too high, and at a width of none
    let level = match level {
        "entries" => "data",
        level if level.parse::<u8>().is_ok_and(|level| level < LEVELS) => level,
        _ => return None,
    };
    if rest.split_once(".p/").is_some_and(|(_, width)| width.starts_with('0')) {
        return None;
    }
    let tile = Tile::from_path(&format!("tile/8/{level}/{rest}")).ok()?;
    (tile.level_index() < 1 << 48).then_some(tile)
}

/// The bytes of a tile; none when there are not as many as it is wide.
async fn read(database: &Database, tile: &Tile) -> Result<Option<Vec<u8>>, LogError> {
    let (number, width) = (tile.level_index(), tile.width() as usize);
    if tile.level() > 0 {
        let hashes = notary_block::nodes(database.pool(), tile.level(), number).await?;
        return Ok(hashes.get(..width * size_of::<tlog_tiles::Hash>()).map(<[u8]>::to_vec));
    }
    let mut blocks = notary_block::blocks(database.pool(), &[number].into()).await?;
    let Some(mut block) = blocks.remove(&number).filter(|block| block.commitments.len() >= width) else {
        return Ok(None);
    };
    block.commitments.truncate(width);
    Ok(Some(if tile.is_data() { entries(&block) } else { block.tile() }))
}

/// Each entry with its length before it.
fn entries(block: &Block) -> Vec<u8> {
    let length = (size_of::<tlog_tiles::Hash>() as u16).to_be_bytes();
    block.commitments.iter().flat_map(|commitment| length.into_iter().chain(commitment.0)).collect()
}

fn failed(error: &LogError) -> Response {
    tracing::warn!(error = %error, "a part of the tree could not be read");
    (StatusCode::SERVICE_UNAVAILABLE, "the tree cannot be read just now\n").into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_of_a_tile_is_that_of_the_c2sp() {
        assert_eq!(parse("0/x001/x234/067"), Some(Tile::new(8, 0, 1_234_067, 256, false)));
        assert_eq!(parse("1/000.p/17"), Some(Tile::new(8, 1, 0, 17, false)));
        assert_eq!(parse("entries/000.p/1"), Some(Tile::new(8, 0, 0, 1, true)));
    }

    #[test]
    fn another_path_is_none() {
        for path in [
            "",
            "0",
            "0/0",
            "0/000.p/0",
            "0/000.p/256",
            "0/1000",
            "00/000",
            "8/000",
            "data/000",
            "0/../000",
            "64/000",
            "255/000",
            "0/000.p/00",
            "x/000",
        ] {
            assert_eq!(parse(path), None, "{path}");
        }
    }
}
