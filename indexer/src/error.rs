//! What went wrong, and is it worth another try?

use std::time::Duration;

use pgwire_replication::PgWireError;
use roost_engine::StoreError;

use crate::wal::pgoutput::DecodeError;

/// Why the follower gave up. Nothing but a broken index makes it: a database comes back.
#[derive(Debug, thiserror::Error)]
pub enum FollowError {
    /// The index cannot be written any more.
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
    /// The new index that is to take the place of the old one cannot be written.
    #[error("the new index cannot be written, so the old one is kept")]
    NewIndex(#[source] StoreError),
    /// A defect of the follower itself.
    #[error("the follower panicked")]
    Panicked(#[source] tokio::task::JoinError),
    /// A statement failed.
    #[error("{doing} failed{}", advice(.source.as_database_error().and_then(|e| e.code()).as_deref()))]
    Sql {
        /// What the statement was for.
        doing: &'static str,
        /// What Postgres or the connection says.
        source: sqlx::Error,
    },
    /// The stream broke, or a replication command failed.
    #[error("{doing} failed{}", advice(sqlstate(.source)))]
    Stream {
        /// What the stream was at.
        doing: &'static str,
        /// What Postgres or the connection says.
        source: PgWireError,
    },
    /// The server sent what is no replication message.
    #[error("the server sent what cannot be read")]
    Malformed(#[from] DecodeError),
    /// The server broke the order of messages.
    #[error("the server sent {0}")]
    OutOfOrder(&'static str),
    /// The server is set up so that it cannot be followed; the text says what to do.
    #[error("{0}")]
    Setup(String),
    /// Something is wrong that concerns more than single rows.
    #[error(
        "{found} rows cannot be converted, more than dead_letters_max = {most}: mend them, drop them \
         (`roost dead-letters`), or raise the limit"
    )]
    TooManyDeadLetters {
        /// How many rows are left out.
        found: usize,
        /// How many may be.
        most: usize,
    },
    /// The tables are no longer what they were when the session began.
    #[error("{0} since the session began")]
    Changed(String),
    /// The stream lacks something that was in it, or should have been.
    #[error("{0}")]
    Gap(String),
    /// Nothing came back in time.
    #[error("{doing} took more than {} s", .limit.as_secs())]
    Slow {
        /// What was waited for.
        doing: &'static str,
        /// How long.
        limit: Duration,
    },
    /// The stream ended without an error.
    #[error("the server ended the stream")]
    Ended,
    /// NATS refused something, or did not answer.
    #[error("{doing} failed")]
    Nats {
        /// What was asked of it.
        doing: &'static str,
        /// What NATS or the connection says.
        source: async_nats::Error,
    },
    /// A connection broke.
    #[error("the connection to {0} was lost")]
    Lost(&'static str),
    /// A checkpoint could not be written down.
    #[error("the checkpoint cannot be written down")]
    Checkpoint(#[from] serde_json::Error),
}

impl SessionError {
    /// For `map_err` on a statement.
    pub(crate) fn sql(doing: &'static str) -> impl FnOnce(sqlx::Error) -> SessionError {
        move |source| SessionError::Sql { doing, source }
    }

    /// For `map_err` on the stream.
    pub(crate) fn stream(doing: &'static str) -> impl FnOnce(PgWireError) -> SessionError {
        move |source| SessionError::Stream { doing, source }
    }

    /// The same of an index that nobody searches yet: the one that is searched can go on.
    pub(crate) fn of_new_index(self) -> SessionError {
        match self {
            SessionError::Store(error) => SessionError::NewIndex(error),
            other => other,
        }
    }

    /// For `map_err` on a request to NATS.
    pub(crate) fn nats<E: Into<async_nats::Error>>(
        doing: &'static str,
    ) -> impl FnOnce(E) -> SessionError {
        move |error| SessionError::Nats {
            doing,
            source: error.into(),
        }
    }

    /// Whether somebody must mend something before another try can go better.
    pub(crate) fn needs_mending(&self) -> bool {
        match self {
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
            | SessionError::OutOfOrder(_)
            | SessionError::Changed(_)
            | SessionError::Gap(_)
            | SessionError::Slow { .. }
            | SessionError::Panicked(_)
            | SessionError::Nats { .. }
            | SessionError::Lost(_)
            | SessionError::Ended => false,
        }
    }

    /// The whole chain of causes in one line.
    pub(crate) fn in_full(&self) -> String {
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

/// What an operator can do about an error of Postgres, by its SQLSTATE.
fn advice(code: Option<&str>) -> &'static str {
    match code {
        Some("28P01" | "28000") => " (check user and password of the database URL)",
        Some("3D000") => " (check the database URL, or create the database)",
        Some("42P01") => " (run `roost migrate`)",
        Some("42501") => {
            " (the user must own the tables, and have the REPLICATION attribute: \
             ALTER ROLE ... REPLICATION)"
        }
        Some("53400") => " (raise max_replication_slots, or drop a slot that is not needed)",
        Some("53300") => " (raise max_connections or max_wal_senders)",
        Some(IN_USE) => " (give each index a slot of its own)",
        _ => "",
    }
}

/// Classes of errors that another try does not mend: features and privileges that are not there,
/// names that do not exist, limits of the configuration.
fn is_permanent(code: &str) -> bool {
    let class = code.get(..2).unwrap_or_default();
    matches!(class, "0A" | "28" | "3D" | "3F" | "42") || code == "53400"
}

/// The replication client keeps the SQLSTATE only in its text.
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
    fn a_refused_password_needs_mending_and_says_where() {
        let error = stream("password authentication failed for user \"ann\" (SQLSTATE 28P01)");
        assert!(error.needs_mending());
        assert!(error.to_string().contains("database URL"), "{error}");
    }

    #[test]
    fn a_server_that_shuts_down_is_only_waited_for() {
        let error = stream("terminating connection due to administrator command (SQLSTATE 57P01)");
        assert!(!error.needs_mending());
        assert!(!SessionError::Ended.needs_mending());
    }

    #[test]
    fn the_whole_chain_is_one_line() {
        let error = stream("out of memory (SQLSTATE 53200)").in_full();
        assert_eq!(
            error,
            "streaming failed: server error: out of memory (SQLSTATE 53200)"
        );
    }
}
