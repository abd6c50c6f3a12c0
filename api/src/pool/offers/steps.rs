//! Makes, declines and withdraws offers.

use axum::extract::{RawQuery, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use roost_market::pool::offers::{decline_offer, make_offer, withdraw_offer};

use super::body::{NewOfferBody, read_new_offer};
use super::json::{OfferJson, versioned};
use crate::app::caller::Caller;
use crate::app::state::App;
use crate::http::body::{read_json_body, read_optional_json_body};
use crate::http::envelope::{Answer, NoMeta};
use crate::http::error::{ApiError, ErrorEnvelope};
use crate::http::write::headers::{IdempotencyKeyHeader, IfMatchHeader};
use crate::http::write::{Reply, Versioned, WriteRequest};
use crate::params::declaration::{NoParams, QueryParams};
use crate::params::path_id::PathId;
use crate::pool::reason::{ReasonBody, read_reason};

/// Offer a room for a request.
///
/// For landlords. The student sees the offer at once and can accept it until `valid_until`.
#[utoipa::path(
    post,
    path = "/api/v1/requests/{id}/offers",
    operation_id = "make_offer",
    tag = "contracts",
    security(("access_token" = [])),
    params(
        ("id" = Uuid, Path, description = "The request's id.", example = "019b76da-a900-7c11-8a55-2f0c4be1a001"),
        IdempotencyKeyHeader,
    ),
    request_body(content = NewOfferBody, content_type = "application/json"),
    responses(
        (status = 201, description = "The offer. `Location` has its path, `ETag` its version and `roost-position` the position of the write.", body = Answer<OfferJson, NoMeta>),
        (status = 401, description = "The caller is not signed in: `unauthorized`.", body = ErrorEnvelope),
        (status = 403, description = "The caller is no landlord, or the room is another landlord's: `forbidden`.", body = ErrorEnvelope),
        (status = 404, description = "There is no such request: `not_found`.", body = ErrorEnvelope),
        (status = 409, description = "The request is closed, the room is not listed, too small or booked for one of the nights, the landlord has no free capacity, or there is an open offer of the room: `conflict`.", body = ErrorEnvelope),
        (status = 422, description = "The key was used for another request: `idempotency_key_reused`.", body = ErrorEnvelope),
    )
)]
pub(crate) async fn make(
    State(app): State<App>,
    PathId(id): PathId,
    RawQuery(raw): RawQuery,
    caller: Caller,
    request: Request,
) -> Result<Response, ApiError> {
    NoParams::parse(raw.as_deref())?;
    let (pool, actor) = (app.market().pool(), caller.signed_in()?);
    let write = WriteRequest::read(pool, actor, request, read_json_body).await?;
    let new = read_new_offer(write.body())?;
    write
        .run(async |transaction| {
            let offer = make_offer(transaction, id, new).await?;
            let row = Versioned {
                location: Some(format!("/api/v1/offers/{}", offer.id)),
                ..versioned(offer)
            };
            Reply::row(StatusCode::CREATED, row)
        })
        .await
}

/// Decline an offer.
///
/// For the student of the request. The landlord reads the reason, if there is one.
#[utoipa::path(
    post,
    path = "/api/v1/offers/{id}/decline",
    operation_id = "decline_offer",
    tag = "contracts",
    security(("access_token" = [])),
    params(
        ("id" = Uuid, Path, description = "The offer's id.", example = "019b76da-aa00-7c11-8a55-2f0c4be1a001"),
        IfMatchHeader,
        IdempotencyKeyHeader,
    ),
    request_body(content = Option<ReasonBody>, content_type = "application/json"),
    responses(
        (status = 200, description = "The declined offer, with `ETag` and `roost-position`.", body = Answer<OfferJson, NoMeta>),
        (status = 401, description = "The caller is not signed in: `unauthorized`.", body = ErrorEnvelope),
        (status = 403, description = "The caller is not the student of the request: `forbidden`.", body = ErrorEnvelope),
        (status = 404, description = "There is no such offer, or the caller may not see it: `not_found`.", body = ErrorEnvelope),
        (status = 409, description = "The offer is not `open`: `conflict`, which names both states.", body = ErrorEnvelope),
        (status = 412, description = "The offer has another version than `If-Match`: `precondition_failed`.", body = ErrorEnvelope),
        (status = 422, description = "The key was used for another request: `idempotency_key_reused`.", body = ErrorEnvelope),
    )
)]
pub(crate) async fn decline(
    State(app): State<App>,
    PathId(id): PathId,
    RawQuery(raw): RawQuery,
    caller: Caller,
    request: Request,
) -> Result<Response, ApiError> {
    NoParams::parse(raw.as_deref())?;
    let (pool, actor) = (app.market().pool(), caller.signed_in()?);
    let write = WriteRequest::read(pool, actor, request, read_optional_json_body).await?;
    let reason = read_reason(write.body())?;
    write
        .run(async |transaction| {
            let (reason, if_version) = (reason.as_deref(), write.if_version());
            let offer = decline_offer(transaction, id, reason, if_version).await?;
            Reply::row(StatusCode::OK, versioned(offer))
        })
        .await
}

/// Withdraw an offer.
///
/// For the landlord who has made it, and admins.
#[utoipa::path(
    post,
    path = "/api/v1/offers/{id}/withdraw",
    operation_id = "withdraw_offer",
    tag = "contracts",
    security(("access_token" = []), ("api_key" = [])),
    params(
        ("id" = Uuid, Path, description = "The offer's id.", example = "019b76da-aa00-7c11-8a55-2f0c4be1a001"),
        IfMatchHeader,
        IdempotencyKeyHeader,
    ),
    responses(
        (status = 200, description = "The withdrawn offer, with `ETag` and `roost-position`.", body = Answer<OfferJson, NoMeta>),
        (status = 401, description = "The caller is not signed in: `unauthorized`.", body = ErrorEnvelope),
        (status = 403, description = "The caller is not the landlord who has made it: `forbidden`.", body = ErrorEnvelope),
        (status = 404, description = "There is no such offer, or the caller may not see it: `not_found`.", body = ErrorEnvelope),
        (status = 409, description = "The offer is not `open`: `conflict`, which names both states.", body = ErrorEnvelope),
        (status = 412, description = "The offer has another version than `If-Match`: `precondition_failed`.", body = ErrorEnvelope),
        (status = 422, description = "The key was used for another request: `idempotency_key_reused`.", body = ErrorEnvelope),
    )
)]
pub(crate) async fn withdraw(
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
            let offer = withdraw_offer(transaction, id, write.if_version()).await?;
            Reply::row(StatusCode::OK, versioned(offer))
        })
        .await
}
