//! Imports let the requests be matched that their rooms fit, and those that they fitted before.

use std::time::Duration;

use serde_json::json;
use sqlx::Row;

use super::fresh::{assert_stored_are_fresh, column, settle};
use crate::harness::{Roost, TestDatabase, command, eventually, repository, roost, stderr};
use crate::market::client::{Client, rental_request};

const DEADLINE: Duration = Duration::from_secs(60);

const LISTINGS: &str = "tests/end_to_end/command/import.csv";

/// The shared room of the listings, and where it is.
const ROOM: &str = "806464250";
const PLACE: &str = "52.0851,5.1312";

#[tokio::test]
async fn an_imported_room_is_matched_with_the_requests_near_it_until_an_import_moves_it_away() {
    let database = TestDatabase::create().await;
    let mut node = Roost::start(&database).await;
    let admin = Client::admin(&database, &node).await;
    let student = Client::student(&node, "ravi@example.com").await;
    let near = request(&student, (52.0852, 5.1313)).await;
    let far = request(&student, (52.16, 5.1313)).await;
    settle(&database).await;
    node.stop().await;

    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("listings.csv");
    let listings = std::fs::read_to_string(repository().join(LISTINGS)).unwrap();
    let import = |listings: &str| {
        std::fs::write(&file, listings).unwrap();
        let output = command()
            .args(["import", "inside-airbnb", "--currency", "EUR"])
            .args(["--country", "NL", "--database-url", &database.url])
            .arg(&file)
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", stderr(&output));
    };
    let waiting = "SELECT request_id::text FROM matching_queue";
    import(&listings);
    assert_eq!(column(&database, waiting).await, [near.as_str()]);
    // The file has no contracts, so the import draws their number.
    let free = "UPDATE landlords SET active_contracts = 0, is_available = true,
        hidden_when_full = false";
    database.execute(free).await;
    node.restart().await;
    let matched = "SELECT count(*) FROM matches WHERE rank IS NOT NULL";
    eventually("the request is matched", DEADLINE, async || {
        let count: i64 = database.row(matched).await.get(0);
        (count == 1).then_some(())
    })
    .await;
    settle(&database).await;
    node.stop().await;

    // A file without a difference.
    import(&listings);
    assert_eq!(column(&database, waiting).await, [""; 0]);

    // Another landlord has the room now, near the other request.
    let lines = listings.lines().map(|line| match line.starts_with(ROOM) {
        true => line
            .replace(PLACE, "52.1601,5.1314")
            .replace(",31553,", ",77190,"),
        false => line.to_owned(),
    });
    let moved: Vec<String> = lines.collect();
    import(&moved.join("\n"));
    let mut both = [near, far.clone()];
    both.sort();
    let sorted = format!("{waiting} ORDER BY request_id");
    assert_eq!(column(&database, &sorted).await, both);
    node.restart().await;
    settle(&database).await;
    let admin = Client::new(&node, admin.token());
    assert_eq!(assert_stored_are_fresh(&database, &admin, "true").await, 1);
    let stored = column(&database, "SELECT request_id::text FROM matches").await;
    assert_eq!(stored, [far]);
}

#[tokio::test]
async fn shipped_requests_are_matched() {
    let database = TestDatabase::create().await;
    let url = ["--database-url", &database.url];
    let flags = ["import", "shipped", "--rooms", "400", "--requests", "120"];
    let output = roost(&[&flags[..], &url].concat());
    assert!(output.status.success(), "{}", stderr(&output));
    let node = Roost::start(&database).await;
    let admin = Client::admin(&database, &node).await;
    settle(&database).await;
    let matches = assert_stored_are_fresh(&database, &admin, "status = 'active'").await;
    assert!(matches > 0);
}

/// Makes a request for one person near a place.
async fn request(student: &Client, (lat, lng): (f64, f64)) -> String {
    let mut request = rental_request();
    request["location"] = json!({"lat": lat, "lng": lng});
    request["reach_m"] = json!(600);
    request["occupants"] = json!(1);
    request["currency"] = json!("EUR");
    request["required_amenities"] = json!([]);
    let made = student.post("/requests", request).await;
    assert_eq!(made.status, 201, "{}", made.json);
    made.json["data"]["id"].as_str().unwrap().to_owned()
}
