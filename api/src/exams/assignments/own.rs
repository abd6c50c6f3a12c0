//! `GET /api/v1/me/assignments`.

use axum::Json;
use axum::extract::{RawQuery, State};
use roost_market::exams::own_assignments;

use super::json::OwnAssignmentJson;
use crate::app::caller::Caller;
use crate::app::state::App;
use crate::http::envelope::Answer;
use crate::http::error::{ApiError, ErrorEnvelope};
use crate::params::declaration::{Documented, Group, QueryParams};
use crate::query::list::{AFTER, LIMIT, LIST_CURSOR, LIST_SIZE, ListMeta};

/// The query parameters of the list.
struct OwnAssignmentsParams;

impl QueryParams for OwnAssignmentsParams {
    const GROUPS: &'static [Group] = &[LIST_SIZE, LIST_CURSOR];
}

/// List the assignments of the signed-in student.
///
/// The newest first: those of the student's confirmed address, also if they are older than the
/// account. `/api/v1/rooms/search?assignment={id}` searches rooms near the venue for the nights of
/// the session.
#[utoipa::path(
    get,
    path = "/api/v1/me/assignments",
    operation_id = "list_own_assignments",
    tag = "exams",
    security(("access_token" = [])),
    params(Documented<OwnAssignmentsParams>),
    responses(
        (status = 200, description = "The assignments.", body = Answer<Vec<OwnAssignmentJson>, ListMeta>),
        (status = 401, description = "The caller is not signed in: `unauthorized`.", body = ErrorEnvelope),
        (status = 403, description = "The caller is no student: `forbidden`.", body = ErrorEnvelope),
    )
)]
pub(crate) async fn list(
    State(app): State<App>,
    RawQuery(raw): RawQuery,
    Caller(actor): Caller,
) -> Result<Json<Answer<Vec<OwnAssignmentJson>, ListMeta>>, ApiError> {
    let params = OwnAssignmentsParams::parse(raw.as_deref())?;
    let (limit, after) = (LIMIT.read(&params)?, AFTER.read(&params)?);
    let page = own_assignments(app.market().pool(), &actor, after, limit).await?;
    let meta = ListMeta::of(&page, limit, |item| item.id);
    let items = page.items.into_iter().map(OwnAssignmentJson::from);
    Ok(Answer::json(items.collect(), meta))
}
