//! Live events reach those whom they concern.

use std::time::{Duration, Instant};

use serde_json::json;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

use super::stream::{FEED, REQUESTS, Stream};
use super::{insert, own_id, rank, ranked};
use crate::harness::{Roost, TestDatabase};
use crate::market::client::{Client, rental_request};

#[tokio::test]
async fn each_landlord_and_student_receives_its_own_events() {
    let database = TestDatabase::create().await;
    let node = Roost::start(&database).await;
    let asha = Client::landlord(&node, "asha@example.com").await;
    let other = Client::landlord(&node, "other@example.com").await;
    let ravi = Client::student(&node, "ravi@example.com").await;
    let (landlord, foreign) = (
        own_id(&asha, "/landlords/me").await,
        own_id(&other, "/landlords/me").await,
    );
    let student = own_id(&ravi, "/auth/me").await;
    let mut feed = Stream::open(&node, FEED, asha.token()).await;
    let mut requests = Stream::open(&node, REQUESTS, ravi.token()).await;

    database.execute(&ranked(&landlord, 81)).await;
    let matched = feed.expect("match").await;
    assert_eq!(matched["score"], 81);
    assert_eq!(matched.get("landlord_id"), None);

    // Events of others are not received: the next one is the own one.
    database.execute(&ranked(&foreign, 1)).await;
    let both = json!({"student_id": student, "status": "active", "landlord_ids": [landlord]});
    database.execute(&insert("request.changed", &both)).await;
    feed.expect("request_changed").await;
    let offer = json!({"landlord_id": landlord, "student_id": student, "request_id": student});
    for kind in ["offer.made", "offer.declined"] {
        database.execute(&insert(kind, &offer)).await;
    }
    assert_eq!(feed.expect("offer_answered").await["status"], "declined");
    assert_eq!(requests.expect("offer_made").await["request_id"], *student);

    // A request that the student itself closes.
    let created = ravi.post("/requests", rental_request()).await;
    let id = created.json["data"]["id"].as_str().unwrap();
    ravi.post(&format!("/requests/{id}/cancel"), json!({}))
        .await;
    let closed = requests.expect("request_closed").await;
    assert_eq!(
        (&closed["request_id"], &closed["status"]),
        (&json!(id), &json!("cancelled"))
    );
}

#[tokio::test]
async fn an_event_of_a_transaction_that_commits_late_is_received_once() {
    let database = TestDatabase::create().await;
    let node = Roost::start(&database).await;
    let asha = Client::landlord(&node, "asha@example.com").await;
    let landlord = own_id(&asha, "/landlords/me").await;
    let mut feed = Stream::open(&node, FEED, asha.token()).await;
    // Its event has the lowest id, and its commit is the last.
    let mut late = PgConnection::connect(&database.url).await.unwrap();
    let mut late = late.begin().await.unwrap();
    late.execute(AssertSqlSafe(ranked(&landlord, 1)))
        .await
        .unwrap();
    rank(&database, &landlord, 2..5).await;
    assert_eq!(feed.scores(3).await, [2, 3, 4]);
    let before_commit = feed.last_id.clone();
    late.commit().await.unwrap();
    assert_eq!(feed.scores(1).await, [1]);
    // A client that was away when it committed gets it as well.
    let mut resumed = Stream::resume(&node, FEED, asha.token(), &before_commit).await;
    resumed.expect_score(1).await;
    rank(&database, &landlord, 5..6).await;
    resumed.expect_score(5).await;
    feed.expect_score(5).await;
}

#[tokio::test]
async fn at_fifty_matched_requests_a_second_every_event_arrives() {
    const EVENTS: usize = 400;
    let database = TestDatabase::create().await;
    let node = Roost::start(&database).await;
    let asha = Client::landlord(&node, "asha@example.com").await;
    let landlord = own_id(&asha, "/landlords/me").await;
    let mut feed = Stream::open(&node, FEED, asha.token()).await;
    // Each request is matched with a hundred landlords.
    let statement = format!(
        "INSERT INTO events (actor_kind, kind, subject_kind, subject_id, change)
        SELECT 'system', 'request.ranked', 'request', uuid_v7(), jsonb_build_object('landlords',
            jsonb_agg(jsonb_build_object('room_id', uuid_v7(), 'score', $1::int, 'landlord_id',
                CASE n WHEN 50 THEN '{landlord}' ELSE uuid_v7() END)))
        FROM generate_series(1, 100) n"
    );
    let pool = database.pool.clone();
    let writer = tokio::spawn(async move {
        let mut times = tokio::time::interval(Duration::from_millis(20));
        let mut committed = Vec::new();
        for score in 0..EVENTS {
            times.tick().await;
            let insert = sqlx::query(AssertSqlSafe(statement.clone()));
            let score = i32::try_from(score).unwrap();
            insert.bind(score).execute(&pool).await.unwrap();
            committed.push(Instant::now());
        }
        committed
    });
    let mut received = vec![None; EVENTS];
    for _ in 0..EVENTS {
        let score = feed.scores(1).await[0];
        received[usize::try_from(score).unwrap()] = Some(Instant::now());
    }
    let committed = writer.await.unwrap();
    let pairs = committed.into_iter().zip(received);
    let mut took: Vec<Duration> = pairs
        .map(|(committed, received)| received.unwrap().saturating_duration_since(committed))
        .collect();
    took.sort_unstable();
    let (p50, p99) = (took[EVENTS / 2], took[EVENTS * 99 / 100]);
    println!("{EVENTS} events at 50/s: p50 {p50:?}, p99 {p99:?}");
}

#[tokio::test]
async fn events_are_received_though_the_change_stream_does_not_contain_them() {
    let database = TestDatabase::create().await;
    database
        .execute(
            "CREATE PUBLICATION roost FOR TABLE rooms, exam_venues, requests, landlords, bookings,
                request_exposure",
        )
        .await;
    // The node may not change the publication of another owner.
    let role = format!("{}_owner", database.name);
    database
        .execute(&format!(
            "CREATE ROLE {role}; ALTER PUBLICATION roost OWNER TO {role}"
        ))
        .await;
    let node = Roost::start(&database).await;
    let asha = Client::landlord(&node, "asha@example.com").await;
    let landlord = own_id(&asha, "/landlords/me").await;
    let mut feed = Stream::open(&node, FEED, asha.token()).await;
    rank(&database, &landlord, 1..4).await;
    assert_eq!(feed.scores(3).await, [1, 2, 3]);
}
