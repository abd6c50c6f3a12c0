//! `GET /internal/memory-state`: the signals that searches read, as JSON lines.

use std::error::Error;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::header::{CONTENT_TYPE, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use futures_util::stream;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::lines::{MemoryState, chunks};
use super::token::Token;
use crate::http::error::{ApiError, Code};

/// Where the route is.
pub const MEMORY_STATE_PATH: &str = "/internal/memory-state";

/// Returns the in-memory state of this node.
pub trait MemoryStateSource: Send + Sync {
    /// Waits until the state is of one position, and returns it.
    fn fetch(&self) -> MemoryStateFuture<'_>;
}

/// A state, or why there is none.
pub type MemoryStateFuture<'a> =
    Pin<Box<dyn Future<Output = Result<MemoryState, Box<dyn Error + Send + Sync>>> + Send + 'a>>;

/// Access to the internal routes.
#[derive(Clone)]
pub struct InternalRoutes {
    token: Token,
    memory_state: Arc<dyn MemoryStateSource>,
    /// Each response keeps a copy of the state in memory.
    responses: Arc<Semaphore>,
}

/// Further requests wait.
const RESPONSES_MAX: usize = 2;
/// A request waits this long for its turn and for the follower, which reports nothing while it is
/// not connected to its source.
const WAIT_MAX: Duration = Duration::from_secs(5);

impl InternalRoutes {
    /// Serves the state to callers that send the token.
    pub fn new(token: Token, memory_state: Arc<dyn MemoryStateSource>) -> InternalRoutes {
        InternalRoutes {
            token,
            memory_state,
            responses: Arc::new(Semaphore::new(RESPONSES_MAX)),
        }
    }
}

/// The internal routes. They are not part of the public API and its document.
pub(crate) fn routes<S>(internal: InternalRoutes) -> Router<S> {
    Router::new()
        .route(MEMORY_STATE_PATH, get(memory_state))
        .with_state(internal)
}

async fn memory_state(State(internal): State<InternalRoutes>, headers: HeaderMap) -> Response {
    if !internal.token.authorizes(&headers) {
        return unauthorized();
    }
    respond(&internal)
        .await
        .unwrap_or_else(IntoResponse::into_response)
}

async fn respond(internal: &InternalRoutes) -> Result<Response, ApiError> {
    let fetch = async {
        let permit = Arc::clone(&internal.responses).acquire_owned().await;
        let permit = permit.map_err(ApiError::internal)?;
        let state = internal.memory_state.fetch().await;
        Ok::<_, ApiError>((permit, state.map_err(ApiError::internal)?))
    };
    let (permit, state) = timeout(WAIT_MAX, fetch)
        .await
        .map_err(|_| not_following())??;
    // The permit lasts until the last chunk is sent or the connection ends.
    let chunks = chunks(state).inspect(move |_| {
        let _ = &permit;
    });
    let content_type = (CONTENT_TYPE, "application/x-ndjson");
    Ok(([content_type], Body::from_stream(stream::iter(chunks))).into_response())
}

fn not_following() -> ApiError {
    let message = "the node does not follow its source at the moment";
    ApiError::new(StatusCode::SERVICE_UNAVAILABLE, Code::NotReady, message)
}

fn unauthorized() -> Response {
    let message = "this route requires the node's token in the Authorization header";
    let error = ApiError::new(StatusCode::UNAUTHORIZED, Code::Unauthorized, message);
    let mut response = error.into_response();
    let scheme = HeaderValue::from_static("Bearer");
    response.headers_mut().insert(WWW_AUTHENTICATE, scheme);
    response
}
