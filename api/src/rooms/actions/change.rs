//! `PATCH` and `DELETE /api/v1/rooms/{id}`.

use axum::extract::{RawQuery, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use roost_market::rooms::change_room;

use super::body::read_room_patch;
use super::own_room::{OwnRoomJson, versioned};
use super::schema::RoomPatchBody;
use super::steps::{Step, step_without_body};
use crate::app::caller::Caller;
use crate::app::state::App;
use crate::http::body::read_merge_patch;
use crate::http::envelope::{Answer, NoMeta};
use crate::http::error::{ApiError, ErrorEnvelope};
use crate::http::write::headers::IfMatchHeader;
use crate::http::write::{Reply, WriteRequest};
use crate::params::declaration::{NoParams, QueryParams};
use crate::params::path_id::PathId;

/// Change a room.
///
/// A patch without a difference writes nothing. A room that moves or becomes one of another type
/// loses its verification.
#[utoipa::path(
    patch,
    path = "/api/v1/rooms/{id}",
    operation_id = "change_room",
    tag = "rooms",
    security(("access_token" = []), ("api_key" = [])),
    params(
        ("id" = Uuid, Path, description = "The room's id.", example = "019b76da-a85e-77d1-92b0-13d485117cc7"),
        IfMatchHeader,
    ),
    request_body(content(
        (RoomPatchBody = "application/json"),
        (RoomPatchBody = "application/merge-patch+json"),
    )),
    responses(
        (status = 200, description = "The changed room, with `ETag` and `roost-position`.", body = Answer<OwnRoomJson, NoMeta>),
        (status = 401, description = "The caller is not signed in: `unauthorized`.", body = ErrorEnvelope),
        (status = 403, description = "The room is another landlord's: `forbidden`.", body = ErrorEnvelope),
        (status = 404, description = "There is no such room, or the caller may not see it: `not_found`.", body = ErrorEnvelope),
        (status = 409, description = "The room is removed: `conflict`.", body = ErrorEnvelope),
        (status = 412, description = "The room has another version than `If-Match`: `precondition_failed`.", body = ErrorEnvelope),
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
    let patch = read_room_patch(write.body())?;
    write
        .run(async |transaction| {
            let room = change_room(transaction, id, patch, write.if_version()).await?;
            Reply::row(StatusCode::OK, versioned(room))
        })
        .await
}

/// Remove a room.
///
/// There is no step back. The landlord still sees the room. Removing it again changes nothing.
#[utoipa::path(
    delete,
    path = "/api/v1/rooms/{id}",
    operation_id = "remove_room",
    tag = "rooms",
    security(("access_token" = []), ("api_key" = [])),
    params(
        ("id" = Uuid, Path, description = "The room's id.", example = "019b76da-a85e-77d1-92b0-13d485117cc7"),
        IfMatchHeader,
    ),
    responses(
        (status = 200, description = "The removed room, with `ETag` and `roost-position`.", body = Answer<OwnRoomJson, NoMeta>),
        (status = 401, description = "The caller is not signed in: `unauthorized`.", body = ErrorEnvelope),
        (status = 403, description = "The room is another landlord's: `forbidden`.", body = ErrorEnvelope),
        (status = 404, description = "There is no such room, or the caller may not see it: `not_found`.", body = ErrorEnvelope),
        (status = 412, description = "The room has another version than `If-Match`: `precondition_failed`.", body = ErrorEnvelope),
    )
)]
pub(crate) async fn remove(
    State(app): State<App>,
    PathId(id): PathId,
    RawQuery(raw): RawQuery,
    caller: Caller,
    request: Request,
) -> Result<Response, ApiError> {
    step_without_body(&app, id, raw.as_deref(), caller, request, Step::Remove).await
}
