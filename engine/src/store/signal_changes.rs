//! Changes of the signals of documents while searches read them.
//!
//! The caller holds the lock that keeps segments from being loaded meanwhile. Bounds loosen before
//! values change, and are tightened afterwards: see
//! [`SegmentSignal`](crate::index::bounds::document_signals::SegmentSignal).

use std::sync::Arc;

use crate::availability::{Date, DateRange};
use crate::index::bounds::document_signals::{SegmentSignal, SegmentSignals};
use crate::index::encoding::fields::Fields;
use crate::index::error::StoreError;
use crate::index::segment::Segment;
use crate::schema::Key;
use crate::signals::{AtomicCell, DayTable, Days, DocumentTable, Row, Signal};

/// To find one document and to tighten the nodes above it takes as long as the pass over this many
/// documents of a whole segment.
const DOCUMENTS_PER_CHANGE: usize = 16;

/// Segments, each with the same signal.
pub(super) type Segments<'a, S> = [(&'a Segment, &'a SegmentSignal<S>)];

/// Some segments with the signal that `select` returns.
pub(super) fn with_signal<'a, S: Signal>(
    segments: &'a [Arc<Segment>],
    select: impl Fn(&'a SegmentSignals) -> Option<&'a SegmentSignal<S>>,
) -> Vec<(&'a Segment, &'a SegmentSignal<S>)> {
    let segments = segments.iter().map(|segment| &**segment);
    let selected = segments.filter_map(|it| Some((it, select(&it.tree.document_signals)?)));
    selected.collect()
}

/// Changes the values of documents. Each change is a function of the value before it.
pub(super) fn change<S: Signal, U: Fn(S::Value) -> S::Value>(
    table: &DocumentTable<S>,
    fields: &Fields,
    segments: &Segments<'_, S>,
    changes: impl ExactSizeIterator<Item = (Key, U)> + Clone,
) -> Result<(), StoreError> {
    let documents = segments
        .iter()
        .map(|(segment, _)| segment.columns.keys.len());
    if changes.len() * DOCUMENTS_PER_CHANGE > documents.sum() {
        change_many(table, segments, changes);
        return Ok(());
    }
    for (key, update) in changes {
        change_one(table, fields, segments, key, update)?;
    }
    Ok(())
}

/// Moves the first day of the window one step towards `first`; returns the days that enter with
/// it.
pub(super) fn advance_window(
    table: &DayTable,
    segments: &Segments<'_, Days>,
    first: Date,
) -> Option<DateRange> {
    let (first, entering) = table.next_step(first)?;
    loosen_all(segments);
    table.advance(first, &entering);
    tighten_all(segments);
    Some(entering)
}

/// Frees all days, and leaves the table without a window.
pub(super) fn reset_window(table: &DayTable, segments: &Segments<'_, Days>) {
    loosen_all(segments);
    table.reset();
    tighten_all(segments);
}

fn change_one<S: Signal>(
    table: &DocumentTable<S>,
    fields: &Fields,
    segments: &Segments<'_, S>,
    key: Key,
    update: impl Fn(S::Value) -> S::Value,
) -> Result<(), StoreError> {
    let Some(change) = RowChange::of(table, key, update) else {
        return Ok(());
    };
    let term = fields.key_term(key);
    let mut found = Vec::new();
    for &(segment, signal) in segments {
        let docs = segment.docs_of(&term)?.into_iter();
        found.extend(docs.map(|doc| (segment.tree.cells(), signal, doc)));
    }
    for &(tree, signal, doc) in &found {
        signal.loosen(tree, doc, change.row, &change.after);
    }
    change.apply(table);
    for &(tree, signal, doc) in &found {
        signal.tighten(tree, doc);
    }
    Ok(())
}

fn change_many<S: Signal, U: Fn(S::Value) -> S::Value>(
    table: &DocumentTable<S>,
    segments: &Segments<'_, S>,
    changes: impl Iterator<Item = (Key, U)> + Clone,
) {
    // Documents find their rows while all of these still have the value from before.
    for (key, update) in changes.clone() {
        let _row = RowChange::of(table, key, update);
    }
    for (segment, signal) in segments {
        signal.find_rows(segment.tree.cells(), &segment.columns.keys);
    }
    loosen_all(segments);
    for (key, update) in changes {
        if let Some(change) = RowChange::of(table, key, update) {
            change.apply(table);
        }
    }
    tighten_all(segments);
}

fn loosen_all<S: Signal>(segments: &Segments<'_, S>) {
    for (_, signal) in segments {
        signal.loosen_all();
    }
}

fn tighten_all<S: Signal>(segments: &Segments<'_, S>) {
    for (segment, signal) in segments {
        signal.tighten_all(segment.tree.cells());
    }
}

/// A new value for a row, which has the value from before until the change is applied.
struct RowChange<S: Signal> {
    row: Row,
    after: S::Value,
}

impl<S: Signal> RowChange<S> {
    /// `None` if the value does not change. Otherwise the document has a row from now on.
    fn of(
        table: &DocumentTable<S>,
        key: Key,
        update: impl Fn(S::Value) -> S::Value,
    ) -> Option<RowChange<S>> {
        let before = table.value(key);
        let after = update(before);
        (before != after).then(|| RowChange {
            row: table.row_or_new(key),
            after,
        })
    }

    fn apply(&self, table: &DocumentTable<S>) {
        if let Some(cell) = table.cell(self.row) {
            cell.store(&self.after);
        }
    }
}
