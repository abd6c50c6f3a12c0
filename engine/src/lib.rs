//! The search engine: an index sorted by H3 cell, and exact top-k ranking over text, distance and
//! signals.
//!
//! The engine does not depend on HTTP, SQL or tokio. It stores *collections* of *documents*. A
//! *schema* says which fields the documents of a collection have and what they are used for. Each
//! document has a key, a place, and optionally an owner with *signals* that change without a
//! commit. A search reads one snapshot and returns the exact best `k` documents, as if it had
//! scored all of them. A schema can declare signals of the documents themselves, too.
//!
//! ```
//! use roost_engine::*;
//!
//! // Describe: rooms with a title whose words are searched, a price, and busy days.
//! let mut schema = SchemaBuilder::new("rooms");
//! schema.add(Field::new("title", FieldKind::Text).searched(3));
//! let price = schema.add(Field::new("price", FieldKind::Number));
//! schema.add_signal("nights", SignalKind::Days);
//! let rooms = Collection::new(schema.build()?);
//!
//! let folder = tempfile::tempdir()?;
//! let (mut writer, reader) = Store::open(folder.path(), &[rooms], &StoreOptions::default())?;
//!
//! // Write: a room near IIT Bombay, and its landlord's signals.
//! let landlord = Key::from_u128(1);
//! let title = "Quiet room with a desk in Powai";
//! let values = [("title", title.into()), ("price", 850.0.into())];
//! let room = Document {
//!     owner: Some(landlord),
//!     ..Document::of(rooms, Key::from_u128(2), LatLng::new(19.1197, 72.9050)?, values)?
//! };
//! writer.put(rooms, room)?;
//! writer.set_signals(landlord, Signals { capacity_total: 4, ..Signals::default() });
//!
//! // Commit: the checkpoint stores the position in the source up to which the index follows it.
//! writer.commit(Checkpoint { position: Position(42), source: serde_json::Value::Null })?;
//!
//! // Search: words near a place, up to a price.
//! let profile = Profile::new("near", 0.0, DecayShape::Exponential, 2_000.0)?
//!     .with_weight(Component::Text, 50.0)?
//!     .with_weight(Component::Distance, 50.0)?;
//! let cheap = Condition::Number(price, Interval::UpTo(900.0));
//! let query = Query {
//!     text: Some(Words::new("quiet desk")?),
//!     center: Some(LatLng::new(19.1334, 72.9133)?),
//!     radius: Some(Radius::new(5_000.0)?),
//!     filters: Filters { attributes: vec![cheap], ..Filters::default() },
//!     explain: true,
//!     ..Query::all(profile, 1_800_000_000)
//! };
//! let page = reader.search(rooms, &query)?;
//! let hit = &page.hits[0];
//! assert_eq!(hit.distance_m.map(f64::round), Some(1_755.0));
//! assert_eq!(hit.explanation.as_ref().map(Explanation::score), Some(hit.score));
//!
//! // Book: the next search sees the busy days, without a commit.
//! let day = DateRange::new("2026-12-10".parse()?, "2026-12-11".parse()?)?;
//! writer.advance_availability_window(rooms, day.start());
//! let change = DaysChange { key: hit.document.key, freed: vec![], busy: vec![day] };
//! writer.change_days(rooms, &[change])?;
//! let filters = Filters { free: Some(day), ..Filters::default() };
//! assert!(reader.search(rooms, &Query { filters, ..query })?.hits.is_empty());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The modules from the bottom up: `text` and `geo` know words and places, `schema` says what
//! documents consist of, `availability` and `signals` hold what changes without a commit, `query`
//! describes a search, `ranking` its score, `index` holds a commit's segments in memory, `search`
//! executes a query over them, and `store` is the folder with its writer and readers.

mod availability;
mod checkpoint;
mod control;
mod document;
mod geo;
mod index;
mod query;
mod ranking;
mod schema;
mod search;
mod signals;
mod store;
mod text;

pub use availability::{Date, DateError, DateRange, DateRangeError, DaysChange};
pub use checkpoint::{Checkpoint, Freshness, Position, PositionError};
pub use document::{Document, Value};
pub use geo::{
    BoundingBox, BoundingBoxError, Cell, EARTH_RADIUS_M, LatLng, PlaceError, Polygon, PolygonError,
    Radius, RadiusError,
};
pub use index::StoreError;
pub use query::{
    Condition, Count, Edges, EdgesError, Facet, Filters, Interval, MatchMode, PlanName, Probes,
    ProbesError, Query, SearchAfter, Sort, Words, WordsError,
};
pub use ranking::{Component, DecayShape, Explanation, Profile, ProfileError, ScorePart};
pub use schema::{
    Category, Collection, DocumentSignal, Field, FieldError, FieldId, FieldKind, FieldPair, Key,
    Matching, PairCondition, Schema, SchemaBuilder, SchemaError, SignalError, SignalId, SignalKind,
    Tags,
};
pub use search::{
    Cost, FacetCount, FacetCounts, FacetValue, Group, GroupedPage, HeatCell, HeatMap, HeatMapError,
    HeatMapOptions, Highlight, Hit, Mark, MatchedWord, Page, Ranked, Ranking, ScoreError, Spelling,
    SuggestQuery, Suggestion, SuggestionKind, Suggestions, Total, Trace, snippet,
};
pub use signals::{BusyDays, NumberChange, Signals};
pub use store::{
    DiskSpace, Durations, IndexGenerations, Lookup, Memory, PinnedCommit, PinnedFile, Reader,
    SegmentUsage, Store, StoreOptions, Usage, Writer, arm_crash_point, crash_point,
};
pub use text::{Language, LanguageError, Typos, words};
