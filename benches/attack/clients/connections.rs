//! Attacks with connections: many, silent, slow, or without reading.

use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::time::sleep;

use super::attack::Attack;
use super::http::{Connection, get, post};
use super::searches;

/// The pause between two bytes of a slow client.
const BYTE_INTERVAL: Duration = Duration::from_millis(300);

/// The pause before a silent client connects again.
const REOPENED_AFTER: Duration = Duration::from_secs(1);

/// The number of silent connections: more than a node can have open with `ulimit -n 1024`.
pub(crate) const SILENT_CONNECTIONS: usize = 1_100;

/// Connections that never send a byte.
pub(crate) async fn idle(attack: &Attack) {
    silent(attack, SILENT_CONNECTIONS).await;
}

/// A number of connections that never send a byte. A closed one is soon opened again.
pub(crate) async fn silent(attack: &Attack, count: usize) {
    attack
        .repeat(count, async |attack, mut connection, _| {
            // Always an error: the end of the connection.
            let _closed = connection.drain().await;
            attack.record_closed();
            sleep(REOPENED_AFTER).await;
            Ok(())
        })
        .await;
}

/// Headers that arrive byte by byte.
pub(crate) async fn slow_headers(attack: &Attack) {
    attack
        .repeat(200, async |_, mut connection, _| {
            let request = get("/health/live?slow=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
            drip(&mut connection, &request).await
        })
        .await;
}

/// Bodies that arrive byte by byte.
pub(crate) async fn slow_bodies(attack: &Attack) {
    attack
        .repeat(200, async |_, mut connection, _| {
            let head = "POST /api/v1/multi-search HTTP/1.1\r\nhost: roost\r\ncontent-type: \
                        application/json\r\ncontent-length: 200000\r\n\r\n";
            connection.send(head.as_bytes()).await?;
            drip(&mut connection, &[b' '; 200_000]).await
        })
        .await;
}

/// The largest multi-search that the node accepts, many times, without reading a response.
pub(crate) async fn not_reading(attack: &Attack) {
    let request = searches::largest_multi_search(attack).await;
    attack
        .run(150, move |attack, _| {
            let request = request.clone();
            async move {
                let mut connection = Connection::open(attack.address).await?;
                // More than one, so that responses may queue up.
                for _ in 0..4 {
                    connection.send(&request).await?;
                }
                std::future::pending().await
            }
        })
        .await;
}

/// Large answers of single searches, many in a row on each connection, without reading.
pub(crate) async fn not_reading_pages(attack: &Attack) {
    let request =
        get("/api/v1/rooms/search?lat=19.1334&lng=72.9133&limit=100&highlight=all&q=room");
    attack
        .run(150, move |attack, _| {
            let requests = request.repeat(50);
            async move {
                let mut connection = Connection::open(attack.address).await?;
                connection.send(&requests).await?;
                std::future::pending().await
            }
        })
        .await;
}

/// Thousands of requests in a row, without waiting for a response.
pub(crate) async fn pipelining(attack: &Attack) {
    attack
        .repeat(16, async |attack, mut connection, index| {
            let requests = get(&searches::cheap(index)).repeat(200);
            loop {
                connection.send(&requests).await?;
                for _ in 0..200 {
                    let response = connection.response().await?;
                    attack.record(&response);
                    if response.is_last {
                        return Ok(());
                    }
                }
            }
        })
        .await;
}

/// A new connection for every request, some of which is cut off.
pub(crate) async fn churn(attack: &Attack) {
    attack
        .repeat(32, async |attack, mut connection, index| {
            let request = get(&searches::cheap(index));
            match index % 4 {
                // Closed without a request.
                0 => {}
                // Closed within the request.
                1 => connection.send(&request[..request.len() / 2]).await?,
                // Closed before the response.
                2 => connection.send(&request).await?,
                _ => attack.record(&connection.request(&request).await?),
            }
            // 32 clients are 3,000 connections per second, and leave the client's ports time to
            // become free again.
            sleep(Duration::from_millis(10)).await;
            Ok(())
        })
        .await;
}

/// Requests whose second half never comes.
pub(crate) async fn half_sent(attack: &Attack) {
    attack
        .run(100, async |attack, index| {
            let mut connection = Connection::open(attack.address).await?;
            let request = match index % 2 {
                0 => get(&searches::cheap(index)),
                _ => post("/api/v1/multi-search", &searches::multi_search(50, 20)),
            };
            connection.send(&request[..request.len() - 2]).await?;
            connection.drain().await
        })
        .await;
}

async fn drip(connection: &mut Connection, bytes: &[u8]) -> std::io::Result<()> {
    for byte in bytes {
        connection.stream.write_all(&[*byte]).await?;
        sleep(BYTE_INTERVAL).await;
    }
    connection.drain().await
}
