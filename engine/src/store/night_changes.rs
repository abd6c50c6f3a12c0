//! Changes of booked nights while searches read them.
//!
//! The caller holds the lock that keeps segments from being loaded meanwhile. Bounds loosen before
//! nights change, and are tightened afterwards: see
//! [`NightBounds`](crate::index::bounds::night_bounds::NightBounds).

use std::sync::Arc;

use crate::availability::{Date, NightRow, NightSet, NightTable, NightsChange, Stay};
use crate::index::error::StoreError;
use crate::index::schema::fields::Fields;
use crate::index::segment::Segment;

/// To find one document and to tighten the nodes above it takes as long as the pass over this many
/// documents of a whole segment.
const DOCUMENTS_PER_CHANGE: usize = 16;

pub(super) fn change_nights(
    table: &NightTable,
    fields: Fields,
    segments: &[Arc<Segment>],
    changes: &[NightsChange],
) -> Result<(), StoreError> {
    let documents = segments.iter().map(|segment| segment.columns.keys.len());
    if changes.len() * DOCUMENTS_PER_CHANGE > documents.sum() {
        change_many(table, segments, changes);
        return Ok(());
    }
    for change in changes {
        change_one(table, fields, segments, change)?;
    }
    Ok(())
}

/// Moves the first day of the window one step towards `first`; returns the nights that enter with
/// it.
pub(super) fn advance_window(
    table: &NightTable,
    segments: &[Arc<Segment>],
    first: Date,
) -> Option<Stay> {
    let (first, entering) = table.next_step(first)?;
    loosen_all(segments);
    table.advance(first, &entering);
    tighten_all(segments);
    Some(entering)
}

/// Frees all nights, and leaves the table without a window.
pub(super) fn reset_window(table: &NightTable, segments: &[Arc<Segment>]) {
    loosen_all(segments);
    table.reset();
    tighten_all(segments);
}

fn change_one(
    table: &NightTable,
    fields: Fields,
    segments: &[Arc<Segment>],
    change: &NightsChange,
) -> Result<(), StoreError> {
    let Some(nights) = RowChange::of(table, change) else {
        return Ok(());
    };
    let term = fields.key_term(change.key);
    let mut found = Vec::new();
    for segment in segments {
        let docs = segment.docs_of(&term)?;
        found.extend(docs.into_iter().map(|doc| (&segment.tree, doc)));
    }
    let freed = nights.before.difference(&nights.after);
    for &(tree, doc) in &found {
        tree.nights
            .loosen(tree.cells(), doc, nights.row, (&freed, &nights.after));
    }
    nights.apply(table);
    for &(tree, doc) in &found {
        tree.nights.tighten(tree.cells(), doc);
    }
    Ok(())
}

fn change_many(table: &NightTable, segments: &[Arc<Segment>], changes: &[NightsChange]) {
    // Documents find their rows while no night of these is booked yet.
    for change in changes {
        if !table.stored_nights(&change.booked).is_empty() {
            table.row_or_new(change.key);
        }
    }
    for segment in segments {
        let tree = &segment.tree;
        tree.nights.find_rows(tree.cells(), &segment.columns.keys);
    }
    loosen_all(segments);
    for change in changes {
        if let Some(nights) = RowChange::of(table, change) {
            nights.apply(table);
        }
    }
    tighten_all(segments);
}

fn loosen_all(segments: &[Arc<Segment>]) {
    for segment in segments {
        segment.tree.nights.loosen_all();
    }
}

fn tighten_all(segments: &[Arc<Segment>]) {
    for segment in segments {
        segment.tree.nights.tighten_all(segment.tree.cells());
    }
}

/// The booked nights of one document before and after a change.
struct RowChange {
    row: NightRow,
    before: NightSet,
    after: NightSet,
}

impl RowChange {
    /// `None` if no night changes.
    fn of(table: &NightTable, change: &NightsChange) -> Option<RowChange> {
        let booked = table.stored_nights(&change.booked);
        let row = match table.row(change.key) {
            Some(row) => row,
            None if booked.is_empty() => return None,
            None => table.row_or_new(change.key),
        };
        let before = table.nights(row)?.load();
        let freed = table.stored_nights(&change.freed);
        let after = before.difference(&freed).union(&booked);
        (before != after).then_some(RowChange { row, before, after })
    }

    fn apply(&self, table: &NightTable) {
        if let Some(nights) = table.nights(self.row) {
            nights.store(&self.after);
        }
    }
}
