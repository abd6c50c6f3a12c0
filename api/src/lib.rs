//! The HTTP API over the engine.
//!
//! It uses the engine's reading side only: no writer, no Postgres, no change stream. All JSON
//! shapes are defined here.

mod accounts;
mod admission;
mod app;
mod collections;
mod exams;
mod http;
mod node;
mod params;
mod pool;
mod query;
mod rooms;
mod router;
mod server;

pub use app::internal::{
    InternalRoutes, MEMORY_STATE_PATH, MemoryState, MemoryStateDecoder, MemoryStateFormatError,
    MemoryStateFuture, MemoryStateSource, SignalState, Token,
};
pub use app::live::Live;
pub use app::market::{AccessTokens, AuthenticationCache, Market, SigningKey};
pub use app::profiles::Profiles;
pub use app::source::{
    CommitReport, Health, HealthReport, Phase, RebuildPhase, RebuildReport, SlotReport,
    StreamReport,
};
pub use app::state::{AnonymousAccess, ApiState};
pub use collections::filters::condition::{Filter, FilterError};
pub use collections::routes::catalog::is_common_parameter;
pub use http::client_address::TrustedProxies;
pub use http::freshness::Index;
pub use http::origins::{Origins, OriginsError};
pub use node::status::{CollectionStatus, MemoryStatus, NodeStatus, SegmentStatus};
pub use pool::ranking::index_ranker::IndexRanker;
pub use router::{openapi, router, serve};
pub use server::ServerOptions;
