//! The schema, the engine and the datasets share one vocabulary.
//!
//! Each has its own list, because none may depend on the others. A word that one of them lacks
//! would be a rejected row, or a room that no filter finds.

use std::collections::BTreeSet;

use roost_collections::{rooms, venues};
use roost_datasets::rows::AMENITIES;
use roost_engine::{Collection, FieldId};
use sqlx::Row;

use crate::harness::{LANDLORD, Roost, SIXTY_ROOMS, TestDatabase};

#[tokio::test]
async fn the_schema_the_engine_and_the_datasets_share_one_vocabulary() {
    let database = TestDatabase::create().await;
    let amenities = words(&database, "rooms", "amenities").await;
    assert_eq!(amenities, names(rooms::collection(), rooms::AMENITIES));
    assert_eq!(amenities, set(&AMENITIES));
    let room_types = words(&database, "rooms", "room_type").await;
    assert_eq!(room_types, names(rooms::collection(), rooms::ROOM_TYPE));
    for column in ["required_amenities", "preferred_amenities"] {
        assert_eq!(words(&database, "requests", column).await, amenities);
    }
    assert_eq!(words(&database, "requests", "room_types").await, room_types);
    let statuses = words(&database, "rooms", "status").await;
    assert_eq!(statuses, names(rooms::collection(), rooms::STATUS));
    let kinds = words(&database, "exam_venues", "kind").await;
    assert_eq!(kinds, names(venues::collection(), venues::KIND));
    let statuses = words(&database, "exam_venues", "status").await;
    assert_eq!(statuses, names(venues::collection(), venues::STATUS));
}

#[tokio::test]
async fn searches_find_only_listed_rooms_unless_another_status_is_requested() {
    let database = TestDatabase::create().await;
    database.execute(SIXTY_ROOMS).await;
    database.execute("DELETE FROM rooms").await;
    for status in words(&database, "rooms", "status").await {
        database
            .execute(&format!(
                "INSERT INTO rooms (landlord_id, title, country_code, location, currency,
                                    occupancy, room_type, status)
                 VALUES ('{LANDLORD}', '{status}', 'IN', 'POINT(72.9 19.1)', 'INR', 1,
                         'private_room', '{status}')"
            ))
            .await;
    }
    let mut node = Roost::start(&database).await;
    let (_, answer) = node.get("/api/v1/rooms/search").await;
    let hits = answer["data"].as_array().unwrap();
    let titles: Vec<_> = hits.iter().map(|hit| &hit["room"]["title"]).collect();
    assert_eq!(titles, ["listed"]);
    let (_, answer) = node.get("/api/v1/rooms/search?status=paused").await;
    assert_eq!(answer["meta"]["total"], 1, "{answer}");
    assert_eq!(answer["data"][0]["room"]["title"], "paused");
    node.stop().await;
}

/// The names that a field of a collection can have.
fn names(collection: Collection, field: FieldId) -> BTreeSet<String> {
    collection.names(field).iter().cloned().collect()
}

/// The quoted words in the check constraint of a column.
async fn words(database: &TestDatabase, table: &str, column: &str) -> BTreeSet<String> {
    let check = database
        .row(&format!(
            "SELECT pg_get_constraintdef(con.oid)
             FROM pg_constraint AS con
             JOIN pg_attribute AS att ON con.conrelid = att.attrelid AND con.conkey = ARRAY[att.attnum]
             WHERE con.contype = 'c' AND con.conrelid = '{table}'::regclass
                 AND att.attname = '{column}'"
        ))
        .await;
    let check: String = check.get(0);
    let quoted = check.split('\'').skip(1).step_by(2);
    quoted.map(str::to_owned).collect()
}

fn set(words: &[&str]) -> BTreeSet<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}
