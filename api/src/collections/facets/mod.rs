//! Facets: counts of matching documents by an attribute.

mod counts;
mod request;

/// The name of the facet of distances.
pub(crate) const DISTANCE: &str = "distance";

pub(crate) use counts::{Counts, Facets, RangeCounts, ValueCounts};
pub(crate) use request::{FACET_PARAMS, FACETS, FacetParams, MAX_FACET_VALUES};
