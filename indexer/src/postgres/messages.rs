//! Logical messages: notes that travel to the follower through the WAL.

use sqlx::PgConnection;

use crate::error::SessionError;

/// The prefix of our logical messages.
pub(crate) const MESSAGE_PREFIX: &str = "roost";

/// A message that requests a commit at the end of its transaction.
pub(crate) const CHECKPOINT: &str = "checkpoint";

/// A message that only keeps the stream moving.
pub(crate) const HEARTBEAT: &str = "heartbeat";

/// A message that moves the stream past rows that were read ahead of it.
pub(crate) const READ_AHEAD: &str = "read ahead";

/// Writes a logical message into the WAL, so that an idle stream has something to send.
pub(crate) async fn emit_message(
    sql: &mut PgConnection,
    content: &str,
) -> Result<(), SessionError> {
    sqlx::query!(
        r#"SELECT pg_logical_emit_message(true, $1, $2)::text AS position"#,
        MESSAGE_PREFIX,
        content,
    )
    .fetch_one(sql)
    .await
    .map_err(SessionError::sql("writing a logical message"))?;
    Ok(())
}
