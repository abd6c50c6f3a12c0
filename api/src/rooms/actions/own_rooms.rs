//! `GET /api/v1/landlords/me/rooms`, and one of them.

use axum::Json;
use axum::extract::{RawQuery, State};
use axum::http::header::ETAG;
use axum::response::{AppendHeaders, IntoResponse, Response};
use roost_market::rooms::{own_room, own_rooms};

use super::list::{OWN, STATUS};
use super::own_room::OwnRoomJson;
use crate::app::caller::Caller;
use crate::app::state::App;
use crate::http::action::read;
use crate::http::envelope::{Answer, NoMeta};
use crate::http::error::{ApiError, ErrorEnvelope};
use crate::http::write::conditions::etag;
use crate::params::declaration::{Documented, Group, NoParams, QueryParams};
use crate::params::path_id::PathId;
use crate::query::list::{AFTER, LIMIT, LIST_CURSOR, LIST_SIZE, ListMeta};

/// The query parameters of the list.
struct OwnRoomsParams;

impl QueryParams for OwnRoomsParams {
    const GROUPS: &'static [Group] = &[LIST_SIZE, OWN, LIST_CURSOR];
}

/// List the rooms of the signed-in landlord.
///
/// In any state, the newest first.
#[utoipa::path(
    get,
    path = "/api/v1/landlords/me/rooms",
    operation_id = "list_own_rooms",
    tag = "landlords",
    security(("access_token" = []), ("api_key" = [])),
    params(Documented<OwnRoomsParams>),
    responses(
        (status = 200, description = "The rooms.", body = Answer<Vec<OwnRoomJson>, ListMeta>),
        (status = 401, description = "The caller is not signed in: `unauthorized`.", body = ErrorEnvelope),
        (status = 403, description = "The caller is no landlord: `forbidden`.", body = ErrorEnvelope),
    )
)]
pub(crate) async fn list(
    State(app): State<App>,
    RawQuery(raw): RawQuery,
    Caller(actor): Caller,
) -> Result<Json<Answer<Vec<OwnRoomJson>, ListMeta>>, ApiError> {
    let params = OwnRoomsParams::parse(raw.as_deref())?;
    let limit = LIMIT.read(&params)?;
    let (status, after) = (STATUS.read(&params)?, AFTER.read(&params)?);
    let page = own_rooms(app.market().pool(), &actor, status, after, limit).await?;
    let meta = ListMeta::of(&page, limit, |room| room.id);
    let rooms = page.items.into_iter().map(OwnRoomJson::from).collect();
    Ok(Answer::json(rooms, meta))
}

/// Get a room of the signed-in landlord.
///
/// In any state, as the tables have it. `ETag` has its version.
#[utoipa::path(
    get,
    path = "/api/v1/landlords/me/rooms/{id}",
    operation_id = "get_own_room",
    tag = "landlords",
    security(("access_token" = []), ("api_key" = [])),
    params(("id" = Uuid, Path, description = "The room's id.", example = "019b76da-a85e-77d1-92b0-13d485117cc7")),
    responses(
        (status = 200, description = "The room, with `ETag`.", body = Answer<OwnRoomJson, NoMeta>),
        (status = 401, description = "The caller is not signed in: `unauthorized`.", body = ErrorEnvelope),
        (status = 403, description = "The caller is no landlord: `forbidden`.", body = ErrorEnvelope),
        (status = 404, description = "The landlord has no such room: `not_found`.", body = ErrorEnvelope),
    )
)]
pub(crate) async fn get(
    State(app): State<App>,
    PathId(id): PathId,
    RawQuery(raw): RawQuery,
    Caller(actor): Caller,
) -> Result<Response, ApiError> {
    NoParams::parse(raw.as_deref())?;
    let room = own_room(app.market().pool(), &actor, id).await?;
    let headers = AppendHeaders([(ETAG, etag(room.version))]);
    Ok((headers, read(OwnRoomJson::from(room))).into_response())
}
