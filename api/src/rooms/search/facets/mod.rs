//! Facets: counts of matching rooms by an attribute.

mod counts;
mod request;

/// The name of the facet of distances.
const DISTANCE: &str = "distance";

pub(super) use counts::Facets;
pub(super) use request::{DECLARED_FACETS, FACET_PARAMS, read};
