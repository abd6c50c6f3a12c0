//! One request and its response: hands the request to the routes, and records how far both are.

use std::convert::Infallible;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use axum::Router;
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Request;
use axum::http::header::CONTENT_ENCODING;
use axum::response::Response;
use http_body::{Frame, SizeHint};
use hyper::body::Incoming;
use hyper::service::Service;
use hyper_util::service::{TowerToHyperService, TowerToHyperServiceFuture};
use pin_project_lite::pin_project;

use super::connection::Connection;
use super::connection_memory::{ConnectionMemory, ReservedBytes};
use super::request_body::request_body;

/// The state and the buffers of the encoder that compresses a response.
const ENCODER_BYTES: u64 = 320 * 1024;

/// The routes, as the requests of one connection reach them.
pub(super) struct Routes {
    routes: TowerToHyperService<Router>,
    peer: IpAddr,
    memory: Arc<ConnectionMemory>,
}

impl Routes {
    pub(super) fn new(router: Router, peer: IpAddr, memory: Arc<ConnectionMemory>) -> Routes {
        Routes {
            routes: TowerToHyperService::new(router),
            peer,
            memory,
        }
    }
}

impl Service<Request<Incoming>> for Routes {
    type Response = Response<ResponseBody>;
    type Error = Infallible;
    type Future = Exchange;

    fn call(&self, request: Request<Incoming>) -> Exchange {
        let progress = Progress::begin(self.memory.connection());
        let mut request = request.map(|body| request_body(body, &self.memory));
        let proxies = &self.memory.registry().options().trusted_proxies;
        let client = proxies.client(self.peer, request.headers());
        let extensions = request.extensions_mut();
        extensions.insert(client);
        extensions.insert(Arc::clone(&self.memory));
        Exchange {
            response: self.routes.call(request),
            memory: Arc::clone(&self.memory),
            progress: Some(progress),
            has_turn: false,
        }
    }
}

pin_project! {
    /// The response to one request.
    pub(super) struct Exchange {
        #[pin]
        response: TowerToHyperServiceFuture<Router, Request>,
        memory: Arc<ConnectionMemory>,
        progress: Option<Progress>,
        has_turn: bool,
    }
}

impl Future for Exchange {
    type Output = Result<Response<ResponseBody>, Infallible>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let exchange = self.project();
        if !std::mem::replace(exchange.has_turn, true)
            && exchange.memory.connection().turn.is_used_up()
        {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        let response = match ready!(exchange.response.poll(cx)) {
            Ok(response) => response,
            Err(never) => match never {},
        };
        let progress = exchange.progress.take().map(Progress::respond);
        let is_encoded = response.headers().contains_key(CONTENT_ENCODING);
        let encoder = is_encoded.then(|| exchange.memory.reserve(ENCODER_BYTES));
        Poll::Ready(Ok(response.map(|body| ResponseBody {
            body,
            _progress: progress,
            _encoder: encoder,
        })))
    }
}

/// The body of a response on its way to the client.
pub(super) struct ResponseBody {
    body: Body,
    _progress: Option<Progress>,
    _encoder: Option<ReservedBytes>,
}

impl HttpBody for ResponseBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// Records on the connection how far a request is, also when it is dropped.
struct Progress {
    connection: Arc<Connection>,
    is_responding: bool,
}

impl Progress {
    fn begin(connection: &Arc<Connection>) -> Progress {
        connection.begin_request();
        Progress {
            connection: Arc::clone(connection),
            is_responding: false,
        }
    }

    fn respond(mut self) -> Progress {
        self.connection.begin_response();
        self.is_responding = true;
        self
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        match self.is_responding {
            true => self.connection.end_response(),
            false => self.connection.cancel_request(),
        }
    }
}
