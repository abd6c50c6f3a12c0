//! Facets: counts of matching rooms by an attribute.

mod counts;
mod request;

pub(super) use counts::Facets;
pub(super) use request::{FACET_PARAMS, read};
