//! The HTTP API over the engine.
//!
//! It knows the engine's reading side only: no writer, no Postgres, no stream of changes. JSON
//! shapes live here and nowhere else.

mod app;
mod area;
mod at_least;
mod cursor;
mod envelope;
mod error;
mod health;
mod internal;
mod legacy;
mod metrics;
mod multi_search;
mod observe;
mod openapi;
mod paging;
mod params;
mod place;
mod plan;
mod profiles;
mod rebuild;
mod rooms;
mod router;
mod score;
mod status;
mod stream;
mod suggest;
mod venues;
mod vocabulary;
mod words;

pub use app::ApiState;
pub use envelope::Index;
pub use health::{Health, HealthReport, Phase};
pub use internal::{
    InternalRoutes, MEMORY_STATE_PATH, MemoryState, MemoryStateDecoder, MemoryStateFormatError,
    MemoryStateFuture, MemoryStateSource, Token,
};
pub use openapi::openapi;
pub use profiles::Profiles;
pub use rebuild::{RebuildPhase, RebuildReport};
pub use rooms::expression::{Filter, FilterError};
pub use router::{router, serve};
pub use status::{CollectionStatus, MemoryStatus, NodeStatus, SegmentStatus};
pub use stream::{CommitReport, SlotReport, StreamReport};
