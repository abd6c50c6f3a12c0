//! `GET /api/v1/requests`, and one of them.

use axum::Json;
use axum::extract::{RawQuery, State};
use axum::http::header::ETAG;
use axum::response::{AppendHeaders, IntoResponse, Response};
use roost_market::pool::requests::{RequestFilter, Status, request, requests};

use super::json::RentalRequestJson;
use crate::app::caller::Caller;
use crate::app::state::App;
use crate::http::action::read;
use crate::http::envelope::{Answer, NoMeta};
use crate::http::error::{ApiError, ErrorEnvelope};
use crate::http::write::conditions::etag;
use crate::params::declaration::{Documented, Group, NoParams, Param, QueryParams, params};
use crate::params::path_id::PathId;
use crate::params::scalar::{Choice, Id};
use crate::query::list::{AFTER, LIMIT, LIST_CURSOR, LIST_SIZE, ListMeta};

params! {
    /// Which rental requests.
    pub(super) const WHICH;

    /// Only rental requests in this state.
    STATUS: Choice<Status> = Param::new("status", Choice(&[
        ("active", Status::Active),
        ("matched", Status::Matched),
        ("expired", Status::Expired),
        ("cancelled", Status::Cancelled),
    ]))
    .example("active");

    /// Only rental requests of this student. A student lists its own without it.
    STUDENT: Id = Param::new("student", Id)
        .example("019b76da-a500-7b21-8a55-2f0c4be1a001");

    /// Only rental requests at this venue.
    VENUE: Id = Param::new("venue", Id)
        .example("019b76da-a800-70d2-8655-38fdde9a178b");
}

/// The query parameters of the list.
struct RequestsParams;

impl QueryParams for RequestsParams {
    const GROUPS: &'static [Group] = &[LIST_SIZE, WHICH, LIST_CURSOR];
}

/// List rental requests.
///
/// Those of the signed-in student in any state, the newest first. Admins, and services with the
/// scope `requests:write`, list those of all students.
#[utoipa::path(
    get,
    path = "/api/v1/requests",
    operation_id = "list_requests",
    tag = "requests",
    security(("access_token" = []), ("api_key" = [])),
    params(Documented<RequestsParams>),
    responses(
        (status = 200, description = "The rental requests.", body = Answer<Vec<RentalRequestJson>, ListMeta>),
        (status = 401, description = "The caller is not signed in: `unauthorized`.", body = ErrorEnvelope),
        (status = 403, description = "The caller is neither student nor admin, or a student who lists another one's: `forbidden`.", body = ErrorEnvelope),
    )
)]
pub(crate) async fn list(
    State(app): State<App>,
    RawQuery(raw): RawQuery,
    Caller(actor): Caller,
) -> Result<Json<Answer<Vec<RentalRequestJson>, ListMeta>>, ApiError> {
    let params = RequestsParams::parse(raw.as_deref())?;
    let (limit, after) = (LIMIT.read(&params)?, AFTER.read(&params)?);
    let filter = RequestFilter {
        status: STATUS.read(&params)?,
        student: STUDENT.read(&params)?,
        venue: VENUE.read(&params)?,
    };
    let page = requests(app.market().pool(), &actor, filter, after, limit).await?;
    let meta = ListMeta::of(&page, limit, |item| item.id);
    let items = page.items.into_iter().map(RentalRequestJson::from);
    Ok(Answer::json(items.collect(), meta))
}

/// Get a rental request.
///
/// In any state, as the tables have it. `ETag` has its version.
#[utoipa::path(
    get,
    path = "/api/v1/requests/{id}",
    operation_id = "get_request",
    tag = "requests",
    security(("access_token" = []), ("api_key" = [])),
    params(("id" = Uuid, Path, description = "The id of the rental request.", example = "019b76da-a900-7c11-8a55-2f0c4be1a001")),
    responses(
        (status = 200, description = "The rental request, with `ETag`.", body = Answer<RentalRequestJson, NoMeta>),
        (status = 401, description = "The caller is not signed in: `unauthorized`.", body = ErrorEnvelope),
        (status = 403, description = "The caller is neither student nor admin: `forbidden`.", body = ErrorEnvelope),
        (status = 404, description = "There is no such rental request, or it is another student's: `not_found`.", body = ErrorEnvelope),
    )
)]
pub(crate) async fn get(
    State(app): State<App>,
    PathId(id): PathId,
    RawQuery(raw): RawQuery,
    Caller(actor): Caller,
) -> Result<Response, ApiError> {
    NoParams::parse(raw.as_deref())?;
    let found = request(app.market().pool(), &actor, id).await?;
    let headers = AppendHeaders([(ETAG, etag(found.version))]);
    Ok((headers, read(RentalRequestJson::from(found))).into_response())
}
