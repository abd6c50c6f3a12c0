//! Which messages are on their way, and which has the stream taken?

use std::collections::VecDeque;
use std::pin::Pin;

use async_nats::jetstream::context::PublishError;
use async_nats::jetstream::message::PublishMessage;
use async_nats::jetstream::publish::PublishAck;
use roost_engine::Position;
use tokio_util::sync::CancellationToken;

use super::message::Label;
use super::server::Connection;
use crate::error::SessionError;

/// Publishes messages, several at a time, each right behind the one before. The server takes one only
/// at the place in the stream that we expect for it: so nothing of another publisher that has been left
/// behind can come in between, and nothing can be there twice.
pub(crate) struct Outbox {
    connection: Connection,
    subject: String,
    /// The number of the last message, once all that are on their way have arrived.
    sequence: u64,
    waiting: VecDeque<Waiting>,
    waiting_bytes: usize,
}

struct Waiting {
    acknowledgement: Pin<Box<dyn Future<Output = Result<PublishAck, PublishError>> + Send>>,
    to: Position,
    bytes: usize,
}

const WAITING_MAX: usize = 512;
const WAITING_BYTES_MAX: usize = 16 << 20;
const DOING: &str = "publishing to the stream";

impl Outbox {
    /// Goes on behind the message of that number.
    pub(crate) fn new(connection: Connection, sequence: u64) -> Outbox {
        Outbox {
            subject: connection.subject(),
            connection,
            sequence,
            waiting: VecDeque::new(),
            waiting_bytes: 0,
        }
    }

    /// Whether nothing may be sent before something has arrived.
    pub(crate) fn is_full(&self) -> bool {
        self.waiting.len() >= WAITING_MAX || self.waiting_bytes >= WAITING_BYTES_MAX
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// How large a body may be: what a server takes, and no more than is good to hold in memory.
    pub(crate) fn body_bytes_max(&self) -> usize {
        const BODY_BYTES_MAX: usize = 256 << 10;
        const HEADER_BYTES: usize = 4 << 10;
        let most = self.connection.context.client().max_payload();
        most.saturating_sub(HEADER_BYTES)
            .clamp(1 << 10, BODY_BYTES_MAX)
    }

    pub(crate) async fn send(&mut self, label: &Label, body: Vec<u8>) -> Result<(), SessionError> {
        let bytes = body.len();
        let message = PublishMessage::build()
            .headers(label.write())
            .payload(body.into())
            .expected_last_sequence(self.sequence);
        let sent = self
            .connection
            .context
            .send_publish(self.subject.clone(), message);
        let acknowledgement = sent.await.map_err(SessionError::nats(DOING))?;
        self.sequence += 1;
        self.waiting_bytes += bytes;
        self.waiting.push_back(Waiting {
            acknowledgement: acknowledgement.into_future(),
            to: label.to,
            bytes,
        });
        Ok(())
    }

    /// The next position that the stream has come to; never, if nothing is on its way. Nothing is lost
    /// if the future is dropped.
    pub(crate) async fn arrived(&mut self) -> Result<Position, SessionError> {
        let Some(first) = self.waiting.front_mut() else {
            return std::future::pending().await;
        };
        let (to, bytes) = (first.to, first.bytes);
        let acknowledgement = (&mut first.acknowledgement).await;
        self.waiting.pop_front();
        self.waiting_bytes -= bytes;
        acknowledgement.map_err(SessionError::nats(DOING))?;
        Ok(to)
    }

    /// Is cancelled when the connection breaks.
    pub(crate) fn lost(&self) -> CancellationToken {
        self.connection.lost.clone()
    }
}
