//! Areas that limit a search: bounding boxes, rings and polygons.
//!
//! An area is prepared once per query. It contains a point or not. Its relation to a box of points
//! may be "crosses" although the box is inside or outside, which is slower but never wrong: the
//! points are then tested one by one.

mod bounding_box;
mod polygon;
mod relation;
mod ring;
#[cfg(test)]
pub(crate) mod turns;

pub(crate) use bounding_box::PreparedBoundingBox;
pub use bounding_box::{BoundingBox, BoundingBoxError};
pub use polygon::{Polygon, PolygonError};
pub(crate) use relation::Relation;
pub(crate) use ring::Ring;
