//! Collections that the configuration declares are followed, verified, added and dropped.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::time::Duration;

use serde_json::Value;
use sqlx::Row;
use tempfile::TempDir;

use crate::harness::{Roost, TestDatabase, command, eventually, repository, rooms, stderr, stdout};

const DEADLINE: Duration = Duration::from_secs(30);

/// Names that Postgres reads only in quotes, a key that is not the primary key, and a column of
/// every kind.
const TABLE: &str = r#"
    CREATE SCHEMA transit;
    CREATE TYPE transit.state AS ENUM ('open', 'closed');
    CREATE TABLE transit."Stations" (
        number bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
        code uuid NOT NULL UNIQUE DEFAULT uuid_v7(),
        position geography(Point, 4326) NOT NULL,
        "operatorId" uuid NOT NULL DEFAULT uuid_v7(),
        name varchar(80) NOT NULL,
        notes text,
        aliases text[] NOT NULL DEFAULT '{}',
        line text NOT NULL DEFAULT 'red',
        platforms smallint NOT NULL DEFAULT 2,
        state transit.state NOT NULL DEFAULT 'open',
        features text[] NOT NULL DEFAULT '{lift}',
        staffed_since text,
        covered boolean NOT NULL DEFAULT false,
        "from" date,
        "to" date,
        reach_m real NOT NULL DEFAULT 500,
        opened_at timestamptz NOT NULL DEFAULT now()
    );
    ALTER TABLE transit."Stations" REPLICA IDENTITY USING INDEX "Stations_code_key";
    INSERT INTO transit."Stations" (position, name)
    SELECT ST_MakePoint(72.8 + n / 100.0, 19.0), 'Station ' || n FROM generate_series(1, 5) n"#;

const SECTION: &str = r#"
[collections.stations]
table = "transit.Stations"
key = "code"
place = "position"
owner = "operatorId"
[collections.stations.fields]
name = { kind = "text", weight = 3 }
notes = { kind = "text", weight = 1, nullable = true }
aliases = { kind = "texts", weight = 2 }
line = { kind = "name", facet = true }
platforms = { kind = "number", min = 1, max = 20, whole = true, facet = [1, 2, 5], sort = "descending" }
state = { kind = "category", values = ["open", "closed"], visible = "open" }
features = { kind = "tags", values = ["lift", "toilet"], facet = true, weight = 1 }
staffed = { kind = "is_set", column = "staffed_since" }
covered = { kind = "flag" }
service = { kind = "date_range", column = "from", end_column = "to", nullable = true }
reach_m = { kind = "reach" }
opened_at = { kind = "time", sort = "descending" }
"#;

#[tokio::test]
async fn a_configured_collection_follows_every_change_of_its_table() {
    let stations = Stations::create(SECTION).await;
    let database = &stations.database;
    let mut node = stations.start().await;
    stations.assert_equal(&node, 5).await;
    // The note and the time are too large for their row, and too random to compress, so that
    // Postgres leaves them out of the second update.
    let large = "(SELECT string_agg(md5(name || n), ' ') FROM generate_series(1, 400) n)";
    for change in [
        format!(r#"UPDATE transit."Stations" SET notes = {large}, staffed_since = {large}"#),
        r#"UPDATE transit."Stations" SET platforms = 4, covered = true, "from" = '2027-01-01',
            "to" = '2027-02-01' WHERE name <> 'Station 1'"#
            .to_owned(),
        r#"DELETE FROM transit."Stations" WHERE name = 'Station 2'"#.to_owned(),
        r#"UPDATE transit."Stations" SET code = uuid_v7(), state = 'closed',
            aliases = '{Central,"Main hall"}' WHERE name = 'Station 3'"#
            .to_owned(),
    ] {
        database.execute(&change).await;
    }
    stations.assert_equal(&node, 4).await;

    let invalid = r#"UPDATE transit."Stations" SET platforms = 21 WHERE name = 'Station 4'"#;
    database.execute(invalid).await;
    let letter = eventually("the row is kept", DEADLINE, async || {
        let select = "SELECT table_name, column_name, reason FROM dead_letters";
        database.row_if_possible(select).await
    })
    .await;
    let columns = [0, 1, 2].map(|index| letter.get::<String, _>(index));
    assert_eq!(
        columns,
        [
            "transit.Stations",
            "platforms",
            "is not a whole number from 1 to 20"
        ]
    );
    database
        .execute(r#"UPDATE transit."Stations" SET platforms = 20 WHERE name = 'Station 4'"#)
        .await;
    stations.assert_equal(&node, 4).await;
    node.kill();
    node.restart().await;
    node.assert_not_rebuilt();
    database.execute(r#"TRUNCATE transit."Stations""#).await;
    stations.assert_equal(&node, 0).await;
}

#[tokio::test]
async fn a_collection_is_copied_when_it_is_added_or_changed_and_dropped_when_it_is_removed() {
    let stations = Stations::create("").await;
    stations.database.execute(&rooms(3)).await;
    let mut node = stations.start().await;
    let folder = node.data_dir.join("generations/1/stations");
    assert!(!folder.exists());
    node.stop().await;

    stations.configure(SECTION);
    node.restart().await;
    let line = node.logged("added a collection").unwrap();
    assert_eq!(line["collection"], "stations");
    assert!(folder.exists());
    stations.assert_equal(&node, 5).await;
    node.stop().await;

    // Fewer rows fit, although the fields stay the same.
    stations.configure(&SECTION.replace("max = 20", "max = 1"));
    node.restart().await;
    let line = node.rebuild_line().unwrap();
    assert!(line["reason"].to_string().contains("schema"), "{line}");
    eventually("the new index replaces the old one", DEADLINE, async || {
        node.logged("streaming changes")
    })
    .await;
    let text = stations.verify(&node).await;
    assert!(text.contains("stations: 0 equal, 5 missing"), "{text}");
    node.stop().await;

    stations.configure("");
    node.restart().await;
    let line = node.logged("dropped a collection that is no longer declared");
    assert_eq!(line.unwrap()["collection"], "stations");
    assert!(!folder.exists());
    let text = stations.verify(&node).await;
    assert!(text.contains("rooms: 3 equal"), "{text}");
    assert!(!text.contains("stations"), "{text}");
}

#[tokio::test]
async fn everything_in_a_table_that_does_not_fit_is_reported_until_it_fits() {
    let stations = Stations::create(SECTION).await;
    let database = &stations.database;
    database
        .execute(
            r#"ALTER TABLE transit."Stations" RENAME covered TO roofed;
            ALTER TABLE transit."Stations" RENAME line TO route"#,
        )
        .await;
    let node = stations.start_unready().await;
    for name in ["covered", "line"] {
        let problem = format!("table transit.Stations has no column {name}: add it");
        reason(&node, &problem).await;
    }
    database
        .execute(
            r#"ALTER TABLE transit."Stations" RENAME roofed TO covered;
            ALTER TABLE transit."Stations" RENAME route TO line;
            ALTER TABLE transit."Stations" ALTER line DROP NOT NULL;
            ALTER TABLE transit."Stations" REPLICA IDENTITY NOTHING;
            ALTER TABLE transit."Stations" ALTER position TYPE geography(Polygon, 4326)
                USING ST_Buffer(position, 1)"#,
        )
        .await;
    for problem in [
        "column position of table transit.Stations has the type geography(Polygon,4326): expected \
         geography(Point, 4326)",
        "expected ALTER TABLE transit.\"Stations\" ALTER COLUMN line SET NOT NULL",
        "ALTER TABLE transit.\"Stations\" REPLICA IDENTITY USING INDEX \"Stations_code_key\"",
    ] {
        reason(&node, problem).await;
    }
    database
        .execute(
            r#"ALTER TABLE transit."Stations" ALTER COLUMN line SET NOT NULL;
            ALTER TABLE transit."Stations" REPLICA IDENTITY USING INDEX "Stations_code_key";
            ALTER TABLE transit."Stations" ALTER position TYPE geography(Point, 4326)
                USING ST_Centroid(position)"#,
        )
        .await;
    node.wait_until_ready().await;
    stations.assert_equal(&node, 5).await;
}

#[tokio::test]
async fn a_snapshot_is_restored_only_under_the_collections_that_it_was_saved_with() {
    let stations = Stations::create(SECTION).await;
    let node = stations.start().await;
    let (storage, restored) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let storage = storage.path().to_str().unwrap();
    let (slot, second) = (
        &stations.database.name,
        format!("{}_2", stations.database.name),
    );
    let save = ["snapshot", "save", storage, "--retain-wal"];
    let output = stations.run(&save, &node.data_dir, slot).await;
    assert!(
        stdout(&output).contains("5 stations"),
        "{}",
        stderr(&output)
    );

    let restore = ["snapshot", "restore", storage];
    stations.configure("");
    let output = stations.run(&restore, restored.path(), &second).await;
    let expected =
        "rooms, stations, venues, and the configuration declares requests, rooms, venues";
    assert!(stderr(&output).contains(expected), "{}", stderr(&output));

    stations.configure(SECTION);
    let output = stations.run(&restore, restored.path(), &second).await;
    assert!(
        stdout(&output).contains("5 stations"),
        "{}",
        stderr(&output)
    );
    let output = stations.run(&["verify"], restored.path(), &second).await;
    let equal = "stations: 5 equal, 0 missing, 0 extra, 0 different";
    assert!(stdout(&output).contains(equal), "{}", stderr(&output));
}

#[tokio::test]
async fn the_example_of_the_documents_works_as_it_is_written() {
    let page = fs::read_to_string(repository().join("docs/collections.md")).unwrap();
    let block = |language: &str| {
        let (_, rest) = page.split_once(&format!("```{language}\n")).unwrap();
        rest.split_once("```").unwrap().0.to_owned()
    };
    let stations = Stations::create(&block("toml")).await;
    stations.database.execute(&block("sql")).await;
    let node = stations.start().await;
    stations.assert_equal(&node, 3).await;
}

/// Waits until the node reports this problem as the reason why it is not ready.
async fn reason(node: &Roost, problem: &str) {
    eventually(problem, 2 * DEADLINE, async || {
        let (_, answer): (u16, Value) = node.get("/health/ready").await;
        let message = answer["error"]["message"].as_str()?;
        message.contains(problem).then_some(())
    })
    .await;
}

/// A database with the table of stations, and the configuration of its nodes.
struct Stations {
    database: TestDatabase,
    folder: TempDir,
}

impl Stations {
    async fn create(section: &str) -> Self {
        let database = TestDatabase::create().await;
        database.execute(TABLE).await;
        let folder = tempfile::tempdir().unwrap();
        let stations = Self { database, folder };
        stations.configure(section);
        stations
    }

    fn configure(&self, section: &str) {
        fs::write(self.file(), section).unwrap();
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("stations.toml")
    }

    async fn start(&self) -> Roost {
        let node = self.start_unready().await;
        node.wait_until_ready().await;
        node
    }

    async fn start_unready(&self) -> Roost {
        let setting = ("ROOST_CONFIG", self.file());
        let setting = (setting.0, setting.1.to_str().unwrap());
        Roost::start_unready(&self.database.url, &self.database.name, &[setting]).await
    }

    async fn assert_equal(&self, node: &Roost, count: u64) {
        let text = self.verify(node).await;
        let counts = format!("stations: {count} equal, 0 missing, 0 extra, 0 different");
        assert!(text.contains(&counts), "expected {counts}: {text}");
        assert!(text.ends_with("Equal.\n"), "{text}");
    }

    /// What `roost verify` prints.
    async fn verify(&self, node: &Roost) -> String {
        let output = self.run(&["verify"], &node.data_dir, &self.database.name);
        let output = output.await;
        assert_eq!(stderr(&output), "", "{}", stdout(&output));
        stdout(&output)
    }

    async fn run(&self, arguments: &[&str], data_dir: &Path, slot: &str) -> Output {
        let mut command = command();
        command
            .args(arguments)
            .env("ROOST_CONFIG", self.file())
            .env("ROOST_DATABASE_URL", &self.database.url)
            .env("ROOST_DATA_DIR", data_dir)
            .env("ROOST_SLOT", slot);
        let run = tokio::task::spawn_blocking(move || command.output());
        run.await.unwrap().unwrap()
    }
}
