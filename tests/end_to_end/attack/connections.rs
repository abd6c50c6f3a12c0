//! Many connections: a new client always finds one, and each client has its limit.

use std::time::Duration;

use tokio::time::timeout;

use super::raw_client::RawClient;
use crate::harness::{Roost, TestDatabase, eventually};

const DEADLINE: Duration = Duration::from_secs(30);

const CLOSED_BY_ADDRESS: &str = "roost_rejected_total{reason=\"address\"}";
const CLOSED_BY_CONNECTIONS: &str = "roost_rejected_total{reason=\"connections\"}";

#[tokio::test]
async fn a_client_at_its_limit_replaces_its_silent_connections_and_affects_no_other_client() {
    let database = TestDatabase::create().await;
    let node = limited(&database, &[]).await;
    let mut silent = Vec::new();
    for _ in 0..30 {
        silent.push(RawClient::connect_from(&node, "127.0.0.2").await);
    }
    // The first ones made place for the last ones.
    node.await_metric(CLOSED_BY_ADDRESS, |closed| closed == 25.0)
        .await;
    eventually("the first connections are closed", DEADLINE, async || {
        silent[..25].iter().all(RawClient::is_closed).then_some(())
    })
    .await;
    assert!(!silent[25..].iter().any(RawClient::is_closed));
    // An honest request from the same address, and one from another.
    for address in ["127.0.0.2", "127.0.0.3"] {
        let mut client = RawClient::connect_from(&node, address).await;
        client.send_get("/health/live").await;
        assert_eq!(client.response().await.status, 200);
    }
}

#[tokio::test]
async fn when_all_connections_are_used_a_new_client_replaces_the_one_that_is_silent_longest() {
    let database = TestDatabase::create().await;
    let node = limited(&database, &[]).await;
    let mut silent = Vec::new();
    for at in 0..24 {
        let address = format!("127.0.1.{}", at + 1);
        silent.push(RawClient::connect_from(&node, &address).await);
    }
    node.await_metric(CLOSED_BY_CONNECTIONS, |closed| closed >= 12.0)
        .await;
    eventually("the first connections are closed", DEADLINE, async || {
        silent[..12].iter().all(RawClient::is_closed).then_some(())
    })
    .await;
    let mut client = RawClient::connect_from(&node, "127.0.0.3").await;
    client.send_get("/health/ready").await;
    assert_eq!(client.response().await.status, 200);
}

#[tokio::test]
async fn a_client_whose_connections_all_run_requests_gets_no_other_for_now() {
    let database = TestDatabase::create().await;
    let node = limited(&database, &[]).await;
    let mut running = Vec::new();
    let rejected = eventually("a connection is rejected", DEADLINE, async || {
        let mut client = RawClient::connect_from(&node, "127.0.0.2").await;
        // A position that is never reached keeps the request running.
        let path = "/api/v1/rooms/search?at_least=FFFFFFFF/0&timeout_ms=10000";
        client.send_get(path).await;
        let response = timeout(Duration::from_millis(200), client.response()).await;
        running.push(client);
        response.ok()
    })
    .await;
    assert_eq!(rejected.status, 503);
    assert!(
        rejected.head.contains("retry-after: 1"),
        "{}",
        rejected.head
    );
    assert_eq!(rejected.json["success"], false);
    assert_eq!(rejected.json["error"]["code"], "overloaded");
    let mut other = RawClient::connect_from(&node, "127.0.0.3").await;
    other.send_get("/health/live").await;
    assert_eq!(other.response().await.status, 200);
}

#[tokio::test]
async fn the_clients_behind_a_trusted_proxy_share_no_limit() {
    let database = TestDatabase::create().await;
    let proxies = ("ROOST_TRUSTED_PROXIES", "127.0.0.2, 10.0.0.0/8");
    let node = limited(&database, &[proxies]).await;
    let mut silent = Vec::new();
    for _ in 0..9 {
        silent.push(RawClient::connect_from(&node, "127.0.0.2").await);
    }
    node.await_metric("roost_connections", |open| open >= 10.0)
        .await;
    assert!(!silent.iter().any(RawClient::is_closed));
}

#[tokio::test]
async fn a_client_that_cancels_its_requests_is_disconnected() {
    let database = TestDatabase::create().await;
    let node = limited(&database, &[]).await;
    let mut client = RawClient::connect(&node).await;
    client.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await;
    client.send(frame(SETTINGS, 0, 0, &[])).await;
    // Each request is cancelled right after it was sent: CVE-2023-44487, rapid reset.
    for stream in (1..4000).step_by(2) {
        let request = frame(HEADERS, END_STREAM | END_HEADERS, stream, LIVE);
        let reset = frame(RST_STREAM, 0, stream, &CANCEL);
        if client.try_send(&[request, reset].concat()).await.is_err() {
            break;
        }
    }
    client.until_closed().await;
    let mut honest = RawClient::connect(&node).await;
    honest.send_get("/health/live").await;
    assert_eq!(honest.response().await.status, 200);
}

const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;
const CANCEL: [u8; 4] = [0, 0, 0, 8];

/// GET of the path /, with the scheme http, from the static table of HPACK.
const LIVE: &[u8] = &[0x82, 0x84, 0x86];

/// A frame of HTTP/2.
fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    let head = [&length[1..], &[kind, flags], &stream.to_be_bytes()].concat();
    [&head, payload].concat()
}

/// A node with 12 connections, 5 for each client.
async fn limited(database: &TestDatabase, more: &[(&str, &str)]) -> Roost {
    let limits = [
        ("ROOST_CONNECTIONS_MAX", "12"),
        ("ROOST_CONNECTIONS_PER_ADDRESS_MAX", "5"),
    ];
    let settings = [&limits, more].concat();
    let node = Roost::start_unready(&database.url, &database.name, &settings).await;
    node.wait_until_ready().await;
    node
}
