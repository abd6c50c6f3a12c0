//! Imports Inside Airbnb listings as landlords and rooms.
//!
//! Rows are merged by source and id, so importing a file twice changes nothing the second time.

use std::fs::File;
use std::path::Path;

use anyhow::{Context, Result};
use roost_datasets::airbnb::{self, Listing, ListingOptions, Listings};
use roost_market::pool::matches::enqueue_matching_of_rooms;
use sqlx::types::Uuid;
use sqlx::{AssertSqlSafe, Connection, PgConnection, PgPool};

use super::columns::{landlord_columns, room_columns};
use super::copy::{self, CopyText};
use super::progress::Progress;
use super::report::{Counts, ImportReport};
use super::staged;

/// A listing holds a room and its landlord, so a landlord repeats with each of their listings.
const STAGE: &str = "
    CREATE TEMP TABLE staged_listings ON COMMIT DROP AS
    SELECT rooms.id, title, description, address, locality, city, postal_code, country_code,
           location, price, currency, occupancy, room_type, amenities, minimum_nights,
           floor, rating_average, review_count, status, verified_at, rooms.external_source,
           rooms.external_id,
           landlords.id AS landlord_id, user_id, display_name, display_name AS no_name,
           total_capacity, active_contracts, is_available, hidden_when_full, last_active_at,
           acceptance_rate, response_time_s_average, landlords.external_id AS landlord_external_id
    FROM rooms, landlords, users WITH NO DATA";

const COPY: &str = "COPY staged_listings FROM STDIN";

const INSERT_USERS: &str = "
    INSERT INTO users (id, role, display_name)
    SELECT DISTINCT ON (landlord_external_id) user_id, 'landlord', display_name
    FROM staged_listings
    WHERE NOT EXISTS (
        SELECT FROM landlords
        WHERE (landlords.external_source, landlords.external_id) = ($1, landlord_external_id))
    ORDER BY landlord_external_id, display_name
    ON CONFLICT (id) DO NOTHING";

/// An existing landlord keeps all signals, which belong to Roost after the first import.
const INSERT_LANDLORDS: &str = "
    INSERT INTO landlords (id, user_id, total_capacity, active_contracts, is_available,
                           hidden_when_full, last_active_at, acceptance_rate,
                           response_time_s_average, external_source, external_id)
    SELECT DISTINCT ON (landlord_external_id)
           landlord_id, user_id, total_capacity, active_contracts, is_available, hidden_when_full,
           last_active_at, acceptance_rate, response_time_s_average, $1, landlord_external_id
    FROM staged_listings
    ORDER BY landlord_external_id, display_name
    ON CONFLICT (external_source, external_id) DO NOTHING";

/// Updates changed names; a file without names removes none.
const RENAME_USERS: &str = "
    UPDATE users SET display_name = named.display_name
    FROM (SELECT DISTINCT ON (landlord_external_id) landlord_external_id, display_name
          FROM staged_listings WHERE display_name <> no_name
          ORDER BY landlord_external_id, display_name) AS named
    JOIN landlords ON (landlords.external_source, landlords.external_id)
                    = ($1, named.landlord_external_id)
    WHERE users.id = landlords.user_id AND users.display_name <> named.display_name";

const COUNT_LANDLORDS: &str =
    "SELECT count(DISTINCT landlord_external_id) FROM staged_listings WHERE external_source = $1";

/// An existing room keeps its status, verification and floor: its landlord may have paused it, an
/// inspector may have verified it, and the file has no floors.
const MERGE_ROOMS: &str = "
    INSERT INTO rooms (id, landlord_id, title, description, address, locality, city, postal_code,
                       country_code, location, price, currency, occupancy, room_type, amenities,
                       minimum_nights, floor, rating_average, review_count, status, verified_at,
                       external_source, external_id)
    SELECT staged.id, landlords.id, title, description, address, locality, city, postal_code,
           country_code, location, price, currency, occupancy, room_type, amenities,
           minimum_nights, floor, rating_average, review_count, status, verified_at,
           staged.external_source, staged.external_id
    FROM staged_listings AS staged
    JOIN landlords ON (landlords.external_source, landlords.external_id)
                    = ($1, staged.landlord_external_id)
    ON CONFLICT (external_source, external_id) DO UPDATE SET
        landlord_id = excluded.landlord_id, title = excluded.title,
        description = excluded.description, address = excluded.address,
        locality = excluded.locality, city = excluded.city, postal_code = excluded.postal_code,
        country_code = excluded.country_code, location = excluded.location,
        price = excluded.price, currency = excluded.currency, occupancy = excluded.occupancy,
        room_type = excluded.room_type, amenities = excluded.amenities,
        minimum_nights = excluded.minimum_nights, rating_average = excluded.rating_average,
        review_count = excluded.review_count
    WHERE (rooms.landlord_id, rooms.title, rooms.description, rooms.address, rooms.locality,
           rooms.city, rooms.postal_code, rooms.country_code, rooms.location, rooms.price,
           rooms.currency, rooms.occupancy, rooms.room_type, rooms.amenities,
           rooms.minimum_nights, rooms.rating_average, rooms.review_count)
        IS DISTINCT FROM
          (excluded.landlord_id, excluded.title, excluded.description, excluded.address,
           excluded.locality, excluded.city, excluded.postal_code, excluded.country_code,
           excluded.location, excluded.price, excluded.currency, excluded.occupancy,
           excluded.room_type, excluded.amenities, excluded.minimum_nights,
           excluded.rating_average, excluded.review_count)
    RETURNING xmax = 0 AS is_new, id, status = 'listed' AS is_listed";

/// Landlords who lose a room to another one.
const FORMER_LANDLORDS: &str = "
    SELECT DISTINCT rooms.landlord_id FROM staged_listings AS staged
    JOIN rooms USING (external_source, external_id)
    JOIN landlords ON (landlords.external_source, landlords.external_id)
                    = ($1, staged.landlord_external_id)
    WHERE rooms.landlord_id <> landlords.id";

/// Imports all valid rows of an Inside Airbnb `listings.csv`, or none if the file or the database
/// fails.
pub(crate) async fn import_inside_airbnb(
    pool: &PgPool,
    path: &Path,
    options: ListingOptions,
    progress: &dyn Progress,
) -> Result<ImportReport> {
    let message = || format!("cannot import listings from {}", path.display());
    let file = File::open(path).with_context(message)?;
    let listings = Listings::read(file, options).with_context(message)?;

    let mut connection = pool.acquire().await?;
    let mut transaction = connection.begin().await?;
    staged::create(&mut transaction, STAGE).await?;
    let mut report = ImportReport::default();
    let mut file_error = None;
    progress.start("listings", None);
    let rows = report.rejected.valid_rows(listings, &mut file_error);
    let sent = copy::send(&mut transaction, COPY, rows, encode, progress).await?;
    progress.finish();
    if let Some(error) = file_error {
        return Err(error).with_context(message);
    }
    report.landlords = merge_landlords(&mut transaction).await?;
    report.rooms = merge_rooms(&mut transaction, sent).await?;
    transaction.commit().await?;
    Ok(report)
}

/// Merges the rooms, and lets the rental requests near those that are new or differ be matched
/// again.
async fn merge_rooms(connection: &mut PgConnection, sent: u64) -> Result<Counts> {
    let former: Vec<Uuid> = sqlx::query_scalar(FORMER_LANDLORDS)
        .bind(airbnb::SOURCE)
        .fetch_all(&mut *connection)
        .await
        .context("cannot read the landlords of the rooms")?;
    let (inserted, updated, listed): (i64, i64, Vec<Uuid>) =
        sqlx::query_as(AssertSqlSafe(format!(
            "WITH merged AS ({MERGE_ROOMS})
             SELECT count(*) FILTER (WHERE is_new), count(*) FILTER (WHERE NOT is_new),
                    coalesce(array_agg(id) FILTER (WHERE is_listed), '{{}}')
             FROM merged"
        )))
        .bind(airbnb::SOURCE)
        .fetch_one(&mut *connection)
        .await
        .context("cannot merge the staged rooms")?;
    enqueue_matching_of_rooms(connection, &listed, &former)
        .await
        .context("cannot let rental requests be matched again")?;
    Ok(Counts::of_merge(sent, inserted, updated))
}

/// These statements are not checked at compile time, because the staging table does not exist then.
async fn merge_landlords(connection: &mut PgConnection) -> Result<Counts> {
    let run = async |connection: &mut PgConnection, sql: &'static str| {
        let done = sqlx::query(sql)
            .bind(airbnb::SOURCE)
            .execute(connection)
            .await;
        done.map(|done| done.rows_affected())
            .context("cannot merge the staged landlords")
    };
    run(connection, INSERT_USERS).await?;
    let inserted = run(connection, INSERT_LANDLORDS).await?;
    let updated = run(connection, RENAME_USERS).await?;
    let staged: i64 = sqlx::query_scalar(COUNT_LANDLORDS)
        .bind(airbnb::SOURCE)
        .fetch_one(connection)
        .await?;
    Ok(Counts {
        inserted,
        updated,
        unchanged: staged as u64 - inserted - updated,
    })
}

fn encode(listing: &Listing, copy: &mut CopyText) {
    let Listing { room, landlord } = listing;
    room_columns(room, copy.key(room.id));
    copy.key(landlord.id)
        .key(landlord.user_id)
        .text(&landlord.display_name)
        .text(&airbnb::nameless(&landlord.external_id));
    landlord_columns(landlord, copy)
        .text(&landlord.external_id)
        .end();
}
