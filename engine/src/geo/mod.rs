//! Places on the sphere, H3 cells, and the areas that a search can be limited to.

pub(crate) mod area;
mod cell;
mod place;

pub use area::{BoundingBox, BoundingBoxError, Polygon, PolygonError};
pub use cell::Cell;
pub(crate) use place::{Bounds, ChordSquared, UnitVector};
pub use place::{EARTH_RADIUS_M, LatLng, PlaceError, Radius, RadiusError};
