//! `POST /api/v1/rooms`.

use axum::extract::{RawQuery, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use roost_market::rooms::create_room;

use super::body::read_new_room;
use super::own_room::{OwnRoomJson, versioned};
use super::schema::NewRoomBody;
use crate::app::caller::Caller;
use crate::app::state::App;
use crate::http::body::read_json_body;
use crate::http::envelope::{Answer, NoMeta};
use crate::http::error::{ApiError, ErrorEnvelope};
use crate::http::write::headers::IdempotencyKeyHeader;
use crate::http::write::{Reply, Versioned, WriteRequest};
use crate::params::declaration::{NoParams, QueryParams};

/// Create a room.
///
/// The room is a draft that its landlord alone sees, at `/api/v1/landlords/me/rooms/{id}`. A
/// landlord leaves `landlord_id` out; an admin must name the landlord.
#[utoipa::path(
    post,
    path = "/api/v1/rooms",
    operation_id = "create_room",
    tag = "rooms",
    security(("access_token" = []), ("api_key" = [])),
    params(IdempotencyKeyHeader),
    request_body(content = NewRoomBody, content_type = "application/json"),
    responses(
        (status = 201, description = "The room. `Location` has its path, `ETag` its version and `roost-position` the position of the write.", body = Answer<OwnRoomJson, NoMeta>),
        (status = 401, description = "The caller is not signed in: `unauthorized`.", body = ErrorEnvelope),
        (status = 403, description = "The caller is neither landlord nor admin: `forbidden`.", body = ErrorEnvelope),
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
    let new = read_new_room(write.body())?;
    write
        .run(async |transaction| {
            let room = create_room(transaction, new).await?;
            let row = Versioned {
                location: Some(format!("/api/v1/landlords/me/rooms/{}", room.id)),
                ..versioned(room)
            };
            Reply::row(StatusCode::CREATED, row)
        })
        .await
}
