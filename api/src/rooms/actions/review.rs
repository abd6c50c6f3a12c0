//! The review queue, and the rejection of a room.

use axum::Json;
use axum::extract::{RawQuery, Request, State};
use axum::response::Response;
use roost_market::rooms::{QueueCursor, review_queue};
use utoipa::ToSchema;

use super::list::{AFTER_SUBMISSION, QUEUE};
use super::own_room::OwnRoomJson;
use super::steps::{Step, take_step};
use crate::app::caller::Caller;
use crate::app::state::App;
use crate::http::body::read_json_body;
use crate::http::envelope::{Answer, NoMeta};
use crate::http::error::{ApiError, ErrorEnvelope};
use crate::http::write::WriteRequest;
use crate::http::write::headers::{IdempotencyKeyHeader, IfMatchHeader};
use crate::params::declaration::{Documented, Group, NoParams, QueryParams};
use crate::params::object::JsonObject;
use crate::params::path_id::PathId;
use crate::query::list::{LIMIT, LIST_SIZE, ListMeta};

/// The query parameters of the queue.
struct QueueParams;

impl QueryParams for QueueParams {
    const GROUPS: &'static [Group] = &[LIST_SIZE, QUEUE];
}

/// Why a room is rejected.
#[derive(Debug, ToSchema)]
#[schema(as = Rejection, example = json!({"reason": "The address does not exist."}))]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "it describes the body for the OpenAPI document")]
pub(crate) struct RejectionBody {
    /// One line, which the landlord reads.
    #[schema(
        min_length = 1,
        max_length = 1_000,
        pattern = r"^[^\x00-\x1F\x7F-\x9F]*[^\s\x00-\x1F\x7F-\x9F][^\x00-\x1F\x7F-\x9F]*$"
    )]
    reason: String,
}

/// List the rooms that wait for their review.
///
/// The longest waiting first. For admins.
#[utoipa::path(
    get,
    path = "/api/v1/rooms/review-queue",
    operation_id = "list_review_queue",
    tag = "rooms",
    security(("access_token" = []), ("api_key" = [])),
    params(Documented<QueueParams>),
    responses(
        (status = 200, description = "The submitted rooms.", body = Answer<Vec<OwnRoomJson>, ListMeta>),
        (status = 401, description = "The caller is not signed in: `unauthorized`.", body = ErrorEnvelope),
        (status = 403, description = "The caller is no admin: `forbidden`.", body = ErrorEnvelope),
    )
)]
pub(crate) async fn queue(
    State(app): State<App>,
    RawQuery(raw): RawQuery,
    Caller(actor): Caller,
) -> Result<Json<Answer<Vec<OwnRoomJson>, ListMeta>>, ApiError> {
    let params = QueueParams::parse(raw.as_deref())?;
    let limit = LIMIT.read(&params)?;
    let after = AFTER_SUBMISSION.read(&params)?;
    let page = review_queue(app.market().pool(), &actor, after, limit).await?;
    let last = page.items.last().filter(|_| page.has_more);
    let next = last.and_then(QueueCursor::of);
    let meta = ListMeta {
        next_cursor: next.map(|cursor| cursor.to_string()),
        limit,
    };
    let rooms = page.items.into_iter().map(OwnRoomJson::from).collect();
    Ok(Answer::json(rooms, meta))
}

/// Reject a room.
///
/// A submitted room becomes a draft again, and its landlord reads the reason. For admins.
#[utoipa::path(
    post,
    path = "/api/v1/rooms/{id}/reject",
    operation_id = "reject_room",
    tag = "rooms",
    security(("access_token" = []), ("api_key" = [])),
    params(
        ("id" = Uuid, Path, description = "The room's id.", example = "019b76da-a85e-77d1-92b0-13d485117cc7"),
        IfMatchHeader,
        IdempotencyKeyHeader,
    ),
    request_body(content = RejectionBody, content_type = "application/json"),
    responses(
        (status = 200, description = "The room as a draft, with `ETag` and `roost-position`.", body = Answer<OwnRoomJson, NoMeta>),
        (status = 401, description = "The caller is not signed in: `unauthorized`.", body = ErrorEnvelope),
        (status = 403, description = "The caller is no admin: `forbidden`.", body = ErrorEnvelope),
        (status = 404, description = "There is no such room: `not_found`.", body = ErrorEnvelope),
        (status = 409, description = "The room is not `submitted`: `conflict`, which names both states.", body = ErrorEnvelope),
        (status = 412, description = "The room has another version than `If-Match`: `precondition_failed`.", body = ErrorEnvelope),
        (status = 422, description = "The key was used for another request: `idempotency_key_reused`.", body = ErrorEnvelope),
    )
)]
pub(crate) async fn reject(
    State(app): State<App>,
    PathId(id): PathId,
    RawQuery(raw): RawQuery,
    caller: Caller,
    request: Request,
) -> Result<Response, ApiError> {
    NoParams::parse(raw.as_deref())?;
    let (pool, actor) = (app.market().pool(), caller.signed_in()?);
    let write = WriteRequest::read(pool, actor, request, read_json_body).await?;
    let mut object = JsonObject::parse(write.body(), &["reason"])?;
    let reason = object.required_text("reason", "a line of 1 to 1000 characters")?;
    take_step(&write, id, Step::Reject(reason)).await
}
