//! Copies the tables into a new index, because the current one cannot resume or there is none.

use std::time::SystemTime;

use roost_engine::{Key, Position};
use sqlx::PgConnection;

use super::checkpoint::{Origin, application_name, new_index_id, resume_point};
use super::initial_copy::copy_documents;
use super::nats::NatsStream;
use super::resume::{Opened, StartPoint};
use super::source::Source;
use crate::apply::{Applier, PgSnapshot, load_signals};
use crate::config::{FollowConfig, Name};
use crate::error::SessionError;
use crate::postgres::change_source::Server;
use crate::postgres::replication::{NewSlot, PostgresSource, SlotLifetime};
use crate::postgres::slots::{Slot, drop_slot, find_slot, release_slot};

/// A complete copy, whose stream is not connected yet.
pub(super) struct Copied {
    source: PostgresSource,
    /// The stream that sends the changes instead of the slot.
    nats: Option<NatsStream>,
    server: Server,
    origin: Origin,
    position: Position,
    signals_snapshot: Option<PgSnapshot>,
}

/// Creates the slot, and copies the tables as of its snapshot. An index with a complete copy
/// answers searches until the new one replaces it.
pub(super) async fn copy_tables(
    config: &FollowConfig,
    opened: &mut Opened,
    applier: &mut Applier,
    reason: &str,
) -> Result<Copied, SessionError> {
    let Opened { sql, schema, .. } = opened;
    let old = resume_point(applier.documents().checkpoint()).map(|(origin, _)| origin);
    let old_slot = match config.nats_stream() {
        // A slot of that name belongs to another node.
        Some(_) => None,
        None => find_slot(sql, &config.slot).await?,
    };
    let has_copy = applier.documents().checkpoint().is_some();
    // Without an index and a slot this is the first start, not a failure.
    if !has_copy && old_slot.is_none() {
        tracing::info!(slot = %config.slot, "copying the tables for the first time");
    } else {
        tracing::warn!(reason, slot = %config.slot, "rebuilding the index");
    }
    let index = match &old {
        Ok(old) => old.index,
        Err(_) => new_index_id(sql).await?,
    };
    let name = application_name(index);
    let (mut source, server) = PostgresSource::connect(config, &name, None).await?;
    let origin = Origin::current(config, schema, &server, index);
    if let Ok(old) = &old {
        serve_outdated(old, &origin, sql, applier).await?;
    }
    if has_copy {
        let space = applier.documents().generations().check_disk_space();
        space.map_err(SessionError::NewIndex)?;
    } else {
        warn_of_low_disk_space(sql, applier).await?;
    }
    if let Some(slot) = old_slot {
        remove_slot(config, sql, &slot, &name).await?;
    }
    let started_at = SystemTime::now();
    let (slot, nats) = create_slot(config, &mut source, index).await?;
    let position = slot.consistent_at;
    let signals_snapshot = if has_copy {
        let next = applier.for_new_index(config);
        let mut next = next.map_err(SessionError::NewIndex)?;
        let copied = copy_beside(sql, &slot, &origin, started_at, &mut next).await;
        let snapshot = copied.map_err(SessionError::of_new_index)?;
        applier.replace_with(next)?;
        Some(snapshot)
    } else {
        copy_documents(sql, &slot, &origin, started_at, applier).await?;
        None
    };
    applier
        .status()
        .update(|progress| progress.low_disk_space = None);
    tracing::info!(%position, "the copy is complete");
    Ok(Copied {
        source,
        nats,
        server,
        origin,
        position,
        signals_snapshot,
    })
}

impl Copied {
    /// Connects the stream at the position of the copy.
    pub(super) async fn connect(
        self,
        config: &FollowConfig,
    ) -> Result<StartPoint<Source>, SessionError> {
        let source = match self.nats {
            None => Source::Postgres(Box::new(self.source)),
            Some(stream) => {
                let found = stream.find(config, &self.server, self.position).await?;
                found.map_err(SessionError::Gap)?
            }
        };
        Ok(StartPoint {
            source,
            origin: self.origin,
            position: self.position,
            signals_snapshot: self.signals_snapshot,
        })
    }
}

/// Creates the slot whose snapshot is copied. If a NATS stream carries the changes, the slot is
/// temporary, and the stream must be reachable before the copy starts.
async fn create_slot(
    config: &FollowConfig,
    source: &mut PostgresSource,
    index: Key,
) -> Result<(NewSlot, Option<NatsStream>), SessionError> {
    let Some(stream) = NatsStream::open(config, &application_name(index)).await? else {
        let lifetime = SlotLifetime::Permanent;
        let slot = source.create_slot(config.slot.as_str(), lifetime).await?;
        return Ok((slot, None));
    };
    let (name, lifetime) = (Name::for_new_index(index), SlotLifetime::Temporary);
    let slot = source.create_slot(name.as_str(), lifetime).await?;
    Ok((slot, Some(stream)))
}

/// Copies into an index that is to replace another one, and therefore needs its signals first.
async fn copy_beside(
    sql: &mut PgConnection,
    slot: &NewSlot,
    origin: &Origin,
    started_at: SystemTime,
    next: &mut Applier,
) -> Result<PgSnapshot, SessionError> {
    next.dead_letters_mut().open(sql).await?;
    copy_documents(sql, slot, origin, started_at, next).await?;
    load_signals(sql, slot.consistent_at, next).await
}

/// Lets searches use an index that cannot resume, also right after the start, if it belongs to the
/// same server and database.
async fn serve_outdated(
    old: &Origin,
    current: &Origin,
    sql: &mut PgConnection,
    applier: &mut Applier,
) -> Result<(), SessionError> {
    let Some(position) = applier.documents().checkpoint().map(|it| it.position) else {
        return Ok(());
    };
    if (&old.system_id, &old.database) == (&current.system_id, &current.database)
        && !applier.status().is_ready()
    {
        load_signals(sql, position, applier).await?;
        applier.status().update(|progress| {
            progress.is_ready = true;
            progress.searchable = position;
        });
    }
    if (&old.system_id, old.timeline) != (&current.system_id, current.timeline) {
        // The position of the index is not a position of this server.
        applier
            .status()
            .update(|progress| progress.searchable = Position(0));
    }
    Ok(())
}

/// Warns if the disk may be too small for the first index, which is copied nevertheless, as there
/// is no other to search. An index needs about as much space as its tables.
async fn warn_of_low_disk_space(
    sql: &mut PgConnection,
    applier: &Applier,
) -> Result<(), SessionError> {
    let tables: Vec<String> = applier
        .tables()
        .of_documents()
        .map(|(table, _)| table.sql())
        .collect();
    let tables_bytes = sqlx::query_scalar!(
        r#"
        SELECT coalesce(sum(pg_table_size(to_regclass(name))), 0)::bigint AS "bytes!"
        FROM unnest($1::text[]) AS name
        "#,
        &tables,
    )
    .fetch_one(&mut *sql)
    .await
    .map_err(SessionError::sql("reading the size of the tables"))?;
    let generations = applier.documents().generations();
    let space = generations.disk_space_for(tables_bytes.unsigned_abs())?;
    if !space.is_enough() {
        tracing::warn!(
            free_bytes = space.free_bytes,
            needed_bytes = space.needed_bytes,
            "the disk may be too small for the index"
        );
    }
    let low_disk_space = (!space.is_enough()).then_some(space);
    applier
        .status()
        .update(|progress| progress.low_disk_space = low_disk_space);
    Ok(())
}

async fn remove_slot(
    config: &FollowConfig,
    sql: &mut PgConnection,
    slot: &Slot,
    application: &str,
) -> Result<(), SessionError> {
    release_slot(sql, &config.slot, slot, application).await?;
    drop_slot(sql, &config.slot).await
}
