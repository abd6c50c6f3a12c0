//! When a stream ends: its client is too slow, may not listen any more, or has too many; or the
//! node stops.

use std::time::Duration;

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpSocket;

use super::stream::{FEED, Stream, request};
use super::{number, own_id, rank};
use crate::harness::{Roost, TestDatabase, eventually};
use crate::market::client::Client;

const DEADLINE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn a_client_that_does_not_read_is_disconnected_and_another_receives_all() {
    const EVENTS: u32 = 150;
    let database = TestDatabase::create().await;
    let node = Roost::start(&database).await;
    let asha = Client::landlord(&node, "asha@example.com").await;
    let landlord = own_id(&asha, "/landlords/me").await;
    let mut reader = Stream::open(&node, FEED, asha.token()).await;
    // The system buffers little for this one.
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(2048).unwrap();
    let mut slow = socket.connect(node.address()).await.unwrap();
    let head = format!(
        "GET /api/v1{FEED} HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {}\r\n\r\n",
        asha.token()
    );
    slow.write_all(head.as_bytes()).await.unwrap();
    node.await_metric("roost_live_listeners", |it| it == 2.0)
        .await;
    // Each transaction has more than the buffers of system and connection take.
    let long = "x".repeat(60_000);
    for score in 0..EVENTS {
        let statement = format!(
            "INSERT INTO events (actor_kind, kind, subject_kind, subject_id, change)
            VALUES ('system', 'request.ranked', 'request', uuid_v7(), jsonb_build_object(
                'landlords', jsonb_build_array(jsonb_build_object(
                    'landlord_id', '{landlord}', 'score', {score}, 'room_id', '{long}'))))"
        );
        database.execute(&statement).await;
        reader.expect_score(u64::from(score)).await;
    }
    node.await_metric("roost_live_listeners_behind_total", |it| it == 1.0)
        .await;
    node.await_metric("roost_live_listeners", |it| it == 1.0)
        .await;
    // What is left in the buffers ends with the event that says why, if the client reads in time.
    let mut rest = Vec::new();
    let _reset = slow.read_to_end(&mut rest).await;
    let rest = String::from_utf8_lossy(&rest);
    assert!(rest.matches("event: match").count() < EVENTS as usize);
}

#[tokio::test]
async fn a_client_that_falls_behind_and_reads_on_learns_that_it_has_to_catch_up() {
    const EVENTS: u32 = 200;
    let database = TestDatabase::create().await;
    let node = Roost::start(&database).await;
    let asha = Client::landlord(&node, "asha@example.com").await;
    let landlord = own_id(&asha, "/landlords/me").await;
    let mut feed = Stream::open(&node, FEED, asha.token()).await;
    // All of one commit are queued before any of them is sent.
    let statement = format!(
        "INSERT INTO events (actor_kind, kind, subject_kind, subject_id, change)
        SELECT 'system', 'request.ranked', 'request', uuid_v7(), jsonb_build_object(
            'landlords', jsonb_build_array(jsonb_build_object(
                'landlord_id', '{landlord}', 'score', n)))
        FROM generate_series(0, {EVENTS} - 1) n"
    );
    database.execute(&statement).await;
    let mut scores = Vec::new();
    loop {
        let message = feed.next().await.expect("catch_up comes before the end");
        match message.name.as_str() {
            "match" => scores.push(message.data["score"].as_u64().unwrap()),
            name => {
                assert_eq!(name, "catch_up");
                break;
            }
        }
    }
    assert!(feed.next().await.is_none());
    assert!(scores.len() < EVENTS as usize);
    let mut resumed = Stream::resume(&node, FEED, asha.token(), &feed.last_id).await;
    scores.extend(resumed.scores(EVENTS as usize - scores.len()).await);
    assert_eq!(scores, (0..u64::from(EVENTS)).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_stream_ends_with_the_session_the_user_or_the_key() {
    let database = TestDatabase::create().await;
    let node = Roost::start(&database).await;
    let asha = Client::landlord(&node, "asha@example.com").await;
    let other = Client::landlord(&node, "other@example.com").await;
    let key = json!({"name": "Feed", "scopes": ["feed:read"]});
    let key = asha.post("/keys", key).await;
    let (id, secret) = (
        key.json["data"]["key"]["id"].as_str().unwrap(),
        key.json["data"]["secret"].as_str().unwrap(),
    );
    let mut by_key = Stream::open(&node, FEED, secret).await;
    let mut by_session = Stream::open(&node, FEED, asha.token()).await;
    let mut of_other = Stream::open(&node, FEED, other.token()).await;
    assert_eq!(asha.delete(&format!("/keys/{id}")).await.status, 200);
    assert!(by_key.next().await.is_none());
    assert_eq!(request(&node, FEED, secret, "").await.status(), 401);
    let landlord = own_id(&asha, "/landlords/me").await;
    rank(&database, &landlord, 7..8).await;
    by_session.expect_score(7).await;
    assert_eq!(asha.post("/auth/logout", json!({})).await.status, 200);
    assert!(by_session.next().await.is_none());
    let disable = ["users", "disable", "other@example.com"];
    let url = ["--database-url", &database.url];
    let output = crate::harness::roost(&[&disable[..], &url].concat());
    assert!(output.status.success());
    assert!(of_other.next().await.is_none());
}

#[tokio::test]
async fn a_landlord_has_ten_streams_and_a_node_that_stops_ends_them() {
    let database = TestDatabase::create().await;
    let mut node = Roost::start(&database).await;
    let asha = Client::landlord(&node, "asha@example.com").await;
    let mut streams = Vec::new();
    for _ in 0..10 {
        streams.push(Stream::open(&node, FEED, asha.token()).await);
    }
    let response = request(&node, FEED, asha.token(), "").await;
    assert_eq!(response.status(), 429);
    drop(streams.pop());
    eventually("a stream that ends is free again", DEADLINE, async || {
        let response = request(&node, FEED, asha.token(), "").await;
        (response.status() == 200).then_some(())
    })
    .await;
    let started = std::time::Instant::now();
    node.stop().await;
    assert!(
        started.elapsed() < Duration::from_secs(8),
        "{:?}",
        started.elapsed()
    );
    for mut stream in streams {
        assert!(stream.next().await.is_none());
    }
    let streams = number(
        &database,
        "SELECT count(*) FROM events WHERE kind LIKE 'live%'",
    )
    .await;
    assert_eq!(streams, 0, "listening is no action");
}
