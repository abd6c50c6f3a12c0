//! The probes that documents below a tree node may accept, for the nodes that a search has visited.
//!
//! A probe that no document below a node accepts is accepted by none below its children, so that
//! each child is compared with the possible probes of its parent only.

use std::cell::RefCell;

use rustc_hash::FxHashMap;

use crate::geo::area::Relation;
use crate::index::Tree;

/// A set of probes. Of more than 64 some share a bit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ProbeSet(u64);

/// The relation of some probes to a node, and which of them are possible below it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Compared {
    pub(super) relation: Relation,
    pub(super) possible: ProbeSet,
}

/// The nodes that were compared, by the address of their tree and their number, which need no hash
/// that withstands chosen keys.
#[derive(Debug, Default)]
pub(super) struct ComparedNodes(RefCell<FxHashMap<(usize, u32), Compared>>);

impl ProbeSet {
    pub(super) const ALL: ProbeSet = ProbeSet(u64::MAX);
    pub(super) const NONE: ProbeSet = ProbeSet(0);

    /// With the probe at an index.
    pub(super) fn with(self, index: usize) -> ProbeSet {
        ProbeSet(self.0 | 1 << (index % 64))
    }

    /// The indexes below `count` that may be in the set.
    pub(super) fn indexes(self, count: usize) -> impl Iterator<Item = usize> + Clone {
        let (mut left, mut first) = (self.0, 0);
        std::iter::from_fn(move || {
            while left == 0 {
                first += 64;
                if first >= count {
                    return None;
                }
                left = self.0;
            }
            let index = first + left.trailing_zeros() as usize;
            left &= left - 1;
            (index < count).then_some(index)
        })
    }
}

impl ComparedNodes {
    pub(super) fn get(&self, tree: &Tree, node: u32) -> Option<Compared> {
        self.0.borrow().get(&key(tree, node)).copied()
    }

    pub(super) fn insert(&self, tree: &Tree, node: u32, compared: Compared) {
        self.0.borrow_mut().insert(key(tree, node), compared);
    }
}

/// The tree of a segment stays where it is while a search reads it.
fn key(tree: &Tree, node: u32) -> (usize, u32) {
    (std::ptr::from_ref(tree).addr(), node)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_contains_at_least_what_was_added() {
        for count in [1, 2, 63, 64, 65, 200] {
            let all: Vec<usize> = ProbeSet::ALL.indexes(count).collect();
            assert_eq!(all, (0..count).collect::<Vec<_>>());
            assert_eq!(ProbeSet::NONE.indexes(count).count(), 0);
        }
        let set = ProbeSet::NONE.with(3).with(70);
        assert_eq!(set.indexes(80).collect::<Vec<_>>(), [3, 6, 67, 70]);
    }
}
