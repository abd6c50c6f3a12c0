//! `GET /api/v1/exam-sessions/{id}/assignments`.

use axum::Json;
use axum::extract::{RawQuery, State};
use roost_market::exams::{AssignmentFilter, assignments};

use super::json::AssignmentJson;
use crate::app::caller::Caller;
use crate::app::state::App;
use crate::http::envelope::Answer;
use crate::http::error::{ApiError, ErrorEnvelope};
use crate::params::declaration::{Documented, Group, Param, QueryParams, params};
use crate::params::path_id::PathId;
use crate::params::scalar::{Id, Text};
use crate::query::list::{AFTER, LIMIT, LIST_CURSOR, LIST_SIZE, ListMeta};

params! {
    /// Which assignments of a session.
    const OF_SESSION;

    /// Only those at the venue with this id.
    VENUE: Id = Param::new("venue", Id).example("019b76da-a800-70d2-8655-38fdde9a178b");

    /// Only the one of the student with this address, in any case.
    STUDENT_EMAIL: Text = Param::new("student_email", Text { chars_max: 254 })
        .example("nina@example.com");
}

/// The query parameters of the list.
struct AssignmentsParams;

impl QueryParams for AssignmentsParams {
    const GROUPS: &'static [Group] = &[LIST_SIZE, OF_SESSION, LIST_CURSOR];
}

/// List the assignments of an exam session.
///
/// The newest first. For admins, and officials of the university. The answer is the same whether a
/// student has an account.
#[utoipa::path(
    get,
    path = "/api/v1/exam-sessions/{id}/assignments",
    operation_id = "list_assignments",
    tag = "exams",
    security(("access_token" = []), ("api_key" = [])),
    params(
        ("id" = Uuid, Path, description = "The exam session's id.", example = "019b76da-a700-7d31-8a55-2f0c4be1b001"),
        Documented<AssignmentsParams>,
    ),
    responses(
        (status = 200, description = "The assignments.", body = Answer<Vec<AssignmentJson>, ListMeta>),
        (status = 401, description = "The caller is not signed in: `unauthorized`.", body = ErrorEnvelope),
        (status = 403, description = "The caller is neither admin nor official of its university: `forbidden`.", body = ErrorEnvelope),
        (status = 404, description = "There is no such exam session: `not_found`.", body = ErrorEnvelope),
    )
)]
pub(crate) async fn list(
    State(app): State<App>,
    PathId(id): PathId,
    RawQuery(raw): RawQuery,
    Caller(actor): Caller,
) -> Result<Json<Answer<Vec<AssignmentJson>, ListMeta>>, ApiError> {
    let params = AssignmentsParams::parse(raw.as_deref())?;
    let (limit, after) = (LIMIT.read(&params)?, AFTER.read(&params)?);
    let filter = AssignmentFilter {
        venue: VENUE.read(&params)?,
        student_email: STUDENT_EMAIL.read(&params)?,
    };
    let page = assignments(app.market().pool(), &actor, id, &filter, after, limit).await?;
    let meta = ListMeta::of(&page, limit, |item| item.id);
    let items = page.items.into_iter().map(AssignmentJson::from).collect();
    Ok(Answer::json(items, meta))
}
