//! Publishes messages to the stream, and tracks which ones the server has acknowledged.

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

/// Publishes several messages at a time, in order. Each names the sequence number that it expects
/// before it, and the server accepts it only there. So no message of an old publisher can come in
/// between, and no message can be stored twice.
pub(crate) struct Outbox {
    connection: Connection,
    subject: String,
    /// The sequence number of the last message sent.
    sequence: u64,
    unacknowledged: VecDeque<Unacknowledged>,
    unacknowledged_bytes: usize,
}

struct Unacknowledged {
    acknowledgement: Pin<Box<dyn Future<Output = Result<PublishAck, PublishError>> + Send>>,
    to: Position,
    bytes: usize,
}

const UNACKNOWLEDGED_MAX: usize = 512;
const UNACKNOWLEDGED_BYTES_MAX: usize = 16 << 20;
const DOING: &str = "publishing to the stream";

impl Outbox {
    /// An outbox that continues after the message with that sequence number.
    pub(crate) fn new(connection: Connection, sequence: u64) -> Outbox {
        Outbox {
            subject: connection.subject(),
            connection,
            sequence,
            unacknowledged: VecDeque::new(),
            unacknowledged_bytes: 0,
        }
    }

    /// Whether the next message must wait for an acknowledgement.
    pub(crate) fn is_full(&self) -> bool {
        self.unacknowledged.len() >= UNACKNOWLEDGED_MAX
            || self.unacknowledged_bytes >= UNACKNOWLEDGED_BYTES_MAX
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.unacknowledged.is_empty()
    }

    /// The maximum size of a body: what the server accepts, limited to bound memory.
    pub(crate) fn body_bytes_max(&self) -> usize {
        const BODY_BYTES_MAX: usize = 256 << 10;
        const HEADER_BYTES: usize = 4 << 10;
        let max_payload = self.connection.context.client().max_payload();
        max_payload
            .saturating_sub(HEADER_BYTES)
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
        self.unacknowledged_bytes += bytes;
        self.unacknowledged.push_back(Unacknowledged {
            acknowledgement: acknowledgement.into_future(),
            to: label.to,
            bytes,
        });
        Ok(())
    }

    /// Waits for the next acknowledgement and returns the position of its message; waits forever if
    /// none is due. Dropping the future loses nothing.
    pub(crate) async fn acknowledged(&mut self) -> Result<Position, SessionError> {
        let Some(first) = self.unacknowledged.front_mut() else {
            return std::future::pending().await;
        };
        let (to, bytes) = (first.to, first.bytes);
        let acknowledgement = (&mut first.acknowledgement).await;
        self.unacknowledged.pop_front();
        self.unacknowledged_bytes -= bytes;
        acknowledgement.map_err(SessionError::nats(DOING))?;
        Ok(to)
    }

    /// A token that is cancelled when the connection breaks.
    pub(crate) fn lost(&self) -> CancellationToken {
        self.connection.lost.clone()
    }
}
