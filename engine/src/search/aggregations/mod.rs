//! Aggregations over all matches of a query: facets and heat maps.

mod facets;
mod heat_map;

pub(crate) use facets::count as count_facets;
pub use facets::{FacetCount, FacetCounts, FacetValue};
pub(crate) use heat_map::heat_map;
pub use heat_map::{HeatCell, HeatMap, HeatMapError, HeatMapOptions};
