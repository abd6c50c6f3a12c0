//! Schemas: what the documents of a collection consist of, as data.
//!
//! A schema is built once, when a program starts. Documents store the values of their fields by
//! [`FieldId`], and queries name fields in the same way, so nothing else in the engine knows what a
//! field means.

mod builder;
mod category;
mod collection;
mod description;
mod error;
mod field;
mod key;
mod matching;
mod signal;
mod tags;

pub use builder::SchemaBuilder;
pub use category::Category;
pub use collection::Collection;
pub use description::Schema;
pub use error::{FieldError, SchemaError, SignalError};
pub use field::{Field, FieldId, FieldKind};
pub use key::Key;
pub use matching::{FieldPair, Matching, PairCondition};
pub(crate) use signal::is_valid_number;
pub use signal::{DocumentSignal, SignalId, SignalKind};
pub use tags::Tags;
