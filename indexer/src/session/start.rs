//! How does a session with Postgres begin?

use std::time::{Duration, SystemTime};

use roost_engine::{Checkpoint, Key, Position};
use sqlx::{ConnectOptions, PgConnection};
use tokio::time::timeout;

use crate::apply::signal_rows::{Seen, SignalRows};
use crate::apply::{Applier, first_night};
use crate::config::{DatabaseUrl, FollowConfig};
use crate::error::SessionError;
use crate::jetstream::{Connection, JetstreamSource};
use crate::postgres::catalog::{self, Shape, Slot};
use crate::postgres::publication::ensure_publication;
use crate::postgres::source::{PostgresSource, Server, Source};
use crate::session::checkpoint::{Origin, Phase};
use crate::session::new_index::begin_anew;
use crate::wal::table::Table;

/// A session that has begun: the stream brings every change that the index does not have.
pub(crate) struct Session<S> {
    pub(crate) source: S,
    /// For everything else that is asked of the server.
    pub(crate) sql: PgConnection,
    pub(crate) shape: Shape,
    pub(crate) origin: Origin,
    /// The index has everything up to here.
    pub(crate) start: Position,
    /// The signals have everything that this snapshot sees.
    pub(crate) seen: Seen,
}

/// Connects for SQL.
pub(crate) async fn connect(
    database: &DatabaseUrl,
    application: &str,
) -> Result<PgConnection, SessionError> {
    const LIMIT: Duration = Duration::from_secs(15);
    let doing = "connecting to Postgres";
    let options = database.sql_options(application);
    timeout(LIMIT, options.connect())
        .await
        .map_err(|_| SessionError::Slow {
            doing,
            limit: LIMIT,
        })?
        .map_err(SessionError::sql(doing))
}

/// What the sessions of one index call themselves.
pub(crate) fn application(index: Key) -> String {
    format!("roost {index}")
}

impl Session<Source> {
    /// Goes on from the index's checkpoint if that is possible; otherwise makes the index anew.
    pub(crate) async fn begin(
        config: &FollowConfig,
        applier: &mut Applier,
    ) -> Result<Session<Source>, SessionError> {
        applier.rollback()?;
        applier.sweep();
        let mut sql = connect(&config.database, "roost").await?;
        catalog::check_server(&mut sql).await?;
        let shape = Shape::read(&mut sql).await?;
        ensure_publication(&mut sql, &config.publication).await?;
        let opened = applier.dead_letters.open(&mut sql).await;
        applier.tell_dead_letters();
        opened?;
        // They are good for one session: another one comes after this one has gone on from there.
        let signals_seen = applier.signals_seen.take();
        let known = match &applier.gap {
            Some(gap) => Err(gap.clone()),
            None => known(applier.writer.checkpoint()),
        };
        let began = match known {
            Ok((origin, start)) => resume(config, &mut sql, &shape, origin, start).await?,
            Err(reason) => Err(reason),
        };
        let (mut source, origin, start, seen) = match began {
            Ok((source, origin, start)) => {
                let seen = match signals_seen {
                    Some(seen) => seen,
                    None => read_signals(&mut sql, start, applier).await?,
                };
                (source, origin, start, seen)
            }
            Err(reason) => begin_anew(config, &mut sql, &shape, applier, &reason).await?,
        };
        source.start(start).await?;
        if config.nats.is_none() {
            // From here on the slot is ours alone. Had it been moved on a moment before, the server
            // would have skipped changes without a word.
            let slot = catalog::slot(&mut sql, &config.slot).await?;
            let slot = slot.ok_or(SessionError::Ended)?;
            if let Some(reason) = slot.refuses(config.database.database(), start) {
                let what = format!("slot {}: {reason}", config.slot);
                return Err(SessionError::Changed(what));
            }
        }
        tracing::info!(position = %start, slot = %config.slot, "following the changes");
        Ok(Session {
            source,
            sql,
            shape,
            origin,
            start,
            seen,
        })
    }
}

type Began = (Source, Origin, Position);

/// What the index knows of its stream, or why it knows nothing.
pub(crate) fn known(checkpoint: Option<&Checkpoint>) -> Result<(Origin, Position), String> {
    let checkpoint = checkpoint
        .ok_or("the index has no whole copy: it was removed, or its first copy was cut short")?;
    let origin = Origin::read(checkpoint).map_err(|mismatch| mismatch.0)?;
    Ok((origin, checkpoint.position))
}

/// Connects to go on from a position; says why that can't be.
async fn resume(
    config: &FollowConfig,
    sql: &mut PgConnection,
    shape: &Shape,
    origin: Origin,
    start: Position,
) -> Result<Result<Began, String>, SessionError> {
    let name = application(origin.index);
    let (source, server) = PostgresSource::connect(config, &name, Some(start)).await?;
    if let Err(mismatch) = origin.compare(&today(config, shape, &server, origin.index)) {
        return Ok(Err(mismatch.0));
    }
    let end = catalog::log_end(sql).await?;
    if start > end {
        return Ok(Err(format!(
            "the server's log ends at {end}, before the index at {start}: it was restored"
        )));
    }
    if let Some(nats) = &config.nats {
        let connection = Connection::open(nats, &name).await?;
        let found = JetstreamSource::find(connection, config, &server, start).await?;
        return Ok(found.map(|source| (Source::Jetstream(Box::new(source)), origin, start)));
    }
    let slot = catalog::slot(sql, &config.slot).await?;
    let Some(slot) = slot else {
        return Ok(Err(format!("slot {} is gone", config.slot)));
    };
    if let Some(reason) = slot.refuses(config.database.database(), start) {
        return Ok(Err(format!("slot {} cannot go on: {reason}", config.slot)));
    }
    release(sql, config, &slot, &name).await?;
    Ok(Ok((Source::Postgres(Box::new(source)), origin, start)))
}

/// Signals are read before the first change is applied: see `SignalRows`.
pub(crate) async fn read_signals(
    sql: &mut PgConnection,
    start: Position,
    applier: &mut Applier,
) -> Result<Seen, SessionError> {
    let (first_night, read_at) = (first_night(), SystemTime::now());
    let rows = SignalRows::read(sql, first_night).await?;
    let seen = rows.seen.clone();
    applier.signals_read_at = catalog::log_end(sql).await?;
    applier.dead_letters.at(start);
    applier.dead_letters.begin_copy();
    // With nothing in between, since nights may be forgotten first.
    applier.keep_nights(first_night)?;
    applier.adopt(rows)?;
    end_copy(applier, sql, &[Table::Landlords, Table::Bookings]).await?;
    applier.writer.signals_at(start, read_at);
    Ok(seen)
}

/// Writes down which rows of these tables were left out.
pub(crate) async fn end_copy(
    applier: &mut Applier,
    sql: &mut PgConnection,
    tables: &[Table],
) -> Result<(), SessionError> {
    let ended = applier.dead_letters.end_copy(sql, tables).await;
    applier.tell_dead_letters();
    ended
}

pub(crate) fn today(config: &FollowConfig, shape: &Shape, server: &Server, index: Key) -> Origin {
    Origin {
        version: Origin::VERSION,
        phase: Phase::Streaming,
        index,
        system_id: server.system_id.clone(),
        timeline: server.timeline,
        database: config.database.database().to_owned(),
        slot: match &config.nats {
            Some(nats) => format!("NATS stream {}", nats.stream),
            None => config.slot.to_string(),
        },
        publication: config.publication.to_string(),
        schema_hash: shape.hash.clone(),
    }
}

/// Waits until nobody streams from the slot. A session that this index left behind, on a
/// connection that broke without the server's notice, is ended after a while; this process holds
/// the lock of the index, so no other can be using it. Somebody else's session is left alone.
pub(crate) async fn release(
    sql: &mut PgConnection,
    config: &FollowConfig,
    slot: &Slot,
    ours: &str,
) -> Result<(), SessionError> {
    const LOOKS: u32 = 25;
    const LOOK_EVERY: Duration = Duration::from_millis(200);
    let mut active = slot.active.clone();
    for look in 0..2 * LOOKS {
        let Some((pid, application)) = active else {
            return Ok(());
        };
        let application = application.unwrap_or_default();
        if application != ours {
            return Err(SessionError::Setup(format!(
                "slot {} is in use by process {pid} ({application:?}): give each index a slot of \
                 its own",
                config.slot
            )));
        }
        if look == LOOKS {
            tracing::warn!(pid, slot = %config.slot, "ending a session that was left behind");
            sqlx::query!("SELECT pg_terminate_backend($1)", pid)
                .fetch_one(&mut *sql)
                .await
                .map_err(SessionError::sql("ending a session that was left behind"))?;
        }
        tokio::time::sleep(LOOK_EVERY).await;
        let slot = catalog::slot(sql, &config.slot).await?;
        active = slot.and_then(|slot| slot.active);
    }
    Err(SessionError::Slow {
        doing: "waiting for the replication slot",
        limit: 2 * LOOKS * LOOK_EVERY,
    })
}
