//! The segment tree: the cell hierarchy of a segment with the bounds of its nodes.

use std::ops::Range;

use super::bounds::attribute_bounds::{AttributeBounds, NodeAttributes};
use super::bounds::document_signals::SegmentSignals;
use super::bounds::signal_bounds::{BestSignals, SignalBounds};
use super::cell_tree::{CellTree, Node};
use super::columns::Columns;
use crate::signals::{DocumentSignals, OwnerOrdinal, SignalView, Signals};

/// The tree of one segment.
#[derive(Debug)]
pub(crate) struct Tree {
    cells: CellTree,
    attributes: AttributeBounds,
    /// By node.
    signals: Vec<SignalBounds>,
    pub(crate) document_signals: SegmentSignals,
}

impl Tree {
    /// The tree of documents that are sorted by cell.
    pub(crate) fn build(
        cells: &[u64],
        columns: &Columns,
        signals: &SignalView,
        document_signals: &DocumentSignals,
        leaf_documents: usize,
    ) -> Tree {
        let cells = CellTree::build(cells, columns, leaf_documents);
        let tree = Tree {
            attributes: AttributeBounds::of(&cells, columns),
            signals: (0..cells.node_count())
                .map(|_| SignalBounds::default())
                .collect(),
            document_signals: SegmentSignals::new(document_signals, &cells, &columns.keys),
            cells,
        };
        for &(owner, leaf) in tree.cells.leaves_of_owners() {
            tree.raise_from(leaf, &signals.get(owner));
        }
        tree
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        self.cells.memory_bytes() + self.attributes.memory_bytes() + size_of_val(&self.signals[..])
    }

    /// The hierarchy without the bounds.
    pub(crate) fn cells(&self) -> &CellTree {
        &self.cells
    }

    #[inline]
    pub(crate) fn node(&self, at: u32) -> &Node {
        self.cells.node(at)
    }

    /// The nodes without children, in doc id order.
    #[inline]
    pub(crate) fn leaves(&self) -> &[u32] {
        self.cells.leaves()
    }

    /// The ordinal of a leaf: its index in [`Tree::leaves`].
    pub(crate) fn ordinal_of_leaf(&self, leaf: u32) -> u32 {
        self.cells.ordinal_of_leaf(leaf)
    }

    /// The ordinals of the leaves below a node; its own if it is a leaf.
    #[inline]
    pub(crate) fn leaves_below(&self, at: u32) -> Range<u32> {
        self.cells.leaves_below(at)
    }

    /// Whether a document of one of these owners may be below a node. Exact for leaves.
    pub(crate) fn may_contain(&self, owners: &[OwnerOrdinal], at: u32) -> bool {
        self.cells.may_contain(owners, at)
    }

    #[inline]
    pub(crate) fn attributes(&self, at: u32) -> NodeAttributes<'_> {
        self.attributes.node(at)
    }

    #[inline]
    pub(crate) fn best_signals(&self, at: u32) -> BestSignals<'_> {
        self.signals[at as usize].best()
    }

    /// Loosens the signal bounds above an owner's documents, before its signals change.
    pub(crate) fn raise(&self, owner: OwnerOrdinal, signals: &Signals) {
        self.cells
            .leaves_of(owner)
            .for_each(|leaf| self.raise_from(leaf, signals));
    }

    fn raise_from(&self, leaf: u32, signals: &Signals) {
        // The bounds of an ancestor are never tighter, so none above an unchanged node changes.
        let rises = |&node: &u32| self.signals[node as usize].raise(signals);
        self.cells.upwards(leaf).take_while(rises).for_each(drop);
    }
}
