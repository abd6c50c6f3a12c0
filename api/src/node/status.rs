//! The size, memory use and freshness of the index.

use axum::Json;
use axum::extract::{RawQuery, State};
use roost_engine::{Collection, Reader, Usage};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app::source::{Phase, RebuildReport, StreamReport};
use crate::app::state::App;
use crate::http::envelope::{Answer, NoMeta};
use crate::http::error::ApiError;
use crate::http::freshness::Index;
use crate::params::declaration::{NoParams, QueryParams};

/// The state of one node.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct NodeStatus {
    /// What the follower does.
    pub phase: Phase,
    /// Why the node is not ready, or why it is degraded although ready; null when all is well.
    #[schema(example = "the source has been unreachable for 12 s")]
    pub reason: Option<String>,
    /// WAL bytes that are not applied yet; null if unknown.
    pub lag_bytes: Option<u64>,
    /// Rows that could not be converted and are not searchable.
    #[schema(example = 0)]
    pub dead_letters: u64,
    /// The running or last rebuild; null if there was none since the node started.
    pub rebuild: Option<RebuildReport>,
    /// The progress of the change stream.
    pub stream: StreamReport,
    /// The freshness of the index.
    pub index: Index,
    /// The collections.
    pub collections: Vec<CollectionStatus>,
    /// The memory of the landlords' signals.
    #[schema(example = 12_582_912)]
    pub signals_memory_bytes: u64,
}

/// The state of one collection.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct CollectionStatus {
    /// The name.
    #[schema(example = "rooms")]
    pub name: String,
    /// Live documents, listed or not.
    #[schema(example = 1_000_000)]
    pub documents: u64,
    /// The segments of the index, the largest first.
    pub segments: Vec<SegmentStatus>,
    /// The share of documents that are deleted or replaced and still use space, 0 to 1.
    #[schema(example = 0.02)]
    pub deleted_share: f64,
    /// Allocated memory, without the mapped files.
    pub memory: MemoryStatus,
}

/// A segment of the index.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct SegmentStatus {
    /// Live documents.
    #[schema(example = 980_000)]
    pub documents: u64,
    /// Deleted or replaced documents, which the next merge drops.
    #[schema(example = 1_200)]
    pub deleted: u64,
}

/// The memory of a collection.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct MemoryStatus {
    /// The columns that filters and scores read.
    #[schema(example = 95_000_000)]
    pub columns_bytes: u64,
    /// The segment trees.
    #[schema(example = 14_000_000)]
    pub trees_bytes: u64,
    /// The term dictionary, in which typos and prefixes are looked up.
    #[schema(example = 4_000_000)]
    pub term_dictionary_bytes: u64,
    /// The deleted documents.
    #[schema(example = 200_000)]
    pub deletes_bytes: u64,
    /// The upper bounds of terms and profiles, with which searches skip documents.
    #[schema(example = 9_000_000)]
    pub bounds_bytes: u64,
    /// The signals of the documents, such as booked nights.
    #[schema(example = 30_000_000)]
    pub document_signals_bytes: u64,
    /// The sum, per document.
    #[schema(example = 109.2)]
    pub bytes_per_document: f64,
}

/// Get the size, memory use and freshness of the index.
///
/// Also answers during the initial copy.
#[utoipa::path(
    get,
    path = "/api/v1/status",
    operation_id = "get_status",
    tag = "health",
    responses((status = 200, description = "The state.", body = Answer<NodeStatus, NoMeta>))
)]
pub(crate) async fn status(
    State(app): State<App>,
    RawQuery(raw): RawQuery,
) -> Result<Json<Answer<NodeStatus, NoMeta>>, ApiError> {
    NoParams::parse(raw.as_deref())?;
    let report = app.health().report();
    let reader = app.reader();
    let collections = app.collections();
    let collections = collections.map(|collection| CollectionStatus::of(reader, collection));
    let status = NodeStatus {
        phase: report.phase,
        reason: report.reason,
        lag_bytes: report.lag_bytes,
        dead_letters: report.dead_letters,
        rebuild: report.rebuild,
        stream: app.health().stream(),
        index: Index::now(reader),
        collections: collections.collect(),
        signals_memory_bytes: reader.signals_memory_bytes(),
    };
    Ok(Answer::json(status, NoMeta))
}

impl CollectionStatus {
    fn of(reader: &Reader, collection: Collection) -> CollectionStatus {
        let usage: Usage = reader.usage(collection);
        let segments = usage.segments.iter().map(|segment| SegmentStatus {
            documents: segment.documents,
            deleted: segment.deleted,
        });
        CollectionStatus {
            name: collection.name().to_owned(),
            documents: usage.documents,
            segments: segments.collect(),
            deleted_share: usage.deleted_share(),
            memory: MemoryStatus {
                columns_bytes: usage.memory.columns_bytes,
                trees_bytes: usage.memory.trees_bytes,
                term_dictionary_bytes: usage.memory.term_dictionary_bytes,
                deletes_bytes: usage.memory.deletes_bytes,
                bounds_bytes: usage.memory.bounds_bytes,
                document_signals_bytes: usage.memory.document_signals_bytes,
                bytes_per_document: usage.bytes_per_document(),
            },
        }
    }
}
