//! The server: its settings, the end of its WAL, and how far it has sent the WAL.

use roost_engine::Position;
use sqlx::PgConnection;

use crate::error::SessionError;

/// Checks settings that only an operator can change.
pub(crate) async fn check_server(sql: &mut PgConnection) -> Result<(), SessionError> {
    let settings = sqlx::query!(
        r#"
        SELECT
            current_setting('wal_level') AS "wal_level!",
            current_setting('server_version_num')::int AS "version!",
            current_setting('server_encoding') AS "encoding!"
        "#
    )
    .fetch_one(sql)
    .await
    .map_err(SessionError::sql("reading the server's settings"))?;
    if settings.version < 150_000 {
        let found = settings.version / 10_000;
        return Err(SessionError::Setup(format!(
            "the server is PostgreSQL {found}; expected 15 or later"
        )));
    }
    if settings.encoding != "UTF8" {
        return Err(SessionError::Setup(format!(
            "the database's encoding is {}; expected UTF8",
            settings.encoding
        )));
    }
    if settings.wal_level != "logical" {
        return Err(SessionError::Setup(format!(
            "wal_level is {}; expected logical: set it in postgresql.conf and restart the server",
            settings.wal_level
        )));
    }
    Ok(())
}

/// The end of the server's WAL. Everything that is visible by now was written before it.
pub(crate) async fn wal_end(sql: &mut PgConnection) -> Result<Position, SessionError> {
    let text = sqlx::query_scalar!(r#"SELECT pg_current_wal_insert_lsn()::text AS "position!""#)
        .fetch_one(sql)
        .await
        .map_err(SessionError::sql("reading the end of the WAL"))?;
    text.parse()
        .map_err(|_| SessionError::Protocol("a position that cannot be parsed"))
}

/// The end of the flushed WAL, and how far it has been sent to the session with this application
/// name. WAL that is not flushed contains no durable commit, and is not sent yet.
pub(crate) async fn flushed_and_sent(
    sql: &mut PgConnection,
    application: &str,
) -> Result<(Position, Option<Position>), SessionError> {
    let found = sqlx::query!(
        r#"
        SELECT
            pg_current_wal_flush_lsn()::text AS "log_end!",
            (
                SELECT max(sent_lsn)::text FROM pg_stat_replication WHERE application_name = $1
            ) AS sent
        "#,
        application,
    )
    .fetch_one(sql)
    .await
    .map_err(SessionError::sql("reading the server's position"))?;
    let flushed = found.log_end.parse();
    let flushed =
        flushed.map_err(|_| SessionError::Protocol("a position that cannot be parsed"))?;
    Ok((flushed, found.sent.and_then(|text| text.parse().ok())))
}
