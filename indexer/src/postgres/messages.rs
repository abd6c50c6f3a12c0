//! Logical messages: notes that travel to the follower through the WAL.

use roost_engine::Position;
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

/// A message that moves the stream past a position that a caller waits for.
const AWAITED: &str = "awaited";

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

/// Writes and flushes a logical message behind a position, unless the WAL has not reached that
/// position yet.
///
/// The WAL can be written far beyond the last flush, and a transaction without a commit is not
/// flushed at all. The commit of this message flushes all WAL before it, whatever the
/// `synchronous_commit` of the session, and the stream sends it after everything that was committed
/// before. No standby needs to confirm it.
pub(crate) async fn emit_message_behind(
    sql: &mut PgConnection,
    position: Position,
) -> Result<(), SessionError> {
    sqlx::query!(
        r#"
        SELECT
            pg_logical_emit_message(true, $1, $2)::text AS position,
            set_config('synchronous_commit', 'local', true) AS commit_mode
        WHERE pg_current_wal_insert_lsn() >= $3::text::pg_lsn
        "#,
        MESSAGE_PREFIX,
        AWAITED,
        position.to_string(),
    )
    .fetch_optional(sql)
    .await
    .map_err(SessionError::sql("writing a logical message"))?;
    Ok(())
}
