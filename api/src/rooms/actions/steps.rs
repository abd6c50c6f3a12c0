//! The steps of a room from one state to another.

use axum::extract::{RawQuery, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use roost_market::rooms::{
    Room, pause_room, reject_room, remove_room, resume_room, submit_room, verify_room,
};
use roost_market::{ActionError, IfVersion, Transaction};
use uuid::Uuid;

use super::own_room::{OwnRoomJson, versioned};
use crate::app::caller::Caller;
use crate::app::state::App;
use crate::http::envelope::{Answer, NoMeta};
use crate::http::error::{ApiError, ErrorEnvelope};
use crate::http::write::headers::{IdempotencyKeyHeader, IfMatchHeader};
use crate::http::write::{Reply, WriteRequest};
use crate::params::declaration::{NoParams, QueryParams};
use crate::params::path_id::PathId;

/// A step from one state to another.
pub(super) enum Step {
    Submit,
    Pause,
    Resume,
    Remove,
    Verify,
    /// With the reason, which the landlord reads.
    Reject(String),
}

/// Submit a room for review.
///
/// A draft becomes `submitted`. The reason of an earlier rejection is removed.
#[utoipa::path(
    post,
    path = "/api/v1/rooms/{id}/submit",
    operation_id = "submit_room",
    tag = "rooms",
    security(("access_token" = []), ("api_key" = [])),
    params(
        ("id" = Uuid, Path, description = "The room's id.", example = "019b76da-a85e-77d1-92b0-13d485117cc7"),
        IfMatchHeader,
        IdempotencyKeyHeader,
    ),
    responses(
        (status = 200, description = "The room in its next state, with `ETag` and `roost-position`.", body = Answer<OwnRoomJson, NoMeta>),
        (status = 401, description = "The caller is not signed in: `unauthorized`.", body = ErrorEnvelope),
        (status = 403, description = "The room is another landlord's: `forbidden`.", body = ErrorEnvelope),
        (status = 404, description = "There is no such room, or the caller may not see it: `not_found`.", body = ErrorEnvelope),
        (status = 409, description = "The room is not `draft`: `conflict`, which names both states.", body = ErrorEnvelope),
        (status = 412, description = "The room has another version than `If-Match`: `precondition_failed`.", body = ErrorEnvelope),
        (status = 422, description = "The key was used for another request: `idempotency_key_reused`.", body = ErrorEnvelope),
    )
)]
pub(crate) async fn submit(
    State(app): State<App>,
    PathId(id): PathId,
    RawQuery(raw): RawQuery,
    caller: Caller,
    request: Request,
) -> Result<Response, ApiError> {
    step_without_body(&app, id, raw.as_deref(), caller, request, Step::Submit).await
}

/// Pause a room.
///
/// A listed room becomes `paused`: searches do not find it until it is resumed.
#[utoipa::path(
    post,
    path = "/api/v1/rooms/{id}/pause",
    operation_id = "pause_room",
    tag = "rooms",
    security(("access_token" = []), ("api_key" = [])),
    params(
        ("id" = Uuid, Path, description = "The room's id.", example = "019b76da-a85e-77d1-92b0-13d485117cc7"),
        IfMatchHeader,
        IdempotencyKeyHeader,
    ),
    responses(
        (status = 200, description = "The room in its next state, with `ETag` and `roost-position`.", body = Answer<OwnRoomJson, NoMeta>),
        (status = 401, description = "The caller is not signed in: `unauthorized`.", body = ErrorEnvelope),
        (status = 403, description = "The room is another landlord's: `forbidden`.", body = ErrorEnvelope),
        (status = 404, description = "There is no such room, or the caller may not see it: `not_found`.", body = ErrorEnvelope),
        (status = 409, description = "The room is not `listed`: `conflict`, which names both states.", body = ErrorEnvelope),
        (status = 412, description = "The room has another version than `If-Match`: `precondition_failed`.", body = ErrorEnvelope),
        (status = 422, description = "The key was used for another request: `idempotency_key_reused`.", body = ErrorEnvelope),
    )
)]
pub(crate) async fn pause(
    State(app): State<App>,
    PathId(id): PathId,
    RawQuery(raw): RawQuery,
    caller: Caller,
    request: Request,
) -> Result<Response, ApiError> {
    step_without_body(&app, id, raw.as_deref(), caller, request, Step::Pause).await
}

/// Resume a room.
///
/// A paused room becomes `listed` again.
#[utoipa::path(
    post,
    path = "/api/v1/rooms/{id}/resume",
    operation_id = "resume_room",
    tag = "rooms",
    security(("access_token" = []), ("api_key" = [])),
    params(
        ("id" = Uuid, Path, description = "The room's id.", example = "019b76da-a85e-77d1-92b0-13d485117cc7"),
        IfMatchHeader,
        IdempotencyKeyHeader,
    ),
    responses(
        (status = 200, description = "The room in its next state, with `ETag` and `roost-position`.", body = Answer<OwnRoomJson, NoMeta>),
        (status = 401, description = "The caller is not signed in: `unauthorized`.", body = ErrorEnvelope),
        (status = 403, description = "The room is another landlord's: `forbidden`.", body = ErrorEnvelope),
        (status = 404, description = "There is no such room, or the caller may not see it: `not_found`.", body = ErrorEnvelope),
        (status = 409, description = "The room is not `paused`: `conflict`, which names both states.", body = ErrorEnvelope),
        (status = 412, description = "The room has another version than `If-Match`: `precondition_failed`.", body = ErrorEnvelope),
        (status = 422, description = "The key was used for another request: `idempotency_key_reused`.", body = ErrorEnvelope),
    )
)]
pub(crate) async fn resume(
    State(app): State<App>,
    PathId(id): PathId,
    RawQuery(raw): RawQuery,
    caller: Caller,
    request: Request,
) -> Result<Response, ApiError> {
    step_without_body(&app, id, raw.as_deref(), caller, request, Step::Resume).await
}

/// Verify a room.
///
/// A submitted room becomes `listed`, and searches find it. For admins.
#[utoipa::path(
    post,
    path = "/api/v1/rooms/{id}/verify",
    operation_id = "verify_room",
    tag = "rooms",
    security(("access_token" = []), ("api_key" = [])),
    params(
        ("id" = Uuid, Path, description = "The room's id.", example = "019b76da-a85e-77d1-92b0-13d485117cc7"),
        IfMatchHeader,
        IdempotencyKeyHeader,
    ),
    responses(
        (status = 200, description = "The room in its next state, with `ETag` and `roost-position`.", body = Answer<OwnRoomJson, NoMeta>),
        (status = 401, description = "The caller is not signed in: `unauthorized`.", body = ErrorEnvelope),
        (status = 403, description = "The caller is no admin: `forbidden`.", body = ErrorEnvelope),
        (status = 404, description = "There is no such room: `not_found`.", body = ErrorEnvelope),
        (status = 409, description = "The room is not `submitted`: `conflict`, which names both states.", body = ErrorEnvelope),
        (status = 412, description = "The room has another version than `If-Match`: `precondition_failed`.", body = ErrorEnvelope),
        (status = 422, description = "The key was used for another request: `idempotency_key_reused`.", body = ErrorEnvelope),
    )
)]
pub(crate) async fn verify(
    State(app): State<App>,
    PathId(id): PathId,
    RawQuery(raw): RawQuery,
    caller: Caller,
    request: Request,
) -> Result<Response, ApiError> {
    step_without_body(&app, id, raw.as_deref(), caller, request, Step::Verify).await
}

/// Takes a room to its next state by a request that says only which room.
pub(super) async fn step_without_body(
    app: &App,
    id: Uuid,
    raw: Option<&str>,
    caller: Caller,
    request: Request,
    step: Step,
) -> Result<Response, ApiError> {
    NoParams::parse(raw)?;
    let (pool, actor) = (app.market().pool(), caller.signed_in()?);
    let write = WriteRequest::without_body(pool, actor, &request)?;
    take_step(&write, id, step).await
}

/// Takes a room to its next state.
pub(super) async fn take_step(
    write: &WriteRequest<'_>,
    id: Uuid,
    step: Step,
) -> Result<Response, ApiError> {
    write
        .run(async |transaction| {
            let room = act(transaction, id, step, write.if_version()).await?;
            Reply::row(StatusCode::OK, versioned(room))
        })
        .await
}

async fn act(
    transaction: &mut Transaction,
    id: Uuid,
    step: Step,
    if_version: &IfVersion,
) -> Result<Room, ActionError> {
    match step {
        Step::Submit => submit_room(transaction, id, if_version).await,
        Step::Pause => pause_room(transaction, id, if_version).await,
        Step::Resume => resume_room(transaction, id, if_version).await,
        Step::Remove => remove_room(transaction, id, if_version).await,
        Step::Verify => verify_room(transaction, id, if_version).await,
        Step::Reject(reason) => reject_room(transaction, id, &reason, if_version).await,
    }
}
