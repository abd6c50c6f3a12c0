//! Attacks with bytes that are no request, or almost one.

use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use tokio::io::AsyncWriteExt;
use tokio::time::timeout;

use super::attack::Attack;
use super::http::{get, post};
use super::searches;

/// How long a client waits for an answer. Most garbage looks like the start of a request.
const ANSWER_MAX: Duration = Duration::from_millis(200);

/// Requests that each break one rule.
const BROKEN: [&str; 16] = [
    "GET /api/v1/rooms/search?q=%ff%fe HTTP/1.1\r\nhost: roost\r\n\r\n",
    "GET /api/v1/rooms/search?q=%00%01%02 HTTP/1.1\r\nhost: roost\r\n\r\n",
    "GET /api/v1/rooms/search?lat=NaN&lng=inf&radius_m=-1e308 HTTP/1.1\r\nhost: roost\r\n\r\n",
    "GET /api/v1/rooms/search?filter=((((((((((((((((((((((((( HTTP/1.1\r\nhost: roost\r\n\r\n",
    "GET /api/v1/rooms/search?cursor=AAAAAAAAAAAAAAAAAAAAAAAAAAAA HTTP/1.1\r\nhost: roost\r\n\r\n",
    "GET /api/v1/rooms/search?at_least=FFFFFFFF/FFFFFFFF&timeout_ms=1 HTTP/1.1\r\nhost: a\r\n\r\n",
    "GET /api/v1/rooms/search?weights=text:1e999 HTTP/1.1\r\nhost: roost\r\n\r\n",
    "GET /api/v1/rooms/search?check_in=9999-12-31&check_out=0000-01-01 HTTP/1.1\r\nhost: a\r\n\r\n",
    "GET /api/v1/rooms/search?polygon=0,0,0,0,0,0 HTTP/1.1\r\nhost: roost\r\n\r\n",
    "GET /api/v1/suggest?q=%f0%9f%98%80%27 HTTP/1.1\r\nhost: roost\r\n\r\n",
    "GET /../../../../etc/passwd HTTP/1.1\r\nhost: roost\r\n\r\n",
    "GET http://elsewhere/ HTTP/1.1\r\nhost: roost\r\nhost: other\r\n\r\n",
    "BREW /coffee HTTP/1.1\r\nhost: roost\r\nupgrade: h2c\r\nconnection: upgrade\r\n\r\n",
    "GET / HTTP/9.9\r\n\r\n",
    "get / http/1.1\n\n",
    "\r\n\r\n\r\n\r\n\u{16}\u{3}\u{1}\u{2}\0\u{1}\0\u{1}\u{fc}\u{3}\u{3}",
];

/// Random bytes, valid requests with random changes, and requests that break one rule.
pub(crate) async fn garbage(attack: &Attack) {
    attack
        .repeat(16, async |attack, mut connection, index| {
            let bytes = bytes(index);
            connection.send(&bytes).await?;
            // The end of the input, so that the node answers what is incomplete.
            connection.stream.shutdown().await?;
            while let Ok(Ok(response)) = timeout(ANSWER_MAX, connection.response()).await {
                attack.record(&response);
            }
            Ok(())
        })
        .await;
}

fn bytes(index: usize) -> Vec<u8> {
    let mut random = StdRng::seed_from_u64(index as u64);
    match index % 4 {
        0 => (0..random.random_range(1..2_000))
            .map(|_| random.random())
            .collect(),
        1 => BROKEN[index / 4 % BROKEN.len()].into(),
        2 => mutated(&get(&searches::cheap(index)), &mut random),
        _ => {
            let nested = format!("{{\"searches\": {}1", "[".repeat(1 + index % 20_000));
            match index % 8 {
                3 => post("/api/v1/multi-search", &nested),
                _ => mutated(
                    &post("/api/v1/multi-search", &searches::multi_search(3, 5)),
                    &mut random,
                ),
            }
        }
    }
}

/// The bytes with up to eight of them changed, removed or repeated.
fn mutated(request: &[u8], random: &mut StdRng) -> Vec<u8> {
    let mut bytes = request.to_vec();
    for _ in 0..random.random_range(1..=8) {
        let at = random.random_range(0..bytes.len());
        match random.random_range(0..3) {
            0 => bytes[at] = random.random(),
            1 => drop(bytes.remove(at)),
            _ => bytes.insert(at, bytes[at]),
        }
    }
    bytes
}
