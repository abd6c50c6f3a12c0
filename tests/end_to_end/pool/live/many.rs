//! Many clients that listen and receive nothing.

use std::time::Duration;

use nix::sys::resource::{Resource, getrlimit, setrlimit};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::stream::{FEED, Stream};
use super::{own_id, rank};
use crate::harness::{Roost, TestDatabase};
use crate::market::client::Client;

/// The number of clients. The environment variable asks for another one: 10,000 take less than
/// 500 MB.
const LISTENERS: usize = 2_000;
const VARIABLE: &str = "ROOST_TEST_LISTENERS";

/// What one may take, in a build without optimization as well.
const KIB_EACH_MAX: usize = 50;

/// Half of the streams that one landlord may have.
const STREAMS_OF_EACH: usize = 5;

/// A secret of the key of each landlord.
fn secret(landlord: usize) -> String {
    let name = format!("{landlord:010}");
    // The alphabet of readable prefixes has no 0 and 1.
    let digits = name.bytes().map(|digit| char::from(b'a' + digit - b'0'));
    format!(
        "roost_live_{}_{}",
        digits.collect::<String>(),
        "x".repeat(43)
    )
}

/// Landlords with an API key each.
async fn landlords(database: &TestDatabase, count: usize) {
    database
        .execute(&format!(
            "INSERT INTO users (id, role, display_name)
                SELECT lpad(n::text, 32, '0')::uuid, 'landlord', 'Landlord ' || n
                FROM generate_series(1, {count}) n;
            INSERT INTO landlords (user_id, total_capacity)
                SELECT lpad(n::text, 32, '0')::uuid, 5 FROM generate_series(1, {count}) n"
        ))
        .await;
    let secrets: Vec<String> = (1..=count).map(secret).collect();
    sqlx::query(
        "WITH key AS (
            INSERT INTO api_keys (prefix, name, scopes, requests_per_minute, user_id)
            SELECT left(secret, 21), 'Feed', '{feed:read}', 1000000, lpad(n::text, 32, '0')::uuid
            FROM unnest($1::text[]) WITH ORDINALITY AS secrets (secret, n)
            RETURNING id, prefix
        )
        INSERT INTO api_key_secrets (secret_hash, key_id)
        SELECT sha256(secret::bytea), key.id
        FROM unnest($1::text[]) secret JOIN key ON key.prefix = left(secret, 21)",
    )
    .bind(&secrets)
    .execute(&database.pool)
    .await
    .unwrap();
}

/// Connects a client, and waits for the first position.
async fn listen(node: &Roost, secret: &str) -> TcpStream {
    let mut client = TcpStream::connect(node.address()).await.unwrap();
    let head =
        format!("GET /api/v1{FEED} HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {secret}\r\n\r\n");
    client.write_all(head.as_bytes()).await.unwrap();
    let (mut text, mut part) = (String::new(), [0; 2048]);
    while !text.contains("id: f.") {
        let length = client.read(&mut part).await.unwrap();
        assert!(length > 0, "{text}");
        text += std::str::from_utf8(&part[..length]).unwrap();
    }
    assert!(text.starts_with("HTTP/1.1 200"), "{text}");
    client
}

/// The memory of a process that is in RAM.
fn resident_kib(pid: u32) -> usize {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    let size = line.unwrap().split_whitespace().nth(1).unwrap();
    size.parse().unwrap()
}

#[tokio::test]
async fn idle_listeners_take_little_memory_and_keep_no_event_from_others() {
    let count = std::env::var(VARIABLE).map_or(LISTENERS, |count| count.parse().unwrap());
    let (_, hard) = getrlimit(Resource::RLIMIT_NOFILE).unwrap();
    setrlimit(Resource::RLIMIT_NOFILE, hard, hard).unwrap();
    let database = TestDatabase::create().await;
    landlords(&database, count.div_ceil(STREAMS_OF_EACH)).await;
    let connections = (count + 100).to_string();
    let settings = [
        ("ROOST_CONNECTIONS_MAX", connections.as_str()),
        ("ROOST_CONNECTIONS_PER_ADDRESS_MAX", connections.as_str()),
    ];
    let node = Roost::start_unready(&database.url, &database.name, &settings).await;
    node.wait_until_ready().await;
    let asha = Client::landlord(&node, "asha@example.com").await;
    let landlord = own_id(&asha, "/landlords/me").await;
    let before = resident_kib(node.pid());
    let started = std::time::Instant::now();
    let mut clients = Vec::new();
    for first in (0..count).step_by(50) {
        let batch = (first..count.min(first + 50)).map(async |n| {
            let secret = secret(n / STREAMS_OF_EACH + 1);
            listen(&node, &secret).await
        });
        clients.extend(futures_util::future::join_all(batch).await);
    }
    let connected = started.elapsed();
    let mut feed = Stream::open(&node, FEED, asha.token()).await;
    let listeners = node.metric("roost_live_listeners").await;
    // Each of them gets a heartbeat.
    tokio::time::timeout(Duration::from_secs(40), async {
        for client in &mut clients {
            let mut part = [0; 512];
            assert!(client.read(&mut part).await.unwrap() > 0);
        }
    })
    .await
    .expect("heartbeats");
    let started = std::time::Instant::now();
    rank(&database, &landlord, 1..2).await;
    feed.expect_score(1).await;
    let delivered = started.elapsed();
    let each = (resident_kib(node.pid()) - before) / count;
    println!(
        "{count} listeners connected in {connected:?}: {before} KiB before, {} KiB with them, {each} \
         KiB each; an event arrived {delivered:?} after its commit; listeners counted: {listeners:?}",
        resident_kib(node.pid()),
    );
    assert!(each <= KIB_EACH_MAX, "{each} KiB for each listener");
}
