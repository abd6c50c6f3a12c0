//! How large is the index, what does it take of memory, and how fresh is it?

use axum::Json;
use axum::extract::{RawQuery, State};
use roost_engine::{Collection, Reader, Usage};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app::App;
use crate::envelope::{Answer, Index, Nothing};
use crate::error::ApiError;
use crate::health::Phase;
use crate::params::Params;
use crate::rebuild::RebuildReport;
use crate::stream::StreamReport;

/// The state of one node.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct NodeStatus {
    /// What the follower does.
    pub phase: Phase,
    /// Why the node is not ready, or why it is degraded although ready; null when all is well.
    #[schema(example = "the source has been unreachable for 12 s")]
    pub reason: Option<String>,
    /// How many bytes of the change stream are still to come; null if unknown.
    pub lag_bytes: Option<u64>,
    /// How many rows of the source no search finds, as they cannot be converted.
    #[schema(example = 0)]
    pub dead_letters: u64,
    /// The new index that is made, or was made last; null if none was since the start.
    pub rebuild: Option<RebuildReport>,
    /// How far the stream of changes has come.
    pub stream: StreamReport,
    /// How fresh the index is.
    pub index: Index,
    /// Each collection by itself.
    pub collections: Vec<CollectionStatus>,
    /// What the landlords' signals take of memory.
    #[schema(example = 12_582_912)]
    pub signals_memory_bytes: u64,
}

/// The state of one collection.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct CollectionStatus {
    /// Its name.
    #[schema(example = "rooms")]
    pub name: String,
    /// Documents that are there, listed or not.
    #[schema(example = 1_000_000)]
    pub documents: u64,
    /// The parts of the index that each search visits, the largest first.
    pub segments: Vec<SegmentStatus>,
    /// The share of documents that were deleted or replaced and still take room, 0 to 1.
    #[schema(example = 0.02)]
    pub deleted_share: f64,
    /// What is held in memory, beyond the files that the system maps.
    pub memory: MemoryStatus,
}

/// One part of an index.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct SegmentStatus {
    /// Documents that are there.
    #[schema(example = 980_000)]
    pub documents: u64,
    /// Documents that were deleted or replaced; they go with the next merge.
    #[schema(example = 1_200)]
    pub deleted: u64,
}

/// What a collection takes of memory.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct MemoryStatus {
    /// What filters and scores read.
    #[schema(example = 95_000_000)]
    pub columns_bytes: u64,
    /// The trees over the documents' places.
    #[schema(example = 14_000_000)]
    pub trees_bytes: u64,
    /// The words that typos and beginnings are looked up among.
    #[schema(example = 4_000_000)]
    pub term_dictionary_bytes: u64,
    /// Which documents are deleted.
    #[schema(example = 200_000)]
    pub deletes_bytes: u64,
    /// What searches keep of words and profiles, to skip what can't come in.
    #[schema(example = 9_000_000)]
    pub bounds_bytes: u64,
    /// Which nights are booked.
    #[schema(example = 30_000_000)]
    pub nights_bytes: u64,
    /// All of it for each document.
    #[schema(example = 109.2)]
    pub bytes_per_document: f64,
}

/// Tell how large the index is, what it takes of memory, and how fresh it is.
///
/// Answers also while the first copy is being made.
#[utoipa::path(
    get,
    path = "/api/v1/status",
    operation_id = "get_status",
    tag = "health",
    responses((status = 200, description = "The state.", body = Answer<NodeStatus, Nothing>))
)]
pub(crate) async fn status(
    State(app): State<App>,
    RawQuery(raw): RawQuery,
) -> Result<Json<Answer<NodeStatus, Nothing>>, ApiError> {
    Params::parse(raw.as_deref(), &[])?;
    let report = app.health().report();
    let reader = app.reader();
    let collections = Collection::ALL.map(|collection| CollectionStatus::of(reader, collection));
    let status = NodeStatus {
        phase: report.phase,
        reason: report.reason,
        lag_bytes: report.lag_bytes,
        dead_letters: report.dead_letters,
        rebuild: report.rebuild,
        stream: app.health().stream(),
        index: Index::now(reader),
        collections: collections.into(),
        signals_memory_bytes: reader.signals_memory_bytes(),
    };
    Ok(Answer::json(status, Nothing))
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
                nights_bytes: usage.memory.nights_bytes,
                bytes_per_document: usage.bytes_per_document(),
            },
        }
    }
}
