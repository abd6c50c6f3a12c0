//! `GET /api/v1/venues`, and `GET /api/v1/venues/{id}/record`: venues as the table has them.

use axum::Json;
use axum::extract::{RawQuery, State};
use axum::http::header::ETAG;
use axum::response::{AppendHeaders, IntoResponse, Response};
use roost_market::exams::{venue, venues};

use super::params::{ListParams, read_filter};
use super::record::VenueRecordJson;
use crate::app::caller::Caller;
use crate::app::state::App;
use crate::http::action::read;
use crate::http::envelope::{Answer, NoMeta};
use crate::http::error::{ApiError, ErrorEnvelope};
use crate::http::write::conditions::etag;
use crate::params::declaration::{Documented, NoParams, QueryParams};
use crate::params::path_id::PathId;
use crate::query::list::{AFTER, LIMIT, ListMeta};

/// List venues.
///
/// As the table has them, with inactive ones, the newest first. For signed-in callers;
/// `/api/v1/venues/search` is for everyone.
#[utoipa::path(
    get,
    path = "/api/v1/venues",
    operation_id = "list_venues",
    tag = "venues",
    security(("access_token" = []), ("api_key" = [])),
    params(Documented<ListParams>),
    responses(
        (status = 200, description = "The venues.", body = Answer<Vec<VenueRecordJson>, ListMeta>),
        (status = 401, description = "The caller is not signed in: `unauthorized`.", body = ErrorEnvelope),
    )
)]
pub(crate) async fn list(
    State(app): State<App>,
    RawQuery(raw): RawQuery,
    Caller(actor): Caller,
) -> Result<Json<Answer<Vec<VenueRecordJson>, ListMeta>>, ApiError> {
    let params = ListParams::parse(raw.as_deref())?;
    let (limit, after) = (LIMIT.read(&params)?, AFTER.read(&params)?);
    let filter = read_filter(&params)?;
    let page = venues(app.market().pool(), &actor, &filter, after, limit).await?;
    let meta = ListMeta::of(&page, limit, |item| item.id);
    let items = page.items.into_iter().map(VenueRecordJson::from).collect();
    Ok(Answer::json(items, meta))
}

/// Get a venue as the table has it.
///
/// With its version in `ETag`. For signed-in callers.
#[utoipa::path(
    get,
    path = "/api/v1/venues/{id}/record",
    operation_id = "get_venue_record",
    tag = "venues",
    security(("access_token" = []), ("api_key" = [])),
    params(("id" = Uuid, Path, description = "The venue's id.", example = "019b76da-a800-70d2-8655-38fdde9a178b")),
    responses(
        (status = 200, description = "The venue, with `ETag`.", body = Answer<VenueRecordJson, NoMeta>),
        (status = 401, description = "The caller is not signed in: `unauthorized`.", body = ErrorEnvelope),
        (status = 404, description = "There is no such venue: `not_found`.", body = ErrorEnvelope),
    )
)]
pub(crate) async fn get(
    State(app): State<App>,
    PathId(id): PathId,
    RawQuery(raw): RawQuery,
    Caller(actor): Caller,
) -> Result<Response, ApiError> {
    NoParams::parse(raw.as_deref())?;
    let found = venue(app.market().pool(), &actor, id).await?;
    let headers = AppendHeaders([(ETAG, etag(found.version))]);
    Ok((headers, read(VenueRecordJson::from(found))).into_response())
}
