//! Reads rooms and landlords from an Inside Airbnb `listings.csv`.
//!
//! Both the short form (16 or 18 columns) and the long one (75) are accepted, plain or gzipped.
//! Values that the file lacks are derived.

mod amenities;
mod columns;
mod derive;
mod listing;
mod listings;
mod row;

pub use listing::{Listing, ListingOptions, SOURCE};
pub use listings::Listings;
pub use row::nameless;

#[cfg(test)]
mod tests;
