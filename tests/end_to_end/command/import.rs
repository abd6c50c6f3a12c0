//! A file of listings becomes rooms that searches find, and bad rows are reported.

use std::path::Path;
use std::process::{Command, Output};
use std::time::Duration;

use serde_json::Value;
use sqlx::Row;

use crate::harness::{Roost, TestDatabase, command, eventually, repository, stderr, stdout};

/// A file with the 75 columns of detailed listings, three good rows and three bad ones.
const DETAILED: &str = "tests/end_to_end/command/import.csv";

const DEADLINE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn a_detailed_listings_file_is_imported_and_importing_it_again_changes_nothing() {
    let database = TestDatabase::create().await;
    let mut node = Roost::start(&database).await;
    let file = repository().join(DETAILED);

    let printed = assert_imported(&import(&database, &file));
    assert!(
        printed.contains("landlords: 2 new, 0 changed, 0 unchanged"),
        "{printed}"
    );
    assert!(
        printed.contains("rooms: 3 new, 0 changed, 0 unchanged"),
        "{printed}"
    );
    let rooms = eventually("the rooms are found", DEADLINE, async || {
        let rooms = search(&node, "").await;
        (rooms.len() == 3).then_some(rooms)
    })
    .await;

    let canal = &search(&node, "q=canal").await[0];
    assert_eq!(canal["title"], "Canal room, 5' from Dom Tower & station");
    assert_eq!(
        canal["description"],
        "Sunny room under the roof.\n\nThe space\nDesk, \"real\" bed,\nand a view of the canal."
    );
    assert_eq!(
        canal["amenities"],
        serde_json::json!(["desk", "heating", "parking", "wifi"])
    );
    assert_eq!(
        (&canal["price"], &canal["currency"]),
        (&1234.0.into(), &"EUR".into())
    );
    assert_eq!(
        (&canal["locality"], &canal["city"]),
        (&"Binnenstad".into(), &"Utrecht".into())
    );
    let boat = &search(&node, "q=merel").await[0];
    assert_eq!(
        (&boat["price"], &boat["rating_average"]),
        (&Value::Null, &Value::Null)
    );
    assert_eq!(
        (&boat["room_type"], &boat["occupancy"]),
        (&"entire_place".into(), &4.into())
    );
    let nameless = &search(&node, "q=oost").await[0];
    assert_eq!(nameless["title"], "Shared room in Oost");
    assert_eq!(nameless["amenities"], serde_json::json!([]));

    let packed = gzipped(&file, node.data_dir.parent().unwrap());
    let versions = "SELECT string_agg(xmin::text, ',' ORDER BY id) FROM rooms";
    let before: String = database.row(versions).await.get(0);
    let printed = assert_imported(&import(&database, &packed));
    assert!(
        printed.contains("landlords: 0 new, 0 changed, 2 unchanged"),
        "{printed}"
    );
    assert!(
        printed.contains("rooms: 0 new, 0 changed, 3 unchanged"),
        "{printed}"
    );
    assert_eq!(database.row(versions).await.get::<String, _>(0), before);
    assert_eq!(search(&node, "").await, rooms);
    node.stop().await;
}

#[tokio::test]
async fn rejected_rows_are_reported_with_line_column_and_reason_and_fail_only_if_all_are() {
    let database = TestDatabase::create().await;
    let file = repository().join(DETAILED);
    let printed = assert_imported(&import(&database, &file));
    for expected in [
        "rejected rows: 3",
        "line 9, column latitude: \"152.09\", expected a number from -90 to 90",
        "line 11, column room_type: \"Treehouse\", expected Entire home/apt, Private room,",
        "line 12, column amenities: \"[\\\"Wifi\\\",\", expected a list of amenities",
    ] {
        assert!(printed.contains(expected), "{expected}: {printed}");
    }

    let text = std::fs::read_to_string(&file).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let folder = tempfile::tempdir().unwrap();
    let bad = folder.path().join("bad.csv");
    std::fs::write(&bad, format!("{}\n{}\n", lines[0], lines[10])).unwrap();
    let output = import(&database, &bad);
    assert_eq!(output.status.code(), Some(1));
    assert!(stdout(&output).contains("rejected rows: 1"), "{output:?}");
    assert!(
        stderr(&output).contains("every row of the file was rejected"),
        "{output:?}"
    );

    let header_only = folder.path().join("header.csv");
    std::fs::write(&header_only, lines[0]).unwrap();
    let output = import(&database, &header_only);
    assert_eq!(output.status.code(), Some(0));
    assert!(
        stdout(&output).contains("the file has no rows"),
        "{output:?}"
    );
}

#[tokio::test]
async fn a_file_that_cannot_be_read_is_named_with_the_reason() {
    let database = TestDatabase::create().await;
    let folder = tempfile::tempdir().unwrap();
    let zip = folder.path().join("listings.zip");
    std::fs::write(&zip, b"PK\x03\x04\x14\0").unwrap();
    let missing = folder.path().join("missing.csv");
    for (path, reason) in [
        (missing.as_path(), "No such file"),
        (folder.path(), "Is a directory"),
        (zip.as_path(), "compressed as zip"),
    ] {
        let output = import(&database, path);
        assert_eq!(output.status.code(), Some(1));
        let error = stderr(&output);
        assert!(error.contains(&*path.to_string_lossy()), "{error}");
        assert!(error.contains(reason), "{error}");
    }
}

fn import(database: &TestDatabase, file: &Path) -> Output {
    command()
        .args([
            "import",
            "inside-airbnb",
            "--currency",
            "EUR",
            "--country",
            "NL",
        ])
        .args(["--city", "Utrecht", "--database-url", &database.url])
        .arg(file)
        .output()
        .unwrap()
}

/// Asserts that an import succeeded, and returns what it printed.
fn assert_imported(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(0), "{}", stderr(output));
    // Without a terminal, each step prints one plain line.
    assert!(
        stderr(output).starts_with("listings: 3 rows in"),
        "{output:?}"
    );
    stdout(output)
}

fn gzipped(file: &Path, folder: &Path) -> std::path::PathBuf {
    let packed = folder.join("listings.csv.gz");
    let output = std::fs::File::create(&packed).unwrap();
    let mut gzip = Command::new("gzip");
    let status = gzip.arg("-c").arg(file).stdout(output).status();
    assert!(status.unwrap().success());
    packed
}

/// The rooms that a search finds, best first.
async fn search(node: &Roost, query: &str) -> Vec<Value> {
    let path = format!("/api/v1/rooms/search?{query}");
    let (status, answer) = node.get(&path).await;
    assert_eq!(status, 200, "{answer}");
    let hits = answer["data"].as_array().unwrap();
    hits.iter().map(|hit| hit["room"].clone()).collect()
}
