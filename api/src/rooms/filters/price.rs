//! The range of prices.

/// The largest price that the database column, `numeric(12, 2)`, can store.
pub(crate) const LARGEST_PRICE: f64 = roost_collections::rooms::PRICE_MAX;

/// The lowest price above 0.
pub(crate) const SMALLEST_PRICE: f64 = 0.01;
