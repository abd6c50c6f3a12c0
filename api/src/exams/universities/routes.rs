//! `GET` and `POST /api/v1/universities`, and one university: `GET` and `PATCH`.

use axum::Json;
use axum::extract::{RawQuery, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use roost_market::exams;

use super::body::{NewUniversityBody, UniversityPatchBody, read_new, read_patch};
use super::json::{UniversityJson, versioned};
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

/// List universities.
///
/// As the tables have them, the newest first. For signed-in callers.
#[utoipa::path(
    get,
    path = "/api/v1/universities",
    operation_id = "list_universities",
    tag = "exams",
    security(("access_token" = []), ("api_key" = [])),
    params(Documented<ListParams>),
    responses(
        (status = 200, description = "The universities.", body = Answer<Vec<UniversityJson>, ListMeta>),
        (status = 401, description = "The caller is not signed in: `unauthorized`.", body = ErrorEnvelope),
    )
)]
pub(crate) async fn list(
    State(app): State<App>,
    RawQuery(raw): RawQuery,
    Caller(actor): Caller,
) -> Result<Json<Answer<Vec<UniversityJson>, ListMeta>>, ApiError> {
    let params = ListParams::parse(raw.as_deref())?;
    let (limit, after) = (LIMIT.read(&params)?, AFTER.read(&params)?);
    let filter = read_filter(&params)?;
    let page = exams::universities(app.market().pool(), &actor, &filter, after, limit).await?;
    let meta = ListMeta::of(&page, limit, |item| item.id);
    let items = page.items.into_iter().map(UniversityJson::from).collect();
    Ok(Answer::json(items, meta))
}

/// Create a university.
///
/// For admins.
#[utoipa::path(
    post,
    path = "/api/v1/universities",
    operation_id = "create_university",
    tag = "exams",
    security(("access_token" = []), ("api_key" = [])),
    params(IdempotencyKeyHeader),
    request_body(content = NewUniversityBody, content_type = "application/json"),
    responses(
        (status = 201, description = "The university. `Location` has its path, `ETag` its version and `roost-position` the position of the write.", body = Answer<UniversityJson, NoMeta>),
        (status = 401, description = "The caller is not signed in: `unauthorized`.", body = ErrorEnvelope),
        (status = 403, description = "The caller is no admin: `forbidden`.", body = ErrorEnvelope),
        (status = 409, description = "Another university in the city has this name: `conflict`.", body = ErrorEnvelope),
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
            let created = exams::create_university(transaction, new).await?;
            let row = Versioned {
                location: Some(format!("/api/v1/universities/{}", created.id)),
                ..versioned(created)
            };
            Reply::row(StatusCode::CREATED, row)
        })
        .await
}

/// Get a university.
///
/// As the tables have it, with its version in `ETag`. For signed-in callers.
#[utoipa::path(
    get,
    path = "/api/v1/universities/{id}",
    operation_id = "get_university",
    tag = "exams",
    security(("access_token" = []), ("api_key" = [])),
    params(("id" = Uuid, Path, description = "The university's id.", example = "019b76da-a700-7d31-8a55-2f0c4be1a001")),
    responses(
        (status = 200, description = "The university, with `ETag`.", body = Answer<UniversityJson, NoMeta>),
        (status = 401, description = "The caller is not signed in: `unauthorized`.", body = ErrorEnvelope),
        (status = 404, description = "There is no such university: `not_found`.", body = ErrorEnvelope),
    )
)]
pub(crate) async fn get(
    State(app): State<App>,
    PathId(id): PathId,
    RawQuery(raw): RawQuery,
    Caller(actor): Caller,
) -> Result<Response, ApiError> {
    NoParams::parse(raw.as_deref())?;
    let found = exams::university(app.market().pool(), &actor, id).await?;
    Ok(versioned(found).read())
}

/// Change a university.
///
/// A patch without a difference writes nothing. For admins, and officials of the university, who
/// cannot change its status.
#[utoipa::path(
    patch,
    path = "/api/v1/universities/{id}",
    operation_id = "change_university",
    tag = "exams",
    security(("access_token" = []), ("api_key" = [])),
    params(
        ("id" = Uuid, Path, description = "The university's id.", example = "019b76da-a700-7d31-8a55-2f0c4be1a001"),
        IfMatchHeader,
    ),
    request_body(content(
        (UniversityPatchBody = "application/json"),
        (UniversityPatchBody = "application/merge-patch+json"),
    )),
    responses(
        (status = 200, description = "The changed university, with `ETag` and `roost-position`.", body = Answer<UniversityJson, NoMeta>),
        (status = 401, description = "The caller is not signed in: `unauthorized`.", body = ErrorEnvelope),
        (status = 403, description = "The caller is neither admin nor official of this university, or an official who changes the status: `forbidden`.", body = ErrorEnvelope),
        (status = 404, description = "There is no such university: `not_found`.", body = ErrorEnvelope),
        (status = 409, description = "Another university in the city has this name: `conflict`.", body = ErrorEnvelope),
        (status = 412, description = "The university has another version than `If-Match`: `precondition_failed`.", body = ErrorEnvelope),
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
            let changed =
                exams::change_university(transaction, id, patch, write.if_version()).await?;
            Reply::row(StatusCode::OK, versioned(changed))
        })
        .await
}
