//! What landlords edit of themselves, and their activity.

use serde_json::{Value, json};
use sqlx::Row;

use super::client::{Client, count, header, landlord_and_admin, rejected, room};

#[tokio::test]
async fn a_landlord_changes_its_capacity_availability_and_areas() {
    let (database, _node, landlord, admin) = landlord_and_admin().await;
    let id = landlord.create_listed(&admin, &room()).await;
    let before = landlord.get("/landlords/me").await;
    assert_eq!(before.status, 200, "{}", before.json);
    assert_eq!(before.json["data"]["total_capacity"], 12);
    assert_eq!(before.json["data"]["preferred_areas"], Value::Null);
    assert_eq!(header(&before, "etag"), "\"1\"");
    let ring = json!([[72.8, 19.0], [73.1, 19.0], [73.1, 19.3], [72.8, 19.0]]);
    let patch = json!({
        "total_capacity": 15,
        "is_available": false,
        "preferred_areas": {"type": "Polygon", "coordinates": [ring]},
    });
    let changed = landlord.patch("/landlords/me", patch.clone()).await;
    assert_eq!(changed.status, 200, "{}", changed.json);
    let data = &changed.json["data"];
    assert_eq!(data["total_capacity"], 15);
    let areas = json!({"type": "MultiPolygon", "coordinates": [[ring]]});
    assert_eq!(data["preferred_areas"], areas);
    assert_eq!(header(&changed, "etag"), "\"2\"");
    // The rooms of an unavailable landlord are not found.
    assert!(landlord.found_after(&changed, "q=quiet").await.is_empty());
    let events = count(&database, "events").await;
    let same = landlord.patch("/landlords/me", patch).await;
    assert_eq!((same.status, header(&same, "etag")), (200, "\"2\""));
    assert_eq!(count(&database, "events").await, events);

    let headers = [("if-match", "\"1\"")];
    let body = Some(json!({"is_available": true}).to_string());
    let stale = landlord
        .send("PATCH", "/landlords/me", &headers, body)
        .await;
    rejected(&stale, 412, "precondition_failed");
    let patch = json!({"is_available": true, "preferred_areas": null});
    let cleared = landlord.patch("/landlords/me", patch).await;
    assert_eq!(cleared.json["data"]["preferred_areas"], Value::Null);
    assert_eq!(landlord.found_after(&cleared, "q=quiet").await, [id]);
    rejected(&admin.get("/landlords/me").await, 403, "forbidden");
}

#[tokio::test]
async fn an_invalid_capacity_or_area_is_rejected_and_nothing_is_written() {
    let (database, _node, landlord, _admin) = landlord_and_admin().await;
    let contracts = "UPDATE landlords SET active_contracts = 5";
    database.execute(contracts).await;
    let events = count(&database, "events").await;
    let polygon = |ring: Value| json!({"type": "Polygon", "coordinates": [ring]});
    let bow_tie = json!([
        [72.0, 19.0],
        [73.0, 20.0],
        [73.0, 19.0],
        [72.0, 20.0],
        [72.0, 19.0]
    ]);
    let open = json!([[72.0, 19.0], [73.0, 19.0], [73.0, 20.0], [72.0, 20.0]]);
    let out_of_range = json!([[19.0, 172.0], [20.0, 172.0], [20.0, 173.0], [19.0, 172.0]]);
    for (patch, start) in [
        (
            json!({"total_capacity": 4}),
            "total_capacity must be at least 5, the number of active and pending contracts, not \"4\"",
        ),
        (
            json!({"total_capacity": 0}),
            "total_capacity must be a whole number from 1 to 1000000",
        ),
        (
            json!({"total_capacity": null}),
            "total_capacity must be a whole number from 1 to 1000000",
        ),
        (
            json!({"is_available": "yes"}),
            "is_available must be true or false",
        ),
        (
            json!({"preferred_areas": polygon(bow_tie)}),
            "preferred_areas must be polygons whose rings do not cross or overlap, not \
             \"Self-intersection[72.5 19.5]\"",
        ),
        (
            json!({"preferred_areas": polygon(open)}),
            "preferred_areas must be rings of at least four points",
        ),
        (
            json!({"preferred_areas": polygon(out_of_range)}),
            "preferred_areas must be points [lng, lat] of -180 to 180",
        ),
        (
            json!({"preferred_areas": [72.0, 19.0]}),
            "preferred_areas must be a Polygon or MultiPolygon of GeoJSON",
        ),
        (
            json!({"active_contracts": 0}),
            "there is no parameter \"active_contracts\" here",
        ),
    ] {
        let reply = landlord.patch("/landlords/me", patch).await;
        assert_eq!(reply.status, 400, "{}", reply.json);
        let message = reply.json["error"]["message"].as_str().unwrap();
        assert!(message.starts_with(start), "{message}");
    }
    assert_eq!(count(&database, "events").await, events);
    let reply = landlord
        .patch("/landlords/me", json!({"total_capacity": 5}))
        .await;
    assert_eq!(reply.status, 200, "{}", reply.json);
}

#[tokio::test]
async fn an_area_that_a_feed_cannot_search_is_rejected_by_its_ring() {
    let (database, _node, landlord, _admin) = landlord_and_admin().await;
    let events = count(&database, "events").await;
    let around = json!([[72.0, 19.0], [73.0, 19.0], [73.0, 20.0], [72.0, 19.0]]);
    let too_wide = json!([
        [-80.0, 10.0],
        [0.0, 10.0],
        [80.0, 10.0],
        [0.0, 60.0],
        [-80.0, 10.0]
    ]);
    let flat = json!([[72.0, 19.0], [73.0, 19.0], [72.0, 19.0], [72.0, 19.0]]);
    for (ring, value) in [
        (
            too_wide,
            "[[-80.0, 10.0], [0.0, 10.0], [80.0, 10.0], [0.0, 60.0], [-80.0, 10.0]]",
        ),
        (
            flat,
            "[[72.0, 19.0], [73.0, 19.0], [72.0, 19.0], [72.0, 19.0]]",
        ),
    ] {
        let areas = json!({"type": "MultiPolygon", "coordinates": [[around], [ring]]});
        let patch = json!({"preferred_areas": areas});
        let reply = landlord.patch("/landlords/me", patch).await;
        let error = rejected(&reply, 400, "invalid_parameter");
        assert_eq!(error["field"], "preferred_areas");
        assert_eq!(error["value"], value);
        let expected = "rings of at least 3 different points within 8000 km of their middle";
        assert_eq!(error["expected"], expected);
    }
    assert_eq!(count(&database, "events").await, events);
}

#[tokio::test]
async fn activity_is_recorded_at_most_once_a_minute_and_changes_no_version() {
    let (database, node, landlord, _admin) = landlord_and_admin().await;
    let other = Client::landlord(&node, "ravi@example.com").await;
    let age = async || {
        let sql = "SELECT extract(epoch FROM now() - last_active_at)::float8 FROM landlords l
            JOIN users u ON u.id = l.user_id WHERE email = 'asha@example.com'";
        database.row(sql).await.get::<f64, _>(0)
    };
    let was_active = async |seconds: u32| {
        let sql = format!("UPDATE landlords SET last_active_at = now() - interval '{seconds} s'");
        database.execute(&sql).await;
    };
    was_active(50).await;
    let id = landlord.create(&room()).await;
    landlord.get("/landlords/me").await;
    assert!(age().await > 49.0);
    was_active(70).await;
    landlord
        .patch(&format!("/rooms/{id}"), json!({"price": 1}))
        .await;
    assert!(age().await < 40.0);
    was_active(70).await;
    let reply = landlord.get("/landlords/me").await;
    assert!(age().await < 40.0);
    assert_eq!(header(&reply, "etag"), "\"1\"");
    // What another landlord does says nothing of this one.
    was_active(70).await;
    other.create(&room()).await;
    assert!(age().await > 69.0);
}
