//! The server: its settings, the end of its WAL, and how far it has sent the WAL.

use roost_engine::Position;
use sqlx::PgConnection;

use crate::error::SessionError;

/// The oldest version that can be followed, as `server_version_num`.
const VERSION_MIN: i32 = 150_000;

/// Settings of a server and a database that only an operator can change.
#[derive(Clone, Debug)]
pub struct ServerSettings {
    wal_level: String,
    version: i32,
    encoding: String,
}

impl ServerSettings {
    /// Reads the settings of the database of a connection.
    ///
    /// # Errors
    /// If they cannot be read.
    pub async fn read(sql: &mut PgConnection) -> Result<Self, SessionError> {
        sqlx::query_as!(
            ServerSettings,
            r#"
        SELECT
            current_setting('wal_level') AS "wal_level!",
            current_setting('server_version_num')::int AS "version!",
            current_setting('server_encoding') AS "encoding!"
        "#
        )
        .fetch_one(sql)
        .await
        .map_err(SessionError::sql("reading the server's settings"))
    }

    /// Checks that the database can contain the tables: the version of the server, and the
    /// encoding, which can only be chosen when a database is created.
    ///
    /// # Errors
    /// Names the setting and what was expected.
    pub fn check_database(&self) -> Result<(), SessionError> {
        if self.version < VERSION_MIN {
            let found = self.version / 10_000;
            return Err(SessionError::Setup(format!(
                "the server is PostgreSQL {found}; expected 15 or later"
            )));
        }
        if self.encoding != "UTF8" {
            return Err(SessionError::Setup(format!(
                "the database's encoding is {}; expected UTF8: create another one with CREATE \
                 DATABASE ... ENCODING 'UTF8' TEMPLATE template0",
                self.encoding
            )));
        }
        Ok(())
    }

    /// Checks that the server writes WAL that can be followed.
    ///
    /// # Errors
    /// Names the setting and how to change it.
    pub fn check_wal_level(&self) -> Result<(), SessionError> {
        if self.wal_level == "logical" {
            return Ok(());
        }
        Err(SessionError::Setup(format!(
            "wal_level is {}; expected logical: run ALTER SYSTEM SET wal_level = logical as a \
             superuser, and restart the server",
            self.wal_level
        )))
    }
}

/// Checks settings that only an operator can change.
pub(crate) async fn check_server(sql: &mut PgConnection) -> Result<(), SessionError> {
    let settings = ServerSettings::read(sql).await?;
    settings.check_database()?;
    settings.check_wal_level()
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

/// The end of the flushed WAL. The server has confirmed no commit behind it, unless it confirms
/// commits that are not durable yet (`synchronous_commit=off`).
pub(crate) async fn flushed(sql: &mut PgConnection) -> Result<Position, SessionError> {
    let text = sqlx::query_scalar!(r#"SELECT pg_current_wal_flush_lsn()::text AS "position!""#)
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
