//! `PATCH /api/v1/requests/{id}` and `POST /api/v1/requests/{id}/cancel`.

use axum::extract::{RawQuery, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use roost_market::pool::requests::{cancel_request, change_request};

use super::body::read_request_patch;
use super::json::{RentalRequestJson, versioned};
use super::schema::RequestPatchBody;
use crate::app::caller::Caller;
use crate::app::state::App;
use crate::http::body::read_merge_patch;
use crate::http::envelope::{Answer, NoMeta};
use crate::http::error::{ApiError, ErrorEnvelope};
use crate::http::write::headers::{IdempotencyKeyHeader, IfMatchHeader};
use crate::http::write::{Reply, WriteRequest};
use crate::params::declaration::{NoParams, QueryParams};
use crate::params::path_id::PathId;

/// Change a rental request.
///
/// Only an active one can be changed. A patch without a difference writes nothing. Landlords are
/// matched again.
#[utoipa::path(
    patch,
    path = "/api/v1/requests/{id}",
    operation_id = "change_request",
    tag = "requests",
    security(("access_token" = []), ("api_key" = [])),
    params(
        ("id" = Uuid, Path, description = "The id of the rental request.", example = "019b76da-a900-7c11-8a55-2f0c4be1a001"),
        IfMatchHeader,
    ),
    request_body(content(
        (RequestPatchBody = "application/json"),
        (RequestPatchBody = "application/merge-patch+json"),
    )),
    responses(
        (status = 200, description = "The changed rental request, with `ETag` and `roost-position`.", body = Answer<RentalRequestJson, NoMeta>),
        (status = 401, description = "The caller is not signed in: `unauthorized`.", body = ErrorEnvelope),
        (status = 403, description = "The caller is neither student nor admin: `forbidden`.", body = ErrorEnvelope),
        (status = 404, description = "There is no such rental request, or it is another student's: `not_found`.", body = ErrorEnvelope),
        (status = 409, description = "The rental request is not active: `conflict`.", body = ErrorEnvelope),
        (status = 412, description = "The rental request has another version than `If-Match`: `precondition_failed`.", body = ErrorEnvelope),
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
    let patch = read_request_patch(write.body())?;
    write
        .run(async |transaction| {
            let changed = change_request(transaction, id, patch, write.if_version()).await?;
            Reply::row(StatusCode::OK, versioned(changed))
        })
        .await
}

/// Cancel a rental request.
///
/// An active one becomes `cancelled`, for good: landlords do not find it any more.
#[utoipa::path(
    post,
    path = "/api/v1/requests/{id}/cancel",
    operation_id = "cancel_request",
    tag = "requests",
    security(("access_token" = []), ("api_key" = [])),
    params(
        ("id" = Uuid, Path, description = "The id of the rental request.", example = "019b76da-a900-7c11-8a55-2f0c4be1a001"),
        IfMatchHeader,
        IdempotencyKeyHeader,
    ),
    responses(
        (status = 200, description = "The cancelled rental request, with `ETag` and `roost-position`.", body = Answer<RentalRequestJson, NoMeta>),
        (status = 401, description = "The caller is not signed in: `unauthorized`.", body = ErrorEnvelope),
        (status = 403, description = "The caller is neither student nor admin: `forbidden`.", body = ErrorEnvelope),
        (status = 404, description = "There is no such rental request, or it is another student's: `not_found`.", body = ErrorEnvelope),
        (status = 409, description = "The rental request is not active: `conflict`, which names both states.", body = ErrorEnvelope),
        (status = 412, description = "The rental request has another version than `If-Match`: `precondition_failed`.", body = ErrorEnvelope),
        (status = 422, description = "The key was used for another request: `idempotency_key_reused`.", body = ErrorEnvelope),
    )
)]
pub(crate) async fn cancel(
    State(app): State<App>,
    PathId(id): PathId,
    RawQuery(raw): RawQuery,
    caller: Caller,
    request: Request,
) -> Result<Response, ApiError> {
    NoParams::parse(raw.as_deref())?;
    let (pool, actor) = (app.market().pool(), caller.signed_in()?);
    let write = WriteRequest::without_body(pool, actor, &request)?;
    write
        .run(async |transaction| {
            let cancelled = cancel_request(transaction, id, write.if_version()).await?;
            Reply::row(StatusCode::OK, versioned(cancelled))
        })
        .await
}
