//! Tests of rooms grouped by landlord.

use roost_collections::rooms;
use roost_engine::{Checkpoint, Document, Key, Position};
use serde_json::{Value, json};

use crate::service::{IIT_BOMBAY, LANDLORD, ROOM_COUNT, Service, rejected, room_key};

const ANOTHER: Key = Key::from_u128(0xB3);

/// Rooms 3 and 5 belong to another landlord, and room 4 to none.
fn service() -> Service {
    let service = Service::start();
    let rooms = [(3, Some(ANOTHER)), (4, None), (5, Some(ANOTHER))];
    {
        let mut writer = service.writer.lock().unwrap();
        for (at, owner) in rooms {
            let room = service.state.reader.get(rooms::collection(), room_key(at));
            let room = Document {
                owner,
                ..room.unwrap().unwrap()
            };
            writer.put(rooms::collection(), room).unwrap();
        }
        let checkpoint = Checkpoint {
            position: Position(0x16_B374_D849),
            source: Value::Null,
        };
        writer.commit(checkpoint).unwrap();
    }
    service
}

async fn groups(service: &Service, query: &str) -> (Value, Value) {
    let path = format!("/api/v1/rooms/search?venue={IIT_BOMBAY}&sort=distance&{query}");
    service.ok(&path).await
}

fn rooms(group: &Value) -> Vec<String> {
    let hits = group["hits"].as_array().unwrap().iter();
    hits.map(|hit| hit["room"]["id"].as_str().unwrap().to_owned())
        .collect()
}

fn keys(numbers: &[usize]) -> Vec<String> {
    numbers.iter().map(|&at| room_key(at).to_string()).collect()
}

#[tokio::test]
async fn landlords_are_sorted_by_their_best_rooms_and_list_some_of_them() {
    let service = service();
    let (found, meta) = groups(&service, "group_by=landlord").await;
    assert_eq!(found.as_array().unwrap().len(), 3);
    assert_eq!(found[0]["landlord_id"], json!(LANDLORD));
    assert_eq!(found[0]["total"], ROOM_COUNT - 3);
    assert_eq!(rooms(&found[0]), keys(&[0, 1, 2]));
    assert_eq!(found[1]["landlord_id"], json!(ANOTHER));
    assert_eq!(found[1]["total"], 2);
    assert_eq!(rooms(&found[1]), keys(&[3, 5]));
    assert_eq!(found[2]["landlord_id"], Value::Null);
    assert_eq!(found[2]["total"], 1);
    assert_eq!(rooms(&found[2]), keys(&[4]));
    assert_eq!(meta["total"], ROOM_COUNT);
    assert_eq!(meta["total_is"], "exact");
    assert_eq!(meta["groups_total"], 3);
    assert_eq!(meta["groups_total_is"], "exact");
    assert_eq!(meta["next_cursor"], Value::Null);
}

#[tokio::test]
async fn pages_count_landlords_and_facets_count_rooms() {
    let service = service();
    let query = "group_by=landlord&group_limit=1&limit=1&page=2&facets=room_type";
    let (found, meta) = groups(&service, query).await;
    assert_eq!(found.as_array().unwrap().len(), 1);
    assert_eq!(rooms(&found[0]), keys(&[3]));
    assert_eq!(meta["groups_total"], 3);
    assert_eq!(meta["facets"]["room_type"]["values"][0]["count"], 20);
    let (found, meta) = groups(&service, "group_by=landlord&limit=3&page=2&count=none").await;
    assert_eq!(found, json!([]));
    assert_eq!(
        (&meta["total"], &meta["groups_total"]),
        (&Value::Null, &Value::Null)
    );
}

#[tokio::test]
async fn without_grouping_the_meta_has_no_group_total() {
    let (_, meta) = groups(&service(), "limit=1").await;
    assert!(meta.get("groups_total").is_none());
}

#[tokio::test]
async fn parameters_that_exclude_grouping_are_rejected() {
    let service = Service::start();
    for (query, field) in [
        ("group_by=city", "group_by"),
        ("group_limit=2", "group_limit"),
        ("group_by=landlord&group_limit=11", "group_limit"),
        ("group_by=landlord&cursor=AAAA", "cursor"),
    ] {
        let reply = service.get(&format!("/api/v1/rooms/search?{query}")).await;
        let error = rejected(&reply, 400, "invalid_parameter");
        assert_eq!(error["field"], field, "{query}");
    }
}
