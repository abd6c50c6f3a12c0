//! Records payments and refunds.

use axum::extract::{RawQuery, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use roost_market::pool::payments::{record_payment, refund_payment};

use super::body::{NewPaymentBody, NewRefundBody, read_new_payment, read_new_refund};
use super::json::PaymentJson;
use crate::app::caller::Caller;
use crate::app::state::App;
use crate::http::body::read_json_body;
use crate::http::envelope::{Answer, NoMeta};
use crate::http::error::{ApiError, ErrorEnvelope};
use crate::http::write::headers::IdempotencyKeyHeader;
use crate::http::write::{Reply, WriteRequest};
use crate::params::declaration::{NoParams, QueryParams};
use crate::params::path_id::PathId;

/// Record a payment.
///
/// The landlord and admins record `cash` and `transfer`; the student pays by `provider`. The first
/// payment makes the contract `active`. A payment with a `reference` that the contract has already
/// is rejected, so that none counts twice.
#[utoipa::path(
    post,
    path = "/api/v1/contracts/{id}/payments",
    operation_id = "record_payment",
    tag = "contracts",
    security(("access_token" = []), ("api_key" = [])),
    params(
        ("id" = Uuid, Path, description = "The contract's id.", example = "019b76da-ab00-7c11-8a55-2f0c4be1a001"),
        IdempotencyKeyHeader,
    ),
    request_body(content = NewPaymentBody, content_type = "application/json"),
    responses(
        (status = 201, description = "The payment, with `roost-position`.", body = Answer<PaymentJson, NoMeta>),
        (status = 401, description = "The caller is not signed in: `unauthorized`.", body = ErrorEnvelope),
        (status = 403, description = "The caller may not record a payment by this method: `forbidden`.", body = ErrorEnvelope),
        (status = 404, description = "There is no such contract, or the caller may not see it: `not_found`.", body = ErrorEnvelope),
        (status = 409, description = "The contract is cancelled or paid, the reference was used, or the provider declines: `conflict`.", body = ErrorEnvelope),
        (status = 422, description = "The key was used for another request: `idempotency_key_reused`.", body = ErrorEnvelope),
    )
)]
pub(crate) async fn record(
    State(app): State<App>,
    PathId(id): PathId,
    RawQuery(raw): RawQuery,
    caller: Caller,
    request: Request,
) -> Result<Response, ApiError> {
    NoParams::parse(raw.as_deref())?;
    let (pool, actor) = (app.market().pool(), caller.signed_in()?);
    let write = WriteRequest::read(pool, actor, request, read_json_body).await?;
    let new = read_new_payment(write.body())?;
    let provider = app.market().payment_provider();
    write
        .run(async |transaction| {
            let payment = record_payment(transaction, provider, id, new).await?;
            let payment = PaymentJson::from(payment);
            Reply::plain(StatusCode::CREATED, payment)
        })
        .await
}

/// Refund a payment.
///
/// In part or as a whole, by the method of the payment. For the landlord and admins.
#[utoipa::path(
    post,
    path = "/api/v1/payments/{id}/refund",
    operation_id = "refund_payment",
    tag = "contracts",
    security(("access_token" = []), ("api_key" = [])),
    params(
        ("id" = Uuid, Path, description = "The payment's id.", example = "019b76da-ac00-7c11-8a55-2f0c4be1a001"),
        IdempotencyKeyHeader,
    ),
    request_body(content = NewRefundBody, content_type = "application/json"),
    responses(
        (status = 201, description = "The refund, with `roost-position`.", body = Answer<PaymentJson, NoMeta>),
        (status = 401, description = "The caller is not signed in: `unauthorized`.", body = ErrorEnvelope),
        (status = 403, description = "The caller is not the landlord who was paid: `forbidden`.", body = ErrorEnvelope),
        (status = 404, description = "There is no such payment, or the caller may not see it: `not_found`.", body = ErrorEnvelope),
        (status = 409, description = "Nothing is left of the payment, it is a refund itself, the reference was used, or the provider declines: `conflict`.", body = ErrorEnvelope),
        (status = 422, description = "The key was used for another request: `idempotency_key_reused`.", body = ErrorEnvelope),
    )
)]
pub(crate) async fn refund(
    State(app): State<App>,
    PathId(id): PathId,
    RawQuery(raw): RawQuery,
    caller: Caller,
    request: Request,
) -> Result<Response, ApiError> {
    NoParams::parse(raw.as_deref())?;
    let (pool, actor) = (app.market().pool(), caller.signed_in()?);
    let write = WriteRequest::read(pool, actor, request, read_json_body).await?;
    let new = read_new_refund(write.body())?;
    let provider = app.market().payment_provider();
    write
        .run(async |transaction| {
            let refund = refund_payment(transaction, provider, id, new).await?;
            let refund = PaymentJson::from(refund);
            Reply::plain(StatusCode::CREATED, refund)
        })
        .await
}
