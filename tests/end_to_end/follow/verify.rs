//! `roost verify` reports every difference between index and tables, and no other.

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use serde_json::{Value, json};
use sqlx::AssertSqlSafe;

use roost_collections::{built_in, rooms};
use roost_engine::{Key, Store, StoreOptions};

use crate::harness::{
    Roost, TestDatabase, assert_equal, booking, day, rooms, stderr, stdout,
    three_rooms_and_a_student, verify,
};

#[tokio::test]
async fn index_and_tables_are_equal_while_both_are_written_to() {
    let database = three_rooms_and_a_student().await;
    database.execute(&rooms(197)).await;
    database.execute(&booking("Room 1", 3, 5)).await;
    let node = Roost::start(&database).await;
    let writing = async {
        for round in 0..40 {
            let all = format!(
                "BEGIN;
                UPDATE rooms SET price = {round}, title = 'Room at ' || {round};
                UPDATE landlords SET total_capacity = {round} + 1, last_active_at = now();
                UPDATE bookings SET check_in = check_in + 1, check_out = check_out + 1;
                COMMIT"
            );
            database.execute(&all).await;
        }
    };
    let verifying = async {
        for _ in 0..3 {
            assert_equal(&database, &node.data_dir, 200).await;
        }
    };
    tokio::join!(writing, verifying);
    assert_equal(&database, &node.data_dir, 200).await;
}

#[tokio::test]
async fn a_node_returns_its_memory_to_its_own_user_only_and_leaves_no_files() {
    let database = three_rooms_and_a_student().await;
    database.execute(&booking("Room 1", 3, 5)).await;
    let mut node = Roost::start(&database).await;
    let file = node.data_dir.join("node.json");
    let mode = std::fs::metadata(&file).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let credentials: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    assert_eq!(credentials["address"], node.address().to_string());
    let token = credentials["token"].as_str().unwrap();

    let url = format!("http://{}/internal/memory-state", node.address());
    let get = async |token: Option<&str>| {
        let request = reqwest::Client::new().get(&url);
        let request = match token {
            Some(token) => request.bearer_auth(token),
            None => request,
        };
        let response = request.send().await.unwrap();
        (response.status().as_u16(), response.text().await.unwrap())
    };
    for wrong in [None, Some(""), Some("guessed"), Some(&token[1..])] {
        let (status, body) = get(wrong).await;
        let body: Value = serde_json::from_str(&body).unwrap();
        assert_eq!(
            (status, &body["error"]["code"]),
            (401, &json!("unauthorized"))
        );
        assert_eq!(body["success"], false);
    }
    let (status, body) = get(Some(token)).await;
    assert_eq!(status, 200, "{body}");
    let lines: Vec<Value> = body
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert!(lines[0]["state"]["position"].is_string(), "{body}");
    let stay = json!([[day(3).to_string(), day(5).to_string()]]);
    assert!(
        lines.iter().any(|line| line["days"]["ranges"] == stay),
        "{body}"
    );

    let before = file_names(&node.data_dir);
    assert!(before.contains("node.json"), "{before:?}");
    assert_equal(&database, &node.data_dir, 3).await;
    assert_eq!(file_names(&node.data_dir), before);
    node.stop().await;
    let after = file_names(&node.data_dir);
    assert!(
        after.iter().all(|name| !name.starts_with("node.json")),
        "{after:?}"
    );
    assert_equal(&database, &node.data_dir, 3).await;
}

#[tokio::test]
async fn an_index_without_a_node_catches_up_before_it_is_verified() {
    let database = TestDatabase::create().await;
    database.execute(&rooms(3)).await;
    let mut node = Roost::start(&database).await;
    node.stop().await;
    database
        .execute("DELETE FROM rooms WHERE title = 'Room 3'")
        .await;
    assert_equal(&database, &node.data_dir, 2).await;
}

#[tokio::test]
async fn every_kind_of_difference_is_counted_and_printed_and_fails_the_command() {
    let database = TestDatabase::create().await;
    database.execute(&rooms(4)).await;
    let mut node = Roost::start(&database).await;
    node.stop().await;
    tamper(&node.data_dir);
    let output = verify(&database, &node.data_dir).await;
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    let text = stdout(&output);
    let counts = "rooms: 2 equal, 1 missing, 1 extra, 1 different";
    assert!(text.contains(counts), "{text}");
    assert!(text.contains("title is \"Forged\" in the index"), "{text}");
    assert!(text.contains(&Key::from_u128(99).to_string()), "{text}");
}

#[tokio::test]
async fn missed_signals_and_nights_are_reported_and_equal_once_the_node_has_read_them() {
    let database = three_rooms_and_a_student().await;
    // A landlord each for Room 4, Room 5 and Room 6.
    for n in 4..=6 {
        let room = rooms(1).replace("'Room ' || n", &format!("'Room {n}'"));
        database.execute(&room).await;
    }
    for n in 1..=3 {
        database.execute(&booking(&format!("Room {n}"), 3, 5)).await;
    }
    let mut node = Roost::start(&database).await;
    assert_equal(&database, &node.data_dir, 6).await;
    // Postgres does not send changes of unpublished tables to the node.
    database
        .execute(&format!(
            "BEGIN;
            ALTER PUBLICATION roost DROP TABLE landlords, bookings;
            UPDATE landlords SET total_capacity = 9, last_active_at = '2026-01-01 00:00:00Z'
                WHERE id = {};
            DELETE FROM bookings WHERE room_id = {};
            UPDATE bookings SET check_out = check_out - 1 WHERE room_id = {};
            {};
            ALTER PUBLICATION roost ADD TABLE landlords, bookings;
            COMMIT",
            "(SELECT landlord_id FROM rooms WHERE title = 'Room 4')",
            "(SELECT id FROM rooms WHERE title = 'Room 1')",
            "(SELECT id FROM rooms WHERE title = 'Room 2')",
            booking("Room 4", 3, 5)
        ))
        .await;
    let output = verify(&database, &node.data_dir).await;
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    let text = stdout(&output);
    let ids = "SELECT id::text, landlord_id::text FROM rooms WHERE title IN ";
    let ids = format!("{ids} ('Room 1', 'Room 2', 'Room 4') ORDER BY title");
    let ids: Vec<(String, String)> = sqlx::query_as(AssertSqlSafe(ids))
        .fetch_all(&database.pool)
        .await
        .unwrap();
    let [(freed, _), (shorter, _), (booked, landlord)] = &ids[..] else {
        panic!("{ids:?}");
    };
    let (from, next, to) = (day(3), day(4), day(5));
    for expected in [
        "rooms: 6 equal, 0 missing, 0 extra, 0 different".to_owned(),
        "signals: 3 equal, 0 missing, 0 extra, 1 different".to_owned(),
        format!("{landlord}: capacity_total is 3 in the index, expected 9"),
        // Compares the time itself, not the score that depends on the current time.
        "in the index, expected 1767225600".to_owned(),
        "nights: 1 equal, 1 missing, 1 extra, 1 different".to_owned(),
        format!("{freed}: nights is {from} to {to} in the index, expected none"),
        format!("{shorter}: nights is {from} to {to} in the index, expected {from} to {next}"),
        format!("{booked}: nights is none in the index, expected {from} to {to}"),
    ] {
        assert!(text.contains(&expected), "{expected}: {text}");
    }
    node.stop().await;
    node.restart().await;
    assert_equal(&database, &node.data_dir, 6).await;
}

#[tokio::test]
async fn a_folder_without_an_index_is_named() {
    let database = TestDatabase::create().await;
    let folder = tempfile::tempdir().unwrap();
    let output = verify(&database, folder.path()).await;
    assert_eq!(output.status.code(), Some(1));
    let error = stderr(&output);
    assert!(error.contains(&*folder.path().to_string_lossy()), "{error}");
}

fn file_names(folder: &Path) -> BTreeSet<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

/// Changes one document, removes another and adds a third without the follower.
fn tamper(data_dir: &Path) {
    let (mut writer, reader) =
        Store::open(data_dir, &built_in(), &StoreOptions::default()).unwrap();
    let mut documents = Vec::new();
    reader
        .for_each(rooms::collection(), &mut |document| {
            documents.push(document)
        })
        .unwrap();
    let (forged, removed) = (documents[0].clone(), documents[1].key);
    let mut extra = documents[2].clone();
    extra.key = Key::from_u128(99);
    writer.put(rooms::collection(), extra).unwrap();
    writer.delete(rooms::collection(), removed).unwrap();
    let mut forged = forged;
    forged.set(rooms::TITLE, "Forged");
    writer.put(rooms::collection(), forged).unwrap();
    let checkpoint = writer.checkpoint().unwrap().clone();
    writer.commit(checkpoint).unwrap();
}
