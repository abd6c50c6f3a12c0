//! Requests that never become complete, or are not HTTP as it should be.

use std::time::Duration;

use super::raw_client::RawClient;
use crate::harness::{Roost, TestDatabase, eventually};

const DEADLINE: Duration = Duration::from_secs(60);

const HALF_A_HEADER: &str = "GET /health/live HTTP/1.1\r\nHost: roost\r\nX-Slow: ";
const HALF_A_BODY: &str = "POST /api/v1/multi-search HTTP/1.1\r\nHost: roost\r\n\
    Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{\"searches\": [";

#[tokio::test]
async fn a_header_that_does_not_end_closes_its_connection_and_an_idle_connection_stays() {
    let database = TestDatabase::create().await;
    let node = Roost::start(&database).await;
    let mut idle = RawClient::connect(&node).await;
    idle.send_get("/health/live").await;
    assert_eq!(idle.response().await.status, 200);
    let mut silent = RawClient::connect(&node).await;
    let mut slow = RawClient::connect(&node).await;
    slow.send(HALF_A_HEADER).await;
    let mut slow_later = RawClient::connect(&node).await;
    slow_later.send_get("/health/live").await;
    assert_eq!(slow_later.response().await.status, 200);
    slow_later.send(HALF_A_HEADER).await;
    let timeouts = "roost_rejected_total{reason=\"header_timeout\"}";
    // A byte from time to time does not help.
    eventually("all three are closed", DEADLINE, async || {
        let _closed = slow.try_send(b"x").await;
        (node.metric(timeouts).await? >= 3.0).then_some(())
    })
    .await;
    for client in [&mut silent, &mut slow, &mut slow_later] {
        client.until_closed().await;
    }
    idle.send_get("/health/live").await;
    assert_eq!(idle.response().await.status, 200);
}

#[tokio::test]
async fn a_body_that_does_not_end_is_answered_with_a_timeout() {
    let database = TestDatabase::create().await;
    let node = Roost::start(&database).await;
    let mut client = RawClient::connect(&node).await;
    client.send(HALF_A_BODY).await;
    let response = client.response().await;
    assert_eq!(response.status, 408, "{}", response.json);
    assert_eq!(response.json["error"]["code"], "timed_out");
    client.until_closed().await;
}

#[tokio::test]
async fn half_sent_requests_do_not_delay_the_end_of_a_node() {
    let database = TestDatabase::create().await;
    let mut node = Roost::start(&database).await;
    let mut clients = Vec::new();
    for half in ["", HALF_A_HEADER, HALF_A_BODY] {
        let mut client = RawClient::connect(&node).await;
        client.send(half).await;
        clients.push(client);
        let mut client = RawClient::connect(&node).await;
        client.send_get("/health/live").await;
        assert_eq!(client.response().await.status, 200);
        client.send(half).await;
        clients.push(client);
    }
    // A request that runs is answered.
    let mut running = RawClient::connect(&node).await;
    let path = "/api/v1/rooms/search?at_least=FFFFFFFF/0&timeout_ms=2000";
    running.send_get(path).await;
    // The node accepts connections in order, so it has all of them when it answers this one.
    for _ in 0..2 {
        let mut last = RawClient::connect(&node).await;
        last.send_get("/health/live").await;
        assert_eq!(last.response().await.status, 200);
    }
    node.stop().await;
    assert_eq!(running.response().await.status, 504);
    assert!(node.logged("open requests were aborted").is_none());
    for client in &mut clients {
        client.until_closed().await;
    }
}

#[tokio::test]
async fn a_request_of_http_1_1_without_a_host_is_rejected() {
    let database = TestDatabase::create().await;
    let node = Roost::start(&database).await;
    let mut client = RawClient::connect(&node).await;
    client.send("GET /health/live HTTP/1.1\r\n\r\n").await;
    let response = client.response().await;
    assert_eq!(response.status, 400, "{}", response.json);
    assert_eq!(response.json["error"]["field"], "host");
    assert!(response.head.contains("x-request-id"), "{}", response.head);
    let mut client = RawClient::connect(&node).await;
    client.send("GET /health/live HTTP/1.0\r\n\r\n").await;
    assert_eq!(client.response().await.status, 200);
}
