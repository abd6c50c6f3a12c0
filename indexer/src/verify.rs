//! Does the index say what the tables say?
//!
//! Both may be written to all the while, so a comparison needs one position for both. The index
//! names the position P of its commit. The tables as they were at P are put together from a
//! snapshot taken before P and the changes up to P, which a replication slot of our own has kept
//! since before the snapshot.
//!
//! Only documents are compared: signals and booked nights live in the memory of the serving process and
//! nowhere else.

use std::time::Duration;

use roost_engine::{Collection, Key, Position, Reader, StoreError};
use sqlx::{Connection, PgConnection};
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;

use crate::catalog::{self, Shape};
use crate::checkpoint::Origin;
use crate::compare::Comparison;
use crate::config::{DatabaseUrl, Name};
use crate::copy::{ONE_SNAPSHOT, copy};
use crate::error::{FollowError, SessionError};
use crate::follow::Follower;
use crate::overlay::Overlay;
use crate::session::connect;
use crate::status::{Phase, Progress};
use crate::stream::CHECKPOINT_NOTE;
use crate::table::{RowError, Table};

/// What to compare.
pub struct VerifyConfig {
    /// The database with the tables.
    pub database: DatabaseUrl,
    /// The index, opened for reading only, so that it stays at one commit while it is read. A
    /// reader that came with a writer moves on with it.
    pub reader: Reader,
    /// Keeps the index following while it is compared, if no other process does.
    pub follower: Option<Follower>,
    /// How long to wait for the index to come to a position after the start.
    pub wait: Duration,
}

/// How index and tables compare.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// The position at which both were compared.
    pub position: Position,
    /// One for each collection.
    pub collections: Vec<CollectionReport>,
}

/// How the documents of a collection compare with the rows of its table.
#[derive(Clone, Debug, PartialEq)]
pub struct CollectionReport {
    /// Which collection.
    pub collection: Collection,
    /// Rows whose document is as it should be.
    pub equal: u64,
    /// Rows without a document.
    pub missing: u64,
    /// Documents without a row.
    pub extra: u64,
    /// Rows whose document says something else.
    pub different: u64,
    /// The first of those that are not equal.
    pub examples: Vec<Difference>,
}

/// One document that is not as it should be.
#[derive(Clone, Debug, PartialEq)]
pub enum Difference {
    /// The row has no document.
    Missing(Key),
    /// The row has no document because it cannot be converted.
    Refused(RowError),
    /// The document has no row.
    Extra(Key),
    /// The document says something else in these fields.
    Different(Key, Vec<FieldDifference>),
}

/// A field that differs, as JSON on both sides.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldDifference {
    /// Name of the document's field.
    pub field: String,
    /// What the row says.
    pub expected: String,
    /// What the index says.
    pub found: String,
}

/// Why index and tables could not be compared.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// The index cannot be read.
    #[error("the index cannot be read")]
    Store(#[from] StoreError),
    /// Postgres cannot be asked.
    #[error("Postgres cannot be asked")]
    Postgres(#[from] SessionError),
    /// The index follows another database or has no whole copy yet.
    #[error("the index cannot be compared with this database: {0}")]
    Unrelated(String),
    /// The index cannot be written while it is compared.
    #[error("the index does not follow")]
    Follow(#[from] FollowError),
    /// Postgres could not be followed in time.
    #[error("the index was not brought up to date in time: {0}")]
    Idle(String),
    /// The index did not come to the position in time.
    #[error(
        "the index is at {found}, {} bytes of log short of {needed}, after {} s; {follower}",
        .needed.0.saturating_sub(.found.0),
        .wait.as_secs()
    )]
    Behind {
        /// Where the index is.
        found: Position,
        /// Where it would have to be.
        needed: Position,
        /// How long it was waited for.
        wait: Duration,
        /// Whether anybody keeps the index following, in words.
        follower: &'static str,
    },
}

impl Report {
    /// Whether every row has its document, every document its row, and both say the same.
    pub fn is_equal(&self) -> bool {
        let mut collections = self.collections.iter();
        collections.all(|it| it.missing == 0 && it.extra == 0 && it.different == 0)
    }
}

/// Compares an index with the tables, row by row at one position, while either may be written to.
///
/// # Errors
/// If index or tables can't be read, or the index doesn't come to a position after the start.
pub async fn verify(mut config: VerifyConfig) -> Result<Report, VerifyError> {
    let Some(follower) = config.follower.take() else {
        return verify_followed(&config).await;
    };
    let status = follower.status();
    let shutdown = CancellationToken::new();
    // The follower ends as well when nobody waits for the report any more.
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
        // The collections of a commit become visible one after the other. If the next commit has
        // come in between, the index was looked at in two states, so it is looked at again.
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
    let shape = Shape::read(&mut log).await?;
    if origin.database != config.database.database() || origin.schema_hash != shape.hash {
        let what = "it was made from another database or from tables of another shape";
        return Err(VerifyError::Unrelated(what.to_owned()));
    }
    let slot = create_slot(&mut log).await?;
    let mut tables = connect(&config.database, "roost verify").await?;
    let mut snapshot = begin_snapshot(&mut tables).await?;
    // Whatever the snapshot sees was written into the log before here.
    let needed = catalog::log_end(&mut log).await?;
    catalog::write_note(&mut log, CHECKPOINT_NOTE).await?;
    let position = settle(config, &origin, &mut log, needed).await?;
    let overlay = Overlay::read(&mut log, &slot, &publication, shape, position).await?;
    let mut collections = Vec::new();
    for collection in Collection::ALL {
        let report = compare(&mut snapshot, &config.reader, collection, &overlay).await?;
        collections.push(report);
    }
    Ok(Report {
        position,
        collections,
    })
}

async fn compare(
    sql: &mut PgConnection,
    reader: &Reader,
    collection: Collection,
    overlay: &Overlay,
) -> Result<CollectionReport, VerifyError> {
    let table = Table::of(collection);
    let mut comparison = Comparison::new(reader, collection)?;
    let mut failure = None;
    copy(sql, table, "", |row| {
        if !overlay.touches(&row) && failure.is_none() {
            failure = comparison.expect(row).err();
        }
        Ok(())
    })
    .await?;
    if let Some(error) = failure {
        return Err(error.into());
    }
    for row in overlay.rows(table, sql).await? {
        comparison.expect(row)?;
    }
    Ok(comparison.finish())
}

/// A slot that ends with its connection keeps the changes from here on.
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

/// Waits until the index has come to a position, and holds it there.
async fn settle(
    config: &VerifyConfig,
    origin: &Origin,
    sql: &mut PgConnection,
    needed: Position,
) -> Result<Position, VerifyError> {
    const LOOK_EVERY: Duration = Duration::from_millis(50);
    let deadline = Instant::now() + config.wait;
    let mut last = None;
    loop {
        config.reader.refresh()?;
        let found = position(&config.reader);
        // A commit may have come between the documents and the checkpoint. When the checkpoint is
        // the same a second time, the documents are its own.
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
            sleep(LOOK_EVERY).await;
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
        Ok(name) => catalog::slot(sql, &name).await?,
        Err(_) => None,
    };
    let is_fed_by_nats = origin.slot.parse::<Name>().is_err();
    Ok(VerifyError::Behind {
        found: position(&config.reader).unwrap_or_default(),
        needed,
        wait: config.wait,
        follower: match slot {
            None if is_fed_by_nats => "see whether its node and `roost publish` run",
            None => "its replication slot is gone, so it must be made anew",
            Some(slot) if slot.active.is_some() => "it is being followed, so wait longer",
            Some(_) => "nobody keeps it following",
        },
    })
}

fn known(reader: &Reader) -> Result<Origin, VerifyError> {
    let checkpoint = reader.checkpoint();
    let none = || VerifyError::Unrelated("it has no whole copy yet".to_owned());
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
