//! Loads the shipped venues, and rows generated around them, into an empty database.

mod generated;
mod venues;

use anyhow::{Context, Result};
use roost_datasets::generate::Generator;
use roost_datasets::shipped;
use roost_market::pool::matches::enqueue_matching_of_all;
use sqlx::types::chrono::{DateTime, Utc};
use sqlx::{Connection, PgConnection, PgPool};

use super::progress::Progress;
use super::report::{Counts, ImportReport};

/// The key of an advisory lock: of two concurrent loads, the second waits and finds the rows of the
/// first.
const LOAD_LOCK: i64 = 0x526f_6f73_7401;

/// The dataset to load.
#[derive(Debug, Clone)]
pub(crate) struct ShippedOptions {
    pub(crate) rooms: u64,
    pub(crate) requests: u64,
    pub(crate) seed: u64,
    /// Times of activity, bookings, requests and exams are relative to this.
    pub(crate) now: DateTime<Utc>,
}

/// Loads venues, universities, exam sessions, landlords, rooms, bookings and rental requests in one
/// transaction. A database that already has a shipped dataset stays as it is.
pub(crate) async fn load_shipped(
    pool: &PgPool,
    options: ShippedOptions,
    progress: &dyn Progress,
) -> Result<ImportReport> {
    let mut connection = pool.acquire().await?;
    let mut transaction = connection.begin().await?;
    sqlx::query!("SELECT pg_advisory_xact_lock($1)", LOAD_LOCK)
        .execute(&mut *transaction)
        .await?;
    if let Some(reason) = already_loaded(&mut transaction, &options).await? {
        return Ok(ImportReport {
            skipped: Some(reason),
            ..ImportReport::default()
        });
    }
    let report = load_tables(&mut transaction, &options, progress).await?;
    transaction.commit().await?;
    // Until then the planner takes these tables for empty.
    sqlx::query!("ANALYZE users, landlords, rooms, bookings, requests, exam_venues")
        .execute(&mut *connection)
        .await?;
    Ok(report)
}

async fn load_tables(
    connection: &mut PgConnection,
    options: &ShippedOptions,
    progress: &dyn Progress,
) -> Result<ImportReport> {
    let now_s = options.now.timestamp();
    let venues = shipped::venues();
    venues::load(connection, &venues, now_s)
        .await
        .context("cannot load the venues")?;

    let generator = Generator::new(options.seed, options.rooms, now_s);
    let landlords = generated::load_landlords(connection, &generator, progress)
        .await
        .context("cannot load the landlords")?;
    let rooms = generated::load_rooms(connection, &generator, options.rooms, progress)
        .await
        .context("cannot load the rooms")?;
    generated::load_students(connection, &generator, progress)
        .await
        .context("cannot load the students")?;
    let bookings = generated::load_bookings(connection, &generator, progress)
        .await
        .context("cannot load the bookings")?;
    let requests = generated::load_requests(connection, &generator, options.requests, progress)
        .await
        .context("cannot load the rental requests")?;
    // Those that were there before as well, which may accept the new rooms.
    enqueue_matching_of_all(connection)
        .await
        .context("cannot let rental requests be matched")?;

    let inserted = |inserted| Counts {
        inserted,
        ..Counts::default()
    };
    Ok(ImportReport {
        venues: inserted(venues.len() as u64),
        landlords: inserted(landlords),
        rooms: inserted(rooms),
        bookings: inserted(bookings),
        requests: inserted(requests),
        ..ImportReport::default()
    })
}

/// Returns a message if a shipped dataset is already loaded. One transaction loads everything, so
/// one venue is enough to know.
async fn already_loaded(
    connection: &mut PgConnection,
    options: &ShippedOptions,
) -> Result<Option<String>> {
    let is_loaded = sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM exam_venues WHERE external_source = $1) AS "is_loaded!""#,
        shipped::SOURCE,
    )
    .fetch_one(&mut *connection)
    .await?;
    if !is_loaded {
        return Ok(None);
    }
    let rooms = Edge::new(options.rooms, |index| {
        Generator::room_id(options.seed, index)
    });
    let found_rooms = sqlx::query_scalar!(
        "SELECT external_id FROM rooms WHERE external_source = $1 AND external_id = ANY($2)",
        shipped::SOURCE,
        &rooms.ids(),
    )
    .fetch_all(&mut *connection)
    .await?;
    let requests = Edge::new(options.requests, |index| {
        Generator::request_id(options.seed, index)
    });
    let found_requests = sqlx::query_scalar!(
        "SELECT external_id FROM requests WHERE external_source = $1 AND external_id = ANY($2)",
        shipped::SOURCE,
        &requests.ids(),
    )
    .fetch_all(&mut *connection)
    .await?;
    let is_same = rooms.fits(found_rooms) && requests.fits(found_requests);
    Ok(Some(match is_same {
        true => "the shipped dataset is already loaded; nothing to do".to_owned(),
        false => format!(
            "a shipped dataset with another size or seed than {} rooms and {} rental requests of \
             seed {} is already loaded, and stays as it is",
            options.rooms, options.requests, options.seed
        ),
    }))
}

/// The ids of the last row of a table and of the row after it. The table has this size and seed if
/// it contains the former and lacks the latter.
struct Edge {
    last: Option<String>,
    next: String,
}

impl Edge {
    fn new(size: u64, id: impl Fn(u64) -> String) -> Self {
        Self {
            last: size.checked_sub(1).map(&id),
            next: id(size),
        }
    }

    fn ids(&self) -> Vec<String> {
        let last = self.last.iter().cloned();
        last.chain([self.next.clone()]).collect()
    }

    /// Whether a table that contains `found` of the two ids has this size and seed.
    fn fits(&self, found: Vec<Option<String>>) -> bool {
        found.into_iter().flatten().eq(self.last.clone())
    }
}
