//! Requests are matched as students make, change and cancel them, and as rooms change.

use std::time::Duration;

use serde_json::json;
use sqlx::Row;

use crate::harness::{TestDatabase, eventually};
use crate::market::client::{Client, landlord_and_admin, rental_request, room};

const DEADLINE: Duration = Duration::from_secs(60);

/// Waits until there are as many matches with a rank.
async fn matched(database: &TestDatabase, count: i64) {
    let sql = "SELECT count(*) FROM matches WHERE rank IS NOT NULL";
    eventually(&format!("{count} matches"), DEADLINE, async || {
        let found = database.row(sql).await.get::<i64, _>(0);
        (found == count).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_request_is_matched_as_it_or_the_room_changes_until_it_is_cancelled() {
    let (database, node, landlord, admin) = landlord_and_admin().await;
    let room = landlord.create_listed(&admin, &room()).await;
    let student = Client::student(&node, "ravi@example.com").await;
    let made = student.post("/requests", rental_request()).await;
    assert_eq!(made.status, 201, "{}", made.json);
    let request = made.json["data"]["id"].as_str().unwrap();
    matched(&database, 1).await;

    let path = format!("/requests/{request}");
    for (budget, count) in [(100.0, 0), (2_000.0, 1)] {
        let changed = student.patch(&path, json!({"budget": budget})).await;
        assert_eq!(changed.status, 200, "{}", changed.json);
        matched(&database, count).await;
    }
    let path_of_room = format!("/rooms/{room}");
    let pause = format!("{path_of_room}/pause");
    assert_eq!(landlord.post(&pause, json!({})).await.status, 200);
    matched(&database, 0).await;
    let resume = format!("{path_of_room}/resume");
    assert_eq!(landlord.post(&resume, json!({})).await.status, 200);
    matched(&database, 1).await;
    let moved = json!({"location": {"lat": 20.0, "lng": 73.0}});
    let moved = landlord.patch(&path_of_room, moved).await;
    assert_eq!(moved.status, 200, "{}", moved.json);
    matched(&database, 0).await;
    let back = json!({"location": {"lat": 19.1334, "lng": 72.9133}});
    landlord.patch(&path_of_room, back).await;
    matched(&database, 1).await;

    let cancelled = student.post(&format!("{path}/cancel"), json!({})).await;
    assert_eq!(cancelled.status, 200, "{}", cancelled.json);
    let me = landlord.get("/landlords/me").await;
    let sql = "SELECT change -> 'landlord_ids' -> 0 FROM events WHERE kind = 'request.cancelled'";
    let named = database.row(sql).await.get::<serde_json::Value, _>(0);
    assert_eq!(named, me.json["data"]["id"]);
    // What a request was matched with stays known.
    matched(&database, 1).await;
}
