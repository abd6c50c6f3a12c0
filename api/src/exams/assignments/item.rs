//! `GET`, `PATCH` and `DELETE /api/v1/assignments/{id}`.

use axum::Json;
use axum::extract::{RawQuery, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use roost_market::exams::{Assignment, assignment, change_assignment, remove_assignment};
use roost_market::{ActionError, Change};
use utoipa::ToSchema;
use uuid::Uuid;

use super::json::AssignmentJson;
use crate::app::caller::Caller;
use crate::app::state::App;
use crate::http::action::read;
use crate::http::body::read_merge_patch;
use crate::http::envelope::{Answer, NoMeta};
use crate::http::error::{ApiError, ErrorEnvelope};
use crate::http::write::{Reply, WriteRequest};
use crate::params::declaration::{NoParams, QueryParams};
use crate::params::object::JsonObject;
use crate::params::patch::Member;
use crate::params::path_id::PathId;

/// Changes of an assignment, a merge patch (RFC 7396).
#[derive(Debug, ToSchema)]
#[schema(as = AssignmentPatch, example = json!({"venue_id": "019b76da-a800-70d2-8655-38fdde9a178b"}))]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "it describes the body for the OpenAPI document")]
pub(crate) struct AssignmentPatchBody {
    /// An active venue. It cannot be null.
    #[schema(nullable = false, required = false)]
    venue_id: Option<Uuid>,
}

/// Get an assignment.
///
/// For admins, and officials of the university.
#[utoipa::path(
    get,
    path = "/api/v1/assignments/{id}",
    operation_id = "get_assignment",
    tag = "exams",
    security(("access_token" = []), ("api_key" = [])),
    params(("id" = Uuid, Path, description = "The assignment's id.", example = "019b76da-a700-7d31-8a55-2f0c4be1c001")),
    responses(
        (status = 200, description = "The assignment.", body = Answer<AssignmentJson, NoMeta>),
        (status = 401, description = "The caller is not signed in: `unauthorized`.", body = ErrorEnvelope),
        (status = 404, description = "There is no such assignment, or the caller may not see it: `not_found`.", body = ErrorEnvelope),
    )
)]
pub(crate) async fn get(
    State(app): State<App>,
    PathId(id): PathId,
    RawQuery(raw): RawQuery,
    Caller(actor): Caller,
) -> Result<Json<Answer<AssignmentJson, NoMeta>>, ApiError> {
    NoParams::parse(raw.as_deref())?;
    let found = assignment(app.market().pool(), &actor, id).await?;
    Ok(read(found.into()))
}

/// Move a student to another venue.
///
/// The venue that it has already changes nothing. For admins, and officials of the university.
#[utoipa::path(
    patch,
    path = "/api/v1/assignments/{id}",
    operation_id = "change_assignment",
    tag = "exams",
    security(("access_token" = []), ("api_key" = [])),
    params(("id" = Uuid, Path, description = "The assignment's id.", example = "019b76da-a700-7d31-8a55-2f0c4be1c001")),
    request_body(content(
        (AssignmentPatchBody = "application/json"),
        (AssignmentPatchBody = "application/merge-patch+json"),
    )),
    responses(
        (status = 200, description = "The assignment, with `roost-position`.", body = Answer<AssignmentJson, NoMeta>),
        (status = 401, description = "The caller is not signed in: `unauthorized`.", body = ErrorEnvelope),
        (status = 404, description = "There is no such assignment, or the caller may not see it: `not_found`.", body = ErrorEnvelope),
    )
)]
pub(crate) async fn change(
    State(app): State<App>,
    PathId(id): PathId,
    RawQuery(raw): RawQuery,
    caller: Caller,
    request: Request,
) -> Result<Response, ApiError> {
    NoParams::parse(raw.as_deref())?;
    let (pool, actor) = (app.market().pool(), caller.signed_in()?);
    let write = WriteRequest::read(pool, actor, request, read_merge_patch).await?;
    let mut object = JsonObject::parse(write.body(), &["venue_id"])?;
    let step = match Member::id("venue_id", &mut object)? {
        Change::Set(venue) => Step::Move(venue),
        Change::Keep => Step::Keep,
        Change::Clear => {
            let expected = "the id of an active venue";
            return Err(ActionError::invalid("venue_id", "null", expected).into());
        }
    };
    take_step(&app, &write, id, step).await
}

/// Remove an assignment.
///
/// For admins, and officials of the university.
#[utoipa::path(
    delete,
    path = "/api/v1/assignments/{id}",
    operation_id = "remove_assignment",
    tag = "exams",
    security(("access_token" = []), ("api_key" = [])),
    params(("id" = Uuid, Path, description = "The assignment's id.", example = "019b76da-a700-7d31-8a55-2f0c4be1c001")),
    responses(
        (status = 200, description = "The assignment as it was, with `roost-position`.", body = Answer<AssignmentJson, NoMeta>),
        (status = 401, description = "The caller is not signed in: `unauthorized`.", body = ErrorEnvelope),
        (status = 404, description = "There is no such assignment, or the caller may not see it: `not_found`.", body = ErrorEnvelope),
    )
)]
pub(crate) async fn remove(
    State(app): State<App>,
    PathId(id): PathId,
    RawQuery(raw): RawQuery,
    caller: Caller,
    request: Request,
) -> Result<Response, ApiError> {
    NoParams::parse(raw.as_deref())?;
    let (pool, actor) = (app.market().pool(), caller.signed_in()?);
    let write = WriteRequest::without_body(pool, actor, &request)?;
    take_step(&app, &write, id, Step::Remove).await
}

/// What is done with an assignment.
enum Step {
    Keep,
    Move(Uuid),
    Remove,
}

async fn take_step(
    app: &App,
    write: &WriteRequest<'_>,
    id: Uuid,
    step: Step,
) -> Result<Response, ApiError> {
    write
        .run(async |transaction| {
            let done: Assignment = match step {
                Step::Keep => assignment(app.market().pool(), transaction.actor(), id).await?,
                Step::Move(venue) => change_assignment(transaction, id, venue).await?,
                Step::Remove => remove_assignment(transaction, id).await?,
            };
            Reply::plain(StatusCode::OK, AssignmentJson::from(done))
        })
        .await
}
