//! How is an index made anew, while another one answers searches?

use std::time::SystemTime;

use roost_engine::{Key, Position};
use sqlx::PgConnection;

use crate::apply::Applier;
use crate::apply::signal_rows::Seen;
use crate::config::{FollowConfig, Name};
use crate::error::SessionError;
use crate::jetstream::{Connection, JetstreamSource};
use crate::postgres::catalog::{self, Shape, Slot};
use crate::postgres::source::{Lasts, NewSlot, PostgresSource, Source};
use crate::session::checkpoint::Origin;
use crate::session::initial_copy::first_copy;
use crate::session::start::{
    Session, application, connect, end_copy, known, read_signals, release, today,
};
use crate::wal::table::Table;

/// Makes slot and index anew. An index that has a whole copy answers until the new one is whole.
pub(crate) async fn begin_anew(
    config: &FollowConfig,
    sql: &mut PgConnection,
    shape: &Shape,
    applier: &mut Applier,
    reason: &str,
) -> Result<(Source, Origin, Position, Seen), SessionError> {
    let old = known(applier.writer.checkpoint()).map(|(origin, _)| origin);
    let old_slot = match config.nats {
        // A slot of that name would be none of ours.
        Some(_) => None,
        None => catalog::slot(sql, &config.slot).await?,
    };
    let has_copy = applier.writer.checkpoint().is_some();
    // Where neither index nor slot has been, nothing has gone wrong.
    if !has_copy && old_slot.is_none() {
        tracing::info!(slot = %config.slot, "copying the tables for the first time");
    } else {
        tracing::warn!(reason, slot = %config.slot, "making the index anew");
    }
    let index = match &old {
        Ok(old) => old.index,
        Err(_) => name_index(sql).await?,
    };
    let name = application(index);
    let (mut source, server) = PostgresSource::connect(config, &name, None).await?;
    let origin = today(config, shape, &server, index);
    if let Ok(old) = &old {
        answer_meanwhile(old, &origin, sql, applier).await?;
    }
    if has_copy {
        let room = applier.writer.home().check_disk_space();
        room.map_err(SessionError::NewIndex)?;
    } else {
        look_for_room(sql, applier).await?;
    }
    if let Some(slot) = old_slot {
        drop_slot(config, sql, &slot, &name).await?;
    }
    let copied_at = SystemTime::now();
    let (slot, connection) = slot_for_copy(config, &mut source, index).await?;
    let start = slot.consistent_at;
    let seen = if has_copy {
        let next = applier.for_new_index(config);
        let mut next = next.map_err(SessionError::NewIndex)?;
        let filled = fill_beside(sql, &slot, &origin, copied_at, &mut next).await;
        let seen = filled.map_err(SessionError::of_new_index)?;
        applier.hand_over_to(next)?;
        seen
    } else {
        fill(sql, &slot, &origin, copied_at, applier).await?;
        read_signals(sql, start, applier).await?
    };
    applier.gap = None;
    applier
        .status
        .update(|progress| progress.low_disk_space = None);
    tracing::info!(position = %start, "the copy is whole");
    let source = match connection {
        None => Source::Postgres(Box::new(source)),
        Some(connection) => {
            let found = JetstreamSource::find(connection, config, &server, start).await?;
            Source::Jetstream(Box::new(found.map_err(SessionError::Gap)?))
        }
    };
    Ok((source, origin, start, seen))
}

/// Fills a new index while another one of the same name goes on following. Its stream comes from a
/// slot that ends with this session; where the other has come to then, it can go on from the slot
/// of that one.
pub(crate) async fn begin_beside(
    config: &FollowConfig,
    own_slot: &FollowConfig,
    index: Key,
    next: &mut Applier,
) -> Result<Session<PostgresSource>, SessionError> {
    let mut sql = connect(&config.database, "roost").await?;
    let shape = Shape::read(&mut sql).await?;
    // Told apart from the session of the other index.
    let name = format!("{} rebuild", application(index));
    let (mut source, server) = PostgresSource::connect(own_slot, &name, None).await?;
    let copied_at = SystemTime::now();
    let lasts = Lasts::AsConnected;
    let slot = source.create_slot(own_slot.slot.as_str(), lasts).await?;
    let origin = today(config, &shape, &server, index);
    fill(&mut sql, &slot, &origin, copied_at, next).await?;
    let start = slot.consistent_at;
    tracing::info!(position = %start, "the copy is whole");
    let seen = read_signals(&mut sql, start, next).await?;
    source.start(start).await?;
    Ok(Session {
        source,
        sql,
        shape,
        origin,
        start,
        seen,
    })
}

/// Makes the slot whose snapshot is copied. It ends with the copy where a stream of NATS brings the
/// changes, which must be within reach before anything is copied.
async fn slot_for_copy(
    config: &FollowConfig,
    source: &mut PostgresSource,
    index: Key,
) -> Result<(NewSlot, Option<Connection>), SessionError> {
    let Some(nats) = &config.nats else {
        let lasts = Lasts::UntilDropped;
        let slot = source.create_slot(config.slot.as_str(), lasts).await?;
        return Ok((slot, None));
    };
    let connection = Connection::open(nats, &application(index)).await?;
    let (name, lasts) = (Name::for_new_index(index), Lasts::AsConnected);
    let slot = source.create_slot(name.as_str(), lasts).await?;
    Ok((slot, Some(connection)))
}

/// Fills an index with the rows as a new slot's snapshot has them.
async fn fill(
    sql: &mut PgConnection,
    slot: &NewSlot,
    origin: &Origin,
    copied_at: SystemTime,
    applier: &mut Applier,
) -> Result<(), SessionError> {
    let position = slot.consistent_at;
    applier.dead_letters.at(position);
    applier.dead_letters.begin_copy();
    first_copy(sql, &slot.snapshot, applier).await?;
    end_copy(applier, sql, &[Table::Rooms, Table::ExamVenues]).await?;
    applier.commit(origin.at(position)?)?;
    applier.writer.mark_current(position, copied_at);
    Ok(())
}

/// The same for an index that is to take the place of another one, and is to have signals by then.
async fn fill_beside(
    sql: &mut PgConnection,
    slot: &NewSlot,
    origin: &Origin,
    copied_at: SystemTime,
    next: &mut Applier,
) -> Result<Seen, SessionError> {
    next.dead_letters.open(sql).await?;
    fill(sql, slot, origin, copied_at, next).await?;
    read_signals(sql, slot.consistent_at, next).await
}

/// Lets searches go on over an index that can't follow any more, or begin after a start, as long as it
/// is of the same server and database.
async fn answer_meanwhile(
    old: &Origin,
    today: &Origin,
    sql: &mut PgConnection,
    applier: &mut Applier,
) -> Result<(), SessionError> {
    let Some(position) = applier.writer.checkpoint().map(|it| it.position) else {
        return Ok(());
    };
    if (&old.system_id, &old.database) == (&today.system_id, &today.database)
        && !applier.status.is_ready()
    {
        read_signals(sql, position, applier).await?;
        applier.status.update(|progress| {
            progress.is_ready = true;
            progress.searchable = position;
        });
    }
    if (&old.system_id, old.timeline) != (&today.system_id, today.timeline) {
        // What the index has come to says nothing of the positions of this server.
        applier
            .status
            .update(|progress| progress.searchable = Position(0));
    }
    Ok(())
}

/// Warns where the disk may be too small for an index that has to be made all the same, as there is
/// nothing to answer from. It takes about as much as the tables that it is made of.
async fn look_for_room(sql: &mut PgConnection, applier: &Applier) -> Result<(), SessionError> {
    let tables_bytes = sqlx::query_scalar!(
        r#"SELECT pg_table_size('rooms') + pg_table_size('exam_venues') AS "bytes!""#
    )
    .fetch_one(&mut *sql)
    .await
    .map_err(SessionError::sql("asking how large the tables are"))?;
    let room = applier.writer.home();
    let room = room.disk_space_for(tables_bytes.unsigned_abs())?;
    if !room.is_enough() {
        tracing::warn!(
            free_bytes = room.free_bytes,
            needed_bytes = room.needed_bytes,
            "the disk may be too small for the index that is made now"
        );
    }
    let low_disk_space = (!room.is_enough()).then_some(room);
    applier
        .status
        .update(|progress| progress.low_disk_space = low_disk_space);
    Ok(())
}

async fn name_index(sql: &mut PgConnection) -> Result<Key, SessionError> {
    sqlx::query_scalar!(r#"SELECT gen_random_uuid() AS "index!""#)
        .fetch_one(&mut *sql)
        .await
        .map_err(SessionError::sql("naming the index"))
}

async fn drop_slot(
    config: &FollowConfig,
    sql: &mut PgConnection,
    slot: &Slot,
    ours: &str,
) -> Result<(), SessionError> {
    release(sql, config, slot, ours).await?;
    catalog::drop_slot(sql, &config.slot).await
}
