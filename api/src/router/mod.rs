//! Which routes are there, and what happens to every request on its way?

use std::any::Any;
use std::io;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderName, RETRY_AFTER};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::serve::ListenerExt;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::cors::{Any as AnyOrigin, CorsLayer};
use tower_http::timeout::TimeoutLayer;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::{ApiState, App};
use crate::error::{ApiError, Enveloped};
use crate::observe::{self, REQUEST_ID};
use crate::{
    health, internal, legacy, metrics, multi_search, openapi, rooms, status, suggest, venues,
};

/// Longer than the longest deadline of a search, whose partial answer is worth more than an error.
const REQUEST_TIME_MAX: Duration = Duration::from_secs(15);
const HEADER_BYTES_MAX: usize = 16 * 1024;
/// Of many searches at once; other routes read no body, and let pass what some clients send.
pub(crate) const BODY_BYTES_MAX: usize = 256 * 1024;

/// Every route, ready to serve.
pub fn router(state: ApiState) -> Router {
    let cors = CorsLayer::new()
        .allow_origin(AnyOrigin)
        .allow_methods([Method::GET, Method::HEAD, Method::POST])
        .allow_headers([CONTENT_TYPE])
        .expose_headers([HeaderName::from_static(REQUEST_ID), RETRY_AFTER]);
    let internal = internal::routes(state.internal.clone());
    let app = App::new(state);
    // The last layer is the first to see a request.
    routes()
        .0
        .merge(internal)
        .layer(middleware::from_fn(refuse_oversized))
        .layer(TimeoutLayer::with_status_code(
            StatusCode::GATEWAY_TIMEOUT,
            REQUEST_TIME_MAX,
        ))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(middleware::map_response(envelope))
        .layer(CompressionLayer::new())
        .layer(cors)
        .layer(middleware::from_fn_with_state(
            app.clone(),
            observe::observe,
        ))
        .with_state(app)
}

/// Serves until `stop` is cancelled, then lets the requests under way end.
///
/// # Errors
/// If the listener fails.
pub async fn serve(
    listener: TcpListener,
    state: ApiState,
    stop: CancellationToken,
) -> io::Result<()> {
    let listener = listener.tap_io(|connection| {
        // A compressed answer leaves in several writes, and without this the later ones wait for
        // the client to acknowledge the first: a round trip more on a slow line.
        if let Err(error) = connection.set_nodelay(true) {
            tracing::debug!(%error, "a connection keeps its delay");
        }
    });
    axum::serve(listener, router(state))
        .with_graceful_shutdown(stop.cancelled_owned())
        .await
}

/// The routes and the document that describes them, from one list: neither can lack what the
/// other has.
pub(crate) fn routes() -> (Router<App>, OpenApi) {
    let (router, mut document) = OpenApiRouter::with_openapi(openapi::whole())
        .routes(routes!(rooms::search::search))
        .routes(routes!(rooms::heatmap::heatmap))
        .routes(routes!(rooms::item::room))
        .routes(routes!(rooms::item::ranking_score))
        .routes(routes!(multi_search::search))
        .routes(routes!(suggest::suggest))
        .routes(routes!(venues::search))
        .routes(routes!(venues::venue))
        .routes(routes!(legacy::search))
        .routes(routes!(health::live))
        .routes(routes!(health::ready))
        .routes(routes!(status::status))
        .routes(routes!(metrics::metrics))
        .routes(routes!(openapi::document))
        .split_for_parts();
    openapi::add_errors(&mut document);
    openapi::describe_searches(&mut document);
    (router, document)
}

async fn refuse_oversized(request: Request, next: Next) -> Response {
    if header_bytes(request.headers()) > HEADER_BYTES_MAX {
        return ApiError::bare(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE).into_response();
    }
    let length = request.headers().get(CONTENT_LENGTH);
    let length = length.and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    if length.is_some_and(|length| length > BODY_BYTES_MAX) {
        return ApiError::bare(StatusCode::PAYLOAD_TOO_LARGE).into_response();
    }
    next.run(request).await
}

fn header_bytes(headers: &HeaderMap) -> usize {
    headers
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len())
        .sum()
}

/// Routing and layers answer some errors by a bare status; this puts the envelope around those.
async fn envelope(response: Response) -> Response {
    let status = response.status();
    let is_error = status.is_client_error() || status.is_server_error();
    if !is_error || response.extensions().get::<Enveloped>().is_some() {
        return response;
    }
    let mut enveloped = ApiError::bare(status).into_response();
    for (name, value) in response.headers() {
        let headers = enveloped.headers_mut();
        headers.entry(name).or_insert_with(|| value.clone());
    }
    enveloped.headers_mut().remove(CONTENT_LENGTH);
    enveloped
}

fn panicked(panic: Box<dyn Any + Send>) -> Response {
    let text = panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned());
    ApiError::internal(text.unwrap_or_else(|| "panicked".to_owned())).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Code;
    use axum::body::to_bytes;

    async fn body(response: Response) -> serde_json::Value {
        let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        serde_json::from_slice(&bytes).unwrap()
    }

    #[tokio::test]
    async fn a_bare_status_of_a_layer_gets_the_envelope() {
        let cases = [
            (StatusCode::GATEWAY_TIMEOUT, "timed_out"),
            (StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type"),
            (StatusCode::PAYLOAD_TOO_LARGE, "body_too_large"),
            (StatusCode::BAD_REQUEST, "bad_request"),
            (StatusCode::BAD_GATEWAY, "internal"),
        ];
        for (status, code) in cases {
            let response = envelope(status.into_response()).await;
            assert_eq!(response.status(), status);
            assert_eq!(body(response).await["error"]["code"], code);
        }
    }

    #[tokio::test]
    async fn what_has_the_envelope_stays_as_it_is() {
        let error = ApiError::new(StatusCode::NOT_FOUND, Code::VenueNotFound, "no such venue");
        let response = envelope(error.into_response()).await;
        assert_eq!(body(response).await["error"]["message"], "no such venue");
        let response = envelope("fine".into_response()).await;
        assert_eq!(response.status(), StatusCode::OK);
    }
}
