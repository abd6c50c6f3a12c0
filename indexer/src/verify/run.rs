//! Compares an index with the tables at one WAL position, while both may be written to.
//!
//! The index has the position P of its last commit. The tables as of P are a snapshot taken before
//! P, with the changes up to P laid over it. A temporary replication slot, created before the
//! snapshot, retains those changes.
//!
//! Signals of owners and documents exist only in the memory of the serving process, which returns
//! them with a position of their own. The changes up to that position are laid over the snapshot in
//! the same way.

use std::time::Duration;

use roost_collections::DeclaredSignal;
use roost_engine::{Position, Reader, StoreError};
use sqlx::{Connection, PgConnection};
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::documents::Comparison;
use super::memory::{DayComparison, NumberComparison, SignalComparison};
use super::overlay::Overlay;
use super::report::{PartReport, Report};
use crate::apply::memory_state::{FetchMemoryState, MemoryState, MemoryStateError, SignalState};
use crate::apply::not_over;
use crate::config::{DatabaseUrl, Name};
use crate::error::{FollowError, SessionError};
use crate::postgres::connect::connect;
use crate::postgres::copy::{ONE_SNAPSHOT, copy};
use crate::postgres::messages::{CHECKPOINT, emit_message};
use crate::postgres::schema::read_schema;
use crate::postgres::server::wal_end;
use crate::postgres::slots::find_slot;
use crate::session::Follower;
use crate::session::checkpoint::Origin;
use crate::status::{Phase, Progress};
use crate::wal::row::Row;
use crate::wal::table::{Table, Tables, Target};

/// The index and the database to compare.
pub struct VerifyConfig {
    /// The database with the tables.
    pub database: DatabaseUrl,
    /// The tables that the index follows.
    pub tables: Tables,
    /// The index, opened read-only, so that it stays at one commit during the comparison. A reader
    /// that was opened with a writer follows its commits.
    pub reader: Reader,
    /// Updates the index during the comparison if no other process does.
    pub follower: Option<Follower>,
    /// Fetches the signals from the process that follows.
    pub fetch_memory_state: FetchMemoryState,
    /// How long to wait until the index reaches a position after the start.
    pub wait: Duration,
}

/// Why index and tables could not be compared.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// The index cannot be read.
    #[error("the index cannot be read")]
    Store(#[from] StoreError),
    /// A statement or connection failed.
    #[error("Postgres cannot be queried")]
    Postgres(#[from] SessionError),
    /// The index follows another database, or its initial copy is not complete.
    #[error("the index cannot be compared with this database: {0}")]
    Unrelated(String),
    /// The index cannot be written while it is compared.
    #[error("the index does not follow")]
    Follow(#[from] FollowError),
    /// Postgres could not be followed in time.
    #[error("the index was not brought up to date in time: {0}")]
    Idle(String),
    /// The node did not return its signals.
    #[error("the node did not return the signals that it has in memory")]
    MemoryState(#[source] MemoryStateError),
    /// The node's signals did not reach the position in time.
    #[error("the node's signals did not reach {needed} within {} s", .wait.as_secs())]
    MemoryStateBehind {
        /// The position they must reach.
        needed: Position,
        /// How long the comparison waited.
        wait: Duration,
    },
    /// The index did not reach the position in time.
    #[error(
        "the index is at {found}, {} bytes of WAL before {needed}, after {} s; {follower}",
        .needed.0.saturating_sub(.found.0),
        .wait.as_secs()
    )]
    Behind {
        /// The position of the index.
        found: Position,
        /// The position it must reach.
        needed: Position,
        /// How long the comparison waited.
        wait: Duration,
        /// Whether a process follows Postgres for this index, and what to do.
        follower: &'static str,
    },
}

/// The interval between two reads of the position of the index.
const POLL_EVERY: Duration = Duration::from_millis(50);

/// Compares an index with the tables, row by row at one position, while both may be written to.
///
/// # Errors
/// If index or tables can't be read, or the index doesn't reach a position after the start.
pub async fn verify(mut config: VerifyConfig) -> Result<Report, VerifyError> {
    let Some(follower) = config.follower.take() else {
        return verify_followed(&config).await;
    };
    let status = follower.status();
    let shutdown = CancellationToken::new();
    // The guard also stops the follower if the caller drops this future.
    let guard = shutdown.clone().drop_guard();
    let following = tokio::spawn(follower.run(shutdown));
    let is_ready = |progress: &Progress| progress.is_ready || progress.phase == Phase::Stopped;
    let result = match timeout(config.wait, status.wait_until(is_ready)).await {
        Ok(_) => verify_followed(&config).await,
        Err(_) => Err(VerifyError::Idle(status.degraded().unwrap_or_default())),
    };
    drop(guard);
    following.await.map_err(FollowError::Panicked)??;
    result
}

async fn verify_followed(config: &VerifyConfig) -> Result<Report, VerifyError> {
    const TRIES: u32 = 3;
    let mut tries = 0;
    loop {
        tries += 1;
        config.reader.refresh()?;
        let report = verify_once(config).await?;
        // The collections of a commit become visible one after the other. If another commit came in
        // between, the report mixes two commits, so it is repeated.
        let before = report.position;
        config.reader.refresh()?;
        let is_moving = position(&config.reader) != Some(before);
        if report.is_equal() || !is_moving || tries == TRIES {
            return Ok(report);
        }
    }
}

async fn verify_once(config: &VerifyConfig) -> Result<Report, VerifyError> {
    let origin = known(&config.reader)?;
    let publication = publication(&origin)?;
    let mut log = connect(&config.database, "roost verify").await?;
    let schema = read_schema(&mut log, &config.tables).await?;
    if origin.database != config.database.database() || origin.schema_hash != schema.hash() {
        let what = "it was made from another database or from tables with another schema";
        return Err(VerifyError::Unrelated(what.to_owned()));
    }
    let slot = create_slot(&mut log).await?;
    let mut tables = connect(&config.database, "roost verify").await?;
    let mut snapshot = begin_snapshot(&mut tables).await?;
    // The snapshot contains nothing that was written to the WAL after this position.
    let needed = wal_end(&mut log).await?;
    emit_message(&mut log, CHECKPOINT).await?;
    let position = settle(config, &origin, &mut log, needed).await?;
    let state = memory_state(config, needed).await?;
    let overlay = Overlay::read(&mut log, &slot, &publication, schema.clone(), position).await?;
    let mut parts = Vec::new();
    for (table, collection) in config.tables.of_documents() {
        let comparison = Comparison::new(&config.reader, collection)?;
        let report = compare(&mut snapshot, table, comparison, &overlay).await?;
        parts.push(report);
    }
    let signals_position = state.position;
    let overlay = Overlay::read(&mut log, &slot, &publication, schema, signals_position).await?;
    let tables = &config.tables;
    parts.extend(compare_memory_state(&mut snapshot, tables, state, &overlay).await?);
    Ok(Report {
        position,
        signals_position,
        parts,
    })
}

async fn compare(
    sql: &mut PgConnection,
    table: Table,
    mut comparison: Comparison<'_>,
    overlay: &Overlay,
) -> Result<PartReport, VerifyError> {
    let mut failure = None;
    each_row(sql, table, "", overlay, |row| {
        if failure.is_none() {
            failure = comparison.expect(row).err();
        }
    })
    .await?;
    match failure {
        Some(error) => Err(error.into()),
        None => Ok(comparison.finish()),
    }
}

async fn compare_memory_state(
    sql: &mut PgConnection,
    tables: &Tables,
    state: MemoryState,
    overlay: &Overlay,
) -> Result<Vec<PartReport>, VerifyError> {
    let MemoryState {
        mut signals,
        mut days,
        mut numbers,
        ..
    } = state;
    let mut parts = Vec::new();
    for table in tables.in_memory() {
        let part = match table.target() {
            Target::Documents(_) => continue,
            Target::LandlordSignals => {
                let mut comparison = SignalComparison::new(std::mem::take(&mut signals));
                each_row(sql, table, "", overlay, |row| comparison.expect(row)).await?;
                comparison.finish()
            }
            Target::DocumentSignal(signal) if signal.declaration.is_of_days() => {
                let found = take(&mut days, signal)?;
                let clause = not_over(table, found.window.start());
                let mut comparison = DayComparison::new(signal, found);
                each_row(sql, table, &clause, overlay, |row| comparison.expect(row)).await?;
                comparison.finish()
            }
            Target::DocumentSignal(signal) => {
                let mut comparison = NumberComparison::new(signal, take(&mut numbers, signal)?);
                each_row(sql, table, "", overlay, |row| comparison.expect(row)).await?;
                comparison.finish()
            }
        };
        parts.push(part);
    }
    Ok(parts)
}

/// Takes the values of a signal out of those that the node has returned.
fn take<V>(states: &mut Vec<SignalState<V>>, signal: DeclaredSignal) -> Result<V, VerifyError> {
    match states.iter().position(|state| state.is_of(signal)) {
        Some(at) => Ok(states.swap_remove(at).values),
        None => {
            let (name, of) = (signal.declaration.name, signal.collection.name());
            let missing = format!("signal {name} of {of} is not among them");
            Err(VerifyError::MemoryState(missing.into()))
        }
    }
}

/// Visits the rows of a table with the changes since the snapshot. `clause` restricts the rows that
/// have not changed.
async fn each_row(
    sql: &mut PgConnection,
    table: Table,
    clause: &str,
    overlay: &Overlay,
    mut visit: impl FnMut(Row),
) -> Result<(), SessionError> {
    copy(sql, table, clause, |row| {
        if !overlay.touches(&row) {
            visit(row);
        }
        Ok(())
    })
    .await?;
    overlay.rows(table, sql).await?.into_iter().for_each(visit);
    Ok(())
}

/// The in-memory state as of a position or later.
async fn memory_state(config: &VerifyConfig, needed: Position) -> Result<MemoryState, VerifyError> {
    let wait = config.wait;
    let fetch = async {
        loop {
            let state = (config.fetch_memory_state)().await;
            let state = state.map_err(VerifyError::MemoryState)?;
            if state.position >= needed {
                return Ok(state);
            }
            sleep(POLL_EVERY).await;
        }
    };
    let behind = VerifyError::MemoryStateBehind { needed, wait };
    timeout(wait, fetch).await.unwrap_or(Err(behind))
}

/// Creates a temporary slot, which retains the changes from now on until its connection ends.
async fn create_slot(sql: &mut PgConnection) -> Result<String, SessionError> {
    let doing = "creating a temporary replication slot";
    let name = sqlx::query_scalar!(
        r#"
        SELECT slot_name::text AS "name!"
        FROM pg_create_logical_replication_slot(
            'roost_verify_' || pg_backend_pid(), 'pgoutput', true
        )
        "#
    )
    .fetch_one(sql)
    .await
    .map_err(SessionError::sql(doing))?;
    Ok(name)
}

async fn begin_snapshot(
    sql: &mut PgConnection,
) -> Result<sqlx::Transaction<'_, sqlx::Postgres>, SessionError> {
    let doing = "taking a snapshot of the tables";
    let mut snapshot = sql
        .begin_with(ONE_SNAPSHOT)
        .await
        .map_err(SessionError::sql(doing))?;
    sqlx::query!(r#"SELECT pg_current_snapshot()::text AS "snapshot!""#)
        .fetch_one(&mut *snapshot)
        .await
        .map_err(SessionError::sql(doing))?;
    Ok(snapshot)
}

/// Waits until the index reaches a position. The read-only reader then stays at that commit.
async fn settle(
    config: &VerifyConfig,
    origin: &Origin,
    sql: &mut PgConnection,
    needed: Position,
) -> Result<Position, VerifyError> {
    let deadline = Instant::now() + config.wait;
    let mut last = None;
    loop {
        config.reader.refresh()?;
        let found = position(&config.reader);
        // A commit may come between the refresh of the documents and of the checkpoint. If the
        // checkpoint is the same twice, the documents belong to it.
        if let Some(found) = found
            && found >= needed
            && last == Some(found)
        {
            return Ok(found);
        }
        if Instant::now() >= deadline {
            return Err(behind(config, origin, sql, needed).await?);
        }
        last = found;
        if found.is_none_or(|found| found < needed) {
            sleep(POLL_EVERY).await;
        }
    }
}

async fn behind(
    config: &VerifyConfig,
    origin: &Origin,
    sql: &mut PgConnection,
    needed: Position,
) -> Result<VerifyError, SessionError> {
    let slot = match origin.slot.parse::<Name>() {
        Ok(name) => find_slot(sql, &name).await?,
        Err(_) => None,
    };
    let is_fed_by_nats = origin.slot.parse::<Name>().is_err();
    Ok(VerifyError::Behind {
        found: position(&config.reader).unwrap_or_default(),
        needed,
        wait: config.wait,
        follower: match slot {
            None if is_fed_by_nats => "check that its node and `roost publish` run",
            None => "its replication slot is gone, so the index must be rebuilt",
            Some(slot) if slot.active.is_some() => {
                "a process follows Postgres for it, so wait longer"
            }
            Some(_) => "no process follows Postgres for it",
        },
    })
}

fn known(reader: &Reader) -> Result<Origin, VerifyError> {
    let checkpoint = reader.checkpoint();
    let none = || VerifyError::Unrelated("its initial copy is not complete".to_owned());
    Origin::read(&checkpoint.ok_or_else(none)?)
        .map_err(|mismatch| VerifyError::Unrelated(mismatch.0))
}

fn publication(origin: &Origin) -> Result<Name, VerifyError> {
    let name = origin.publication.parse();
    name.map_err(|error: crate::ConfigError| VerifyError::Unrelated(error.to_string()))
}

fn position(reader: &Reader) -> Option<Position> {
    Some(reader.checkpoint()?.position)
}
