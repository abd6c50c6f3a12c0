//! Many nodes follow one publisher through failures of the publisher, of NATS and of nodes.

mod encrypted;
mod interrupted;

use std::time::Duration;

use async_nats::HeaderMap;
use roost_engine::Position;

use crate::harness::{
    NatsServer, Publisher, Roost, TestDatabase, assert_equal, eventually, reindex, rooms,
};

const DEADLINE: Duration = Duration::from_secs(40);

#[tokio::test]
async fn two_nodes_of_one_publisher_follow_every_kind_of_change() {
    let (database, nats, _publisher) = published(&rooms(300)).await;
    let nodes = [
        node(&database, &nats, "a").await,
        node(&database, &nats, "b").await,
    ];
    for change in [
        "UPDATE rooms SET price = 7 WHERE title LIKE '%3'",
        "DELETE FROM rooms WHERE title = 'Room 5'",
        "UPDATE rooms SET id = uuid_v7() WHERE title LIKE '%8'",
        // Too large for its row and too random to compress: an update does not send it again.
        "UPDATE rooms SET description =
            (SELECT string_agg(md5(id::text || n), ' ') FROM generate_series(1, 400) n)
            WHERE title LIKE '%4'",
        "UPDATE rooms SET price = 9 WHERE title LIKE '%4'",
        "UPDATE landlords SET is_available = false",
    ] {
        database.execute(change).await;
    }
    for node in &nodes {
        assert_equal(&database, &node.data_dir, 299).await;
        eventually("the rooms are hidden", DEADLINE, async || {
            (found(node).await == 0).then_some(())
        })
        .await;
    }
    // Far more than fits into one message.
    let large = format!("BEGIN; TRUNCATE rooms CASCADE; {}; COMMIT", rooms(9_000));
    database.execute(&large).await;
    for node in &nodes {
        assert_equal(&database, &node.data_dir, 9_000).await;
        node.assert_not_rebuilt();
    }
    assert!(
        has_parts(&nats).await,
        "the large transaction was not split"
    );
    assert_unbroken(&nats).await;
    // The nodes retain no WAL.
    let slots = "SELECT count(*) FROM pg_replication_slots WHERE database = current_database()";
    eventually("only the publisher has a slot", DEADLINE, async || {
        let slots: i64 = sqlx::Row::get(&database.row(slots).await, 0);
        (slots == 1).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_publisher_killed_repeatedly_loses_nothing_and_repeats_nothing() {
    let (database, nats, mut publisher) = published(&rooms(400)).await;
    let node = node(&database, &nats, "a").await;
    let large = "UPDATE rooms SET description = repeat(title || ' ', 400)";
    for (round, crash_point) in [
        "transaction_is_published:3",
        "part_is_published:2",
        "message_has_arrived:2",
        "part_is_published:4",
    ]
    .into_iter()
    .enumerate()
    {
        publisher.kill();
        publisher.restart_to_crash_at(crash_point);
        for step in 0..4 {
            let price = format!("UPDATE rooms SET price = {round}{step} WHERE random() < 0.3");
            database.execute(&price).await;
        }
        database.execute(&format!("{large} || {round}")).await;
        let delete = format!("DELETE FROM rooms WHERE title = 'Room {}'", round + 1);
        database.execute(&delete).await;
        publisher.wait_until_ended().await;
        publisher.restart().await;
    }
    assert_equal(&database, &node.data_dir, 396).await;
    assert_unbroken(&nats).await;
    node.assert_not_rebuilt();
}

#[tokio::test]
async fn a_killed_node_continues_from_its_own_commit() {
    let (database, nats, _publisher) = published(&rooms(300)).await;
    let mut node = node(&database, &nats, "a").await;
    for round in 0..3 {
        for step in 0..5 {
            let price = format!("UPDATE rooms SET price = {round}{step} WHERE random() < 0.3");
            database.execute(&price).await;
        }
        node.kill();
        let delete = format!("DELETE FROM rooms WHERE title = 'Room {}'", round + 1);
        database.execute(&delete).await;
        node.restart().await;
        assert!(!node.log().contains("copied a table"), "{}", node.log());
    }
    assert_equal(&database, &node.data_dir, 297).await;
}

#[tokio::test]
async fn a_requested_rebuild_continues_from_the_stream() {
    let (database, nats, _publisher) = published(&rooms(300)).await;
    let node = node(&database, &nats, "a").await;
    let output = reindex(&node.data_dir, &node).await;
    assert!(output.status.success(), "{output:?}");
    database
        .execute("DELETE FROM rooms WHERE title = 'Room 1'")
        .await;
    assert_equal(&database, &node.data_dir, 299).await;
    // The node has not started another one by itself.
    assert!(node.rebuild_line().is_none(), "{}", node.log());
}

/// A database with rows, and a publisher of its changes.
async fn published(rows: &str) -> (TestDatabase, NatsServer, Publisher) {
    let database = TestDatabase::create().await;
    database.execute(rows).await;
    let nats = NatsServer::start().await;
    let publisher = Publisher::start(&database, &nats).await;
    (database, nats, publisher)
}

/// A node that reads its changes from the stream.
async fn node(database: &TestDatabase, nats: &NatsServer, name: &str) -> Roost {
    let more = [("ROOST_NATS_URL", &*nats.url())];
    let name = format!("{}_{name}", database.name);
    let node = Roost::start_unready(&database.url, &name, &more).await;
    node.wait_until_ready().await;
    node
}

async fn found(node: &Roost) -> usize {
    let (status, answer) = node.get("/api/v1/rooms/search?q=room").await;
    assert_eq!(status, 200, "{answer}");
    answer["data"].as_array().unwrap().len()
}

async fn age_ms(node: &Roost) -> u64 {
    let (status, answer) = node.get("/api/v1/rooms/search?q=room").await;
    assert_eq!(status, 200, "{answer}");
    answer["meta"]["index"]["age_ms"].as_u64().unwrap()
}

async fn shown_position(node: &Roost) -> Position {
    let (status, answer) = node.get("/api/v1/rooms/search?q=room").await;
    assert_eq!(status, 200, "{answer}");
    let position = answer["meta"]["index"]["position"].as_str().unwrap();
    position.parse().unwrap()
}

async fn await_degraded(node: &Roost) -> String {
    eventually("the node is degraded", DEADLINE, async || {
        let (status, answer) = node.get("/health/ready").await;
        assert_eq!(status, 200, "{answer}");
        let data = &answer["data"];
        (data["status"] == "degraded").then(|| data["reason"].to_string())
    })
    .await
}

async fn await_ready(node: &Roost) {
    eventually("the node is ready again", DEADLINE, async || {
        let (_, answer) = node.get("/health/ready").await;
        (answer["data"]["status"] == "ready").then_some(())
    })
    .await;
}

/// Asserts that every message starts at the position where the previous one ended. A publisher that
/// was killed within a transaction publishes it again from its start.
async fn assert_unbroken(nats: &NatsServer) {
    let mut at: Option<Position> = None;
    for headers in messages(nats).await {
        let (from, to) = (
            position(&headers, "Roost-From"),
            position(&headers, "Roost-To"),
        );
        assert!(
            at.is_none_or(|at| at == from),
            "{at:?} is followed by {from}"
        );
        at = Some(to);
    }
    assert!(at.is_some(), "the stream is empty");
}

async fn has_parts(nats: &NatsServer) -> bool {
    let mut messages = messages(nats).await.into_iter();
    messages.any(|headers| headers.get("Roost-Part").unwrap().as_str() == "3")
}

async fn messages(nats: &NatsServer) -> Vec<HeaderMap> {
    let stream = nats.stream().await;
    let state = stream.get_info().await.unwrap().state;
    let mut messages = Vec::new();
    for sequence in state.first_sequence..=state.last_sequence {
        messages.push(stream.get_raw_message(sequence).await.unwrap().headers);
    }
    messages
}

/// Waits until the stream has all transactions committed so far.
async fn await_published(database: &TestDatabase, nats: &NatsServer) {
    let end: Position = database.wal_end().await.parse().unwrap();
    // A later message proves that the earlier ones are in the stream.
    database
        .execute("SELECT pg_logical_emit_message(true, 'test', 'behind')")
        .await;
    eventually("the changes are in the stream", DEADLINE, async || {
        (last_position(nats).await > end).then_some(())
    })
    .await;
}

/// The position where the stream ends.
async fn last_position(nats: &NatsServer) -> Position {
    let stream = nats.stream().await;
    let last = stream.get_info().await.unwrap().state.last_sequence;
    match stream.get_raw_message(last).await {
        Ok(message) => position(&message.headers, "Roost-To"),
        Err(_) => Position(0),
    }
}

fn position(headers: &HeaderMap, name: &str) -> Position {
    headers.get(name).unwrap().as_str().parse().unwrap()
}
