//! The immutable side of an index: one commit's segments in memory, and what searches read of them.
//!
//! From the bottom up: `encoding` is the tantivy document, `columns` and `cell_tree` hold the
//! documents of a segment, `bounds` limits what is below a tree node, `tree` and `segment` combine
//! these, and `snapshot` is one commit.

pub(crate) mod bits;
pub(crate) mod bounds;
pub(crate) mod cell_tree;
pub(crate) mod collection_tables;
pub(crate) mod columns;
pub(crate) mod encoding;
pub(crate) mod error;
pub(crate) mod segment;
pub(crate) mod snapshot;
pub(crate) mod tree;

pub(crate) use bounds::attribute_bounds::NodeAttributes;
pub(crate) use bounds::signal_bounds::BestSignals;
pub(crate) use bounds::static_bounds::{StaticBounds, StaticScorer, StaticWeights};
pub(crate) use bounds::term_bounds::{Lengths, Saturation};
pub(crate) use bounds::value_bounds::{DateRangeBounds, NameBounds, NumberBounds, TagBounds};
pub(crate) use bounds::word_bounds::WordBounds;
pub(crate) use columns::Columns;
pub(crate) use columns::name_table::NameTable;
pub(crate) use columns::number_column::NumberRange;
pub(crate) use encoding::fields::CELL;
pub use error::StoreError;
pub(crate) use segment::Segment;
pub(crate) use segment::place_sums::{LocalityAndCity, PlaceSum, add_document};
pub(crate) use segment::terms::Terms;
pub(crate) use snapshot::Snapshot;
pub(crate) use snapshot::name_dictionary::NameMatch;
pub(crate) use snapshot::places::NamedPlace;
pub(crate) use snapshot::segment_view::SegmentView;
pub(crate) use tree::Tree;
