//! `GET /api/v1/me/balance`.

use axum::Json;
use axum::extract::{RawQuery, State};
use roost_market::pool::payments::own_balances;

use super::json::BalanceJson;
use crate::app::caller::Caller;
use crate::app::state::App;
use crate::http::action::read;
use crate::http::envelope::{Answer, NoMeta};
use crate::http::error::{ApiError, ErrorEnvelope};
use crate::params::declaration::{NoParams, QueryParams};

/// Get the balance of the signed-in student or landlord.
///
/// One sum for each currency, which every contract, payment and refund updates in its own
/// transaction.
#[utoipa::path(
    get,
    path = "/api/v1/me/balance",
    operation_id = "get_own_balance",
    tag = "contracts",
    security(("access_token" = [])),
    responses(
        (status = 200, description = "The balances, empty without a contract.", body = Answer<Vec<BalanceJson>, NoMeta>),
        (status = 401, description = "The caller is not signed in: `unauthorized`.", body = ErrorEnvelope),
        (status = 403, description = "The caller is neither student nor landlord: `forbidden`.", body = ErrorEnvelope),
    )
)]
pub(crate) async fn get(
    State(app): State<App>,
    RawQuery(raw): RawQuery,
    Caller(actor): Caller,
) -> Result<Json<Answer<Vec<BalanceJson>, NoMeta>>, ApiError> {
    NoParams::parse(raw.as_deref())?;
    let balances = own_balances(app.market().pool(), &actor).await?;
    Ok(read(balances.into_iter().map(BalanceJson::from).collect()))
}
