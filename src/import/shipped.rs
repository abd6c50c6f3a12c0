//! Loads the shipped venues, and rooms generated around them, into an empty database.

use anyhow::{Context, Result};
use roost_datasets::generate::{self, Generator};
use roost_datasets::rows::{BookingRow, LandlordRow, RoomRow, StudentRow, UniversityRow, VenueRow};
use roost_datasets::shipped;
use sqlx::types::Uuid;
use sqlx::types::chrono::{DateTime, NaiveDate, Utc};
use sqlx::{Connection, PgConnection, PgPool};

use super::columns::{landlord_columns, room_columns};
use super::copy::{self, CopyText};
use super::progress::Progress;
use super::report::{Counts, ImportReport};

/// The key of an advisory lock: of two concurrent loads, the second waits and finds the rows of the
/// first.
const LOAD_LOCK: i64 = 0x526f_6f73_7401;

const COPY_USERS: &str = "COPY users (id, role, display_name) FROM STDIN";
const COPY_LANDLORDS: &str = "COPY landlords (id, user_id, total_capacity, active_contracts,
    is_available, last_active_at, acceptance_rate, response_time_s_average, external_source,
    external_id) FROM STDIN";
const COPY_ROOMS: &str = "COPY rooms (id, landlord_id, title, description, address, locality, city,
    postal_code, country_code, location, price, currency, occupancy, room_type, amenities,
    minimum_nights, floor, rating_average, review_count, status, verified_at, external_source,
    external_id) FROM STDIN";

const COPY_BOOKINGS: &str =
    "COPY bookings (id, room_id, student_id, check_in, check_out, status) FROM STDIN";

/// The dataset to load.
#[derive(Debug, Clone)]
pub(crate) struct ShippedOptions {
    pub(crate) rooms: u64,
    pub(crate) seed: u64,
    /// Times of activity, bookings and exams are relative to this.
    pub(crate) now: DateTime<Utc>,
}

/// Loads venues, universities, exam sessions, landlords, rooms and bookings in one transaction. A
/// database that already has a shipped dataset stays as it is.
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
    let now_s = options.now.timestamp();
    let venues = shipped::venues();
    load_venues(&mut transaction, &venues, now_s)
        .await
        .context("cannot load the venues")?;

    let generator = Generator::new(options.seed, options.rooms, now_s);
    let landlords = load_landlords(&mut transaction, &generator, progress)
        .await
        .context("cannot load the landlords")?;
    progress.start("rooms", Some(options.rooms));
    let rooms = copy::send(
        &mut transaction,
        COPY_ROOMS,
        generator.rooms(),
        encode_room,
        progress,
    )
    .await
    .context("cannot load the rooms")?;
    progress.finish();
    let bookings = load_bookings(&mut transaction, &generator, progress)
        .await
        .context("cannot load the bookings")?;
    transaction.commit().await?;
    // Until then the planner takes these tables for empty.
    sqlx::query!("ANALYZE users, landlords, rooms, bookings, exam_venues")
        .execute(&mut *connection)
        .await?;

    let inserted = |inserted| Counts {
        inserted,
        ..Counts::default()
    };
    Ok(ImportReport {
        venues: inserted(venues.len() as u64),
        landlords: inserted(landlords),
        rooms: inserted(rooms),
        bookings: inserted(bookings),
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
    let (last, next) = (options.rooms.checked_sub(1), options.rooms);
    let of_seed = |index| Generator::room_id(options.seed, index);
    let [has_last, has_next] =
        [last.map(of_seed), Some(of_seed(next))].map(|id| id.map_or(Vec::new(), |id| vec![id]));
    let found = sqlx::query_scalar!(
        "SELECT external_id FROM rooms WHERE external_source = $1 AND external_id = ANY($2)",
        shipped::SOURCE,
        &[has_last.clone(), has_next].concat(),
    )
    .fetch_all(&mut *connection)
    .await?;
    let is_same = found.into_iter().flatten().eq(has_last);
    Ok(Some(match is_same {
        true => "the shipped dataset is already loaded; nothing to do".to_owned(),
        false => format!(
            "a shipped dataset with another size or seed than {} rooms of seed {} is already \
             loaded, and stays as it is",
            options.rooms, options.seed
        ),
    }))
}

/// For a few hundred rows, one statement per row is fast enough.
async fn load_venues(connection: &mut PgConnection, venues: &[VenueRow], now_s: i64) -> Result<()> {
    let universities = shipped::universities(venues);
    let mut known = Vec::new();
    for university in &universities {
        known.push((insert_university(connection, university).await?, university));
    }
    for session in generate::sessions(&universities, now_s) {
        let university = known
            .iter()
            .find(|(_, row)| row.id == session.university_id);
        sqlx::query!(
            "INSERT INTO exam_sessions (id, university_id, name, starts_on, ends_on)
             VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (university_id, name, starts_on) DO NOTHING",
            session.id,
            university.map_or(session.university_id, |(id, _)| *id),
            session.name,
            date(session.starts_on_day)?,
            date(session.ends_on_day)?,
        )
        .execute(&mut *connection)
        .await?;
    }
    for venue in venues {
        let university = known.iter().find(|(_, row)| {
            (&row.name, &row.city, venue.kind) == (&venue.name, &venue.city, "university")
        });
        insert_venue(connection, venue, university.map(|(id, _)| *id)).await?;
    }
    Ok(())
}

/// Returns the id of the university, which may have existed before.
async fn insert_university(connection: &mut PgConnection, row: &UniversityRow) -> Result<Uuid> {
    let id = sqlx::query_scalar!(
        "INSERT INTO universities (id, name, aliases, city, state, country_code)
         VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (name, city, country_code) DO UPDATE SET name = excluded.name
         RETURNING id",
        row.id,
        row.name,
        &row.aliases,
        row.city,
        row.state,
        row.country_code,
    )
    .fetch_one(connection)
    .await?;
    Ok(id)
}

async fn insert_venue(
    connection: &mut PgConnection,
    venue: &VenueRow,
    university_id: Option<Uuid>,
) -> Result<()> {
    sqlx::query!(
        "INSERT INTO exam_venues (id, university_id, name, aliases, kind, address, city, state,
                                  postal_code, country_code, location, external_source, external_id)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10,
                 ST_SetSRID(ST_MakePoint($11, $12), 4326)::geography, $13, $14)",
        venue.id,
        university_id,
        venue.name,
        &venue.aliases,
        venue.kind,
        venue.address,
        venue.city,
        venue.state,
        venue.postal_code,
        venue.country_code,
        venue.longitude,
        venue.latitude,
        venue.external_source,
        venue.external_id,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Loads the landlords and their users.
async fn load_landlords(
    connection: &mut PgConnection,
    generator: &Generator,
    progress: &dyn Progress,
) -> sqlx::Result<u64> {
    let (users, landlords) = (generator.landlords(), generator.landlords());
    progress.start("users", None);
    copy::send(connection, COPY_USERS, users, encode_user, progress).await?;
    progress.finish();
    progress.start("landlords", None);
    let sent = copy::send(
        connection,
        COPY_LANDLORDS,
        landlords,
        encode_landlord,
        progress,
    )
    .await?;
    progress.finish();
    Ok(sent)
}

/// Loads the bookings and the students who made them.
async fn load_bookings(
    connection: &mut PgConnection,
    generator: &Generator,
    progress: &dyn Progress,
) -> sqlx::Result<u64> {
    progress.start("students", None);
    let students = generator.students();
    copy::send(connection, COPY_USERS, students, encode_student, progress).await?;
    progress.finish();
    progress.start("bookings", None);
    let bookings = generator.bookings();
    let sent = copy::send(
        connection,
        COPY_BOOKINGS,
        bookings,
        encode_booking,
        progress,
    )
    .await?;
    progress.finish();
    Ok(sent)
}

fn encode_student(student: &StudentRow, copy: &mut CopyText) {
    copy.key(student.user_id)
        .text("student")
        .text(&student.display_name)
        .end();
}

fn encode_booking(booking: &BookingRow, copy: &mut CopyText) {
    copy.key(booking.id)
        .key(booking.room_id)
        .key(booking.student_id)
        .day(booking.check_in_day)
        .day(booking.check_out_day)
        .text(booking.status)
        .end();
}

fn encode_user(landlord: &LandlordRow, copy: &mut CopyText) {
    copy.key(landlord.user_id)
        .text("landlord")
        .text(&landlord.display_name)
        .end();
}

fn encode_landlord(landlord: &LandlordRow, copy: &mut CopyText) {
    copy.key(landlord.id).key(landlord.user_id);
    landlord_columns(landlord, copy)
        .text(&landlord.external_source)
        .text(&landlord.external_id)
        .end();
}

fn encode_room(room: &RoomRow, copy: &mut CopyText) {
    room_columns(room, copy.key(room.id).key(room.landlord_id)).end();
}

fn date(day: i64) -> Result<NaiveDate> {
    const DAY_S: i64 = 86_400;
    let time = DateTime::from_timestamp(day * DAY_S, 0).context("a date beyond the calendar")?;
    Ok(time.date_naive())
}
