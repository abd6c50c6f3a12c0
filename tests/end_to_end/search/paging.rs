//! Pages of a search: each room is seen once, also while landlords write.

use std::time::Duration;

use serde_json::Value;

use crate::harness::{LANDLORD, Roost, SIXTY_ROOMS, TestDatabase, VENUE, eventually, room_id};

#[tokio::test]
async fn rooms_with_constant_scores_are_seen_once_and_in_order_while_others_come_and_go() {
    let database = TestDatabase::create().await;
    database.execute(SIXTY_ROOMS).await;
    // A short interval, since the test waits for a commit each round.
    let more = [("ROOST_COMMIT_INTERVAL_MS", "5")];
    let mut node = Roost::start_unready(&database.url, &database.name, &more).await;
    node.wait_until_ready().await;
    for (sort, expected_order) in [
        ("match&weights=distance:1", Order::NearestFirst),
        ("distance", Order::NearestFirst),
        ("price", Order::CheapestFirst),
    ] {
        let query = format!("/api/v1/rooms/search?venue={VENUE}&limit=7&sort={sort}");
        let mut seen = Vec::new();
        let mut path = query.clone();
        // Each round deletes one room and inserts one before and one after the end of every page.
        for round in 0.. {
            let (hits, meta) = answer(&node, &path).await;
            seen.extend(hits);
            let Some(cursor) = meta["next_cursor"].as_str() else {
                break;
            };
            path = format!("{query}&cursor={cursor}");
            write(&database, &node, round).await;
        }
        // The rooms that were never deleted: those that are no multiples of five.
        let stayed = |id: &String| (1..=60).any(|n| n % 5 != 0 && *id == room_id(n));
        let mut expected: Vec<String> = (1..=60).map(room_id).filter(stayed).collect();
        if let Order::CheapestFirst = expected_order {
            expected.reverse();
        }
        seen.retain(stayed);
        assert_eq!(seen, expected, "{sort}");
    }
    node.stop().await;
}

#[tokio::test]
async fn pages_and_counts_say_where_they_end() {
    let database = TestDatabase::create().await;
    database.execute(SIXTY_ROOMS).await;
    let mut node = Roost::start(&database).await;
    let query = format!("/api/v1/rooms/search?venue={VENUE}&limit=50");
    let (hits, meta) = answer(&node, &format!("{query}&page=2")).await;
    assert_eq!(hits.len(), 10);
    assert_eq!(
        (&meta["page"], &meta["next_cursor"]),
        (&2.into(), &Value::Null)
    );
    let (hits, meta) = answer(&node, &format!("{query}&page=3")).await;
    assert!(hits.is_empty(), "no hit follows the last one");
    assert_eq!(meta["total"], 60);
    assert_eq!(meta["total_is"], "exact");
    let (hits, meta) = answer(&node, &format!("{query}&count=none")).await;
    assert_eq!(hits.len(), 50);
    assert!(meta.get("total").is_none(), "{meta}");
    assert!(meta["next_cursor"].is_string(), "{meta}");
    node.stop().await;
}

#[tokio::test]
async fn beyond_ten_thousand_hits_totals_are_lower_bounds_pages_end_and_cursors_continue() {
    let database = TestDatabase::create().await;
    database.execute(SIXTY_ROOMS).await;
    database
        .execute(&format!(
            "DELETE FROM rooms;
             INSERT INTO rooms (landlord_id, title, country_code, location, currency, occupancy,
                                room_type)
             SELECT '{LANDLORD}', 'Room', 'IN', 'POINT(72.9133 19.1334)', 'INR', 1, 'private_room'
             FROM generate_series(1, 10030)"
        ))
        .await;
    let mut node = Roost::start(&database).await;
    let query = format!("/api/v1/rooms/search?venue={VENUE}&limit=100");
    for (count, total, total_is) in [("", 10_000, "at_least"), ("&count=exact", 10_030, "exact")] {
        let (_, meta) = answer(&node, &format!("{query}{count}")).await;
        assert_eq!(
            (&meta["total"], &meta["total_is"]),
            (&total.into(), &total_is.into())
        );
    }
    let (hits, meta) = answer(&node, &format!("{query}&page=100")).await;
    assert_eq!(hits.len(), 100);
    let (status, rejected) = node.get(&format!("{query}&page=101")).await;
    assert_eq!((status, &rejected["error"]["field"]), (400, &"page".into()));
    let cursor = meta["next_cursor"].as_str().unwrap();
    let (last, meta) = answer(&node, &format!("{query}&cursor={cursor}")).await;
    assert_eq!((last.len(), &meta["next_cursor"]), (30, &Value::Null));
    assert!(
        last.iter().all(|id| id > hits.last().unwrap()),
        "equal scores are ordered by id"
    );
    node.stop().await;
}

enum Order {
    NearestFirst,
    CheapestFirst,
}

/// Deletes a room that is a multiple of five, as long as there is one, inserts two, and waits until
/// searches find both.
async fn write(database: &TestDatabase, node: &Roost, round: usize) {
    let gone = room_id(60 - 5 * (round % 12));
    let mark = format!("visitor{}", rand::random::<u32>());
    let place = |n: f64| format!("POINT(72.9133 {})", 19.1334 + 0.001_437 * n);
    let (near, far) = (place(0.5), place(59.5));
    database
        .execute(&format!(
            "BEGIN;
             DELETE FROM rooms WHERE id = '{gone}';
             INSERT INTO rooms (landlord_id, title, country_code, location, price, currency,
                                occupancy, room_type)
             SELECT '{LANDLORD}', '{mark}', 'IN', place, price, 'INR', 1, 'private_room'
             FROM (VALUES ('{near}'::geography, 595), ('{far}', 5)) AS new (place, price);
             COMMIT"
        ))
        .await;
    let path = format!("/api/v1/rooms/search?q={mark}");
    eventually(
        "the new rooms are found",
        Duration::from_secs(10),
        async || (answer(node, &path).await.1["total"] == 2).then_some(()),
    )
    .await;
    assert_eq!(node.get(&format!("/api/v1/rooms/{gone}")).await.0, 404);
}

/// The ids of the rooms on a page, and its metadata.
async fn answer(node: &Roost, path: &str) -> (Vec<String>, Value) {
    let (status, mut answer) = node.get(path).await;
    assert_eq!(status, 200, "{path}: {answer}");
    let hits = answer["data"].as_array().unwrap().iter();
    let ids = hits.map(|hit| hit["room"]["id"].as_str().unwrap().to_owned());
    (ids.collect(), answer["meta"].take())
}
