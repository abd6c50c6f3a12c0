//! Data that can be loaded into Roost: shipped venues and localities, rooms and landlords generated
//! around them, and the rows of public listing and venue files.
//!
//! This crate does not depend on Postgres. Every source yields the plain rows of [`rows`]. Each row
//! satisfies the constraints of the schema, or is an error that names line, column and value.
//!
//! ```
//! use roost_datasets::generate::Generator;
//!
//! let generator = Generator::new(7, 100, 1_700_000_000);
//! assert_eq!(generator.rooms().count(), 100);
//! ```

pub mod airbnb;
pub mod generate;
mod key;
mod record;
pub mod rows;
pub mod shipped;
mod text;
pub mod venues;

pub use record::{FileError, ReadError, RowError};
