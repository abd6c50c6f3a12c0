//! Imports exam venues from a CSV file.
//!
//! Rows are merged by source and id, so importing a file twice changes nothing the second time.

use std::fs::File;
use std::path::Path;

use anyhow::{Context, Result};
use roost_datasets::rows::VenueRow;
use roost_datasets::venues::{VenueOptions, Venues};
use sqlx::{Connection, PgPool};

use super::copy::{self, CopyText};
use super::progress::Progress;
use super::report::ImportReport;
use super::staged;

const STAGE: &str = "
    CREATE TEMP TABLE staged_venues ON COMMIT DROP AS
    SELECT id, name, aliases, kind, address, city, state, postal_code, country_code, location,
           external_source, external_id
    FROM exam_venues WITH NO DATA";

const COPY: &str = "COPY staged_venues FROM STDIN";

/// An existing venue keeps its university and seats, which the file does not contain.
const MERGE: &str = "
    INSERT INTO exam_venues (id, name, aliases, kind, address, city, state, postal_code,
                             country_code, location, external_source, external_id)
    SELECT * FROM staged_venues WHERE external_source = $1
    ON CONFLICT (external_source, external_id) DO UPDATE SET
        name = excluded.name, aliases = excluded.aliases, kind = excluded.kind,
        address = excluded.address, city = excluded.city, state = excluded.state,
        postal_code = excluded.postal_code, country_code = excluded.country_code,
        location = excluded.location
    WHERE (exam_venues.name, exam_venues.aliases, exam_venues.kind, exam_venues.address,
           exam_venues.city, exam_venues.state, exam_venues.postal_code,
           exam_venues.country_code, exam_venues.location)
        IS DISTINCT FROM
          (excluded.name, excluded.aliases, excluded.kind, excluded.address,
           excluded.city, excluded.state, excluded.postal_code,
           excluded.country_code, excluded.location)
    RETURNING xmax = 0";

/// Imports all valid rows of a CSV file of venues, or none if the file or the database fails.
pub(crate) async fn import_venues(
    pool: &PgPool,
    path: &Path,
    options: VenueOptions,
    progress: &dyn Progress,
) -> Result<ImportReport> {
    let message = || format!("cannot import venues from {}", path.display());
    let file = File::open(path).with_context(message)?;
    let source = options.source.clone();
    let venues = Venues::read(file, options).with_context(message)?;

    let mut connection = pool.acquire().await?;
    let mut transaction = connection.begin().await?;
    staged::create(&mut transaction, STAGE).await?;
    let mut report = ImportReport::default();
    let mut file_error = None;
    progress.start("venues", None);
    let rows = report.rejected.valid_rows(venues, &mut file_error);
    let sent = copy::send(&mut transaction, COPY, rows, encode, progress).await?;
    progress.finish();
    if let Some(error) = file_error {
        return Err(error).with_context(message);
    }
    report.venues = staged::merge(&mut transaction, sent, MERGE, &source).await?;
    transaction.commit().await?;
    Ok(report)
}

fn encode(venue: &VenueRow, copy: &mut CopyText) {
    copy.key(venue.id)
        .text(&venue.name)
        .texts(&venue.aliases)
        .text(venue.kind)
        .text(&venue.address)
        .text(&venue.city)
        .text(&venue.state)
        .text(&venue.postal_code)
        .text(&venue.country_code)
        .point(venue.latitude, venue.longitude)
        .text(&venue.external_source)
        .text(&venue.external_id)
        .end();
}
