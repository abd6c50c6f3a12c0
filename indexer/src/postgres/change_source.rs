//! The stream of committed transactions, independent of what carries it.

use roost_engine::Position;

use crate::config::Name;
use crate::error::SessionError;

/// A stream of committed transactions, in the order of their commits.
pub(crate) trait ChangeSource {
    /// The next event. No event is lost if the future is dropped while it waits.
    async fn next(&mut self) -> Result<Event, SessionError>;

    /// Reports that everything up to here is durable and need not be sent again.
    fn acknowledge(&mut self, position: Position);

    /// Closes the stream after the last acknowledgement has been sent.
    async fn close(self);

    /// The slot from which Postgres sends the changes, if that is known.
    fn slot(&self) -> Option<&Name>;

    /// The application name of the session that reads from that slot.
    fn reader(&self) -> &str;
}

/// One event of the stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    Begin {
        commit_at: Position,
        xid: u32,
    },
    Commit {
        end: Position,
        /// Microseconds since the year 2000 by the server's clock.
        time_us: i64,
    },
    /// Any other message of `pgoutput`.
    Change(Vec<u8>),
    /// The content of a logical message with our prefix.
    Message(Vec<u8>),
    /// Every transaction that committed before here has been sent.
    Sent(Position),
}

/// The server that a replication session is connected to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Server {
    pub(crate) system_id: String,
    pub(crate) timeline: u32,
}
