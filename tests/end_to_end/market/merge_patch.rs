//! Changes of rooms as merge patches (RFC 7396).

use serde_json::{Value, json};
use sqlx::Row;

use super::client::{count, header, landlord_and_admin, room};

#[tokio::test]
async fn a_patch_changes_what_it_names_and_null_removes_a_value_or_restores_its_default() {
    let (database, _node, landlord, _admin) = landlord_and_admin().await;
    let id = landlord.create(&room()).await;
    let path = format!("/rooms/{id}");
    let before = landlord.get(&format!("/landlords/me/rooms/{id}")).await;
    let before = &before.json["data"];
    let patch = json!({
        "title": " A brighter room ",
        "description": null,
        "price": null,
        "floor": null,
        "minimum_nights": 3,
        "location": {"lat": 19.2},
        "amenities": ["tv", "wifi", "tv"],
    });
    let media_type = [("content-type", "application/merge-patch+json")];
    let reply = landlord
        .send("PATCH", &path, &media_type, Some(patch.to_string()))
        .await;
    assert_eq!(reply.status, 200, "{}", reply.json);
    let after = &reply.json["data"];
    let mut expected = before.clone();
    for (member, value) in [
        ("title", json!("A brighter room")),
        ("description", json!("")),
        ("price", Value::Null),
        ("floor", Value::Null),
        ("minimum_nights", json!(3)),
        ("location", json!({"lat": 19.2, "lng": 72.9133})),
        ("amenities", json!(["tv", "wifi"])),
        ("version", json!(2)),
        ("updated_at", after["updated_at"].clone()),
    ] {
        expected[member] = value;
    }
    assert_eq!(*after, expected);
    let stored = landlord.get(&format!("/landlords/me/rooms/{id}")).await;
    assert_eq!(stored.json["data"], *after);

    let change = "SELECT change::text FROM events WHERE kind = 'room.changed'";
    let change: String = database.row(change).await.get(0);
    let change: Value = serde_json::from_str(&change).unwrap();
    let members: Vec<&String> = change.as_object().unwrap().keys().collect();
    let expected = [
        "amenities",
        "description",
        "floor",
        "location",
        "minimum_nights",
        "price_hundredths",
        "title",
    ];
    assert_eq!(members, expected);
    let restored = landlord.patch(&path, json!({"minimum_nights": null})).await;
    assert_eq!(restored.json["data"]["minimum_nights"], 1);
}

#[tokio::test]
async fn a_patch_without_a_difference_writes_nothing() {
    let (database, _node, landlord, _admin) = landlord_and_admin().await;
    let id = landlord.create(&room()).await;
    let before = landlord.get(&format!("/landlords/me/rooms/{id}")).await;
    let row = format!("SELECT xmin::text FROM rooms WHERE id = '{id}'");
    let written: String = database.row(&row).await.get(0);
    let events = count(&database, "events").await;
    let same = json!({"title": "Quiet room with a desk", "amenities": ["desk", "wifi", "wifi"]});
    for patch in [json!({}), same, room(), json!({"location": {}})] {
        let reply = landlord.patch(&format!("/rooms/{id}"), patch).await;
        assert_eq!(reply.status, 200, "{}", reply.json);
        assert_eq!(reply.json["data"], before.json["data"]);
        assert_eq!(header(&reply, "etag"), "\"1\"");
        header(&reply, "roost-position");
    }
    assert_eq!(database.row(&row).await.get::<String, _>(0), written);
    assert_eq!(count(&database, "events").await, events);
}
