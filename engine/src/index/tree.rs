//! Which documents lie together, and what is the best that any of them could score?
//!
//! A segment is sorted by H3 cell, so the documents of every coarser cell are one range. The tree
//! keeps, for a hierarchy of such ranges down to leaves of some dozens of documents, a box around
//! the places and bounds of all that is filtered or scored. It needs no pointer into the documents
//! and takes a few bytes for each.

use std::ops::Range;
use std::sync::Arc;

use super::bounds::attribute_bounds::AttributeBounds;
use super::bounds::night_bounds::Booked;
use super::bounds::signal_bounds::{BestSignals, SignalBounds};
use super::columns::Columns;
use crate::availability::NightTable;
use crate::geo::Bounds;
use crate::signals::{OwnerOrdinal, SignalView, Signals};

/// How many of an owner's leaves are looked at to tell whether one of them is below a node.
const LEAVES_LOOKED_AT: usize = 64;

/// The finest H3 resolution, by which segments are sorted.
const FINEST: u32 = 15;

/// The tree of one segment. Node 0 is the root and holds all documents.
#[derive(Debug)]
pub(crate) struct Tree {
    nodes: Vec<Node>,
    parents: Vec<u32>,
    attributes: Vec<AttributeBounds>,
    signals: Vec<SignalBounds>,
    /// The nodes without children, in the order of their documents.
    leaves: Vec<u32>,
    /// By node: the numbers of the leaves below it, in that order.
    leaves_below: Vec<Range<u32>>,
    /// Where each owner's documents are, by owner: the leaves whose bounds its signals may raise.
    leaves_of_owners: Vec<(OwnerOrdinal, u32)>,
    /// Which documents are taken when, and where all of them are.
    pub(crate) booked: Booked,
}

/// What every search reads of a range of documents. The rest is kept apart, so that the children of
/// a node lie in few lines of memory.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) bounds: Bounds,
    pub(crate) docs: Range<u32>,
    /// Empty for a leaf.
    pub(crate) children: Range<u32>,
}

const NO_PARENT: u32 = u32::MAX;

impl Tree {
    /// Builds the tree of documents that are sorted by cell.
    pub(crate) fn build(
        cells: &[u64],
        columns: &Columns,
        owners: &SignalView,
        nights: &Arc<NightTable>,
        leaf_documents: usize,
    ) -> Tree {
        let mut builder = Builder {
            leaf_documents,
            cells,
            columns,
            nodes: Vec::new(),
            parents: Vec::new(),
            attributes: Vec::new(),
        };
        builder.push(0..0, NO_PARENT);
        builder.fill(0, 0..cells.len(), 0);
        let Builder {
            mut nodes,
            mut parents,
            mut attributes,
            ..
        } = builder;
        nodes.shrink_to_fit();
        parents.shrink_to_fit();
        attributes.shrink_to_fit();

        let mut tree = Tree {
            signals: nodes.iter().map(|_| SignalBounds::default()).collect(),
            leaves: (0..)
                .zip(&nodes)
                .filter(|(_, node)| node.children.is_empty())
                .map(|(at, _)| at)
                .collect(),
            leaves_below: Vec::new(),
            nodes,
            parents,
            attributes,
            leaves_of_owners: Vec::new(),
            booked: Booked::new(Arc::clone(nights)),
        };
        tree.leaves
            .sort_by_key(|&leaf| tree.nodes[leaf as usize].docs.start);
        tree.number_leaves();
        for &leaf in &tree.leaves {
            let owners = &columns.slots[range(&tree.nodes[leaf as usize].docs)];
            tree.leaves_of_owners
                .extend(owners.iter().map(|&slot| (slot, leaf)));
        }
        tree.leaves_of_owners.sort_unstable();
        tree.leaves_of_owners.dedup();
        tree.leaves_of_owners.shrink_to_fit();
        for &(slot, leaf) in &tree.leaves_of_owners {
            tree.raise_from(leaf, &owners.get(slot));
        }
        tree.booked.look_up_all(&tree, &columns.keys);
        tree
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        size_of_val(&self.nodes[..])
            + size_of_val(&self.parents[..])
            + size_of_val(&self.attributes[..])
            + size_of_val(&self.signals[..])
            + size_of_val(&self.leaves[..])
            + size_of_val(&self.leaves_below[..])
            + size_of_val(&self.leaves_of_owners[..])
    }

    pub(crate) fn node(&self, at: u32) -> &Node {
        &self.nodes[at as usize]
    }

    pub(crate) fn attributes(&self, at: u32) -> &AttributeBounds {
        &self.attributes[at as usize]
    }

    pub(crate) fn node_count(&self) -> usize {
        self.nodes.len()
    }

    /// The nodes without children, in the order of their documents.
    pub(crate) fn leaves(&self) -> &[u32] {
        &self.leaves
    }

    /// The number of a leaf in the order of documents.
    pub(crate) fn number_of_leaf(&self, leaf: u32) -> u32 {
        self.leaves_below(leaf).start
    }

    /// The numbers of the leaves below a node, in the order of documents; its own if it is a leaf.
    pub(crate) fn leaves_below(&self, at: u32) -> Range<u32> {
        self.leaves_below[at as usize].clone()
    }

    /// Carries what each leaf holds up to the nodes above: the largest below.
    pub(crate) fn carry_up<T: PartialOrd + Copy>(&self, values: &mut [T]) {
        // Children stand behind their parents.
        for at in (1..self.nodes.len()).rev() {
            let parent = self.parents[at] as usize;
            if values[at] > values[parent] {
                values[parent] = values[at];
            }
        }
    }

    pub(crate) fn best_signals(&self, at: u32) -> BestSignals<'_> {
        self.signals[at as usize].best()
    }

    /// Loosens the bounds above an owner's documents, before the signals themselves change.
    pub(crate) fn raise(&self, slot: OwnerOrdinal, signals: &Signals) {
        self.leaves_of(slot)
            .for_each(|leaf| self.raise_from(leaf, signals));
    }

    /// The leaves that hold documents of an owner.
    pub(crate) fn leaves_of(&self, slot: OwnerOrdinal) -> impl Iterator<Item = u32> {
        let from = self
            .leaves_of_owners
            .partition_point(|&(owner, _)| owner < slot);
        let leaves = self.leaves_of_owners[from..].iter();
        leaves
            .take_while(move |&&(owner, _)| owner == slot)
            .map(|&(_, leaf)| leaf)
    }

    /// The leaf that holds a document.
    pub(crate) fn leaf_of(&self, doc: u32) -> u32 {
        let after = |&leaf: &u32| self.node(leaf).docs.start <= doc;
        self.leaves[self.leaves.partition_point(after) - 1]
    }

    /// A node and those above it, the root last.
    pub(crate) fn upwards(&self, node: u32) -> impl Iterator<Item = u32> {
        let parent = |&at: &u32| {
            let parent = self.parents[at as usize];
            (parent != NO_PARENT).then_some(parent)
        };
        std::iter::successors(Some(node), parent)
    }

    /// Whether some of these owners may have a document below a node. Exact for leaves.
    pub(crate) fn may_hold(&self, owners: &[OwnerOrdinal], at: u32) -> bool {
        let node = self.node(at);
        owners.iter().any(|&owner| {
            if node.children.is_empty() {
                return self.leaves_of_owners.binary_search(&(owner, at)).is_ok();
            }
            let is_below = |leaf: u32| node.docs.contains(&self.node(leaf).docs.start);
            let mut leaves = self.leaves_of(owner);
            // Of an owner with a great many, some are likely to be below.
            leaves.by_ref().take(LEAVES_LOOKED_AT).any(is_below) || leaves.next().is_some()
        })
    }

    fn number_leaves(&mut self) {
        self.leaves_below = vec![0..0; self.nodes.len()];
        for (number, &leaf) in (0..).zip(&self.leaves) {
            self.leaves_below[leaf as usize] = number..number + 1;
        }
        // Children stand behind their parents.
        for at in (0..self.nodes.len()).rev() {
            let children = self.nodes[at].children.clone();
            if !children.is_empty() {
                let first = self.leaves_below[children.start as usize].start;
                let last = self.leaves_below[children.end as usize - 1].end;
                self.leaves_below[at] = first..last;
            }
        }
    }

    fn raise_from(&self, leaf: u32, signals: &Signals) {
        // What is above was raised together with what is below, and is no tighter.
        let rises = |&node: &u32| self.signals[node as usize].raise(signals);
        self.upwards(leaf).take_while(rises).for_each(drop);
    }
}

struct Builder<'a> {
    /// A node with more documents than this is divided.
    leaf_documents: usize,
    cells: &'a [u64],
    columns: &'a Columns,
    nodes: Vec<Node>,
    parents: Vec<u32>,
    attributes: Vec<AttributeBounds>,
}

impl Builder<'_> {
    fn push(&mut self, docs: Range<usize>, parent: u32) {
        self.nodes.push(Node {
            bounds: Bounds::EMPTY,
            docs: short(docs.start)..short(docs.end),
            children: 0..0,
        });
        self.parents.push(parent);
        self.attributes.push(AttributeBounds::EMPTY);
    }

    /// Makes the node at `at` stand for `docs`, which share one cell of the resolution before
    /// `resolution`.
    fn fill(&mut self, at: u32, docs: Range<usize>, resolution: u32) {
        self.nodes[at as usize].docs = short(docs.start)..short(docs.end);
        if docs.len() <= self.leaf_documents {
            return self.summarise_documents(at, docs);
        }
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
        self.summarise_children(at, children);
    }

    /// The parts of a range by cells of the first resolution that divides it, and the resolution
    /// below. Documents of one single finest cell are divided by number.
    fn divide(&self, docs: &Range<usize>, resolution: u32) -> (Vec<Range<usize>>, u32) {
        let cells = &self.cells[docs.clone()];
        for resolution in resolution..=FINEST {
            // Three bits a resolution, the finest lowest.
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

    fn summarise_documents(&mut self, at: u32, docs: Range<usize>) {
        for doc in docs {
            self.nodes[at as usize]
                .bounds
                .include(self.columns.points[doc]);
            self.attributes[at as usize].merge(&AttributeBounds::of(self.columns, doc));
        }
    }

    fn summarise_children(&mut self, at: u32, children: Range<u32>) {
        let (mut bounds, mut attributes) = (Bounds::EMPTY, AttributeBounds::EMPTY);
        for child in range(&children) {
            bounds.merge(&self.nodes[child].bounds);
            attributes.merge(&self.attributes[child]);
        }
        self.nodes[at as usize].bounds = bounds;
        self.attributes[at as usize] = attributes;
    }
}

fn range(docs: &Range<u32>) -> Range<usize> {
    docs.start as usize..docs.end as usize
}

/// Tantivy numbers documents by 32 bits, and there are fewer nodes than documents.
fn short(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
