//! The route of the heat map of any collection.

use std::time::Instant;

use axum::extract::{RawQuery, State};
use utoipa::ToSchema;

use super::catalog::{CommonHeatmapParams, PathCollection};
use crate::admission::Client;
use crate::app::state::App;
use crate::collections::access::Access;
use crate::collections::heatmap::geojson::FeatureCollection;
use crate::collections::heatmap::{CellOptions, HeatmapMeta, run};
use crate::collections::search::request::Search;
use crate::http::envelope::Answer;
use crate::http::error::{ApiError, ErrorEnvelope};
use crate::http::list::SerializedAnswer;

/// The cells of a heat map, in the order of their H3 indexes.
#[derive(Debug, ToSchema)]
#[schema(as = CollectionCells)]
#[serde(untagged)]
#[expect(dead_code, reason = "it describes the cells for the OpenAPI document")]
pub(crate) enum CollectionCells {
    /// With `format=geojson`.
    GeoJson(FeatureCollection),
    /// With `format=compact`.
    Compact(CollectionColumns),
}

/// The cells as columns, one element for each cell.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "it describes the cells for the OpenAPI document")]
pub(crate) struct CollectionColumns {
    /// H3 indexes.
    #[schema(example = json!(["88608b0b31fffff"]))]
    cell: Vec<String>,
    /// The number of matching documents.
    #[schema(example = json!([12]))]
    count: Vec<u64>,
    /// The highest match score.
    #[schema(example = json!([81.25]))]
    match_score_max: Vec<f64>,
}

/// Count the documents of a collection by map cell.
///
/// Returns all documents that a search of the collection with the same parameters matches, by H3
/// cell: their number and highest match score. The counts add up to the exact total of the search.
#[utoipa::path(
    get,
    path = "/api/v1/collections/{name}/heatmap",
    operation_id = "map_collection",
    tag = "collections",
    security((), ("access_token" = []), ("api_key" = [])),
    params(
        ("name" = String, Path, description = "The name of a collection.", example = "venues"),
        CommonHeatmapParams,
    ),
    responses(
        (status = 200, description = "The cells with documents.", body = Answer<CollectionCells, HeatmapMeta>),
        (status = 404, description = "There is no such collection (`collection_not_found`) or venue (`venue_not_found`).", body = ErrorEnvelope),
    )
)]
pub(crate) async fn heatmap(
    State(app): State<App>,
    client: Client,
    access: Access,
    PathCollection(entry): PathCollection,
    RawQuery(raw): RawQuery,
) -> Result<SerializedAnswer, ApiError> {
    let started = Instant::now();
    let params = entry.heatmap.parse(raw.as_deref())?;
    let search = Search::read(entry.collection, &params, &access, &app, started)?;
    let options = CellOptions::read(&params, None)?;
    run(search, options, &app, client, started).await
}
