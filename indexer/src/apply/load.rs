//! Loads the signals of landlords and documents that a session starts with.
//!
//! They live in memory only. A session loads them before it applies a change. It then skips the
//! streamed signal changes that the load has already seen, so that no signal returns to an older
//! value.

use std::time::SystemTime;

use roost_engine::Position;
use sqlx::PgConnection;

use super::applier::Applier;
use super::pg_snapshot::PgSnapshot;
use super::signal_rows::SignalRows;
use super::signals::first_night;
use crate::error::SessionError;
use crate::postgres::server::wal_end;
use crate::wal::table::Table;

/// Loads all signals for a stream that starts at a position. Returns the snapshot that
/// they were read from.
pub(crate) async fn load_signals(
    sql: &mut PgConnection,
    start: Position,
    applier: &mut Applier,
) -> Result<PgSnapshot, SessionError> {
    let (first_night, read_at) = (first_night(), SystemTime::now());
    let tables = applier.tables().clone();
    let rows = SignalRows::read(sql, &tables, first_night).await?;
    let snapshot = rows.snapshot.clone();
    let wal_end = wal_end(sql).await?;
    applier.dead_letters_mut().begin_copy(start);
    applier.replace_signals(rows, first_night, wal_end)?;
    let tables: Vec<Table> = tables.in_memory().collect();
    applier.dead_letters_mut().end_copy(sql, &tables).await?;
    applier
        .documents()
        .writer()
        .mark_signals_current(start, read_at);
    Ok(snapshot)
}
