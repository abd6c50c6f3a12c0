//! How do the nights of documents change while searches go on?
//!
//! Whoever calls this lets no segment be loaded meanwhile. Bounds loosen before nights change, and
//! are made tight again afterwards: see [`Booked`](super::booked::Booked).

use std::sync::Arc;

use crate::availability::{Date, NightSet, NightSlot, NightTable, NightsChange, Stay};
use crate::index::error::StoreError;
use crate::index::schema::fields::Fields;
use crate::index::segment::Segment;

/// To find a document and to tighten the nodes above it takes as long as so many take where all are
/// gone through.
const DOCUMENTS_A_CHANGE: usize = 16;

pub(super) fn change_nights(
    table: &NightTable,
    fields: Fields,
    segments: &[Arc<Segment>],
    changes: &[NightsChange],
) -> Result<(), StoreError> {
    let documents = segments.iter().map(|segment| segment.columns.keys.len());
    if changes.len() * DOCUMENTS_A_CHANGE > documents.sum() {
        change_many(table, segments, changes);
        return Ok(());
    }
    for change in changes {
        change_one(table, fields, segments, change)?;
    }
    Ok(())
}

/// One step of the first kept night on its way to `first`; the nights that come in with it.
pub(super) fn step_nights(
    table: &NightTable,
    segments: &[Arc<Segment>],
    first: Date,
) -> Option<Stay> {
    let (first, coming) = table.next_step(first)?;
    loosen_all(segments);
    table.step(first, &coming);
    tighten_all(segments);
    Some(coming)
}

/// Forgets all nights, and from which day on they are kept.
pub(super) fn forget_nights(table: &NightTable, segments: &[Arc<Segment>]) {
    loosen_all(segments);
    table.forget();
    tighten_all(segments);
}

fn change_one(
    table: &NightTable,
    fields: Fields,
    segments: &[Arc<Segment>],
    change: &NightsChange,
) -> Result<(), StoreError> {
    let Some(nights) = Nights::after(table, change) else {
        return Ok(());
    };
    let term = fields.key_term(change.key);
    let mut places = Vec::new();
    for segment in segments {
        let docs = segment.docs_of(&term)?;
        places.extend(docs.into_iter().map(|doc| (&segment.tree, doc)));
    }
    for &(tree, doc) in &places {
        let freed = nights.before.without(&nights.now);
        tree.booked
            .loosen(tree, doc, nights.slot, (&freed, &nights.now));
    }
    nights.set(table);
    for &(tree, doc) in &places {
        tree.booked.tighten(tree, doc);
    }
    Ok(())
}

fn change_many(table: &NightTable, segments: &[Arc<Segment>], changes: &[NightsChange]) {
    // Documents find rows in which no night is taken yet.
    for change in changes {
        if !table.kept(&change.taken).is_empty() {
            table.slot_or_new(change.key);
        }
    }
    for segment in segments {
        let tree = &segment.tree;
        tree.booked.look_up_all(tree, &segment.columns.keys);
    }
    loosen_all(segments);
    for change in changes {
        if let Some(nights) = Nights::after(table, change) {
            nights.set(table);
        }
    }
    tighten_all(segments);
}

fn loosen_all(segments: &[Arc<Segment>]) {
    for segment in segments {
        segment.tree.booked.loosen_all();
    }
}

fn tighten_all(segments: &[Arc<Segment>]) {
    for segment in segments {
        segment.tree.booked.tighten_all(&segment.tree);
    }
}

/// The taken nights of one document.
struct Nights {
    slot: NightSlot,
    before: NightSet,
    now: NightSet,
}

impl Nights {
    /// What a change makes of them; `None` if they stay as they are.
    fn after(table: &NightTable, change: &NightsChange) -> Option<Nights> {
        let taken = table.kept(&change.taken);
        let slot = match table.slot(change.key) {
            Some(slot) => slot,
            None if taken.is_empty() => return None,
            None => table.slot_or_new(change.key),
        };
        let before = table.row(slot)?.load();
        let now = before.without(&table.kept(&change.freed)).with(&taken);
        (before != now).then_some(Nights { slot, before, now })
    }

    fn set(&self, table: &NightTable) {
        if let Some(row) = table.row(self.slot) {
            row.store(&self.now);
        }
    }
}
