//! A search at the position of a write always reflects it.

use std::time::{Duration, Instant};

use serde_json::json;

use super::client::{Client, landlord_and_admin, room};

/// Concurrent rooms, each of which is written and searched again and again. A search waits for the
/// next commit of the index, so that one room alone would take minutes.
const ROOMS: u32 = 20;

/// Each round has three writes and three searches.
const ROUNDS: u32 = 17;

#[tokio::test]
async fn a_thousand_times_a_search_at_the_position_of_a_write_reflects_it() {
    let (_database, _node, landlord, admin) = landlord_and_admin().await;
    let started = Instant::now();
    let mut rooms = tokio::task::JoinSet::new();
    for number in 0..ROOMS {
        let (landlord, admin) = (landlord.clone(), admin.clone());
        rooms.spawn(async move { write_then_search(number, &landlord, &admin).await });
    }
    let mut waits: Vec<Duration> = rooms.join_all().await.concat();
    assert!(waits.len() >= 1_000);
    waits.sort_unstable();
    println!(
        "{} writes in {:.1} s, each found by a search {:?} (p50) or {:?} (p99) after its answer",
        waits.len(),
        started.elapsed().as_secs_f64(),
        waits[waits.len() / 2],
        waits[waits.len() * 99 / 100],
    );
}

/// Changes, pauses and resumes a room, and searches at the position of each of these writes.
/// Returns how long each search took.
async fn write_then_search(number: u32, landlord: &Client, admin: &Client) -> Vec<Duration> {
    let id = landlord.create_listed(admin, &room()).await;
    let path = format!("/rooms/{id}");
    let mut waits = Vec::new();
    for round in 0..ROUNDS {
        let word = format!("lighthouse{number}x{round}");
        // The space after the word ends it, so that no continuation matches.
        let query = format!("q={word}+&match=all&typos=0");
        for (change, is_found) in [("title", true), ("pause", false), ("resume", true)] {
            let write = match change {
                "title" => landlord.patch(&path, json!({"title": word})).await,
                step => landlord.post(&format!("{path}/{step}"), json!({})).await,
            };
            assert_eq!(write.status, 200, "{}", write.json);
            let started = Instant::now();
            let found = landlord.found_after(&write, &query).await;
            waits.push(started.elapsed());
            let expected = if is_found { &[id.clone()][..] } else { &[] };
            assert_eq!(found, expected, "room {number}, round {round}");
        }
    }
    waits
}
