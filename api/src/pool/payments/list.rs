//! `GET /api/v1/contracts/{id}/payments`.

use axum::Json;
use axum::extract::{RawQuery, State};
use roost_market::pool::payments;

use super::json::PaymentJson;
use crate::app::caller::Caller;
use crate::app::state::App;
use crate::http::envelope::Answer;
use crate::http::error::{ApiError, ErrorEnvelope};
use crate::params::declaration::{Documented, Group, QueryParams};
use crate::params::path_id::PathId;
use crate::query::list::{AFTER, LIMIT, LIST_CURSOR, LIST_SIZE, ListMeta};

/// The query parameters of the list.
struct PaymentsParams;

impl QueryParams for PaymentsParams {
    const GROUPS: &'static [Group] = &[LIST_SIZE, LIST_CURSOR];
}

/// List the payments of a contract.
///
/// Payments and refunds, the newest first. For the parties of the contract and admins.
#[utoipa::path(
    get,
    path = "/api/v1/contracts/{id}/payments",
    operation_id = "list_payments",
    tag = "contracts",
    security(("access_token" = []), ("api_key" = [])),
    params(
        ("id" = Uuid, Path, description = "The contract's id.", example = "019b76da-ab00-7c11-8a55-2f0c4be1a001"),
        Documented<PaymentsParams>,
    ),
    responses(
        (status = 200, description = "The payments and refunds.", body = Answer<Vec<PaymentJson>, ListMeta>),
        (status = 401, description = "The caller is not signed in: `unauthorized`.", body = ErrorEnvelope),
        (status = 403, description = "The caller is a key without the scope `admin`: `forbidden`.", body = ErrorEnvelope),
        (status = 404, description = "There is no such contract, or the caller may not see it: `not_found`.", body = ErrorEnvelope),
    )
)]
pub(crate) async fn list(
    State(app): State<App>,
    PathId(id): PathId,
    RawQuery(raw): RawQuery,
    Caller(actor): Caller,
) -> Result<Json<Answer<Vec<PaymentJson>, ListMeta>>, ApiError> {
    let params = PaymentsParams::parse(raw.as_deref())?;
    let (limit, after) = (LIMIT.read(&params)?, AFTER.read(&params)?);
    let page = payments::payments(app.market().pool(), &actor, id, after, limit).await?;
    let meta = ListMeta::of(&page, limit, |item| item.id);
    let items = page.items.into_iter().map(PaymentJson::from).collect();
    Ok(Answer::json(items, meta))
}
