//! Bounds of the busy days of the documents below a tree node.
//!
//! A segment stores nothing before one of its documents has a busy day. From then on each
//! document knows its row in the day table, and each node the days that are busy of every
//! document below it and those that are busy of some. With the former a search skips the node,
//! with the latter it counts the node's documents as free without testing them.
//!
//! Both are valid at any moment while days change: a day that becomes free first leaves the
//! sets of days that are busy of every document, and a day that becomes busy first joins
//! the sets of days that are busy of some. Afterwards the bounds are tightened.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};

use crate::availability::{AtomicDaySet, DayRow, DaySet, DayTable};
use crate::index::cell_tree::CellTree;

/// The busy days of one segment's documents and nodes.
#[derive(Debug)]
pub(crate) struct DayBounds {
    table: Arc<DayTable>,
    segment: OnceLock<SegmentDays>,
}

#[derive(Debug)]
struct SegmentDays {
    /// A [`DayRow`] by document.
    rows: Box<[AtomicU32]>,
    nodes: Box<[NodeDays]>,
}

#[derive(Debug, Default)]
struct NodeDays {
    busy_of_all: AtomicDaySet,
    busy_of_some: AtomicDaySet,
}

impl DayBounds {
    pub(crate) fn new(table: Arc<DayTable>) -> DayBounds {
        DayBounds {
            table,
            segment: OnceLock::new(),
        }
    }

    /// Whether any of these days is busy of a document.
    pub(crate) fn is_busy(&self, doc: u32, days: &DaySet) -> bool {
        let row = self
            .segment
            .get()
            .and_then(|segment| self.row(segment, doc));
        row.is_some_and(|row| row.intersects(days))
    }

    /// Whether one of these days is busy of every document below a node.
    pub(crate) fn are_all_busy(&self, node: u32, days: &DaySet) -> bool {
        self.node(node)
            .is_some_and(|node| node.busy_of_all.intersects(days))
    }

    /// Whether any of these days may be busy of some document below a node.
    pub(crate) fn may_be_busy(&self, node: u32, days: &DaySet) -> bool {
        self.node(node)
            .is_some_and(|node| node.busy_of_some.intersects(days))
    }

    /// Finds the rows of all documents. Rows that were unknown before must not have busy days
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
            node.busy_of_all.store(&DaySet::EMPTY);
            node.busy_of_some.store(&DaySet::ALL);
        }
    }

    /// Loosens the bounds above a document for a change of its days, and sets its row. The days
    /// of the document change only with the table.
    pub(crate) fn loosen(
        &self,
        tree: &CellTree,
        doc: u32,
        row: DayRow,
        (freed, busy): (&DaySet, &DaySet),
    ) {
        let segment = self.segment(tree);
        for node in tree.upwards(tree.leaf_of(doc)) {
            let node = &segment.nodes[node as usize];
            node.busy_of_all
                .store(&node.busy_of_all.load().difference(freed));
            node.busy_of_some
                .store(&node.busy_of_some.load().union(busy));
        }
        segment.rows[doc as usize].store(row, Ordering::Release);
    }

    /// Tightens the bounds above a document to its days.
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

    fn segment(&self, tree: &CellTree) -> &SegmentDays {
        self.segment.get_or_init(|| {
            let docs = tree.node(0).docs.clone();
            SegmentDays {
                rows: docs.map(|_| AtomicU32::new(0)).collect(),
                nodes: (0..tree.node_count())
                    .map(|_| NodeDays::default())
                    .collect(),
            }
        })
    }

    fn node(&self, node: u32) -> Option<&NodeDays> {
        Some(&self.segment.get()?.nodes[node as usize])
    }

    fn row(&self, segment: &SegmentDays, doc: u32) -> Option<&AtomicDaySet> {
        let row = segment.rows[doc as usize].load(Ordering::Acquire);
        self.table.days(row)
    }

    fn tighten_node(&self, segment: &SegmentDays, tree: &CellTree, at: u32) {
        let node = tree.node(at);
        let (mut of_all, mut of_some) = (DaySet::ALL, DaySet::EMPTY);
        let mut add = |all: &DaySet, some: &DaySet| {
            of_all = of_all.intersection(all);
            of_some = of_some.union(some);
        };
        if node.children.is_empty() {
            for doc in node.docs.clone() {
                let days = self
                    .row(segment, doc)
                    .map_or(DaySet::EMPTY, AtomicDaySet::load);
                add(&days, &days);
            }
        } else {
            for child in node.children.clone() {
                let child = &segment.nodes[child as usize];
                add(&child.busy_of_all.load(), &child.busy_of_some.load());
            }
        }
        segment.nodes[at as usize].busy_of_all.store(&of_all);
        segment.nodes[at as usize].busy_of_some.store(&of_some);
    }
}
