//! Tests of imports into a real Postgres, each with its own database.

use std::io::Write;
use std::path::PathBuf;

use roost_datasets::airbnb::ListingOptions;
use roost_datasets::venues::VenueOptions;
use roost_market::jobs::migrate_jobs;
use sqlx::postgres::PgConnectOptions;
use sqlx::types::chrono::{DateTime, Utc};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgConnection, PgPool};
use tempfile::TempDir;

use super::copy::{self, CopyText};
use super::progress::Progress;
use super::report::{Counts, ImportReport};
use super::{ShippedOptions, import_inside_airbnb, import_venues, load_shipped};

const LISTINGS: &str = "id,name,host_id,host_name,neighbourhood_group,neighbourhood,latitude,\
    longitude,room_type,price,minimum_nights,number_of_reviews\n";

struct Silent;

impl Progress for Silent {
    fn start(&self, _: &str, _: Option<u64>) {}
    fn advance(&self, _: u64) {}
    fn finish(&self) {}
}

/// A migrated database, which the end of the test drops.
struct TestDatabase {
    pool: PgPool,
    server: PgConnectOptions,
    name: String,
    folder: TempDir,
}

impl TestDatabase {
    async fn create(test: &str) -> Self {
        let url = std::env::var("ROOST_TEST_DATABASE_URL")
            .expect("ROOST_TEST_DATABASE_URL names a Postgres to test with; `make test` sets it");
        let server: PgConnectOptions = url.parse().expect("a URL of Postgres");
        let name = format!("roost_import_{test}_{}", std::process::id());
        execute(&server, &format!("DROP DATABASE IF EXISTS {name}")).await;
        execute(&server, &format!("CREATE DATABASE {name}")).await;
        let pool = PgPool::connect_with(server.clone().database(&name))
            .await
            .unwrap();
        sqlx::migrate!("./migrations").run(&pool).await.unwrap();
        migrate_jobs(&pool).await.unwrap();
        Self {
            pool,
            server,
            name,
            folder: TempDir::new().unwrap(),
        }
    }

    async fn drop(self) {
        self.pool.close().await;
        execute(
            &self.server,
            &format!("DROP DATABASE {} WITH (FORCE)", self.name),
        )
        .await;
    }

    fn file(&self, text: &[u8]) -> PathBuf {
        let path = self.folder.path().join("file.csv");
        std::fs::File::create(&path)
            .unwrap()
            .write_all(text)
            .unwrap();
        path
    }

    async fn import(&self, listings: &str) -> anyhow::Result<ImportReport> {
        let options = ListingOptions {
            country: "US".to_owned(),
            currency: "USD".to_owned(),
            city: None,
            now_s: Utc::now().timestamp(),
        };
        let path = self.file(format!("{LISTINGS}{listings}").as_bytes());
        import_inside_airbnb(&self.pool, &path, options, &Silent).await
    }

    async fn load(&self, rooms: u64, requests: u64, seed: u64) -> ImportReport {
        let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let options = ShippedOptions {
            rooms,
            requests,
            seed,
            now,
        };
        load_shipped(&self.pool, options, &Silent).await.unwrap()
    }

    /// Returns the number that a query selects. Not checked at compile time, to keep tests out of
    /// `.sqlx`.
    async fn number(&self, sql: &'static str) -> i64 {
        sqlx::query_scalar(sql).fetch_one(&self.pool).await.unwrap()
    }
}

async fn execute(server: &PgConnectOptions, sql: &str) {
    let mut connection: PgConnection = server.connect().await.unwrap();
    sqlx::raw_sql(AssertSqlSafe(sql))
        .execute(&mut connection)
        .await
        .unwrap();
    connection.close().await.unwrap();
}

fn counts(inserted: u64, updated: u64, unchanged: u64) -> Counts {
    Counts {
        inserted,
        updated,
        unchanged,
    }
}

#[tokio::test]
async fn copy_stores_any_text_unchanged() {
    let database = TestDatabase::create("copy").await;
    let texts = [
        "",
        "\\N",
        "\\.",
        "a\tb\r\nc\\d",
        "{\"x\",NULL}",
        "मुंबई 🏠",
        "NULL",
        " ' \" ",
    ];
    let mut connection = database.pool.acquire().await.unwrap();
    sqlx::raw_sql("CREATE TEMP TABLE texts (n bigint, one text, many text[])")
        .execute(&mut *connection)
        .await
        .unwrap();
    let encode = |(n, text): &(usize, &str), copy: &mut CopyText| {
        copy.number(n).text(text).texts(&[*text, "end"]).end();
    };
    let rows = texts.into_iter().enumerate();
    let sent = copy::send(
        &mut connection,
        "COPY texts FROM STDIN",
        rows,
        encode,
        &Silent,
    )
    .await;
    assert_eq!(sent.unwrap(), texts.len() as u64);
    let rows: Vec<(String, Vec<String>)> = sqlx::query_as("SELECT one, many FROM texts ORDER BY n")
        .fetch_all(&mut *connection)
        .await
        .unwrap();
    for (text, (one, many)) in texts.iter().zip(rows) {
        assert_eq!(
            (one.as_str(), many[0].as_str(), many[1].as_str()),
            (*text, *text, "end")
        );
    }
    drop(connection);
    database.drop().await;
}

#[tokio::test]
async fn the_shipped_dataset_is_loaded_completely_and_once() {
    let database = TestDatabase::create("shipped").await;
    let report = database.load(1_000, 40, 7).await;
    assert_eq!(report.rooms, counts(1_000, 0, 0));
    assert_eq!(report.requests, counts(40, 0, 0));
    assert!(report.venues.inserted >= 300 && report.landlords.inserted > 100);
    assert_eq!(database.number("SELECT count(*) FROM rooms").await, 1_000);
    let university_venues = "SELECT count(*) FROM exam_venues WHERE university_id IS NOT NULL";
    let universities = "SELECT count(DISTINCT university_id) FROM exam_sessions";
    assert_eq!(
        database.number(university_venues).await,
        database.number(universities).await
    );

    // The foreign key alone would allow another venue than the one at the location.
    let at_venues = "SELECT count(*) FROM requests AS request
        JOIN exam_venues AS venue ON venue.id = request.venue_id
            AND ST_Equals(venue.location::geometry, request.location::geometry)";
    let with_venue = "SELECT count(*) FROM requests WHERE venue_id IS NOT NULL";
    assert_eq!(
        database.number(at_venues).await,
        database.number(with_venue).await
    );

    let full = "SELECT count(*) FROM landlords WHERE active_contracts >= total_capacity";
    let full = database.number(full).await;
    let hidden = "SELECT count(*) FROM landlords WHERE active_contracts >= total_capacity
        AND NOT is_available";
    assert!(full > 0 && database.number(hidden).await == full);

    let again = database.load(1_000, 40, 7).await;
    assert!(again.skipped.unwrap().contains("nothing to do"));
    for (rooms, requests, seed) in [
        (999, 40, 7),
        (1_001, 40, 7),
        (1_000, 39, 7),
        (1_000, 0, 7),
        (1_000, 40, 8),
    ] {
        let other = database.load(rooms, requests, seed).await.skipped.unwrap();
        assert!(
            other.contains("another size or seed"),
            "{rooms} {requests} {seed}: {other}"
        );
    }
    assert_eq!(database.number("SELECT count(*) FROM rooms").await, 1_000);
    assert_eq!(database.number("SELECT count(*) FROM requests").await, 40);
    database.drop().await;
}

#[tokio::test]
async fn an_interrupted_load_leaves_no_rows() {
    let database = TestDatabase::create("broken_load").await;
    let constraint = "ALTER TABLE rooms ADD CHECK (external_id <> '7-900')";
    sqlx::raw_sql(constraint)
        .execute(&database.pool)
        .await
        .unwrap();
    let options = ShippedOptions {
        rooms: 1_000,
        requests: 40,
        seed: 7,
        now: Utc::now(),
    };
    assert!(
        load_shipped(&database.pool, options, &Silent)
            .await
            .is_err()
    );
    let all = "SELECT (SELECT count(*) FROM rooms) + (SELECT count(*) FROM users)
                    + (SELECT count(*) FROM exam_venues)";
    assert_eq!(database.number(all).await, 0);
    database.drop().await;
}

#[tokio::test]
async fn importing_again_changes_nothing_but_the_rows_that_differ() {
    let database = TestDatabase::create("twice").await;
    let first = "1,A,10,Ann,G,N,40.5,-73.5,Private room,100,1,5\n\
        2,B,10,Ann,G,N,40.6,-73.6,Shared room,,1,0\n\
        3,C,11,,G,N,40.7,-73.7,Entire home/apt,300,2,1\n";
    let report = database.import(first).await.unwrap();
    assert_eq!(
        (report.rooms, report.landlords),
        (counts(3, 0, 0), counts(2, 0, 0))
    );
    let unpriced = "SELECT count(*) FROM rooms WHERE price IS NULL";
    assert_eq!(database.number(unpriced).await, 1);

    let report = database.import(first).await.unwrap();
    assert_eq!(
        (report.rooms, report.landlords),
        (counts(0, 0, 3), counts(0, 0, 2))
    );

    let signal = "UPDATE landlords SET active_contracts = 0, acceptance_rate = 0.123";
    sqlx::raw_sql(signal).execute(&database.pool).await.unwrap();
    let second = first.replace("1,A,", "1,A2,").replace("11,,", "11,Bob,");
    let report = database.import(&second).await.unwrap();
    assert_eq!(
        (report.rooms, report.landlords),
        (counts(0, 1, 2), counts(0, 1, 1))
    );
    let kept = "SELECT count(*) FROM landlords WHERE acceptance_rate = 0.123";
    assert_eq!(database.number(kept).await, 2);
    let report = database.import(first).await.unwrap();
    assert_eq!(
        report.landlords,
        counts(0, 0, 2),
        "a file without names removes none"
    );
    database.drop().await;
}

#[tokio::test]
async fn an_invalid_row_is_reported_and_the_rest_is_loaded() {
    let database = TestDatabase::create("bad_row").await;
    let listings = "1,\"A\nB\",10,Ann,G,N,40.5,-73.5,Private room,100,1,5\n\
        2,B,10,Ann,G,N,405,-73.6,Shared room,,1,0\n\
        3,C,11,,G,N,40.7,-73.7,Entire home/apt,300,2,1\n";
    let report = database.import(listings).await.unwrap();
    assert_eq!((report.rooms, report.rejected.count), (counts(2, 0, 0), 1));
    let error = &report.rejected.errors[0];
    assert_eq!(
        (error.line, error.column.as_str(), error.value.as_str()),
        (4, "latitude", "405")
    );
    let printed = report.to_string();
    assert!(
        printed.contains("rejected rows: 1") && printed.contains("line 4"),
        "{printed}"
    );
    database.drop().await;
}

#[tokio::test]
async fn nothing_is_imported_from_a_truncated_file() {
    let database = TestDatabase::create("broken_file").await;
    // A gzip header and a deflate stream of one stored block that is shorter than its stated
    // length.
    let row = "A,10,Ann,G,N,40.5,-73.5,Private room,100,1,5\n";
    let rows: String = (0..500).map(|id| format!("{id},{row}")).collect();
    let text = format!("{LISTINGS}{rows}");
    let length = text.len() as u16 + 100;
    let mut packed = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255, 1];
    packed.extend(length.to_le_bytes());
    packed.extend((!length).to_le_bytes());
    packed.extend(text.as_bytes());
    let path = database.file(&packed);
    let options = ListingOptions {
        country: "US".to_owned(),
        currency: "USD".to_owned(),
        city: None,
        now_s: 0,
    };
    let error = import_inside_airbnb(&database.pool, &path, options, &Silent)
        .await
        .unwrap_err();
    assert!(
        format!("{error:#}").contains("cannot be read near line"),
        "{error:#}"
    );
    assert_eq!(database.number("SELECT count(*) FROM rooms").await, 0);
    database.drop().await;
}

#[tokio::test]
async fn venues_are_merged_by_source_and_id() {
    let database = TestDatabase::create("venues").await;
    let import = async |csv: &str| {
        let options = VenueOptions {
            country: "US".to_owned(),
            source: "test".to_owned(),
        };
        import_venues(
            &database.pool,
            &database.file(csv.as_bytes()),
            options,
            &Silent,
        )
        .await
    };
    let csv = "id,name,alias,city,lat,lon\n1,A,x; y,C,1,2\n2,B,,C,3,4\n2,B,,C,3,4\n";
    let report = import(csv).await.unwrap();
    assert_eq!((report.venues, report.rejected.count), (counts(2, 0, 0), 1));
    assert_eq!(import(csv).await.unwrap().venues, counts(0, 0, 2));
    let moved = csv.replace("3,4", "3,5");
    assert_eq!(import(&moved).await.unwrap().venues, counts(0, 1, 1));
    let error = import("id,name,lat,lon\n1,A,1,2\n").await.unwrap_err();
    assert!(format!("{error:#}").contains("no column city"), "{error:#}");
    database.drop().await;
}
