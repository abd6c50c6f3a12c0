//! Accepts offers, and ends and cancels contracts.

use axum::extract::{RawQuery, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use roost_market::pool::contracts::{accept_offer, cancel_contract, end_contract};

use super::json::{ContractJson, versioned};
use crate::app::caller::Caller;
use crate::app::state::App;
use crate::http::body::read_optional_json_body;
use crate::http::envelope::{Answer, NoMeta};
use crate::http::error::{ApiError, ErrorEnvelope};
use crate::http::write::headers::{IdempotencyKeyHeader, IfMatchHeader};
use crate::http::write::{Reply, Versioned, WriteRequest};
use crate::params::declaration::{NoParams, QueryParams};
use crate::params::path_id::PathId;
use crate::pool::reason::{ReasonBody, read_reason};

/// Accept an offer.
///
/// For the student of the request. The other offers are declined, the request is `matched`, the
/// nights and the capacity of the landlord are reserved, and a contract waits for its first
/// payment.
#[utoipa::path(
    post,
    path = "/api/v1/offers/{id}/accept",
    operation_id = "accept_offer",
    tag = "contracts",
    security(("access_token" = [])),
    params(
        ("id" = Uuid, Path, description = "The offer's id.", example = "019b76da-aa00-7c11-8a55-2f0c4be1a001"),
        IfMatchHeader,
        IdempotencyKeyHeader,
    ),
    responses(
        (status = 201, description = "The contract. `Location` has its path, `ETag` its version and `roost-position` the position of the write.", body = Answer<ContractJson, NoMeta>),
        (status = 401, description = "The caller is not signed in: `unauthorized`.", body = ErrorEnvelope),
        (status = 403, description = "The caller is not the student of the request: `forbidden`.", body = ErrorEnvelope),
        (status = 404, description = "There is no such offer, or the caller may not see it: `not_found`.", body = ErrorEnvelope),
        (status = 409, description = "The offer is not `open` any more, the nights were booked meanwhile, the landlord has no free capacity, or the room is not let any more: `conflict`.", body = ErrorEnvelope),
        (status = 412, description = "The offer has another version than `If-Match`: `precondition_failed`.", body = ErrorEnvelope),
        (status = 422, description = "The key was used for another request: `idempotency_key_reused`.", body = ErrorEnvelope),
    )
)]
pub(crate) async fn accept(
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
            let contract = accept_offer(transaction, id, write.if_version()).await?;
            let row = Versioned {
                location: Some(format!("/api/v1/contracts/{}", contract.id)),
                ..versioned(contract)
            };
            Reply::row(StatusCode::CREATED, row)
        })
        .await
}

/// End a contract.
///
/// For its parties and admins, from the day of check-in on. The remaining nights and the capacity
/// of the landlord are free again; the total stays charged.
#[utoipa::path(
    post,
    path = "/api/v1/contracts/{id}/end",
    operation_id = "end_contract",
    tag = "contracts",
    security(("access_token" = []), ("api_key" = [])),
    params(
        ("id" = Uuid, Path, description = "The contract's id.", example = "019b76da-ab00-7c11-8a55-2f0c4be1a001"),
        IfMatchHeader,
        IdempotencyKeyHeader,
    ),
    responses(
        (status = 200, description = "The ended contract, with `ETag` and `roost-position`.", body = Answer<ContractJson, NoMeta>),
        (status = 401, description = "The caller is not signed in: `unauthorized`.", body = ErrorEnvelope),
        (status = 403, description = "The caller is a key without the scope `admin`: `forbidden`.", body = ErrorEnvelope),
        (status = 404, description = "There is no such contract, or the caller may not see it: `not_found`.", body = ErrorEnvelope),
        (status = 409, description = "The contract is not `active`, or the stay has not started: `conflict`.", body = ErrorEnvelope),
        (status = 412, description = "The contract has another version than `If-Match`: `precondition_failed`.", body = ErrorEnvelope),
        (status = 422, description = "The key was used for another request: `idempotency_key_reused`.", body = ErrorEnvelope),
    )
)]
pub(crate) async fn end(
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
            let contract = end_contract(transaction, id, write.if_version()).await?;
            Reply::row(StatusCode::OK, versioned(contract))
        })
        .await
}

/// Cancel a contract.
///
/// For its parties and admins, until the day of check-in. The nights and the capacity of the
/// landlord are free again, nothing is charged, and what was paid is to be refunded. The other
/// party reads the reason, if there is one. The request stays `matched`.
#[utoipa::path(
    post,
    path = "/api/v1/contracts/{id}/cancel",
    operation_id = "cancel_contract",
    tag = "contracts",
    security(("access_token" = []), ("api_key" = [])),
    params(
        ("id" = Uuid, Path, description = "The contract's id.", example = "019b76da-ab00-7c11-8a55-2f0c4be1a001"),
        IfMatchHeader,
        IdempotencyKeyHeader,
    ),
    request_body(content = Option<ReasonBody>, content_type = "application/json"),
    responses(
        (status = 200, description = "The cancelled contract, with `ETag` and `roost-position`.", body = Answer<ContractJson, NoMeta>),
        (status = 401, description = "The caller is not signed in: `unauthorized`.", body = ErrorEnvelope),
        (status = 403, description = "The caller is a key without the scope `admin`: `forbidden`.", body = ErrorEnvelope),
        (status = 404, description = "There is no such contract, or the caller may not see it: `not_found`.", body = ErrorEnvelope),
        (status = 409, description = "The contract is `ended` or `cancelled`, or its stay began before today: `conflict`.", body = ErrorEnvelope),
        (status = 412, description = "The contract has another version than `If-Match`: `precondition_failed`.", body = ErrorEnvelope),
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
    let write = WriteRequest::read(pool, actor, request, read_optional_json_body).await?;
    let reason = read_reason(write.body())?;
    write
        .run(async |transaction| {
            let (reason, if_version) = (reason.as_deref(), write.if_version());
            let contract = cancel_contract(transaction, id, reason, if_version).await?;
            Reply::row(StatusCode::OK, versioned(contract))
        })
        .await
}
