//! Changes of busy days while searches read them.
//!
//! The caller holds the lock that keeps segments from being loaded meanwhile. Bounds loosen before
//! days change, and are tightened afterwards: see
//! [`DayBounds`](crate::index::bounds::day_bounds::DayBounds).

use std::sync::Arc;

use crate::availability::{Date, DateRange, DayRow, DaySet, DayTable, DaysChange};
use crate::index::encoding::fields::Fields;
use crate::index::error::StoreError;
use crate::index::segment::Segment;

/// To find one document and to tighten the nodes above it takes as long as the pass over this many
/// documents of a whole segment.
const DOCUMENTS_PER_CHANGE: usize = 16;

pub(super) fn change_days(
    table: &DayTable,
    fields: &Fields,
    segments: &[Arc<Segment>],
    changes: &[DaysChange],
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

/// Moves the first day of the window one step towards `first`; returns the days that enter with
/// it.
pub(super) fn advance_window(
    table: &DayTable,
    segments: &[Arc<Segment>],
    first: Date,
) -> Option<DateRange> {
    let (first, entering) = table.next_step(first)?;
    loosen_all(segments);
    table.advance(first, &entering);
    tighten_all(segments);
    Some(entering)
}

/// Frees all days, and leaves the table without a window.
pub(super) fn reset_window(table: &DayTable, segments: &[Arc<Segment>]) {
    loosen_all(segments);
    table.reset();
    tighten_all(segments);
}

fn change_one(
    table: &DayTable,
    fields: &Fields,
    segments: &[Arc<Segment>],
    change: &DaysChange,
) -> Result<(), StoreError> {
    let Some(days) = RowChange::of(table, change) else {
        return Ok(());
    };
    let term = fields.key_term(change.key);
    let mut found = Vec::new();
    for segment in segments {
        let docs = segment.docs_of(&term)?;
        found.extend(docs.into_iter().map(|doc| (&segment.tree, doc)));
    }
    let freed = days.before.difference(&days.after);
    for &(tree, doc) in &found {
        tree.days
            .loosen(tree.cells(), doc, days.row, (&freed, &days.after));
    }
    days.apply(table);
    for &(tree, doc) in &found {
        tree.days.tighten(tree.cells(), doc);
    }
    Ok(())
}

fn change_many(table: &DayTable, segments: &[Arc<Segment>], changes: &[DaysChange]) {
    // Documents find their rows while no day of these is busy yet.
    for change in changes {
        if !table.stored_days(&change.busy).is_empty() {
            table.row_or_new(change.key);
        }
    }
    for segment in segments {
        let tree = &segment.tree;
        tree.days.find_rows(tree.cells(), &segment.columns.keys);
    }
    loosen_all(segments);
    for change in changes {
        if let Some(days) = RowChange::of(table, change) {
            days.apply(table);
        }
    }
    tighten_all(segments);
}

fn loosen_all(segments: &[Arc<Segment>]) {
    for segment in segments {
        segment.tree.days.loosen_all();
    }
}

fn tighten_all(segments: &[Arc<Segment>]) {
    for segment in segments {
        segment.tree.days.tighten_all(segment.tree.cells());
    }
}

/// The busy days of one document before and after a change.
struct RowChange {
    row: DayRow,
    before: DaySet,
    after: DaySet,
}

impl RowChange {
    /// `None` if no day changes.
    fn of(table: &DayTable, change: &DaysChange) -> Option<RowChange> {
        let busy = table.stored_days(&change.busy);
        let row = match table.row(change.key) {
            Some(row) => row,
            None if busy.is_empty() => return None,
            None => table.row_or_new(change.key),
        };
        let before = table.days(row)?.load();
        let freed = table.stored_days(&change.freed);
        let after = before.difference(&freed).union(&busy);
        (before != after).then_some(RowChange { row, before, after })
    }

    fn apply(&self, table: &DayTable) {
        if let Some(days) = table.days(self.row) {
            days.store(&self.after);
        }
    }
}
