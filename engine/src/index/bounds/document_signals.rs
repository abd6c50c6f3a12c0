//! The signals of a segment's documents, with bounds for its tree nodes.
//!
//! A segment stores nothing before one of its documents has another value than the default. From
//! then on each document knows its row in the table of the signal, and each node has bounds of the
//! values below it.
//!
//! Bounds are valid at any moment while values change: those above a document first loosen, so that
//! they are valid for its old and its new value, and then the value changes. Afterwards they are
//! tightened.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};

use crate::availability::{AtomicDaySet, DaySet};
use crate::index::cell_tree::CellTree;
use crate::signals::{AtomicCell, Days, DocumentSignals, DocumentTable, Numbers, Row, Signal};

/// All signals of one segment's documents, as the schema declares them.
#[derive(Debug)]
pub(crate) struct SegmentSignals {
    pub(crate) days: Option<SegmentSignal<Days>>,
    /// In the order of the schema.
    pub(crate) numbers: Vec<SegmentSignal<Numbers>>,
}

/// One signal of one segment's documents and nodes.
#[derive(Debug)]
pub(crate) struct SegmentSignal<S: Signal> {
    table: Arc<DocumentTable<S>>,
    values: OnceLock<SegmentValues<S>>,
}

#[derive(Debug)]
struct SegmentValues<S: Signal> {
    /// A [`Row`] by document.
    rows: Box<[AtomicU32]>,
    nodes: Box<[S::BoundsCell]>,
}

impl SegmentSignals {
    /// The signals of a segment whose documents have these keys.
    pub(crate) fn new(tables: &DocumentSignals, tree: &CellTree, keys: &[u128]) -> SegmentSignals {
        let (days, numbers) = (tables.days(), tables.numbers().iter());
        SegmentSignals {
            days: days.map(|days| SegmentSignal::new(days.documents(), tree, keys)),
            numbers: numbers
                .map(|numbers| SegmentSignal::new(numbers, tree, keys))
                .collect(),
        }
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        let days = self.days.iter().map(SegmentSignal::memory_bytes);
        let numbers = self.numbers.iter().map(SegmentSignal::memory_bytes);
        days.chain(numbers).sum()
    }
}

impl<S: Signal> SegmentSignal<S> {
    fn new(table: &Arc<DocumentTable<S>>, tree: &CellTree, keys: &[u128]) -> SegmentSignal<S> {
        let signal = SegmentSignal {
            table: Arc::clone(table),
            values: OnceLock::new(),
        };
        signal.find_rows(tree, keys);
        signal
    }

    /// Finds the rows of all documents. Rows that were unknown before must still have the default,
    /// unless no search reads the segment.
    pub(crate) fn find_rows(&self, tree: &CellTree, keys: &[u128]) {
        let Some(rows) = self.table.rows(keys) else {
            return;
        };
        let values = self.values(tree);
        for (of_document, row) in values.rows.iter().zip(rows) {
            of_document.store(row, Ordering::Release);
        }
        self.tighten_all(tree);
    }

    /// Loosens all bounds, so that they are valid under any change.
    pub(crate) fn loosen_all(&self) {
        for node in self.values.get().iter().flat_map(|values| &values.nodes) {
            node.store(&S::OF_ANY);
        }
    }

    /// Loosens the bounds above a document for a change of its value, and sets its row. The value
    /// changes only with the table.
    pub(crate) fn loosen(&self, tree: &CellTree, doc: u32, row: Row, after: &S::Value) {
        let values = self.values(tree);
        let after = S::bounds(after);
        for node in tree.upwards(tree.leaf_of(doc)) {
            let node = &values.nodes[node as usize];
            node.store(&S::merge(&node.load(), &after));
        }
        values.rows[doc as usize].store(row, Ordering::Release);
    }

    /// Tightens the bounds above a document to the values below them.
    pub(crate) fn tighten(&self, tree: &CellTree, doc: u32) {
        if let Some(values) = self.values.get() {
            for node in tree.upwards(tree.leaf_of(doc)) {
                self.tighten_node(values, tree, node);
            }
        }
    }

    pub(crate) fn tighten_all(&self, tree: &CellTree) {
        if let Some(values) = self.values.get() {
            tree.bottom_up()
                .for_each(|node| self.tighten_node(values, tree, node));
        }
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        self.values.get().map_or(0, |values| {
            size_of_val(&values.rows[..]) + size_of_val(&values.nodes[..])
        })
    }

    fn values(&self, tree: &CellTree) -> &SegmentValues<S> {
        self.values.get_or_init(|| {
            let docs = tree.node(0).docs.clone();
            let of_default = S::bounds(self.table.default());
            SegmentValues {
                rows: docs.map(|_| AtomicU32::new(0)).collect(),
                nodes: (0..tree.node_count())
                    .map(|_| S::BoundsCell::new(&of_default))
                    .collect(),
            }
        })
    }

    /// The value of a document; `None` if it has no row, and therefore the default.
    #[inline]
    fn cell(&self, doc: u32) -> Option<&S::Cell> {
        self.cell_in(self.values.get()?, doc)
    }

    #[inline]
    fn cell_in(&self, values: &SegmentValues<S>, doc: u32) -> Option<&S::Cell> {
        let row = values.rows[doc as usize].load(Ordering::Acquire);
        self.table.cell(row)
    }

    /// The bounds of a node; `None` if all documents below it have the default.
    #[inline]
    fn bounds(&self, node: u32) -> Option<&S::BoundsCell> {
        Some(&self.values.get()?.nodes[node as usize])
    }

    fn tighten_node(&self, values: &SegmentValues<S>, tree: &CellTree, at: u32) {
        let node = tree.node(at);
        let bounds = if node.children.is_empty() {
            let docs = node.docs.clone();
            docs.fold(S::OF_NONE, |bounds, doc| {
                let cell = self.cell_in(values, doc);
                let value = cell.map_or(*self.table.default(), AtomicCell::load);
                S::merge(&bounds, &S::bounds(&value))
            })
        } else {
            let children = node.children.clone();
            children.fold(S::OF_NONE, |bounds, child| {
                S::merge(&bounds, &values.nodes[child as usize].load())
            })
        };
        values.nodes[at as usize].store(&bounds);
    }
}

impl SegmentSignal<Days> {
    /// Whether any of these days is busy of a document.
    pub(crate) fn is_busy(&self, doc: u32, days: &DaySet) -> bool {
        self.cell(doc).is_some_and(|busy| busy.intersects(days))
    }

    /// Whether one of these days is busy of every document below a node.
    pub(crate) fn are_all_busy(&self, node: u32, days: &DaySet) -> bool {
        let busy = self.bounds(node).map(|bounds| &bounds.of_all);
        busy.is_some_and(|busy: &AtomicDaySet| busy.intersects(days))
    }

    /// Whether any of these days may be busy of some document below a node.
    pub(crate) fn may_be_busy(&self, node: u32, days: &DaySet) -> bool {
        let busy = self.bounds(node).map(|bounds| &bounds.of_some);
        busy.is_some_and(|busy: &AtomicDaySet| busy.intersects(days))
    }
}

impl SegmentSignal<Numbers> {
    /// The number of a document.
    #[inline]
    pub(crate) fn number(&self, doc: u32) -> f64 {
        self.cell(doc)
            .map_or(*self.table.default(), AtomicCell::load)
    }

    /// A lower bound of the number of every document below a node.
    #[inline]
    pub(crate) fn number_min(&self, node: u32) -> f64 {
        self.bounds(node)
            .map_or(*self.table.default(), AtomicCell::load)
    }
}
