//! The search engine: an index sorted by H3 cell, and exact top-k ranking over text, distance and
//! signals.
//!
//! The engine does not depend on HTTP, SQL or tokio. It stores *collections* of *documents*, each
//! with a key, a place, texts and attributes, and optionally an owner with *signals* that change
//! without a commit. A search reads one snapshot and returns the exact best `k` documents, as if it
//! had scored all of them.
//!
//! ```
//! use roost_engine::*;
//!
//! let folder = tempfile::tempdir()?;
//! let (mut writer, reader) = Store::open(folder.path(), &StoreOptions::default())?;
//!
//! // Write: a room near IIT Bombay, and its landlord's signals.
//! let landlord = Key::from_u128(1);
//! let room = Document {
//!     owner: Some(landlord),
//!     title: "Quiet room with a desk in Powai".to_owned(),
//!     ..Document::empty(Key::from_u128(2), LatLng::new(19.1197, 72.9050)?)
//! };
//! writer.put(Collection::Rooms, room)?;
//! writer.set_signals(landlord, Signals { capacity_total: 4, ..Signals::default() });
//!
//! // Commit: the checkpoint stores the position in the source up to which the index follows it.
//! writer.commit(Checkpoint { position: Position(42), source: serde_json::Value::Null })?;
//!
//! // Search: words near a place, with the profile for students.
//! let query = Query {
//!     text: Some(Words::new("quiet desk")?),
//!     center: Some(LatLng::new(19.1334, 72.9133)?),
//!     radius: Some(Radius::new(5_000.0)?),
//!     explain: true,
//!     ..Query::all(Profile::room(), 1_800_000_000)
//! };
//! let page = reader.search(Collection::Rooms, &query)?;
//! let hit = &page.hits[0];
//! assert_eq!(hit.distance_m.map(f64::round), Some(1_755.0));
//! assert_eq!(hit.explanation.as_ref().map(Explanation::score), Some(hit.score));
//!
//! // Book: the next search sees the nights, without a commit.
//! let night = Stay::new("2026-12-10".parse()?, "2026-12-11".parse()?)?;
//! writer.advance_availability_window(Collection::Rooms, night.check_in());
//! let change = NightsChange { key: hit.document.key, freed: vec![], booked: vec![night] };
//! writer.change_nights(Collection::Rooms, &[change])?;
//! let filters = Filters { stay: Some(night), ..Filters::default() };
//! assert!(reader.search(Collection::Rooms, &Query { filters, ..query })?.hits.is_empty());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The modules from the bottom up: `text` and `geo` know words and places, `availability` and
//! `signals` hold what changes without a commit, `query` describes a search, `ranking` its score,
//! `index` holds a commit's segments in memory, `search` executes a query over them, and `store` is
//! the folder with its writer and readers.

mod availability;
mod checkpoint;
mod collection;
mod control;
mod document;
mod geo;
mod index;
mod query;
mod ranking;
mod search;
mod signals;
mod store;
mod text;

pub use availability::{BookedNights, Date, DateError, NightsChange, Stay, StayError};
pub use checkpoint::{Checkpoint, Freshness, Position, PositionError};
pub use collection::{Category, Collection, Status, Tags};
pub use document::{Document, Key};
pub use geo::{
    BoundingBox, BoundingBoxError, Cell, EARTH_RADIUS_M, LatLng, PlaceError, Polygon, PolygonError,
    Radius, RadiusError,
};
pub use index::StoreError;
pub use query::{
    Condition, Count, Edges, EdgesError, Facet, Filters, Interval, MatchMode, Number, PlanName,
    Query, SearchAfter, Sort, TextField, Words, WordsError,
};
pub use ranking::{Component, DecayShape, Explanation, Profile, ProfileError, ScorePart};
pub use search::{
    Cost, FacetCount, FacetCounts, FacetValue, Group, GroupedPage, HeatCell, HeatMap, HeatMapError,
    HeatMapOptions, Highlight, Hit, Mark, MatchedWord, Page, Ranked, Ranking, ScoreError, Spelling,
    SuggestQuery, Suggestion, SuggestionKind, Suggestions, Total, Trace, snippet,
};
pub use signals::Signals;
pub use store::{
    DiskSpace, Durations, IndexGenerations, Lookup, Memory, PinnedCommit, PinnedFile, Reader,
    SegmentUsage, Store, StoreOptions, Usage, Writer, arm_crash_point, crash_point,
};
pub use text::{Language, LanguageError, Typos, words};
