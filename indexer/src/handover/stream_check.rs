//! Checks that a server still has the stream that an index follows.

use roost_engine::{Checkpoint, Position};
use sqlx::PgConnection;

use crate::config::{ConfigError, FollowConfig, Name};
use crate::error::SessionError;
use crate::postgres::replication::PostgresSource;
use crate::postgres::schema::read_schema;
use crate::postgres::server::wal_end;
use crate::session::checkpoint::Origin;

/// The application name of a handover's sessions.
pub(super) const APPLICATION: &str = "roost snapshot";

/// Checks that the server has the stream that an index follows, whatever its slot.
pub(super) async fn check_stream(
    config: &FollowConfig,
    sql: &mut PgConnection,
    origin: &Origin,
    position: Position,
) -> Result<(), SessionError> {
    let schema = read_schema(sql, &config.tables).await?;
    let (_, server) = PostgresSource::connect(config, APPLICATION, Some(position)).await?;
    let current = Origin {
        system_id: server.system_id,
        timeline: server.timeline,
        database: config.database.database().to_owned(),
        publication: config.publication.to_string(),
        schema_hash: schema.hash().to_owned(),
        ..origin.clone()
    };
    let error = |reason| {
        SessionError::Setup(format!(
            "the stream of this snapshot cannot continue: {reason}"
        ))
    };
    origin
        .compare(&current)
        .map_err(|mismatch| error(mismatch.0))?;
    let end = wal_end(sql).await?;
    if position > end {
        let reason = format!("the server's WAL ends at {end}, before the snapshot at {position}");
        return Err(error(reason));
    }
    Ok(())
}

pub(super) fn read_origin(checkpoint: &Checkpoint) -> Result<Origin, SessionError> {
    Origin::read(checkpoint).map_err(|mismatch| SessionError::Setup(mismatch.0))
}

pub(super) fn parse_name(text: &str) -> Result<Name, SessionError> {
    text.parse()
        .map_err(|error: ConfigError| SessionError::Setup(error.to_string()))
}
