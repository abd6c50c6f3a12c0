//! Server-sent events: `GET /api/v1/landlords/me/feed/live` and `GET /api/v1/requests/live`.

use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderName};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{AppendHeaders, IntoResponse, Response};
use roost_market::pool::live::{landlord_of, student_of};
use roost_market::{ActionError, Actor};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::caller::{Caller, bearer};
use crate::app::live::{Audience, Subscription};
use crate::app::market::subjects;
use crate::app::state::App;
use crate::http::error::{ApiError, ErrorEnvelope};
use crate::params::declaration::{NoParams, QueryParams};

const LAST_EVENT_ID: &str = "last-event-id";

/// Tells nginx not to wait for more before it passes an event on.
const UNBUFFERED: HeaderName = HeaderName::from_static("x-accel-buffering");

/// The routes of live events.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(feed))
        .routes(routes!(requests))
}

/// Listen for the events of a landlord.
///
/// Server-sent events: `match` (a rental request matches one of the landlord's rooms),
/// `request_changed` and `request_closed` (one that matched), `offer_answered`, and `catch_up`
/// before the stream ends because its client does not read it. `docs/api.md` describes them.
#[utoipa::path(
    get,
    path = "/api/v1/landlords/me/feed/live",
    operation_id = "listen_to_feed",
    tag = "requests",
    security(("access_token" = []), ("api_key" = [])),
    params(
        ("Last-Event-ID" = Option<String>, Header, description = "The id of the last event that the client has received: it gets those that it has missed since.", example = "f.20c403a0648ab0c3.1796129508.2139:2142:2140.17"),
    ),
    responses(
        (status = 200, description = "The events, until the client disconnects.", content_type = "text/event-stream", body = String),
        (status = 400, description = "`Last-Event-ID` is none of this stream: `invalid_parameter`.", body = ErrorEnvelope),
        (status = 401, description = "The caller is not signed in: `unauthorized`.", body = ErrorEnvelope),
        (status = 403, description = "The caller is no landlord: `forbidden`.", body = ErrorEnvelope),
        (status = 410, description = "The events since `Last-Event-ID` are not kept any more, or too many: `gone`. Read the feed, and listen without it.", body = ErrorEnvelope),
        (status = 429, description = "The landlord has too many such streams: `too_many_requests`.", body = ErrorEnvelope),
    )
)]
async fn feed(
    State(app): State<App>,
    RawQuery(raw): RawQuery,
    Caller(actor): Caller,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    NoParams::parse(raw.as_deref())?;
    let landlord = landlord_of(app.market().pool(), &actor).await?;
    let subscription = Subscription {
        audience: Audience::Landlord,
        recipient: landlord,
        subjects: subjects(&actor),
        last_event_id: last_event_id(&headers)?,
    };
    respond(&app, subscription, &actor, &headers).await
}

/// Listen for the events of a student.
///
/// Server-sent events: `offer_made`, `offer_withdrawn` and `offer_expired` (an offer for one of the
/// student's rental requests), `request_closed`, and `catch_up` before the stream ends because its
/// client does not read it. `docs/api.md` describes them.
#[utoipa::path(
    get,
    path = "/api/v1/requests/live",
    operation_id = "listen_to_requests",
    tag = "requests",
    security(("access_token" = []), ("api_key" = [])),
    params(
        ("Last-Event-ID" = Option<String>, Header, description = "The id of the last event that the client has received: it gets those that it has missed since.", example = "f.20c403a0648ab0c3.1796129508.2139:2142:2140.17"),
    ),
    responses(
        (status = 200, description = "The events, until the client disconnects.", content_type = "text/event-stream", body = String),
        (status = 400, description = "`Last-Event-ID` is none of this stream: `invalid_parameter`.", body = ErrorEnvelope),
        (status = 401, description = "The caller is not signed in: `unauthorized`.", body = ErrorEnvelope),
        (status = 403, description = "The caller is no student: `forbidden`.", body = ErrorEnvelope),
        (status = 410, description = "The events since `Last-Event-ID` are not kept any more, or too many: `gone`. Read the list, and listen without it.", body = ErrorEnvelope),
        (status = 429, description = "The student has too many such streams: `too_many_requests`.", body = ErrorEnvelope),
    )
)]
async fn requests(
    State(app): State<App>,
    RawQuery(raw): RawQuery,
    Caller(actor): Caller,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    NoParams::parse(raw.as_deref())?;
    let subscription = Subscription {
        audience: Audience::Student,
        recipient: student_of(&actor)?,
        subjects: subjects(&actor),
        last_event_id: last_event_id(&headers)?,
    };
    respond(&app, subscription, &actor, &headers).await
}

async fn respond(
    app: &App,
    subscription: Subscription<'_>,
    actor: &Actor,
    headers: &HeaderMap,
) -> Result<Response, ApiError> {
    let body = app.market().live().subscribe(subscription).await?;
    // A revocation from now on ends the listener. One from before it was registered is found here.
    let credential = bearer(headers)?.unwrap_or_default();
    if app.market().current_actor(credential).await? != *actor {
        let error = "the rights of the caller have changed meanwhile; connect again";
        return Err(ActionError::Unauthenticated(error.into()).into());
    }
    let headers = AppendHeaders([
        (CONTENT_TYPE, HeaderValue::from_static("text/event-stream")),
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (UNBUFFERED, HeaderValue::from_static("no")),
    ]);
    Ok((headers, Body::new(body)).into_response())
}

/// The id that a client sends when it resumes. Without an event so far it sends an empty one.
fn last_event_id(headers: &HeaderMap) -> Result<Option<&str>, ApiError> {
    let Some(value) = headers.get(LAST_EVENT_ID) else {
        return Ok(None);
    };
    let text = value.to_str().map_err(|_| {
        let sent = String::from_utf8_lossy(value.as_bytes());
        ApiError::parameter(LAST_EVENT_ID, &sent, "the id of an event of this stream")
    })?;
    Ok(Some(text).filter(|text| !text.is_empty()))
}
