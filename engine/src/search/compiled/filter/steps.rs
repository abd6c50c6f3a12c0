//! The steps that checking one document against a filter takes, in the unit of the search budget.

use crate::query::{Condition, Query};

/// Edges of a polygon that are compared with a point, or with a box.
const CORNERS_PER_STEP: usize = 16;
const CORNERS_PER_NODE_STEP: usize = 4;
const CONDITIONS_PER_STEP: usize = 8;

/// Probes that are compared with a document, or with a node.
const PROBES_PER_STEP: usize = 2;

/// Looking for an excluded phrase reads positions.
const STEPS_PER_PHRASE: usize = 4;

/// The steps that each document takes which is checked against the filter of a query.
pub(crate) fn steps_per_document(query: &Query) -> u32 {
    let conditions = query.filters.conditions();
    let conditions: usize = conditions.map(Condition::size).sum();
    let phrases = query.text.as_ref().map_or(0, |text| text.excluded().len());
    let steps = 1
        + corners(query) / CORNERS_PER_STEP
        + conditions / CONDITIONS_PER_STEP
        + probes(query) / PROBES_PER_STEP
        + phrases * STEPS_PER_PHRASE;
    u32::try_from(steps).unwrap_or(u32::MAX)
}

/// The steps of finding the relation of the filter of a query to a node.
pub(crate) fn steps_per_node(query: &Query) -> u32 {
    let steps = 1 + corners(query) / CORNERS_PER_NODE_STEP + probes(query) / PROBES_PER_STEP;
    u32::try_from(steps).unwrap_or(u32::MAX)
}

fn probes(query: &Query) -> usize {
    let probes = query.probes.as_ref();
    probes.map_or(0, |probes| probes.documents().len())
}

fn corners(query: &Query) -> usize {
    let polygon = query.filters.polygon.as_ref();
    polygon.map_or(0, |polygon| polygon.corners().len())
}
