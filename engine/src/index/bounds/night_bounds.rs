//! Bounds of the booked nights of the documents below a tree node.
//!
//! A segment stores nothing before one of its documents has a booked night. From then on each
//! document knows its row in the night table, and each node the nights that are booked of every
//! document below it and those that are booked of some. With the former a search skips the node,
//! with the latter it counts the node's documents as free without testing them.
//!
//! Both are valid at any moment while nights change: a night that becomes free first leaves the
//! sets of nights that are booked of every document, and a night that becomes booked first joins
//! the sets of nights that are booked of some. Afterwards the bounds are tightened.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};

use crate::availability::{AtomicNightSet, NightRow, NightSet, NightTable};
use crate::index::cell_tree::CellTree;

/// The booked nights of one segment's documents and nodes.
#[derive(Debug)]
pub(crate) struct NightBounds {
    table: Arc<NightTable>,
    segment: OnceLock<SegmentNights>,
}

#[derive(Debug)]
struct SegmentNights {
    /// A [`NightRow`] by document.
    rows: Box<[AtomicU32]>,
    nodes: Box<[NodeNights]>,
}

#[derive(Debug, Default)]
struct NodeNights {
    booked_of_all: AtomicNightSet,
    booked_of_some: AtomicNightSet,
}

impl NightBounds {
    pub(crate) fn new(table: Arc<NightTable>) -> NightBounds {
        NightBounds {
            table,
            segment: OnceLock::new(),
        }
    }

    /// Whether any of these nights is booked of a document.
    pub(crate) fn is_booked(&self, doc: u32, nights: &NightSet) -> bool {
        let row = self
            .segment
            .get()
            .and_then(|segment| self.row(segment, doc));
        row.is_some_and(|row| row.intersects(nights))
    }

    /// Whether one of these nights is booked of every document below a node.
    pub(crate) fn are_all_booked(&self, node: u32, nights: &NightSet) -> bool {
        self.node(node)
            .is_some_and(|node| node.booked_of_all.intersects(nights))
    }

    /// Whether any of these nights may be booked of some document below a node.
    pub(crate) fn may_be_booked(&self, node: u32, nights: &NightSet) -> bool {
        self.node(node)
            .is_some_and(|node| node.booked_of_some.intersects(nights))
    }

    /// Finds the rows of all documents. Rows that were unknown before must not have booked nights
    /// yet, unless no search reads the segment.
    pub(crate) fn find_rows(&self, tree: &CellTree, keys: &[u128]) {
        let Some(rows) = self.table.rows(keys) else {
            return;
        };
        let segment = self.segment(tree);
        for (of_document, row) in segment.rows.iter().zip(rows) {
            of_document.store(row, Ordering::Release);
        }
        self.tighten_all(tree);
    }

    /// Loosens all bounds, so that they are valid under any change.
    pub(crate) fn loosen_all(&self) {
        for node in self.segment.get().iter().flat_map(|segment| &segment.nodes) {
            node.booked_of_all.store(&NightSet::EMPTY);
            node.booked_of_some.store(&NightSet::ALL);
        }
    }

    /// Loosens the bounds above a document for a change of its nights, and sets its row. The nights
    /// of the document change only with the table.
    pub(crate) fn loosen(
        &self,
        tree: &CellTree,
        doc: u32,
        row: NightRow,
        (freed, booked): (&NightSet, &NightSet),
    ) {
        let segment = self.segment(tree);
        for node in tree.upwards(tree.leaf_of(doc)) {
            let node = &segment.nodes[node as usize];
            node.booked_of_all
                .store(&node.booked_of_all.load().difference(freed));
            node.booked_of_some
                .store(&node.booked_of_some.load().union(booked));
        }
        segment.rows[doc as usize].store(row, Ordering::Release);
    }

    /// Tightens the bounds above a document to its nights.
    pub(crate) fn tighten(&self, tree: &CellTree, doc: u32) {
        if let Some(segment) = self.segment.get() {
            for node in tree.upwards(tree.leaf_of(doc)) {
                self.tighten_node(segment, tree, node);
            }
        }
    }

    pub(crate) fn tighten_all(&self, tree: &CellTree) {
        if let Some(segment) = self.segment.get() {
            tree.bottom_up()
                .for_each(|node| self.tighten_node(segment, tree, node));
        }
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        self.segment.get().map_or(0, |segment| {
            size_of_val(&segment.rows[..]) + size_of_val(&segment.nodes[..])
        })
    }

    fn segment(&self, tree: &CellTree) -> &SegmentNights {
        self.segment.get_or_init(|| {
            let docs = tree.node(0).docs.clone();
            SegmentNights {
                rows: docs.map(|_| AtomicU32::new(0)).collect(),
                nodes: (0..tree.node_count())
                    .map(|_| NodeNights::default())
                    .collect(),
            }
        })
    }

    fn node(&self, node: u32) -> Option<&NodeNights> {
        Some(&self.segment.get()?.nodes[node as usize])
    }

    fn row(&self, segment: &SegmentNights, doc: u32) -> Option<&AtomicNightSet> {
        let row = segment.rows[doc as usize].load(Ordering::Acquire);
        self.table.nights(row)
    }

    fn tighten_node(&self, segment: &SegmentNights, tree: &CellTree, at: u32) {
        let node = tree.node(at);
        let (mut of_all, mut of_some) = (NightSet::ALL, NightSet::EMPTY);
        let mut add = |all: &NightSet, some: &NightSet| {
            of_all = of_all.intersection(all);
            of_some = of_some.union(some);
        };
        if node.children.is_empty() {
            for doc in node.docs.clone() {
                let nights = self
                    .row(segment, doc)
                    .map_or(NightSet::EMPTY, AtomicNightSet::load);
                add(&nights, &nights);
            }
        } else {
            for child in node.children.clone() {
                let child = &segment.nodes[child as usize];
                add(&child.booked_of_all.load(), &child.booked_of_some.load());
            }
        }
        segment.nodes[at as usize].booked_of_all.store(&of_all);
        segment.nodes[at as usize].booked_of_some.store(&of_some);
    }
}
