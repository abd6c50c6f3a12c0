//! Connections that hang: the node closes them and continues on new ones.

use crate::harness::{Proxy, Roost, TestDatabase, Which, assert_equal, rooms};

/// A short limit, so that the tests take seconds.
const SILENCE: (&str, &str) = ("ROOST_SILENCE_MAX_MS", "3000");
const LEFT_BEHIND: &str = "terminating a session that was left behind";

#[tokio::test]
async fn a_stream_that_hangs_is_closed_even_though_statements_are_answered() {
    let (database, proxy, node) = node_behind_a_proxy().await;
    proxy.hang(Which::Streams);
    delete_one(&database).await;
    assert_equal(&database, &node.data_dir, 4).await;
    let reason = "waiting for the stream took more than 3 s";
    assert!(node.log().contains(reason), "{}", node.log());
    // The server has not noticed that the old session hangs.
    assert!(node.logged(LEFT_BEHIND).is_some(), "{}", node.log());
    node.assert_not_rebuilt();
}

#[tokio::test]
async fn an_unresponsive_server_is_contacted_on_a_new_connection() {
    let (database, proxy, node) = node_behind_a_proxy().await;
    proxy.hang(Which::All);
    delete_one(&database).await;
    assert_equal(&database, &node.data_dir, 4).await;
    let log = node.log();
    assert!(log.contains("took more than"), "{log}");
    node.assert_not_rebuilt();
}

#[tokio::test]
async fn a_session_that_outlives_a_killed_node_is_terminated() {
    let (database, proxy, mut node) = node_behind_a_proxy().await;
    proxy.hang(Which::All);
    node.kill();
    delete_one(&database).await;
    node.restart().await;
    let ended = node
        .logged(LEFT_BEHIND)
        .expect("the old session was terminated");
    assert_eq!(ended["level"], "WARN");
    node.assert_not_rebuilt();
    assert_equal(&database, &node.data_dir, 4).await;
}

async fn node_behind_a_proxy() -> (TestDatabase, Proxy, Roost) {
    let database = TestDatabase::create().await;
    database.execute(&rooms(5)).await;
    let proxy = Proxy::start(&database.url).await;
    let url = proxy.url(&database.url);
    let node = Roost::start_unready(&url, &database.name, &[SILENCE]).await;
    node.wait_until_ready().await;
    (database, proxy, node)
}

async fn delete_one(database: &TestDatabase) {
    database
        .execute("DELETE FROM rooms WHERE title = 'Room 3'")
        .await;
}
