//! Imports external data into Postgres.
//!
//! Rows are streamed through `COPY` in one transaction, so memory use does not grow with the file
//! and an interrupted import leaves nothing behind.

mod columns;
mod copy;
mod listings;
mod progress;
mod report;
mod shipped;
mod staged;
#[cfg(test)]
mod tests;
mod venues;

pub(crate) use listings::import_inside_airbnb;
pub(crate) use progress::Progress;
pub(crate) use shipped::{ShippedOptions, load_shipped};
pub(crate) use venues::import_venues;
