//! The state of one connection: whether the server works for it or waits for its client, and since
//! when.

use std::net::IpAddr;
use std::sync::LazyLock;
use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, AtomicU64};
use std::task::Waker;
use std::time::{Duration, Instant};

use futures_util::task::AtomicWaker;

use crate::app::metrics::ServerMetrics;

/// The time for the header of a request, from its first byte, or from the start of a connection.
const HEADER_TIME_MAX: Duration = Duration::from_secs(10);

/// The time between two requests of a connection. Longer than the 60 seconds for which common
/// proxies keep a connection, which could otherwise send a request while the server closes it.
const IDLE_TIME_MAX: Duration = Duration::from_secs(75);

/// The time by which a client may be behind with reading a response.
const UNREAD_TIME_MAX: Duration = Duration::from_secs(10);

/// A client that reads more slowly than this falls behind. It is about the speed of a mobile network
/// of the second generation.
const READ_BYTES_PER_S_MIN: u64 = 4 * 1024;

/// The number of requests that a client may cancel besides half of all.
const CANCELLED_MAX: u32 = 100;

/// The value of `header_since_ms` if no header has begun.
const NO_HEADER: u64 = u64::MAX;

/// Times are in milliseconds since this moment.
static START: LazyLock<Instant> = LazyLock::new(Instant::now);

/// The current time, in milliseconds since a moment before the first connection.
pub(super) fn now_ms() -> u64 {
    u64::try_from(START.elapsed().as_millis()).unwrap_or(u64::MAX)
}

/// One connection. Its task changes the state, and the registry reads it from other threads.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) id: u64,
    /// The client as limits count it; `None` for a trusted proxy, which has many clients.
    pub(super) network: Option<IpAddr>,
    metrics: ServerMetrics,
    order: AtomicU8,
    /// Wakes the task after a new order.
    waker: AtomicWaker,
    /// Requests in their handlers, without those that wait for their body.
    handling: AtomicU32,
    /// Responses whose body is not complete.
    responding: AtomicU32,
    finished: AtomicU32,
    cancelled: AtomicU32,
    is_write_blocked: AtomicBool,
    unsent_bytes: AtomicU64,
    /// When the client began to send a header that is incomplete.
    header_since_ms: AtomicU64,
    /// When the server last worked for this connection.
    idle_since_ms: AtomicU64,
    /// When the client last was not behind with reading.
    unread_since_ms: AtomicU64,
}

/// What the task of a connection must do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// Serve requests.
    Serve,
    /// Finish the requests in progress.
    Finish,
    /// Close the connection at once.
    Close,
}

/// Why a connection is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reason {
    /// All connections are in use.
    Connections,
    /// The client uses all of its connections.
    Address,
    /// The process has no descriptor left.
    Descriptors,
    /// A header took too long.
    HeaderTimeout,
    /// There was no request for too long.
    Idle,
    /// The client is too far behind with reading a response.
    WriteTimeout,
    /// Unread responses use all of their memory, and this client is behind for longest.
    UnreadResponse,
    /// The client has cancelled too many requests.
    Cancelled,
}

impl Reason {
    /// The value of the label in metrics.
    pub(super) fn name(self) -> &'static str {
        match self {
            Reason::Connections => "connections",
            Reason::Address => "address",
            Reason::Descriptors => "descriptors",
            Reason::HeaderTimeout => "header_timeout",
            Reason::Idle => "idle",
            Reason::WriteTimeout => "write_timeout",
            Reason::UnreadResponse => "unread_response",
            Reason::Cancelled => "cancelled",
        }
    }
}

impl Connection {
    pub(super) fn new(id: u64, network: Option<IpAddr>, metrics: ServerMetrics) -> Connection {
        let now_ms = now_ms();
        metrics.connections.inc();
        Connection {
            id,
            network,
            metrics,
            order: AtomicU8::new(Order::Serve as u8),
            waker: AtomicWaker::new(),
            handling: AtomicU32::new(0),
            responding: AtomicU32::new(0),
            finished: AtomicU32::new(0),
            cancelled: AtomicU32::new(0),
            is_write_blocked: AtomicBool::new(false),
            unsent_bytes: AtomicU64::new(0),
            header_since_ms: AtomicU64::new(now_ms),
            idle_since_ms: AtomicU64::new(now_ms),
            unread_since_ms: AtomicU64::new(now_ms),
        }
    }

    /// Since when the server waits for this client, whether for a request, for the rest of one, or
    /// for the client to read a response; `None` while the server works for it.
    pub(super) fn waiting_since_ms(&self) -> Option<u64> {
        if self.handling.load(Relaxed) > 0 {
            None
        } else if self.is_unread() {
            Some(self.unread_since_ms.load(Relaxed))
        } else if self.responding.load(Relaxed) > 0 {
            None
        } else {
            Some(self.idle_since_ms.load(Relaxed))
        }
    }

    /// Since when the client is behind with reading a response in memory; `None` if there is none.
    pub(super) fn unread_since_ms(&self) -> Option<u64> {
        let has_unsent = self.unsent_bytes.load(Relaxed) > 0;
        has_unsent.then(|| self.unread_since_ms.load(Relaxed))
    }

    /// Whether the server has nothing to finish for this client.
    pub(super) fn is_between_requests(&self) -> bool {
        let is_working = self.handling.load(Relaxed) > 0 || self.responding.load(Relaxed) > 0;
        !is_working && !self.is_unread()
    }

    /// Why the connection must be closed now, if it must.
    pub(super) fn overdue(&self, now_ms: u64) -> Option<Reason> {
        let has_passed = |since_ms: u64, limit: Duration| {
            u128::from(now_ms.saturating_sub(since_ms)) > limit.as_millis()
        };
        if self.is_unread() {
            let since_ms = self.unread_since_ms.load(Relaxed);
            return has_passed(since_ms, UNREAD_TIME_MAX).then_some(Reason::WriteTimeout);
        }
        if !self.is_between_requests() {
            return None;
        }
        let header_since_ms = self.header_since_ms.load(Relaxed);
        if header_since_ms != NO_HEADER && has_passed(header_since_ms, HEADER_TIME_MAX) {
            return Some(Reason::HeaderTimeout);
        }
        let is_idle = has_passed(self.idle_since_ms.load(Relaxed), IDLE_TIME_MAX);
        is_idle.then_some(Reason::Idle)
    }

    /// Responses that are in memory and whose client has not read them.
    fn is_unread(&self) -> bool {
        self.is_write_blocked.load(Relaxed) || self.unsent_bytes.load(Relaxed) > 0
    }

    fn touch(&self) {
        self.idle_since_ms.store(now_ms(), Relaxed);
    }
}

/// Orders to the task.
impl Connection {
    /// The current order. The waker wakes the task after the next one.
    pub(super) fn order(&self, waker: &Waker) -> Order {
        self.waker.register(waker);
        match self.order.load(Acquire) {
            order if order == Order::Close as u8 => Order::Close,
            order if order == Order::Finish as u8 => Order::Finish,
            _ => Order::Serve,
        }
    }

    /// Whether the server closes this connection before it has ended.
    pub(super) fn is_closed(&self) -> bool {
        self.order.load(Acquire) == Order::Close as u8
    }

    /// Orders to finish the requests in progress.
    pub(super) fn finish(&self) {
        self.order.fetch_max(Order::Finish as u8, AcqRel);
        self.waker.wake();
    }

    /// Orders to close the connection. Its responses no longer count, since their memory is freed
    /// as soon as the task runs.
    pub(super) fn close(&self, reason: Reason) {
        if self.order.fetch_max(Order::Close as u8, AcqRel) == Order::Close as u8 {
            return;
        }
        self.metrics.rejected.record(reason.name());
        self.release_all();
        self.waker.wake();
    }
}

/// Requests and responses.
impl Connection {
    /// A handler works for this connection.
    pub(super) fn begin_request(&self) {
        self.header_since_ms.store(NO_HEADER, Relaxed);
        self.handling.fetch_add(1, Relaxed);
    }

    /// A handler has finished, and its response follows.
    pub(super) fn begin_response(&self) {
        self.finished.fetch_add(1, Relaxed);
        self.responding.fetch_add(1, Relaxed);
        self.handling.fetch_sub(1, Relaxed);
    }

    /// The body of a response is complete, or the response was cancelled.
    pub(super) fn end_response(&self) {
        self.touch();
        self.responding.fetch_sub(1, Relaxed);
    }

    /// The client has cancelled a request. Cancelling many is an attack called rapid reset: each
    /// costs the server more than the client.
    pub(super) fn cancel_request(&self) {
        self.touch();
        self.handling.fetch_sub(1, Relaxed);
        let cancelled = self.cancelled.fetch_add(1, Relaxed);
        if cancelled > self.finished.load(Relaxed).saturating_add(CANCELLED_MAX) {
            self.close(Reason::Cancelled);
        }
    }

    /// A handler waits for the client to send its body.
    pub(super) fn wait_for_body(&self) {
        self.touch();
        self.handling.fetch_sub(1, Relaxed);
    }

    /// A handler that waited for a body continues.
    pub(super) fn continue_request(&self) {
        self.handling.fetch_add(1, Relaxed);
    }

    /// A response occupies memory.
    pub(super) fn add_unsent(&self, bytes: u64) {
        if self.unsent_bytes.fetch_add(bytes, AcqRel) == 0 && !self.is_write_blocked.load(Relaxed) {
            self.unread_since_ms.store(now_ms(), Relaxed);
        }
        self.metrics.unsent_bytes.inc_by(signed(bytes));
        if self.is_closed() {
            self.release_all();
        }
    }

    /// A response, or a part of it, has left the memory.
    pub(super) fn release_unsent(&self, bytes: u64) {
        // Nothing is left to release if the connection was closed.
        let left = |unsent: u64| Some(unsent.saturating_sub(bytes));
        let before = self.unsent_bytes.fetch_update(AcqRel, Acquire, left);
        let released = before.unwrap_or(0).min(bytes);
        self.metrics.unsent_bytes.dec_by(signed(released));
    }

    fn release_all(&self) {
        let unsent = self.unsent_bytes.swap(0, AcqRel);
        self.metrics.unsent_bytes.dec_by(signed(unsent));
    }
}

/// Reads and writes of the socket.
impl Connection {
    /// The client has sent something.
    pub(super) fn record_read(&self) {
        if self.is_between_requests() && self.header_since_ms.load(Relaxed) == NO_HEADER {
            self.header_since_ms.store(now_ms(), Relaxed);
        }
    }

    /// The client speaks HTTP/2, which also sends without a request. Such a connection has the time
    /// of an idle one for a header.
    pub(super) fn record_http2(&self) {
        self.header_since_ms.store(NO_HEADER, Relaxed);
    }

    /// The socket has accepted bytes of a response.
    pub(super) fn record_written(&self, bytes: usize) {
        if !self.is_unread() {
            return;
        }
        let now_ms = now_ms();
        let credit_ms = bytes as u64 * 1000 / READ_BYTES_PER_S_MIN;
        let since_ms = self.unread_since_ms.load(Relaxed).saturating_add(credit_ms);
        self.unread_since_ms.store(since_ms.min(now_ms), Relaxed);
        self.idle_since_ms.store(now_ms, Relaxed);
        self.is_write_blocked.store(false, Release);
    }

    /// The socket accepts nothing, because the client does not read.
    pub(super) fn record_write_blocked(&self) {
        if !self.is_unread() {
            self.unread_since_ms.store(now_ms(), Relaxed);
        }
        self.is_write_blocked.store(true, Release);
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.release_all();
        self.metrics.connections.dec();
    }
}

fn signed(bytes: u64) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}
