//! `GET /api/v1/offers`, and one of them.

use axum::Json;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use roost_market::pool::offers::{self, OfferFilter};

use super::json::{OfferJson, versioned};
use super::params::{REQUEST, STATUS, WHICH};
use crate::app::caller::Caller;
use crate::app::state::App;
use crate::http::envelope::{Answer, NoMeta};
use crate::http::error::{ApiError, ErrorEnvelope};
use crate::params::declaration::{Documented, Group, NoParams, QueryParams};
use crate::params::path_id::PathId;
use crate::query::list::{AFTER, LIMIT, LIST_CURSOR, LIST_SIZE, ListMeta};

/// The query parameters of the list.
struct OffersParams;

impl QueryParams for OffersParams {
    const GROUPS: &'static [Group] = &[LIST_SIZE, WHICH, LIST_CURSOR];
}

/// List offers.
///
/// A student gets the offers for its requests, a landlord those that it has made, an admin all. The
/// newest first.
#[utoipa::path(
    get,
    path = "/api/v1/offers",
    operation_id = "list_offers",
    tag = "contracts",
    security(("access_token" = []), ("api_key" = [])),
    params(Documented<OffersParams>),
    responses(
        (status = 200, description = "The offers.", body = Answer<Vec<OfferJson>, ListMeta>),
        (status = 401, description = "The caller is not signed in: `unauthorized`.", body = ErrorEnvelope),
        (status = 403, description = "The caller is neither student nor landlord nor admin: `forbidden`.", body = ErrorEnvelope),
    )
)]
pub(crate) async fn list(
    State(app): State<App>,
    RawQuery(raw): RawQuery,
    Caller(actor): Caller,
) -> Result<Json<Answer<Vec<OfferJson>, ListMeta>>, ApiError> {
    let params = OffersParams::parse(raw.as_deref())?;
    let (limit, after) = (LIMIT.read(&params)?, AFTER.read(&params)?);
    let filter = OfferFilter {
        request_id: REQUEST.read(&params)?,
        status: STATUS.read(&params)?,
    };
    let page = offers::offers(app.market().pool(), &actor, &filter, after, limit).await?;
    let meta = ListMeta::of(&page, limit, |item| item.id);
    let items = page.items.into_iter().map(OfferJson::from).collect();
    Ok(Answer::json(items, meta))
}

/// Get an offer.
///
/// For its student, its landlord and admins.
#[utoipa::path(
    get,
    path = "/api/v1/offers/{id}",
    operation_id = "get_offer",
    tag = "contracts",
    security(("access_token" = []), ("api_key" = [])),
    params(("id" = Uuid, Path, description = "The offer's id.", example = "019b76da-aa00-7c11-8a55-2f0c4be1a001")),
    responses(
        (status = 200, description = "The offer, with `ETag`.", body = Answer<OfferJson, NoMeta>),
        (status = 401, description = "The caller is not signed in: `unauthorized`.", body = ErrorEnvelope),
        (status = 403, description = "The caller is a key without the scope `admin`: `forbidden`.", body = ErrorEnvelope),
        (status = 404, description = "There is no such offer, or the caller may not see it: `not_found`.", body = ErrorEnvelope),
    )
)]
pub(crate) async fn get(
    State(app): State<App>,
    PathId(id): PathId,
    RawQuery(raw): RawQuery,
    Caller(actor): Caller,
) -> Result<Response, ApiError> {
    NoParams::parse(raw.as_deref())?;
    let offer = offers::offer(app.market().pool(), &actor, id).await?;
    Ok(versioned(offer).read())
}
