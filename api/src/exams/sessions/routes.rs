//! `GET` and `POST /api/v1/exam-sessions`, and one exam session: `GET` and `PATCH`.

use axum::Json;
use axum::extract::{RawQuery, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use roost_market::exams;

use super::body::{NewSessionBody, SessionPatchBody, read_new, read_patch};
use super::json::{SessionJson, versioned};
use super::params::{ListParams, read_filter};
use crate::app::caller::Caller;
use crate::app::state::App;
use crate::http::body::{read_json_body, read_merge_patch};
use crate::http::envelope::{Answer, NoMeta};
use crate::http::error::{ApiError, ErrorEnvelope};
use crate::http::write::headers::{IdempotencyKeyHeader, IfMatchHeader};
use crate::http::write::{Reply, Versioned, WriteRequest};
use crate::params::declaration::{Documented, NoParams, QueryParams};
use crate::params::path_id::PathId;
use crate::query::list::{AFTER, LIMIT, ListMeta};

/// List exam sessions.
///
/// As the tables have them, the newest first. For signed-in callers.
#[utoipa::path(
    get,
    path = "/api/v1/exam-sessions",
    operation_id = "list_exam_sessions",
    tag = "exams",
    security(("access_token" = []), ("api_key" = [])),
    params(Documented<ListParams>),
    responses(
        (status = 200, description = "The exam sessions.", body = Answer<Vec<SessionJson>, ListMeta>),
        (status = 401, description = "The caller is not signed in: `unauthorized`.", body = ErrorEnvelope),
    )
)]
pub(crate) async fn list(
    State(app): State<App>,
    RawQuery(raw): RawQuery,
    Caller(actor): Caller,
) -> Result<Json<Answer<Vec<SessionJson>, ListMeta>>, ApiError> {
    let params = ListParams::parse(raw.as_deref())?;
    let (limit, after) = (LIMIT.read(&params)?, AFTER.read(&params)?);
    let filter = read_filter(&params)?;
    let page = exams::sessions(app.market().pool(), &actor, &filter, after, limit).await?;
    let meta = ListMeta::of(&page, limit, |item| item.id);
    let items = page.items.into_iter().map(SessionJson::from).collect();
    Ok(Answer::json(items, meta))
}

/// Create an exam session.
///
/// For admins, and officials of the university, who may leave `university_id` out.
#[utoipa::path(
    post,
    path = "/api/v1/exam-sessions",
    operation_id = "create_exam_session",
    tag = "exams",
    security(("access_token" = []), ("api_key" = [])),
    params(IdempotencyKeyHeader),
    request_body(content = NewSessionBody, content_type = "application/json"),
    responses(
        (status = 201, description = "The exam session. `Location` has its path, `ETag` its version and `roost-position` the position of the write.", body = Answer<SessionJson, NoMeta>),
        (status = 401, description = "The caller is not signed in: `unauthorized`.", body = ErrorEnvelope),
        (status = 403, description = "The caller is neither admin nor official of this university: `forbidden`.", body = ErrorEnvelope),
        (status = 409, description = "The university is inactive, or has another session of this name and first day: `conflict`.", body = ErrorEnvelope),
        (status = 422, description = "The key was used for another request: `idempotency_key_reused`.", body = ErrorEnvelope),
    )
)]
pub(crate) async fn create(
    State(app): State<App>,
    RawQuery(raw): RawQuery,
    caller: Caller,
    request: Request,
) -> Result<Response, ApiError> {
    NoParams::parse(raw.as_deref())?;
    let (pool, actor) = (app.market().pool(), caller.signed_in()?);
    let write = WriteRequest::read(pool, actor, request, read_json_body).await?;
    let new = read_new(write.body())?;
    write
        .run(async |transaction| {
            let created =
                exams::create_session(transaction, new.university_id, new.details).await?;
            let row = Versioned {
                location: Some(format!("/api/v1/exam-sessions/{}", created.id)),
                ..versioned(created)
            };
            Reply::row(StatusCode::CREATED, row)
        })
        .await
}

/// Get an exam session.
///
/// As the tables have it, with its version in `ETag`. For signed-in callers.
#[utoipa::path(
    get,
    path = "/api/v1/exam-sessions/{id}",
    operation_id = "get_exam_session",
    tag = "exams",
    security(("access_token" = []), ("api_key" = [])),
    params(("id" = Uuid, Path, description = "The exam session's id.", example = "019b76da-a700-7d31-8a55-2f0c4be1b001")),
    responses(
        (status = 200, description = "The exam session, with `ETag`.", body = Answer<SessionJson, NoMeta>),
        (status = 401, description = "The caller is not signed in: `unauthorized`.", body = ErrorEnvelope),
        (status = 404, description = "There is no such exam session: `not_found`.", body = ErrorEnvelope),
    )
)]
pub(crate) async fn get(
    State(app): State<App>,
    PathId(id): PathId,
    RawQuery(raw): RawQuery,
    Caller(actor): Caller,
) -> Result<Response, ApiError> {
    NoParams::parse(raw.as_deref())?;
    let found = exams::session(app.market().pool(), &actor, id).await?;
    Ok(versioned(found).read())
}

/// Change an exam session.
///
/// A patch without a difference writes nothing. For admins, and officials of the university.
#[utoipa::path(
    patch,
    path = "/api/v1/exam-sessions/{id}",
    operation_id = "change_exam_session",
    tag = "exams",
    security(("access_token" = []), ("api_key" = [])),
    params(
        ("id" = Uuid, Path, description = "The exam session's id.", example = "019b76da-a700-7d31-8a55-2f0c4be1b001"),
        IfMatchHeader,
    ),
    request_body(content(
        (SessionPatchBody = "application/json"),
        (SessionPatchBody = "application/merge-patch+json"),
    )),
    responses(
        (status = 200, description = "The changed exam session, with `ETag` and `roost-position`.", body = Answer<SessionJson, NoMeta>),
        (status = 401, description = "The caller is not signed in: `unauthorized`.", body = ErrorEnvelope),
        (status = 403, description = "The caller is neither admin nor official of its university: `forbidden`.", body = ErrorEnvelope),
        (status = 404, description = "There is no such exam session: `not_found`.", body = ErrorEnvelope),
        (status = 409, description = "Another session of the university has this name and first day: `conflict`.", body = ErrorEnvelope),
        (status = 412, description = "The exam session has another version than `If-Match`: `precondition_failed`.", body = ErrorEnvelope),
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
    let patch = read_patch(write.body())?;
    write
        .run(async |transaction| {
            let changed = exams::change_session(transaction, id, patch, write.if_version()).await?;
            Reply::row(StatusCode::OK, versioned(changed))
        })
        .await
}
