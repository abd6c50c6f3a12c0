//! Opens a session with Postgres, and resumes the stream at the index's checkpoint.

use roost_engine::Position;
use sqlx::PgConnection;

use super::checkpoint::{Origin, application_name, resume_point};
use super::nats::NatsStream;
use super::source::Source;
use crate::apply::{Applier, PgSnapshot, load_signals};
use crate::config::FollowConfig;
use crate::error::SessionError;
use crate::postgres::connect::connect;
use crate::postgres::privileges::check_privileges;
use crate::postgres::publication::{PublishedEvents, ensure_events, ensure_publication};
use crate::postgres::replication::PostgresSource;
use crate::postgres::schema::read_schema;
use crate::postgres::server::{check_server, wal_end};
use crate::postgres::slots::{find_slot, release_slot};
use crate::wal::schema::Schema;

/// An open connection to a server that can be followed.
pub(super) struct Opened {
    pub(super) sql: PgConnection,
    pub(super) schema: Schema,
    /// The events in the publication.
    pub(super) events: Option<PublishedEvents>,
}

/// Where a stream starts.
pub(super) struct StartPoint<S> {
    pub(super) source: S,
    pub(super) origin: Origin,
    /// The index contains everything up to here.
    pub(super) position: Position,
    /// The snapshot that the signals were loaded from, if they need not be loaded again.
    pub(super) signals_snapshot: Option<PgSnapshot>,
}

/// A session whose stream sends every change that the index does not contain.
pub(super) struct Session<S> {
    pub(super) source: S,
    /// Runs all SQL beside the stream.
    pub(super) sql: PgConnection,
    pub(super) schema: Schema,
    pub(super) origin: Origin,
    /// The index contains everything up to here.
    pub(super) start: Position,
    /// The signals contain everything that this snapshot sees.
    pub(super) signals_snapshot: PgSnapshot,
    /// The events in the publication.
    pub(super) events: Option<PublishedEvents>,
}

/// Returns to the last commit, and opens a connection.
pub(super) async fn open(
    config: &FollowConfig,
    applier: &mut Applier,
) -> Result<Opened, SessionError> {
    applier.rollback()?;
    applier.delete_replaced_indexes();
    let mut sql = connect(&config.database, "roost").await?;
    check_server(&mut sql).await?;
    let schema = read_schema(&mut sql, &config.tables).await?;
    check_privileges(&mut sql, &config.tables).await?;
    // An index of other tables cannot resume.
    let origin = resume_point(applier.documents().checkpoint());
    let copies_follow = origin.map_or(true, |(origin, _)| origin.schema_hash != schema.hash());
    ensure_publication(&mut sql, &config.publication, &config.tables, copies_follow).await?;
    let events = ensure_events(&mut sql, &config.publication).await?;
    applier.dead_letters_mut().open(&mut sql).await?;
    Ok(Opened {
        sql,
        schema,
        events,
    })
}

/// Connects the stream of an index at its position. The inner error is the reason why the stream
/// cannot continue there.
pub(super) async fn resume(
    config: &FollowConfig,
    opened: &mut Opened,
    origin: Origin,
    position: Position,
) -> Result<Result<StartPoint<Source>, String>, SessionError> {
    let Opened { sql, schema, .. } = opened;
    let name = application_name(origin.index);
    let (source, server) = PostgresSource::connect(config, &name, Some(position)).await?;
    let current = Origin::current(config, schema, &server, origin.index);
    if let Err(mismatch) = origin.compare(&current) {
        return Ok(Err(mismatch.0));
    }
    let end = wal_end(sql).await?;
    if position > end {
        return Ok(Err(format!(
            "the server's WAL ends at {end}, before the index at {position}: it was restored"
        )));
    }
    let source = match NatsStream::open(config, &name).await? {
        Some(stream) => stream.find(config, &server, position).await?,
        None => continue_slot(config, sql, &name, position)
            .await?
            .map(|()| Source::Postgres(Box::new(source))),
    };
    Ok(source.map(|source| StartPoint {
        source,
        origin,
        position,
        signals_snapshot: None,
    }))
}

/// Checks that the slot can continue at a position, and waits until it is free.
async fn continue_slot(
    config: &FollowConfig,
    sql: &mut PgConnection,
    application: &str,
    position: Position,
) -> Result<Result<(), String>, SessionError> {
    let name = &config.slot;
    let Some(slot) = find_slot(sql, name).await? else {
        return Ok(Err(format!("slot {name} is gone")));
    };
    if let Err(reason) = slot.check_start(config.database.database(), position) {
        return Ok(Err(format!("slot {name} cannot continue: {reason}")));
    }
    release_slot(sql, name, &slot, application).await?;
    Ok(Ok(()))
}

/// Loads the signals, unless the index still has them, and starts the stream.
pub(super) async fn start(
    config: &FollowConfig,
    opened: Opened,
    start: StartPoint<Source>,
    applier: &mut Applier,
) -> Result<Session<Source>, SessionError> {
    let Opened {
        mut sql,
        schema,
        events,
    } = opened;
    let StartPoint {
        mut source,
        origin,
        position,
        signals_snapshot,
    } = start;
    let signals_snapshot = match signals_snapshot {
        Some(snapshot) => snapshot,
        None => load_signals(&mut sql, position, applier).await?,
    };
    source.start(position).await?;
    if config.nats_stream().is_none() {
        // From here on no other session can use the slot. If it was advanced just before, the
        // server would have skipped changes silently.
        let slot = find_slot(&mut sql, &config.slot).await?;
        let slot = slot.ok_or(SessionError::Ended)?;
        slot.check_start(config.database.database(), position)
            .map_err(|reason| SessionError::Changed(format!("slot {}: {reason}", config.slot)))?;
    }
    tracing::info!(%position, slot = %config.slot, "streaming changes");
    Ok(Session {
        source,
        sql,
        schema,
        origin,
        start: position,
        signals_snapshot,
        events,
    })
}
