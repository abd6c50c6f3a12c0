//! Why the server closes a connection, or rejects a new one.

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
    /// Buffers use all of their memory, and this client is behind with reading for longest.
    UnreadResponse,
    /// Buffers use all of their memory, and this request has been incomplete for longest.
    IncompleteRequest,
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
            Reason::IncompleteRequest => "incomplete_request",
            Reason::Cancelled => "cancelled",
        }
    }
}
