//! The immutable side of an index: what one commit's segments hold, and what searches read of them.
//!
//! `schema` writes documents, `columns` and `segment` hold a segment in memory, `tree` orders its
//! documents by H3 cell, `bounds` limits what a tree node can contain, and `snapshot` is one commit.

pub(crate) mod bounds;
pub(crate) mod columns;
pub(crate) mod error;
pub(crate) mod schema;
pub(crate) mod segment;
pub(crate) mod snapshot;
pub(crate) mod tree;

pub(crate) use bounds::attribute_bounds::{AttributeBounds, NameBounds};
pub(crate) use bounds::signal_bounds::BestSignals;
pub(crate) use bounds::static_bounds::{StaticBounds, StaticTerms, StaticWeights};
pub(crate) use bounds::term_bounds::{Lengths, Saturation};
pub(crate) use bounds::word_bounds::WordBounds;
pub(crate) use columns::Columns;
pub(crate) use columns::name_table::NameTable;
pub use error::StoreError;
pub(crate) use schema::fields::CELL;
pub(crate) use segment::Segment;
pub(crate) use segment::terms::Terms;
pub(crate) use snapshot::Snapshot;
pub(crate) use snapshot::name_dictionary::NameMatch;
pub(crate) use snapshot::places::NamedPlace;
pub(crate) use snapshot::segment_view::SegmentView;
pub(crate) use tree::Tree;
