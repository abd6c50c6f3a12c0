//! The index in H3 order, and the exact fused ranking over it.

mod analyze;
mod checkpoint;
mod collection;
mod document;
mod place;
mod profile;
mod query;
mod signals;

pub use analyze::words;
pub use checkpoint::{Checkpoint, Freshness, Position, PositionError};
pub use collection::{Category, Collection, Tags};
pub use document::{Document, Key};
pub use place::{EARTH_RADIUS_M, LatLng, PlaceError, Radius, RadiusError};
pub use profile::{Component, DecayShape, Profile, ProfileError};
pub use query::{After, Count, Filters, Query, Sort, Words, WordsError};
pub use signals::Signals;
