//! A tree put together from the left to the right, out of leaves and of whole subtrees whose leaves stay hidden. That is how
//! an auditor's file proves many events at once: between them stand the hashes of all that is not theirs.

use tlog_tiles::{EMPTY_HASH, Hash, node_hash};

/// A whole subtree: the leaves from `number * 2^level` on, `2^level` of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Subtree {
    /// The power of two that its leaves are.
    pub level: u8,
    /// Which of those of its level it is, counted from 0.
    pub number: u64,
}

/// The fewest whole subtrees that the leaves from `start` up to and without `end` are, from the left to the right.
pub fn between(start: u64, end: u64) -> impl Iterator<Item = Subtree> {
    let mut next = start;
    std::iter::from_fn(move || {
        let room = end.checked_sub(next).filter(|room| *room > 0)?;
        let level = next.trailing_zeros().min(room.ilog2());
        let subtree = Subtree { level: level as u8, number: next >> level };
        next += 1 << level;
        Some(subtree)
    })
}

/// The left part of a tree, as far as it is known: whole subtrees, each smaller than the one before it.
#[derive(Debug, Clone, Default)]
pub struct Frontier {
    size: u64,
    subtrees: Vec<(u8, Hash)>,
}

impl Frontier {
    /// How many leaves it has.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Adds the next leaf.
    pub fn push(&mut self, leaf: Hash) {
        self.add(0, leaf);
    }

    /// Adds the leaves up to and without `end` by the hashes of the subtrees that they are; whether those were as many as it
    /// takes.
    pub fn skip(&mut self, end: u64, hashes: &[Hash]) -> bool {
        let subtrees: Vec<Subtree> = between(self.size, end).collect();
        if subtrees.len() != hashes.len() {
            return false;
        }
        for (subtree, hash) in subtrees.iter().zip(hashes) {
            self.add(subtree.level, *hash);
        }
        true
    }

    /// The root of the tree that ends here.
    pub fn root(&self) -> Hash {
        let mut hashes = self.subtrees.iter().rev().map(|(_, hash)| *hash);
        let Some(last) = hashes.next() else { return EMPTY_HASH };
        hashes.fold(last, |right, left| node_hash(left, right))
    }

    fn add(&mut self, level: u8, hash: Hash) {
        self.size += 1 << level;
        let (mut level, mut hash) = (level, hash);
        while let Some((_, left)) = self.subtrees.pop_if(|(of, _)| *of == level) {
            (level, hash) = (level + 1, node_hash(left, hash));
        }
        self.subtrees.push((level, hash));
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;
    use tlog_tiles::{Error, HashReader, record_hash, stored_hash_index, stored_hashes, tree_hash};

    use super::*;

    /// The tree as another implementation stores it.
    struct Stored(Vec<Hash>);

    impl HashReader for Stored {
        fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<Hash>, Error> {
            Ok(indexes.iter().map(|index| self.0[*index as usize]).collect())
        }
    }

    fn stored(size: u64) -> Stored {
        (0..size).fold(Stored(Vec::new()), |mut stored, leaf| {
            let hashes = stored_hashes(leaf, &leaf.to_be_bytes(), &stored).unwrap();
            stored.0.extend(hashes);
            stored
        })
    }

    /// The entries of the tests of certificate transparency, and the roots of the trees that they make one by one.
    const VECTORS: [(&[u8], &str); 8] = [
        (b"", "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"),
        (b"\x00", "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"),
        (b"\x10", "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"),
        (b"\x20\x21", "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"),
        (b"\x30\x31", "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4"),
        (b"\x40\x41\x42\x43", "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef"),
        (b"\x50\x51\x52\x53\x54\x55\x56\x57", "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c"),
        (
            b"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
        ),
    ];

    fn hex(hash: Hash) -> String {
        hash.0.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    #[test]
    fn the_roots_are_those_of_the_vectors_of_certificate_transparency() {
        let mut frontier = Frontier::default();
        assert_eq!(hex(frontier.root()), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        for (entry, root) in VECTORS {
            frontier.push(record_hash(entry));
            assert_eq!(hex(frontier.root()), root);
        }
    }

    #[test]
    fn leaves_between_two_places_are_the_fewest_subtrees() {
        let subtrees = |start, end| between(start, end).map(|of| (of.level, of.number)).collect::<Vec<_>>();
        assert_eq!(subtrees(0, 8), [(3, 0)]);
        assert_eq!(subtrees(1, 8), [(0, 1), (1, 1), (2, 1)]);
        assert_eq!(subtrees(5, 7), [(0, 5), (0, 6)]);
        assert_eq!(subtrees(4, 4), []);
        assert_eq!(subtrees(5, 4), []);
    }

    proptest! {
        #[test]
        fn a_tree_of_leaves_and_hidden_subtrees_has_the_root_of_the_tree(
            size in 1_u64..300,
            shown in proptest::collection::btree_set(0_u64..300, 0..40),
        ) {
            let stored = stored(size);
            let mut frontier = Frontier::default();
            let mut ends: Vec<u64> = shown.into_iter().filter(|leaf| *leaf < size).collect();
            ends.push(size);
            for end in ends {
                let hidden: Vec<u64> =
                    between(frontier.size(), end).map(|of| stored_hash_index(of.level, of.number)).collect();
                prop_assert!(frontier.skip(end, &stored.read_hashes(&hidden).unwrap()));
                if end < size {
                    frontier.push(record_hash(&end.to_be_bytes()));
                }
            }
            prop_assert_eq!(frontier.size(), size);
            prop_assert_eq!(frontier.root(), tree_hash(size, &stored).unwrap());
        }
    }
}
