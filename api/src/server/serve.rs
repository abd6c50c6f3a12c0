//! Accepts connections and serves them until the node stops.

use std::future::poll_fn;
use std::io;
use std::net::IpAddr;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::client_io::ClientIo;
use super::connection::{Connection, HEADER_BYTES_MAX, Order};
use super::connection_memory::ConnectionMemory;
use super::exchange::Routes;
use super::options::ServerOptions;
use super::registry::Registry;
use crate::app::metrics::ServerMetrics;
use crate::http::error::{ApiError, Code};

/// Sockets besides the admitted connections: those that are being closed or rejected.
const CLOSING_MAX: usize = 32;

/// How often connections are checked for timeouts.
const CHECK_EVERY: Duration = Duration::from_millis(250);

/// The pause after an error of the listener, such as a lack of descriptors.
const ACCEPT_AGAIN_AFTER: Duration = Duration::from_millis(50);

/// How long a rejected client may take to read its answer.
const REJECTION_TIME_MAX: Duration = Duration::from_millis(200);

/// Requests at the same time on one connection of HTTP/2.
const STREAMS_MAX: u32 = 64;
const STREAM_WINDOW_BYTES: u32 = 64 * 1024;
const CONNECTION_WINDOW_BYTES: u32 = 256 * 1024;

/// What serving a connection needs.
struct Server {
    router: Router,
    protocols: auto::Builder<TokioExecutor>,
    registry: Arc<Registry>,
    rejection: Vec<u8>,
}

/// Serves the routes until `stop` is cancelled, then waits for the requests in progress.
pub(crate) async fn serve(
    listener: TcpListener,
    router: Router,
    options: ServerOptions,
    metrics: ServerMetrics,
    stop: CancellationToken,
) {
    let sockets_max = options.connections_max + CLOSING_MAX;
    let sockets = Arc::new(Semaphore::new(sockets_max));
    let server = Arc::new(Server {
        router,
        protocols: protocols(),
        registry: Arc::new(Registry::new(options, metrics)),
        rejection: rejection(),
    });
    let mut is_failing = false;
    let mut checks = interval(CHECK_EVERY);
    checks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = stop.cancelled() => break,
            _ = checks.tick() => server.registry.close_overdue(),
            (accepted, socket) = accept(&listener, &sockets) => match accepted {
                Ok((stream, address)) => {
                    is_failing = false;
                    server.start(stream, address, socket);
                }
                Err(error) => {
                    if !std::mem::replace(&mut is_failing, true) {
                        tracing::warn!(%error, "cannot accept a connection; will try again");
                    }
                    server.registry.free_descriptor();
                    sleep(ACCEPT_AGAIN_AFTER).await;
                }
            },
        }
    }
    drop(listener);
    server.registry.finish();
    let all = u32::try_from(sockets_max).unwrap_or(u32::MAX);
    loop {
        tokio::select! {
            _ = sockets.acquire_many(all) => break,
            _ = checks.tick() => server.registry.close_overdue(),
        }
    }
}

/// Accepts a connection once a socket is free.
async fn accept(
    listener: &TcpListener,
    sockets: &Arc<Semaphore>,
) -> (
    io::Result<(TcpStream, IpAddr)>,
    Option<OwnedSemaphorePermit>,
) {
    // The semaphore is never closed.
    let socket = Arc::clone(sockets).acquire_owned().await.ok();
    let accepted = listener.accept().await;
    let accepted = accepted.map(|(stream, address)| (stream, address.ip()));
    (accepted, socket)
}

impl Server {
    /// Starts a task that serves or rejects a connection.
    fn start(
        self: &Arc<Server>,
        stream: TcpStream,
        address: IpAddr,
        socket: Option<OwnedSemaphorePermit>,
    ) {
        // A compressed answer is sent in several writes. With Nagle's algorithm the later ones
        // would wait for the client to acknowledge the first: one more round trip on a slow line.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "cannot disable Nagle's algorithm for a connection");
        }
        let server = Arc::clone(self);
        match self.registry.admit(address) {
            Ok(connection) => tokio::spawn(async move {
                server.run(stream, address, &connection).await;
                drop(socket);
            }),
            Err(reason) => tokio::spawn(async move {
                tracing::debug!(%address, reason = reason.name(), "rejected a connection");
                // The client may have gone, and the time is short on purpose.
                let _sent = timeout(REJECTION_TIME_MAX, reject(stream, &server.rejection)).await;
                drop(socket);
            }),
        };
    }

    /// Serves a connection to its end.
    async fn run(&self, stream: TcpStream, address: IpAddr, connection: &Arc<Connection>) {
        let memory = ConnectionMemory::new(Arc::clone(connection), Arc::clone(&self.registry));
        let memory = Arc::new(memory);
        let io = TokioIo::new(ClientIo::new(stream, Arc::clone(&memory)));
        let routes = Routes::new(self.router.clone(), address, memory);
        let mut serving = pin!(self.protocols.serve_connection(io, routes));
        let mut is_finishing = false;
        poll_fn(|context| {
            connection.turn.begin();
            let order = connection.order(context.waker());
            if order == Order::Close {
                return Poll::Ready(());
            }
            if order == Order::Finish && !is_finishing {
                is_finishing = true;
                serving.as_mut().graceful_shutdown();
            }
            let ended = serving.as_mut().poll(context).map(|ended| {
                if let Err(error) = ended {
                    tracing::debug!(error, %address, "a connection broke");
                }
            });
            // Nothing that the client has yet to send is worth waiting for.
            match is_finishing && connection.can_end() {
                true => Poll::Ready(()),
                false => ended,
            }
        })
        .await;
        self.registry.remove(connection);
    }
}

/// Sends the rejection. The request is read and ignored: if the socket were closed with unread
/// data, the system would reset it, and the client would not get the answer.
async fn reject(mut stream: TcpStream, rejection: &[u8]) -> io::Result<()> {
    stream.write_all(rejection).await?;
    stream.shutdown().await?;
    let mut ignored = [0; 1024];
    while stream.read(&mut ignored).await? > 0 {}
    Ok(())
}

/// The answer to a connection that is rejected.
fn rejection() -> Vec<u8> {
    let message =
        "all connections of the server, or of your address, are in use; try again shortly";
    let error = ApiError::new(StatusCode::SERVICE_UNAVAILABLE, Code::Overloaded, message);
    // The envelope consists of plain values, which always serialize.
    let body = serde_json::to_vec(&error.into_envelope()).unwrap_or_default();
    let head = format!(
        "HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/json\r\n\
         content-length: {}\r\nretry-after: 1\r\nconnection: close\r\n\r\n",
        body.len()
    );
    [head.into_bytes(), body].concat()
}

/// HTTP/1.1 and HTTP/2. Timeouts are up to the registry, which sees what a connection waits for.
fn protocols() -> auto::Builder<TokioExecutor> {
    let mut protocols = auto::Builder::new(TokioExecutor::new());
    // The library has one limit for the buffers of reading and of writing.
    let buffer_bytes_max = HEADER_BYTES_MAX as usize;
    protocols.http1().max_buf_size(buffer_bytes_max);
    protocols
        .http2()
        .max_concurrent_streams(STREAMS_MAX)
        .initial_stream_window_size(STREAM_WINDOW_BYTES)
        .initial_connection_window_size(CONNECTION_WINDOW_BYTES)
        .max_send_buf_size(buffer_bytes_max);
    protocols
}
