//! Attacks with bodies: compressed, oversized, or in malformed chunks.

use std::io::Write;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use tokio::time::{sleep, timeout};

use super::attack::Attack;
use super::http::{Connection, Response};

const HEAD: &str = "POST /api/v1/multi-search HTTP/1.1\r\nhost: roost\r\ncontent-type: \
                    application/json\r\n";

/// How long a client waits for the answer to a malformed request.
const ANSWER_MAX: Duration = Duration::from_millis(500);

/// Small bodies that unpack to 64 MiB of valid JSON.
pub(crate) async fn compression_bombs(attack: &Attack) {
    let parts = [
        gzipped(&vec![b' '; 1 << 20]),
        gzipped(br#"{"searches": [{}]}"#),
    ];
    let [Ok(spaces), Ok(json)] = parts else {
        return attack.problem("the bomb cannot be built".to_owned());
    };
    // A file of gzip may consist of several members.
    let bomb = [spaces.repeat(64), json].concat();
    attack
        .repeat(32, move |attack, mut connection, index| {
            // Two layers of compression are legal too.
            let encoding = ["gzip", "gzip, gzip", "deflate", "br"][index % 4];
            let head = format!(
                "{HEAD}content-encoding: {encoding}\r\ncontent-length: {}\r\n\r\n",
                bomb.len()
            );
            let request = [head.as_bytes(), &bomb].concat();
            async move {
                let response = connection.request(&request).await?;
                attack.record(&response);
                // A node that unpacked them would answer otherwise, if it did.
                if response.status != 415 {
                    let status = response.status;
                    attack.problem(format!("a body in {encoding} was answered with {status}"));
                }
                sleep(Duration::from_millis(5)).await;
                Ok(())
            }
        })
        .await;
}

fn gzipped(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    encoder.finish()
}

/// Bodies that are larger than any limit: declared, in one chunk, or in chunks without end.
pub(crate) async fn oversized(attack: &Attack) {
    attack
        .repeat(16, async |attack, mut connection, index| {
            let length = match index % 3 {
                0 => "content-length: 10000000000",
                1 => "content-length: 18446744073709551615",
                _ => "transfer-encoding: chunked",
            };
            let head = format!("{HEAD}{length}\r\n\r\n");
            connection.send(head.as_bytes()).await?;
            let chunk = [b"10000\r\n".as_slice(), &[b' '; 65_536], b"\r\n"].concat();
            // The node may answer and close the connection at any time.
            for _ in 0..64 {
                if connection.send(&chunk).await.is_err() {
                    break;
                }
            }
            if let Ok(Ok(response)) = timeout(ANSWER_MAX, connection.response()).await {
                attack.record(&response);
                must_be_rejected(&attack, "an oversized body", &response);
            } else {
                attack.record_closed();
            }
            sleep(Duration::from_millis(20)).await;
            Ok(())
        })
        .await;
}

/// Chunks and lengths that violate the protocol, as attacks on proxies use them.
pub(crate) async fn malformed_chunks(attack: &Attack) {
    attack
        .repeat(16, async |attack, mut connection, index| {
            let rest = MALFORMED[index % MALFORMED.len()];
            let request = format!("{HEAD}{rest}");
            connection.send(request.as_bytes()).await?;
            if let Ok(Ok(response)) = timeout(ANSWER_MAX, connection.response()).await {
                attack.record(&response);
                must_be_rejected(&attack, rest, &response);
            } else {
                attack.record_closed();
            }
            Ok(())
        })
        .await;
}

const MALFORMED: [&str; 14] = [
    "transfer-encoding: chunked\r\n\r\nxyz\r\n{}\r\n0\r\n\r\n",
    "transfer-encoding: chunked\r\n\r\n-2\r\n{}\r\n0\r\n\r\n",
    "transfer-encoding: chunked\r\n\r\nffffffffffffffffff\r\n{}\r\n0\r\n\r\n",
    "transfer-encoding: chunked\r\n\r\n7fffffffffffffff\r\n{}\r\n0\r\n\r\n",
    "transfer-encoding: chunked\r\n\r\n2\r\n{}{}\r\n0\r\n\r\n",
    "transfer-encoding: chunked\r\n\r\n2\r\n{}\r\n",
    "transfer-encoding: chunked\r\n\r\n0x2\r\n{}\r\n0\r\n\r\n",
    "transfer-encoding: chunked\r\n\r\n2\n{}\n0\n\n",
    "transfer-encoding: chunked\r\n\r\n\r\n{}\r\n0\r\n\r\n",
    "transfer-encoding: xchunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    "transfer-encoding: identity\r\ncontent-length: 2\r\n\r\n{}",
    "content-length: 2\r\ncontent-length: 3\r\n\r\n{} ",
    "content-length: -2\r\n\r\n{}",
    "content-length: 2, 2x\r\n\r\n{}",
];

fn must_be_rejected(attack: &Attack, what: &str, response: &Response) {
    if response.status < 400 {
        let status = response.status;
        attack.problem(format!("{what:?} was answered with {status}"));
    }
}

/// More headers than any request needs, in number and in size.
pub(crate) async fn header_floods(attack: &Attack) {
    attack
        .repeat(32, async |attack, connection, index| {
            let many = index % 2 == 0;
            send_headers(&attack, connection, many).await
        })
        .await;
}

async fn send_headers(
    attack: &Attack,
    mut connection: Connection,
    many: bool,
) -> std::io::Result<()> {
    connection
        .send(b"GET /health/live HTTP/1.1\r\nhost: roost\r\n")
        .await?;
    let line = match many {
        true => "x-a: b\r\n".repeat(1_000),
        false => format!("x-long: {}\r\n", "c".repeat(60_000)),
    };
    // The node may answer and close the connection at any time.
    for _ in 0..200 {
        if connection.send(line.as_bytes()).await.is_err() {
            break;
        }
    }
    if let Ok(Ok(response)) = timeout(ANSWER_MAX, connection.response()).await {
        attack.record(&response);
        must_be_rejected(attack, "a flood of headers", &response);
    } else {
        attack.record_closed();
    }
    sleep(Duration::from_millis(20)).await;
    Ok(())
}
