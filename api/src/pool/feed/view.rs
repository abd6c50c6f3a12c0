//! `POST /api/v1/landlords/me/feed/{id}/view`.

use std::time::Instant;

use axum::extract::{RawQuery, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use roost_engine::Reader;
use roost_market::pool::matches::{feed_landlord, view_request};
use roost_market::rfc3339;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::search::{Feed, FeedRequest};
use crate::admission::{Client, Outcome, Ticket};
use crate::app::caller::Caller;
use crate::app::state::App;
use crate::collections::access::Access;
use crate::http::envelope::{Answer, NoMeta};
use crate::http::error::{ApiError, ErrorEnvelope};
use crate::http::write::headers::IdempotencyKeyHeader;
use crate::http::write::{Reply, WriteRequest};
use crate::params::declaration::{NoParams, QueryParams};
use crate::params::path_id::PathId;

/// A request that the landlord has viewed.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ViewedRequest {
    request_id: Uuid,
    landlord_id: Uuid,
    /// When the landlord first viewed it, UTC.
    #[schema(example = "2026-12-01T09:30:00.000Z")]
    viewed_at: String,
}

/// Note that the signed-in landlord views a request.
///
/// The request must be in its feed, or have been. The first time counts, and later ones return it.
#[utoipa::path(
    post,
    path = "/api/v1/landlords/me/feed/{id}/view",
    operation_id = "view_request",
    tag = "landlords",
    security(("access_token" = []), ("api_key" = [])),
    params(
        ("id" = Uuid, Path, description = "The request's id.", example = "019b76da-aa00-7c11-8a55-2f0c4be1a001"),
        IdempotencyKeyHeader,
    ),
    responses(
        (status = 200, description = "When the landlord first viewed it.", body = Answer<ViewedRequest, NoMeta>),
        (status = 401, description = "The caller is not signed in: `unauthorized`.", body = ErrorEnvelope),
        (status = 403, description = "The caller is no landlord, or its key lacks the scope `feed:read`: `forbidden`.", body = ErrorEnvelope),
        (status = 404, description = "The request is not in the feed of the landlord: `not_found`.", body = ErrorEnvelope),
        (status = 422, description = "The key was used for another request: `idempotency_key_reused`.", body = ErrorEnvelope),
    )
)]
pub(crate) async fn view(
    State(app): State<App>,
    client: Client,
    PathId(id): PathId,
    RawQuery(raw): RawQuery,
    caller: Caller,
    request: Request,
) -> Result<Response, ApiError> {
    let started = Instant::now();
    let params = NoParams::parse(raw.as_deref())?;
    let (pool, actor) = (app.market().pool(), caller.signed_in()?);
    let write = WriteRequest::without_body(pool, actor.clone(), &request)?;
    let access = Access::to_pool(actor)?;
    let request = FeedRequest::read(&params, &access, (&app, started))?;
    let feed = Feed::new(request, feed_landlord(pool, access.actor()).await?);
    let ticket = Ticket::new(client, started, app.deadline(started));
    let search = move |reader: &Reader, _| Ok(Outcome::Done(feed.fitting_room(reader, id)?));
    let room = app.run(ticket, search).await?;
    let view = write.run(async |transaction| {
        let viewed = view_request(transaction, id, room).await?;
        let viewed = ViewedRequest {
            request_id: id,
            landlord_id: viewed.landlord_id,
            viewed_at: rfc3339(viewed.viewed_at),
        };
        Reply::plain(StatusCode::OK, viewed)
    });
    view.await
}
