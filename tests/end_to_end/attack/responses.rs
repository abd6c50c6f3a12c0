//! Clients that do not read their responses: the memory for them is bounded.

use std::time::Duration;

use serde_json::{Value, json};

use super::raw_client::RawClient;
use crate::harness::{Roost, TestDatabase, eventually, rooms};

const DEADLINE: Duration = Duration::from_secs(60);

const BUFFERED: &str = "roost_buffered_bytes";

/// The memory for unread responses, and that of as many responses as are built at the same time.
const MEMORY_MAX: u64 = 160 << 20;

#[tokio::test]
async fn clients_that_do_not_read_pin_a_bounded_amount_of_memory() {
    let database = TestDatabase::create().await;
    database.execute(&rooms(60)).await;
    database
        .execute("UPDATE rooms SET description = repeat('A quiet room with a desk. ', 150)")
        .await;
    let node = Roost::start(&database).await;
    let searches: Vec<Value> = (0..16).map(|_| json!({"limit": 60})).collect();
    let body = json!({ "searches": searches });
    // An answer that is read, so that the memory before the attack includes all that is reused.
    let mut reader = RawClient::connect(&node).await;
    reader.send_multi_search(&body).await;
    let response = reader.response().await;
    assert_eq!(response.status, 200, "{}", response.json);
    let before = memory_bytes(&node, "VmRSS");

    let mut unread = Vec::new();
    for _ in 0..120 {
        let mut client = RawClient::connect_with_small_buffer(&node).await;
        client.send_multi_search(&body).await;
        unread.push(client);
        // One after the other, so that every client gets a response.
        reader.send_multi_search(&body).await;
        assert_eq!(reader.response().await.status, 200);
        let buffered = node.metric(BUFFERED).await.unwrap();
        assert!(buffered <= f64::from(32 << 20), "{buffered}");
    }
    let peak = memory_bytes(&node, "VmHWM");
    assert!(peak < before + MEMORY_MAX, "{before} bytes grew to {peak}");
    // A client that does not read is disconnected, and its memory is free.
    eventually("no response is unread", DEADLINE, async || {
        (node.metric(BUFFERED).await? < 1e6).then_some(())
    })
    .await;
    for client in &mut unread {
        client.until_closed().await;
    }
    let closed = ["unread_response", "write_timeout"]
        .map(|reason| format!("roost_rejected_total{{reason=\"{reason}\"}}"));
    let mut total = 0.0;
    for metric in &closed {
        total += node.metric(metric).await.unwrap_or(0.0);
    }
    assert!(total >= 100.0, "{total} of 120 connections were closed");
}

#[tokio::test]
async fn a_client_that_pipelines_requests_and_reads_nothing_is_disconnected() {
    let database = TestDatabase::create().await;
    database.execute(&rooms(60)).await;
    let node = Roost::start(&database).await;
    let mut client = RawClient::connect_with_small_buffer(&node).await;
    let request = "GET /openapi.json HTTP/1.1\r\nHost: roost\r\n\r\n";
    client.send(request.repeat(1000)).await;
    let write_timeouts = "roost_rejected_total{reason=\"write_timeout\"}";
    eventually("the connection is closed", DEADLINE, async || {
        node.metric(write_timeouts).await
    })
    .await;
    client.until_closed().await;
}

/// A figure of the memory of a node, as the system reports it.
fn memory_bytes(node: &Roost, name: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", node.pid())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    let kilobytes = line.unwrap().trim_matches([':', ' ', '\t']);
    let kilobytes = kilobytes.strip_suffix(" kB").unwrap().trim();
    kilobytes.parse::<u64>().unwrap() * 1024
}
