//! What can be loaded into Roost? The venues and localities that ship with it, rooms and landlords
//! generated around them, and the rows of public listing and venue files.
//!
//! Nothing here knows Postgres: every source yields the plain rows of [`rows`], each of which
//! satisfies the constraints of the schema, or an error that names line, column and value.
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
