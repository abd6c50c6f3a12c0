//! The life of a rental request, from active to cancelled or expired.

use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::{Roost, TestDatabase, day, eventually};
use crate::market::client::{Client, header, rejected, rental_request};

const DEADLINE: Duration = Duration::from_secs(90);

/// A node over an empty database, and a student.
async fn student() -> (TestDatabase, Roost, Client) {
    let database = TestDatabase::create().await;
    let node = Roost::start(&database).await;
    let student = Client::student(&node, "ravi@example.com").await;
    (database, node, student)
}

/// The kinds of the events of requests, the oldest first, each with its change.
async fn events(database: &TestDatabase) -> Vec<(String, Value)> {
    let rows = sqlx::query_as::<_, (String, sqlx::types::Json<Value>)>(
        "SELECT kind, change FROM events WHERE subject_kind = 'request' ORDER BY id",
    );
    let rows = rows.fetch_all(&database.pool).await.unwrap();
    rows.into_iter()
        .map(|(kind, change)| (kind, change.0))
        .collect()
}

#[tokio::test]
async fn a_request_is_created_with_defaults_changed_and_cancelled_for_good() {
    let (database, _node, student) = student().await;
    let created = student.post("/requests", rental_request()).await;
    assert_eq!(created.status, 201, "{}", created.json);
    let request = &created.json["data"];
    let id = request["id"].as_str().unwrap();
    assert_eq!(
        header(&created, "location"),
        format!("/api/v1/requests/{id}")
    );
    assert_eq!(header(&created, "etag"), "\"1\"");
    assert_eq!(request["title"], "Room in Mumbai");
    assert_eq!(request["status"], "active");
    assert_eq!(request["room_types"], json!([]));
    // Fourteen days would be after the stay.
    assert_eq!(request["expires_at"], format!("{}T00:00:00.000Z", day(13)));
    let path = format!("/requests/{id}");
    assert_eq!(student.get(&path).await.json["data"], *request);

    let patch = json!({"budget": null, "reach_m": 6000, "title": "Near the lake"});
    let changed = student.patch(&path, patch.clone()).await;
    assert_eq!(changed.status, 200, "{}", changed.json);
    assert_eq!(changed.json["data"]["budget"], Value::Null);
    assert_eq!(changed.json["data"]["reach_m"], 6000);
    assert_eq!(header(&changed, "etag"), "\"2\"");
    // A patch without a difference writes nothing.
    let same = student.patch(&path, patch).await;
    assert_eq!(header(&same, "etag"), "\"2\"");
    let body = Some(json!({"occupants": 1}).to_string());
    let stale = student
        .send("PATCH", &path, &[("if-match", "\"1\"")], body.clone())
        .await;
    rejected(&stale, 412, "precondition_failed");
    let fresh = [("if-match", "\"2\"")];
    assert_eq!(student.send("PATCH", &path, &fresh, body).await.status, 200);

    let cancel = format!("{path}/cancel");
    let cancelled = student.post(&cancel, json!({})).await;
    assert_eq!(cancelled.status, 200, "{}", cancelled.json);
    assert_eq!(cancelled.json["data"]["status"], "cancelled");
    let again = student.post(&cancel, json!({})).await;
    let error = rejected(&again, 409, "conflict");
    let message = error["message"].as_str().unwrap();
    assert!(message.contains("is cancelled and cannot become cancelled"));
    let late = student.patch(&path, json!({"reach_m": 1000})).await;
    rejected(&late, 409, "conflict");

    let kinds: Vec<String> = events(&database).await.into_iter().map(|it| it.0).collect();
    let changed = "request.changed";
    let expected = ["request.created", changed, changed, "request.cancelled"];
    assert_eq!(kinds, expected);
    let (_, last) = events(&database).await.pop().unwrap();
    assert_eq!(last["status"], "cancelled");
    assert_eq!(last["student_id"], request["student_id"]);
}

#[tokio::test]
async fn a_request_at_a_venue_has_its_place_and_follows_it_to_another_or_to_a_point() {
    let (database, _node, student) = student().await;
    database
        .execute(
            "INSERT INTO exam_venues (id, name, kind, city, country_code, location) VALUES
            ('00000000-0000-7000-8000-0000000000d1', 'Hill College', 'college', 'Pune', 'IN',
                ST_MakePoint(73.8, 18.5)::geography),
            ('00000000-0000-7000-8000-0000000000d2', 'Lake School', 'school', 'Thane', 'IN',
                ST_MakePoint(72.97, 19.2)::geography)",
        )
        .await;
    let venue = |n: u32| format!("00000000-0000-7000-8000-0000000000d{n}");
    let mut body = rental_request();
    body.as_object_mut()
        .unwrap()
        .retain(|name, _| name != "location" && name != "city");
    body["venue_id"] = json!(venue(1));
    let created = student.post("/requests", body).await;
    assert_eq!(created.status, 201, "{}", created.json);
    let of = |reply: &crate::harness::Reply| {
        let it = &reply.json["data"];
        json!([
            it["title"],
            it["city"],
            it["location"]["lng"],
            it["venue_id"]
        ])
    };
    assert_eq!(
        of(&created),
        json!(["Room near Hill College", "Pune", 73.8, venue(1)])
    );
    let path = format!("/requests/{}", created.json["data"]["id"].as_str().unwrap());
    let moved = student.patch(&path, json!({"venue_id": venue(2)})).await;
    assert_eq!(
        of(&moved),
        json!(["Room near Lake School", "Thane", 72.97, venue(2)])
    );
    let point = json!({"location": {"lat": 19.0, "lng": 72.8}, "city": "Mumbai"});
    let moved = student.patch(&path, point).await;
    assert_eq!(of(&moved), json!(["Room in Mumbai", "Mumbai", 72.8, null]));
    // A title of the student's own stays.
    let titled = student.patch(&path, json!({"title": "Mine"})).await;
    assert_eq!(titled.status, 200, "{}", titled.json);
    let moved = student.patch(&path, json!({"venue_id": venue(1)})).await;
    assert_eq!(moved.json["data"]["title"], "Mine");
    let unnamed = student.patch(&path, json!({"title": null})).await;
    assert_eq!(unnamed.json["data"]["title"], "Room near Hill College");
}

#[tokio::test]
async fn a_request_whose_time_has_passed_expires_once_and_a_repeated_post_creates_nothing() {
    let (database, _node, student) = student().await;
    let key = [("idempotency-key", "the-same")];
    let body = Some(rental_request().to_string());
    let first = student.send("POST", "/requests", &key, body.clone()).await;
    let again = student.send("POST", "/requests", &key, body).await;
    assert_eq!(first.json["data"]["id"], again.json["data"]["id"]);
    let other = student.post("/requests", rental_request()).await;
    let id = first.json["data"]["id"].as_str().unwrap();
    let pass = format!("UPDATE requests SET expires_at = now() WHERE id = '{id}'");
    database.execute(&pass).await;
    // The job runs every minute.
    let path = format!("/requests/{id}");
    eventually("the request expires", DEADLINE, async || {
        let status = student.get(&path).await.json["data"]["status"].clone();
        (status == "expired").then_some(())
    })
    .await;
    let expired = events(&database).await;
    let expired: Vec<_> = expired
        .iter()
        .filter(|it| it.0 == "request.expired")
        .collect();
    assert_eq!(expired.len(), 1, "{expired:?}");
    let active = student.get("/requests?status=active").await;
    let ids: Vec<&Value> = active.json["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["id"])
        .collect();
    assert_eq!(ids, [&other.json["data"]["id"]]);
    // Whatever writes the table, a closed request stays closed.
    let reopened = sqlx::query("UPDATE requests SET status = 'active' WHERE status = 'expired'");
    let error = reopened
        .execute(&database.pool)
        .await
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("the request is expired and cannot become active"),
        "{error}"
    );
}
