//! How do rows from outside get into Postgres? Streamed through COPY in one transaction, so that
//! memory stays flat and a load that breaks off leaves nothing behind.

mod copy;
mod facts;
mod listings;
mod report;
mod shipped;
mod staged;
#[cfg(test)]
mod tests;
mod venues;

pub(crate) use listings::import_inside_airbnb;
pub(crate) use report::{Counts, LoadReport};
pub(crate) use shipped::{ShippedOptions, load_shipped};
pub(crate) use venues::import_venues;

/// Whoever wants to be told how far a load is.
pub(crate) trait Progress: Send + Sync {
    /// A step begins; `total` rows if that is known.
    fn start(&self, what: &str, total: Option<u64>);
    /// So many rows more have been sent.
    fn advance(&self, rows: u64);
    /// The step that began last has ended.
    fn finish(&self);
}
