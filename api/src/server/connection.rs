//! The state of one connection: whether the server works for it or waits for its client, and since
//! when.

use std::net::IpAddr;
use std::sync::LazyLock;
use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, AtomicU64};
use std::task::Waker;
use std::time::{Duration, Instant};

use futures_util::task::AtomicWaker;

use super::reason::Reason;
use super::turn::Turn;
use crate::app::metrics::ServerMetrics;

/// The time for the header of a request, from its first byte, or from the start of a connection.
const HEADER_TIME_MAX: Duration = Duration::from_secs(10);

/// The longest header of a request: the longest target that the HTTP library accepts, and 16 KiB.
pub(super) const HEADER_BYTES_MAX: u64 = 80 * 1024;

/// The size of the buffer for reading that every connection has.
const BUFFER_BYTES_MIN: u64 = 8 * 1024;

/// The time between two requests of a connection. Longer than the 60 seconds for which common
/// proxies keep a connection, which could otherwise send a request while the server closes it.
const IDLE_TIME_MAX: Duration = Duration::from_secs(75);

/// The time by which a client may be behind with reading a response.
const UNREAD_TIME_MAX: Duration = Duration::from_secs(10);

/// A client that reads more slowly than this falls behind. It is about the speed of a mobile
/// network of the second generation.
const READ_BYTES_PER_S_MIN: u64 = 4 * 1024;

/// The number of requests that a client may cancel besides half of all.
const CANCELLED_MAX: u32 = 100;

/// The value of `header_since_ms` if no header has started.
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
    pub(super) turn: Turn,
    metrics: ServerMetrics,
    order: AtomicU8,
    /// Wakes the task after a new order.
    waker: AtomicWaker,
    /// Requests in their handlers, without those that wait for their body.
    handling: AtomicU32,
    /// Requests whose handlers wait for their body.
    receiving: AtomicU32,
    /// Responses whose body is not complete.
    responding: AtomicU32,
    finished: AtomicU32,
    cancelled: AtomicU32,
    is_write_blocked: AtomicBool,
    /// Whether the connection was closed because its client does not read.
    is_given_up: AtomicBool,
    /// Responses in memory that are not written yet.
    unsent_bytes: AtomicU64,
    /// Requests in memory that have arrived in part.
    received_bytes: AtomicU64,
    /// The size of a header that is incomplete.
    header_bytes: AtomicU64,
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

impl Connection {
    pub(super) fn new(id: u64, network: Option<IpAddr>, metrics: ServerMetrics) -> Connection {
        let now_ms = now_ms();
        metrics.connections.inc();
        Connection {
            id,
            network,
            turn: Turn::default(),
            metrics,
            order: AtomicU8::new(Order::Serve as u8),
            waker: AtomicWaker::new(),
            handling: AtomicU32::new(0),
            receiving: AtomicU32::new(0),
            responding: AtomicU32::new(0),
            finished: AtomicU32::new(0),
            cancelled: AtomicU32::new(0),
            is_write_blocked: AtomicBool::new(false),
            is_given_up: AtomicBool::new(false),
            unsent_bytes: AtomicU64::new(0),
            received_bytes: AtomicU64::new(0),
            header_bytes: AtomicU64::new(0),
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

    /// Since when this connection has been using memory that only its client can free, and the
    /// reason to close it for that; `None` if it uses none.
    pub(super) fn buffers_since_ms(&self) -> Option<(u64, Reason)> {
        if self.unsent_bytes.load(Relaxed) > 0 {
            let since_ms = self.unread_since_ms.load(Relaxed);
            return Some((since_ms, Reason::UnreadResponse));
        }
        let is_receiving = self.received_bytes.load(Relaxed) > 0;
        let since_ms = self.waiting_since_ms().filter(|_| is_receiving)?;
        Some((since_ms, Reason::IncompleteRequest))
    }

    /// Whether the server has nothing to finish for this client, whose next request may have
    /// arrived in part.
    pub(super) fn can_end(&self) -> bool {
        let is_working = self.handling.load(Relaxed) > 0 || self.responding.load(Relaxed) > 0;
        !is_working && !self.is_unread()
    }

    /// Whether the next bytes of the client belong to the header of a request.
    fn is_before_header(&self) -> bool {
        self.can_end() && self.receiving.load(Relaxed) == 0
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
        if !self.is_before_header() {
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

    /// Whether the server has closed this connection.
    pub(super) fn is_closed(&self) -> bool {
        self.order.load(Acquire) == Order::Close as u8
    }

    /// Whether the client would not read what the system still has for it.
    pub(super) fn is_given_up(&self) -> bool {
        self.is_given_up.load(Acquire)
    }

    /// Orders to finish the requests in progress.
    pub(super) fn finish(&self) {
        self.order.fetch_max(Order::Finish as u8, AcqRel);
        self.waker.wake();
    }

    /// Orders to close the connection. Its buffers no longer count, since their memory is freed as
    /// soon as the task runs.
    pub(super) fn close(&self, reason: Reason) {
        if self.order.fetch_max(Order::Close as u8, AcqRel) == Order::Close as u8 {
            return;
        }
        self.metrics.rejected.record(reason.name());
        self.is_given_up.store(self.is_unread(), Release);
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
        let counted = counted(self.header_bytes.swap(0, Relaxed));
        if counted > 0 {
            self.release_received(counted);
        }
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
        self.receiving.fetch_add(1, Relaxed);
        self.handling.fetch_sub(1, Relaxed);
    }

    /// A handler that waited for a body continues.
    pub(super) fn continue_request(&self) {
        self.handling.fetch_add(1, Relaxed);
        self.receiving.fetch_sub(1, Relaxed);
    }

    /// A response occupies memory.
    pub(super) fn add_unsent(&self, bytes: u64) {
        let before = self.add(&self.unsent_bytes, bytes);
        if before == 0 && !self.is_write_blocked.load(Relaxed) {
            self.unread_since_ms.store(now_ms(), Relaxed);
        }
    }

    /// A response, or a part of it, has left the memory.
    pub(super) fn release_unsent(&self, bytes: u64) {
        self.release(&self.unsent_bytes, bytes);
    }

    /// A part of a request occupies memory.
    pub(super) fn add_received(&self, bytes: u64) {
        self.add(&self.received_bytes, bytes);
    }

    /// A part of a request no longer counts, since the request is complete or gone.
    pub(super) fn release_received(&self, bytes: u64) {
        self.release(&self.received_bytes, bytes);
    }

    /// Adds to a counter, and returns its value before.
    fn add(&self, counter: &AtomicU64, bytes: u64) -> u64 {
        let before = counter.fetch_add(bytes, AcqRel);
        self.metrics.buffered_bytes.inc_by(signed(bytes));
        if self.is_closed() {
            self.release_all();
        }
        before
    }

    fn release(&self, counter: &AtomicU64, bytes: u64) {
        // Nothing is left to release if the connection was closed.
        let left = |before: u64| Some(before.saturating_sub(bytes));
        let before = counter.fetch_update(AcqRel, Acquire, left).unwrap_or(0);
        self.metrics
            .buffered_bytes
            .dec_by(signed(before.min(bytes)));
    }

    fn release_all(&self) {
        for counter in [&self.unsent_bytes, &self.received_bytes] {
            let bytes = counter.swap(0, AcqRel);
            self.metrics.buffered_bytes.dec_by(signed(bytes));
        }
    }
}

/// Reads and writes of the socket.
impl Connection {
    /// The client has sent something. Returns whether more memory counts now.
    pub(super) fn record_read(&self, bytes: usize) -> bool {
        if !self.is_before_header() {
            return false;
        }
        if self.header_since_ms.load(Relaxed) == NO_HEADER {
            self.header_since_ms.store(now_ms(), Relaxed);
        }
        let before = self.header_bytes.fetch_add(bytes as u64, Relaxed);
        let grown = counted(before + bytes as u64) - counted(before);
        if grown > 0 {
            self.add_received(grown);
        }
        grown > 0
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

/// The part of a header that counts as memory: each connection has a small buffer anyway, and no
/// header grows beyond the limit.
fn counted(header_bytes: u64) -> u64 {
    header_bytes
        .min(HEADER_BYTES_MAX)
        .saturating_sub(BUFFER_BYTES_MIN)
}

fn signed(bytes: u64) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}
