//! The route of the search of any collection.

use std::time::Instant;

use axum::extract::{RawQuery, State};

use super::catalog::{CommonSearchParams, PathCollection};
use crate::admission::Client;
use crate::app::state::App;
use crate::collections::access::Access;
use crate::collections::search::answer::{SearchMeta, run};
use crate::collections::search::hit::DocumentHit;
use crate::collections::search::request::Search;
use crate::http::envelope::Answer;
use crate::http::error::{ApiError, ErrorEnvelope};
use crate::http::list::SerializedAnswer;

/// Search a collection.
///
/// The best match comes first. A document matches if callers may see it, its owner is available, it
/// passes every filter, lies within the radius and every area, and contains the words. Besides the
/// parameters here, a collection has those of its fields, which `GET /api/v1/collections` lists:
/// filters under `parameters`; `facet_` and the name of a facet that counts ranges, for the edges
/// of these; `max_facet_values` with a facet of names; `prefer_` and the name of tags that the
/// score prefers; `budget` if the score has that component; and the name of the field of the owner
/// for a list of owners.
#[utoipa::path(
    get,
    path = "/api/v1/collections/{name}/search",
    operation_id = "search_collection",
    tag = "collections",
    security((), ("access_token" = []), ("api_key" = [])),
    params(
        ("name" = String, Path, description = "The name of a collection.", example = "venues"),
        CommonSearchParams,
    ),
    responses(
        (status = 200, description = "The matching documents.", body = Answer<Vec<DocumentHit>, SearchMeta>),
        (status = 404, description = "There is no such collection (`collection_not_found`) or venue (`venue_not_found`).", body = ErrorEnvelope),
    )
)]
pub(crate) async fn search(
    State(app): State<App>,
    client: Client,
    access: Access,
    PathCollection(entry): PathCollection,
    RawQuery(raw): RawQuery,
) -> Result<SerializedAnswer, ApiError> {
    let started = Instant::now();
    let params = entry.search.parse(raw.as_deref())?;
    let search = Search::read(entry.collection, &params, &access, &app, started)?;
    run(search, &app, client, started).await
}
