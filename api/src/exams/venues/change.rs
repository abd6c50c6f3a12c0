//! `POST /api/v1/venues`, and `PATCH /api/v1/venues/{id}`.

use axum::extract::{RawQuery, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use roost_market::exams::{change_venue, create_venue};

use super::body::{NewVenueBody, VenuePatchBody, read_new, read_patch};
use super::record::{VenueMeta, VenueRecordJson, versioned};
use crate::app::caller::Caller;
use crate::app::state::App;
use crate::http::body::{read_json_body, read_merge_patch};
use crate::http::envelope::Answer;
use crate::http::error::{ApiError, ErrorEnvelope};
use crate::http::write::headers::{IdempotencyKeyHeader, IfMatchHeader};
use crate::http::write::{Reply, Versioned, WriteRequest};
use crate::params::declaration::{NoParams, QueryParams};
use crate::params::path_id::PathId;

/// Create a venue.
///
/// For admins, and officials, whose venue belongs to their university. `meta.warnings` says what is
/// suspicious about it, such as a location outside of its country.
#[utoipa::path(
    post,
    path = "/api/v1/venues",
    operation_id = "create_venue",
    tag = "venues",
    security(("access_token" = []), ("api_key" = [])),
    params(IdempotencyKeyHeader),
    request_body(content = NewVenueBody, content_type = "application/json"),
    responses(
        (status = 201, description = "The venue. `Location` has its path, `ETag` its version and `roost-position` the position of the write.", body = Answer<VenueRecordJson, VenueMeta>),
        (status = 401, description = "The caller is not signed in: `unauthorized`.", body = ErrorEnvelope),
        (status = 403, description = "The caller is neither admin nor official of this university: `forbidden`.", body = ErrorEnvelope),
        (status = 409, description = "The university is inactive: `conflict`.", body = ErrorEnvelope),
        (status = 422, description = "The key was used for another request: `idempotency_key_reused`.", body = ErrorEnvelope),
    )
)]
pub(crate) async fn create(
    State(app): State<App>,
    RawQuery(raw): RawQuery,
    caller: Caller,
    request: Request,
) -> Result<Response, ApiError> {
    NoParams::parse(raw.as_deref())?;
    let (pool, actor) = (app.market().pool(), caller.signed_in()?);
    let write = WriteRequest::read(pool, actor, request, read_json_body).await?;
    let new = read_new(write.body())?;
    write
        .run(async |transaction| {
            let venue = create_venue(transaction, new).await?;
            let meta = VenueMeta::of(&venue);
            let row = Versioned {
                location: Some(format!("/api/v1/venues/{}", venue.id)),
                ..versioned(venue)
            };
            Reply::row_with(StatusCode::CREATED, row, meta)
        })
        .await
}

/// Change a venue.
///
/// A patch without a difference writes nothing. An inactive venue is not found by searches, and no
/// student is assigned to it. For admins, and officials of its university. `meta.warnings` says
/// what is suspicious about it.
#[utoipa::path(
    patch,
    path = "/api/v1/venues/{id}",
    operation_id = "change_venue",
    tag = "venues",
    security(("access_token" = []), ("api_key" = [])),
    params(
        ("id" = Uuid, Path, description = "The venue's id.", example = "019b76da-a800-70d2-8655-38fdde9a178b"),
        IfMatchHeader,
    ),
    request_body(content(
        (VenuePatchBody = "application/json"),
        (VenuePatchBody = "application/merge-patch+json"),
    )),
    responses(
        (status = 200, description = "The changed venue, with `ETag` and `roost-position`.", body = Answer<VenueRecordJson, VenueMeta>),
        (status = 401, description = "The caller is not signed in: `unauthorized`.", body = ErrorEnvelope),
        (status = 403, description = "The caller is neither admin nor official of its university: `forbidden`.", body = ErrorEnvelope),
        (status = 404, description = "There is no such venue: `not_found`.", body = ErrorEnvelope),
        (status = 409, description = "The other university is inactive: `conflict`.", body = ErrorEnvelope),
        (status = 412, description = "The venue has another version than `If-Match`: `precondition_failed`.", body = ErrorEnvelope),
    )
)]
pub(crate) async fn change(
    State(app): State<App>,
    PathId(id): PathId,
    RawQuery(raw): RawQuery,
    caller: Caller,
    request: Request,
) -> Result<Response, ApiError> {
    NoParams::parse(raw.as_deref())?;
    let (pool, actor) = (app.market().pool(), caller.signed_in()?);
    let write = WriteRequest::read(pool, actor, request, read_merge_patch).await?;
    let patch = read_patch(write.body())?;
    write
        .run(async |transaction| {
            let venue = change_venue(transaction, id, patch, write.if_version()).await?;
            let meta = VenueMeta::of(&venue);
            Reply::row_with(StatusCode::OK, versioned(venue), meta)
        })
        .await
}
