//! A client that names the position of its write finds what it wrote.

use std::time::Duration;

use serde_json::Value;

use crate::harness::{Roost, TestDatabase, eventually, rooms};

#[tokio::test]
async fn a_search_at_the_position_of_a_write_always_finds_it() {
    let database = TestDatabase::create().await;
    database.execute(&rooms(20)).await;
    // Synchronous commits, the default of a server, wake the stream at once.
    let durable = "SET synchronous_commit = on";
    let node = Roost::start(&database).await;
    for round in 0..50 {
        let title = format!(
            "{durable}; UPDATE rooms SET title = 'Lighthouse {round}'
            WHERE id = (SELECT id FROM rooms ORDER BY id LIMIT 1)"
        );
        database.execute(&title).await;
        let position = database.wal_end().await;
        let path = format!(
            "/api/v1/rooms/search?match=all&typos=0&q=lighthouse+{round}+&at_least={position}"
        );
        let answer = ok(&node, &path).await;
        assert_eq!(answer["meta"]["total"], 1, "round {round}: {answer}");

        // A signal needs no commit of the index, and the search waits for it too.
        for (is_available, expected) in [(false, 0), (true, 20)] {
            let signal = format!("{durable}; UPDATE landlords SET is_available = {is_available}");
            database.execute(&signal).await;
            let position = database.wal_end().await;
            let path = format!("/api/v1/rooms/search?at_least={position}");
            let answer = ok(&node, &path).await;
            assert_eq!(answer["meta"]["total"], expected, "round {round}: {answer}");
        }
    }
}

#[tokio::test]
async fn a_search_ahead_of_a_disconnected_follower_reports_the_index_position_and_later_succeeds() {
    let database = TestDatabase::create().await;
    database.execute(&rooms(3)).await;
    let role = &database.name;
    let create = format!("CREATE ROLE {role} LOGIN SUPERUSER PASSWORD 'node'");
    database.execute(&create).await;
    let (_, server) = database.url.split_once('@').unwrap();
    let url = format!("postgres://{role}:node@{server}");
    let mut node = Roost::start_unready(&url, &database.name, &[]).await;
    node.wait_until_ready().await;
    let cut = format!(
        "ALTER ROLE {role} NOLOGIN;
        SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename = '{role}'"
    );
    database.execute(&cut).await;
    database
        .execute("DELETE FROM rooms WHERE title = 'Room 3'")
        .await;
    let position = database.wal_end().await;
    let path = format!("/api/v1/rooms/search?at_least={position}");
    let (status, answer) = node.get(&format!("{path}&timeout_ms=300")).await;
    assert_eq!(status, 504, "{answer}");
    assert_eq!(answer["error"]["code"], "behind");
    let message = answer["error"]["message"].as_str().unwrap();
    assert!(
        message.contains(&position) && message.contains("documents are at"),
        "{message}"
    );
    assert_eq!(ok(&node, "/api/v1/rooms/search").await["meta"]["total"], 3);

    database.execute(&format!("ALTER ROLE {role} LOGIN")).await;
    eventually(
        "the index reaches the position",
        Duration::from_secs(30),
        async || {
            let (status, answer) = node.get(&path).await;
            (status == 200).then(|| assert_eq!(answer["meta"]["total"], 2, "{answer}"))
        },
    )
    .await;
    node.stop().await;
    let revoke = format!("DROP OWNED BY {role}; DROP ROLE {role}");
    database.execute(&revoke).await;
}

async fn ok(node: &Roost, path: &str) -> Value {
    let (status, answer) = node.get(path).await;
    assert_eq!(status, 200, "{path}: {answer}");
    let index = &answer["meta"]["index"];
    assert!(index["signals_age_ms"].is_u64(), "{path}: {index}");
    answer
}
