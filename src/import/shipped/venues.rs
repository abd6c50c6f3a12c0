//! Loads the shipped venues with their universities and generated exam sessions.

use anyhow::{Context, Result};
use roost_datasets::generate;
use roost_datasets::rows::{UniversityRow, VenueRow};
use roost_datasets::shipped;
use sqlx::PgConnection;
use sqlx::types::Uuid;
use sqlx::types::chrono::{DateTime, NaiveDate};

/// For a few hundred rows, one statement per row is fast enough.
pub(super) async fn load(
    connection: &mut PgConnection,
    venues: &[VenueRow],
    now_s: i64,
) -> Result<()> {
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

fn date(day: i64) -> Result<NaiveDate> {
    const DAY_S: i64 = 86_400;
    let time = DateTime::from_timestamp(day * DAY_S, 0).context("a date beyond the calendar")?;
    Ok(time.date_naive())
}
