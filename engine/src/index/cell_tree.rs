//! The hierarchy of H3 cells over a segment's documents.
//!
//! A segment is sorted by H3 cell, so the documents of every coarser cell are one range of doc ids.
//! The tree divides such ranges down to leaves of some dozens of documents, and keeps a box around
//! the places of each. It needs no pointer to a document, and a few bytes for each.

use std::ops::Range;

use super::columns::Columns;
use crate::geo::{Bounds, UnitVector};
use crate::signals::OwnerOrdinal;

/// The number of an owner's leaves that are tested one by one for whether they are below a node.
const TESTED_LEAVES: usize = 64;

/// The finest H3 resolution, by which segments are sorted.
const FINEST: u32 = 15;

/// The tree of one segment. Node 0 is the root; the children of a node come after it.
#[derive(Debug)]
pub(crate) struct CellTree {
    nodes: Vec<Node>,
    parents: Vec<u32>,
    /// The nodes without children, in doc id order.
    leaves: Vec<u32>,
    /// By leaf ordinal: the first document, and at the end the number of all documents. Whatever
    /// goes along the leaves reads this and not the nodes, which lie apart from each other.
    leaf_starts: Vec<u32>,
    /// By node: the ordinals of the leaves below it. The ordinal of a leaf is its index in
    /// `leaves`.
    leaves_below: Vec<Range<u32>>,
    /// Each owner with each leaf that contains a document of it, sorted.
    leaves_of_owners: Vec<(OwnerOrdinal, u32)>,
}

/// A range of documents, with the bounds that every search reads. Other bounds are kept apart, so
/// that the children of a node share few cache lines.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) bounds: Bounds,
    pub(crate) docs: Range<u32>,
    /// Empty for a leaf.
    pub(crate) children: Range<u32>,
}

const NO_PARENT: u32 = u32::MAX;

impl CellTree {
    /// The tree of documents that are sorted by cell. A node with more than `leaf_documents` is
    /// divided.
    pub(crate) fn build(cells: &[u64], columns: &Columns, leaf_documents: usize) -> CellTree {
        let mut builder = Builder {
            leaf_documents,
            cells,
            points: &columns.points,
            nodes: Vec::new(),
            parents: Vec::new(),
        };
        builder.push(0..0, NO_PARENT);
        builder.fill(0, 0..cells.len(), 0);
        let Builder {
            mut nodes,
            mut parents,
            ..
        } = builder;
        nodes.shrink_to_fit();
        parents.shrink_to_fit();

        let mut tree = CellTree {
            leaves: (0..)
                .zip(&nodes)
                .filter(|(_, node)| node.children.is_empty())
                .map(|(at, _)| at)
                .collect(),
            leaf_starts: Vec::new(),
            leaves_below: Vec::new(),
            nodes,
            parents,
            leaves_of_owners: Vec::new(),
        };
        tree.leaves
            .sort_by_key(|&leaf| tree.nodes[leaf as usize].docs.start);
        let starts = tree.leaves.iter().map(|&leaf| tree.node(leaf).docs.start);
        tree.leaf_starts = starts.chain([short(cells.len())]).collect();
        tree.number_leaves();
        for &leaf in &tree.leaves {
            let owners = &columns.owners[range(&tree.nodes[leaf as usize].docs)];
            tree.leaves_of_owners
                .extend(owners.iter().map(|&owner| (owner, leaf)));
        }
        tree.leaves_of_owners.sort_unstable();
        tree.leaves_of_owners.dedup();
        tree.leaves_of_owners.shrink_to_fit();
        tree
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        size_of_val(&self.nodes[..])
            + size_of_val(&self.parents[..])
            + size_of_val(&self.leaves[..])
            + size_of_val(&self.leaf_starts[..])
            + size_of_val(&self.leaves_below[..])
            + size_of_val(&self.leaves_of_owners[..])
    }

    #[inline]
    pub(crate) fn node(&self, at: u32) -> &Node {
        &self.nodes[at as usize]
    }

    pub(crate) fn node_count(&self) -> usize {
        self.nodes.len()
    }

    /// All nodes, children before their parents.
    pub(crate) fn bottom_up(&self) -> impl Iterator<Item = u32> {
        (0..short(self.nodes.len())).rev()
    }

    /// The nodes without children, in doc id order.
    #[inline]
    pub(crate) fn leaves(&self) -> &[u32] {
        &self.leaves
    }

    /// The ordinal of a leaf: its index in [`CellTree::leaves`].
    pub(crate) fn ordinal_of_leaf(&self, leaf: u32) -> u32 {
        self.leaves_below(leaf).start
    }

    /// The ordinals of the leaves below a node; its own if it is a leaf.
    #[inline]
    pub(crate) fn leaves_below(&self, at: u32) -> Range<u32> {
        self.leaves_below[at as usize].clone()
    }

    /// Raises the value of each node to the largest one below it.
    pub(crate) fn propagate_max<T: PartialOrd + Copy>(&self, values: &mut [T]) {
        for at in (1..self.nodes.len()).rev() {
            let parent = self.parents[at] as usize;
            if values[at] > values[parent] {
                values[parent] = values[at];
            }
        }
    }

    /// Every owner with each leaf that contains a document of it, sorted.
    pub(crate) fn leaves_of_owners(&self) -> &[(OwnerOrdinal, u32)] {
        &self.leaves_of_owners
    }

    /// The leaves that contain documents of an owner.
    pub(crate) fn leaves_of(&self, owner: OwnerOrdinal) -> impl Iterator<Item = u32> {
        let from = self
            .leaves_of_owners
            .partition_point(|&(other, _)| other < owner);
        let leaves = self.leaves_of_owners[from..].iter();
        leaves
            .take_while(move |&&(other, _)| other == owner)
            .map(|&(_, leaf)| leaf)
    }

    /// The documents of the leaf with this ordinal.
    #[inline]
    pub(crate) fn docs_of_leaf(&self, ordinal: u32) -> Range<u32> {
        let at = ordinal as usize;
        self.leaf_starts[at]..self.leaf_starts[at + 1]
    }

    /// The leaf that contains a document.
    pub(crate) fn leaf_of(&self, doc: u32) -> u32 {
        let after = self.leaf_starts.partition_point(|&start| start <= doc);
        self.leaves[after - 1]
    }

    /// The parent of a node; `None` for the root.
    pub(crate) fn parent(&self, node: u32) -> Option<u32> {
        let parent = self.parents[node as usize];
        (parent != NO_PARENT).then_some(parent)
    }

    /// A node and its ancestors, the root last.
    pub(crate) fn upwards(&self, node: u32) -> impl Iterator<Item = u32> {
        std::iter::successors(Some(node), |&at| self.parent(at))
    }

    /// Whether a document of one of these owners may be below a node. Exact for leaves.
    pub(crate) fn may_contain(&self, owners: &[OwnerOrdinal], at: u32) -> bool {
        let node = self.node(at);
        owners.iter().any(|&owner| {
            if node.children.is_empty() {
                return self.leaves_of_owners.binary_search(&(owner, at)).is_ok();
            }
            let is_below = |leaf: u32| node.docs.contains(&self.node(leaf).docs.start);
            let mut leaves = self.leaves_of(owner);
            // An owner with many leaves is likely to have one below.
            leaves.by_ref().take(TESTED_LEAVES).any(is_below) || leaves.next().is_some()
        })
    }

    fn number_leaves(&mut self) {
        self.leaves_below = vec![0..0; self.nodes.len()];
        for (ordinal, &leaf) in (0..).zip(&self.leaves) {
            self.leaves_below[leaf as usize] = ordinal..ordinal + 1;
        }
        for at in (0..self.nodes.len()).rev() {
            let children = self.nodes[at].children.clone();
            if !children.is_empty() {
                let first = self.leaves_below[children.start as usize].start;
                let last = self.leaves_below[children.end as usize - 1].end;
                self.leaves_below[at] = first..last;
            }
        }
    }
}

struct Builder<'a> {
    leaf_documents: usize,
    cells: &'a [u64],
    points: &'a [UnitVector],
    nodes: Vec<Node>,
    parents: Vec<u32>,
}

impl Builder<'_> {
    fn push(&mut self, docs: Range<usize>, parent: u32) {
        self.nodes.push(Node {
            bounds: Bounds::EMPTY,
            docs: short(docs.start)..short(docs.end),
            children: 0..0,
        });
        self.parents.push(parent);
    }

    /// Makes node `at` contain `docs`, which share one cell of the resolution above `resolution`.
    fn fill(&mut self, at: u32, docs: Range<usize>, resolution: u32) {
        self.nodes[at as usize].docs = short(docs.start)..short(docs.end);
        let mut bounds = Bounds::EMPTY;
        if docs.len() <= self.leaf_documents {
            docs.for_each(|doc| bounds.include(self.points[doc]));
        } else {
            let (parts, next) = self.divide(&docs, resolution);
            let first = short(self.nodes.len());
            for part in &parts {
                self.push(part.clone(), at);
            }
            let children = first..short(self.nodes.len());
            self.nodes[at as usize].children = children.clone();
            for (child, part) in children.clone().zip(parts) {
                self.fill(child, part, next);
            }
            for child in range(&children) {
                bounds.merge(&self.nodes[child].bounds);
            }
        }
        self.nodes[at as usize].bounds = bounds;
    }

    /// The parts of a range by cells of the first resolution that divides it, and the next finer
    /// resolution. Documents of one finest cell are divided by number.
    fn divide(&self, docs: &Range<usize>, resolution: u32) -> (Vec<Range<usize>>, u32) {
        let cells = &self.cells[docs.clone()];
        for resolution in resolution..=FINEST {
            // An H3 index has three bits per resolution, the finest ones lowest.
            let ancestor = |cell: &u64| cell >> (3 * (FINEST - resolution));
            if ancestor(&cells[0]) == ancestor(&cells[cells.len() - 1]) {
                continue;
            }
            let mut parts = Vec::new();
            let mut start = docs.start;
            for part in cells.chunk_by(|a, b| ancestor(a) == ancestor(b)) {
                parts.push(start..start + part.len());
                start += part.len();
            }
            return (parts, resolution + 1);
        }
        let starts = docs.clone().step_by(self.leaf_documents);
        let parts = starts
            .map(|start| start..docs.end.min(start + self.leaf_documents))
            .collect();
        (parts, FINEST + 1)
    }
}

fn range(docs: &Range<u32>) -> Range<usize> {
    docs.start as usize..docs.end as usize
}

/// Tantivy numbers documents with 32 bits, and there are fewer nodes than documents.
fn short(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
