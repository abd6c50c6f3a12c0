//! Errors of the follower and its sessions, and whether a retry can succeed without an operator.

use std::time::Duration;

use pgwire_replication::PgWireError;
use roost_engine::StoreError;

/// Why the follower stopped. Only a broken index stops it; it waits for a database to return, and
/// for descriptors.
#[derive(Debug, thiserror::Error)]
pub enum FollowError {
    /// The index cannot be written.
    #[error("the index cannot be written")]
    Store(#[from] StoreError),
    /// A defect of the follower itself.
    #[error("the follower panicked")]
    Panicked(#[source] tokio::task::JoinError),
}

/// Why a session with Postgres ended.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// The index cannot be written.
    #[error("the index cannot be written")]
    Store(#[from] StoreError),
    /// The new index that should replace the current one cannot be written.
    #[error("the new index cannot be written; the current one stays in use")]
    NewIndex(#[source] StoreError),
    /// A defect of the follower itself.
    #[error("the follower panicked")]
    Panicked(#[source] tokio::task::JoinError),
    /// A statement failed.
    #[error("{doing} failed{}", advice(.source.as_database_error().and_then(|e| e.code()).as_deref()))]
    Sql {
        /// The purpose of the statement.
        doing: &'static str,
        /// The error of Postgres or of the connection.
        source: sqlx::Error,
    },
    /// The stream broke, or a replication command failed.
    #[error("{doing} failed{}", stream_advice(sqlstate(.source)))]
    Stream {
        /// The operation that failed.
        doing: &'static str,
        /// The error of Postgres or of the connection.
        source: PgWireError,
    },
    /// The server sent a malformed replication message.
    #[error("the server sent a malformed message")]
    Malformed(#[from] DecodeError),
    /// The server violated the protocol.
    #[error("the server sent {0}")]
    Protocol(&'static str),
    /// The server's configuration does not allow it to be followed; the text names the remedy.
    #[error("{0}")]
    Setup(String),
    /// More rows are rejected than the limit allows.
    #[error(
        "{found} rows cannot be converted, more than dead_letters_max = {max}: correct them, drop them \
         (`roost dead-letters`), or raise the limit"
    )]
    TooManyDeadLetters {
        /// The number of rejected rows.
        found: usize,
        /// The limit.
        max: usize,
    },
    /// The source has changed since the session started.
    #[error("{0} since the session started")]
    Changed(String),
    /// The stream has lost changes that the index needs.
    #[error("{0}")]
    Gap(String),
    /// An operation timed out.
    #[error("{doing} took more than {} s", .limit.as_secs())]
    Timeout {
        /// The operation.
        doing: &'static str,
        /// Its time limit.
        limit: Duration,
    },
    /// The stream ended without an error.
    #[error("the server ended the stream")]
    Ended,
    /// A request to NATS failed.
    #[error("{doing} failed")]
    Nats {
        /// The request.
        doing: &'static str,
        /// The error of NATS or of the connection.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A connection broke.
    #[error("the connection to {0} was lost")]
    Lost(&'static str),
    /// A checkpoint could not be encoded.
    #[error("the checkpoint cannot be encoded")]
    Checkpoint(#[from] serde_json::Error),
}

/// Why bytes are not a replication message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a replication message is malformed: {what} at byte {at} of {length}")]
pub struct DecodeError {
    pub(crate) what: &'static str,
    pub(crate) at: usize,
    pub(crate) length: usize,
}

impl SessionError {
    /// For `map_err` on an SQL statement.
    pub(crate) fn sql(doing: &'static str) -> impl FnOnce(sqlx::Error) -> SessionError {
        move |source| SessionError::Sql { doing, source }
    }

    /// For `map_err` on the stream.
    pub(crate) fn stream(doing: &'static str) -> impl FnOnce(PgWireError) -> SessionError {
        move |source| SessionError::Stream { doing, source }
    }

    /// Marks an error of the new index, which does not stop the one that is in use.
    pub(crate) fn of_new_index(self) -> SessionError {
        match self {
            SessionError::Store(error) => SessionError::NewIndex(error),
            other => other,
        }
    }

    /// For `map_err` on a request to NATS.
    #[cfg(feature = "nats")]
    pub(crate) fn nats<E: Into<Box<dyn std::error::Error + Send + Sync>>>(
        doing: &'static str,
    ) -> impl FnOnce(E) -> SessionError {
        move |error| SessionError::Nats {
            doing,
            source: error.into(),
        }
    }

    /// Whether an operator must act before a retry can succeed.
    pub(crate) fn needs_operator(&self) -> bool {
        match self {
            SessionError::Store(error) | SessionError::NewIndex(error)
                if error.is_out_of_descriptors() =>
            {
                false
            }
            SessionError::Setup(_)
            | SessionError::Store(_)
            | SessionError::NewIndex(_)
            | SessionError::Checkpoint(_)
            | SessionError::TooManyDeadLetters { .. } => true,
            SessionError::Sql { source, .. } => match source.as_database_error() {
                Some(error) => error.code().is_some_and(|code| is_permanent(&code)),
                None => matches!(source, sqlx::Error::Configuration(_) | sqlx::Error::Tls(_)),
            },
            SessionError::Stream { source, .. } => match source {
                PgWireError::Auth(_) | PgWireError::Tls(_) => true,
                other => sqlstate(other).is_some_and(is_permanent),
            },
            SessionError::Malformed(_)
            | SessionError::Protocol(_)
            | SessionError::Changed(_)
            | SessionError::Gap(_)
            | SessionError::Timeout { .. }
            | SessionError::Panicked(_)
            | SessionError::Nats { .. }
            | SessionError::Lost(_)
            | SessionError::Ended => false,
        }
    }

    /// The error and all its causes in one line.
    pub(crate) fn chain(&self) -> String {
        let mut text = self.to_string();
        let mut source = std::error::Error::source(self);
        while let Some(error) = source {
            let cause = error.to_string();
            if !text.ends_with(&cause) {
                text.push_str(": ");
                text.push_str(&cause);
            }
            source = error.source();
        }
        text
    }
}

const IN_USE: &str = "55006";

/// The SQLSTATE of a missing privilege.
pub(crate) const INSUFFICIENT_PRIVILEGE: &str = "42501";

/// The remedy for an error of Postgres, by its SQLSTATE.
fn advice(code: Option<&str>) -> &'static str {
    match code {
        Some("28P01" | "28000") => " (check user and password of the database URL)",
        Some("3D000") => " (check the database URL, or create the database)",
        Some("42P01") => " (run `roost migrate`)",
        Some("53400") => " (raise max_replication_slots, or drop a slot that is not needed)",
        Some("53300") => " (raise max_connections or max_wal_senders)",
        Some(IN_USE) => " (give each index a slot of its own)",
        _ => "",
    }
}

/// The remedy for an error of a replication command. These need no privilege but one.
fn stream_advice(code: Option<&str>) -> &'static str {
    match code {
        Some(INSUFFICIENT_PRIVILEGE) => {
            " (the role needs the REPLICATION attribute: ALTER ROLE ... REPLICATION)"
        }
        other => advice(other),
    }
}

/// Whether an SQLSTATE is an error that a retry cannot resolve: a missing feature, privilege or
/// name, or a limit of the configuration.
fn is_permanent(code: &str) -> bool {
    let class = code.get(..2).unwrap_or_default();
    matches!(class, "0A" | "28" | "3D" | "3F" | "42") || code == "53400"
}

/// The SQLSTATE of a replication error, which the client returns only in its text.
fn sqlstate(error: &PgWireError) -> Option<&str> {
    let PgWireError::Server(text) = error else {
        return None;
    };
    let (_, after) = text.split_once("SQLSTATE ")?;
    after.get(..5)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stream(text: &str) -> SessionError {
        SessionError::stream("streaming")(PgWireError::Server(text.to_owned()))
    }

    #[test]
    fn a_rejected_password_needs_an_operator_and_names_the_setting() {
        let error = stream("password authentication failed for user \"ann\" (SQLSTATE 28P01)");
        assert!(error.needs_operator());
        assert!(error.to_string().contains("database URL"), "{error}");
    }

    #[test]
    fn a_server_that_shuts_down_needs_no_operator() {
        let error = stream("terminating connection due to administrator command (SQLSTATE 57P01)");
        assert!(!error.needs_operator());
        assert!(!SessionError::Ended.needs_operator());
    }

    #[test]
    fn all_causes_are_in_one_line() {
        let error = stream("out of memory (SQLSTATE 53200)").chain();
        assert_eq!(
            error,
            "streaming failed: server error: out of memory (SQLSTATE 53200)"
        );
    }
}
