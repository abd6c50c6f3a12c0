//! `GET /api/v1/contracts`, and one of them.

use axum::Json;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use roost_market::pool::contracts::{self, ContractFilter};

use super::json::{ContractJson, versioned};
use super::params::{REQUEST, STATUS, WHICH};
use crate::app::caller::Caller;
use crate::app::state::App;
use crate::http::envelope::{Answer, NoMeta};
use crate::http::error::{ApiError, ErrorEnvelope};
use crate::params::declaration::{Documented, Group, NoParams, QueryParams};
use crate::params::path_id::PathId;
use crate::query::list::{AFTER, LIMIT, LIST_CURSOR, LIST_SIZE, ListMeta};

/// The query parameters of the list.
struct ContractsParams;

impl QueryParams for ContractsParams {
    const GROUPS: &'static [Group] = &[LIST_SIZE, WHICH, LIST_CURSOR];
}

/// List contracts.
///
/// A student and a landlord get their own, an admin all. The newest first.
#[utoipa::path(
    get,
    path = "/api/v1/contracts",
    operation_id = "list_contracts",
    tag = "contracts",
    security(("access_token" = []), ("api_key" = [])),
    params(Documented<ContractsParams>),
    responses(
        (status = 200, description = "The contracts.", body = Answer<Vec<ContractJson>, ListMeta>),
        (status = 401, description = "The caller is not signed in: `unauthorized`.", body = ErrorEnvelope),
        (status = 403, description = "The caller is neither student nor landlord nor admin: `forbidden`.", body = ErrorEnvelope),
    )
)]
pub(crate) async fn list(
    State(app): State<App>,
    RawQuery(raw): RawQuery,
    Caller(actor): Caller,
) -> Result<Json<Answer<Vec<ContractJson>, ListMeta>>, ApiError> {
    let params = ContractsParams::parse(raw.as_deref())?;
    let (limit, after) = (LIMIT.read(&params)?, AFTER.read(&params)?);
    let filter = ContractFilter {
        request_id: REQUEST.read(&params)?,
        status: STATUS.read(&params)?,
    };
    let page = contracts::contracts(app.market().pool(), &actor, &filter, after, limit).await?;
    let meta = ListMeta::of(&page, limit, |item| item.id);
    let items = page.items.into_iter().map(ContractJson::from).collect();
    Ok(Answer::json(items, meta))
}

/// Get a contract.
///
/// For its student, its landlord and admins.
#[utoipa::path(
    get,
    path = "/api/v1/contracts/{id}",
    operation_id = "get_contract",
    tag = "contracts",
    security(("access_token" = []), ("api_key" = [])),
    params(("id" = Uuid, Path, description = "The contract's id.", example = "019b76da-ab00-7c11-8a55-2f0c4be1a001")),
    responses(
        (status = 200, description = "The contract, with `ETag`.", body = Answer<ContractJson, NoMeta>),
        (status = 401, description = "The caller is not signed in: `unauthorized`.", body = ErrorEnvelope),
        (status = 403, description = "The caller is a key without the scope `admin`: `forbidden`.", body = ErrorEnvelope),
        (status = 404, description = "There is no such contract, or the caller may not see it: `not_found`.", body = ErrorEnvelope),
    )
)]
pub(crate) async fn get(
    State(app): State<App>,
    PathId(id): PathId,
    RawQuery(raw): RawQuery,
    Caller(actor): Caller,
) -> Result<Response, ApiError> {
    NoParams::parse(raw.as_deref())?;
    let contract = contracts::contract(app.market().pool(), &actor, id).await?;
    Ok(versioned(contract).read())
}
