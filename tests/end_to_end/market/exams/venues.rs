//! Venues: warnings, and how searches follow their changes.

use serde_json::{Value, json};

use super::scene::{Scene, venue, warnings};
use crate::harness::Reply;
use crate::market::client::{header, rejected};

#[tokio::test]
async fn a_venue_at_zero_or_outside_of_its_country_is_written_with_a_warning() {
    let scene = Scene::start().await;
    for (lat, lng, expected) in [
        (19.0237, 72.8493, &[][..]),
        (0.0, 0.0, &["location_is_zero"]),
        (72.8493, 19.0237, &["location_outside_country"]),
    ] {
        let mut body = venue("Ruia College");
        body["location"] = json!({"lat": lat, "lng": lng});
        let created = scene.official.post("/venues", body).await;
        assert_eq!(created.status, 201, "{}", created.json);
        assert_eq!(warnings(&created), expected);
        let path = format!("/venues/{}", created.json["data"]["id"].as_str().unwrap());
        let moved = json!({"location": {"lat": lat, "lng": lng}, "seats": 50});
        let moved = scene.official.patch(&path, moved).await;
        assert_eq!(warnings(&moved), expected);
        let right = json!({"location": {"lat": 19.1, "lng": 72.9}});
        let corrected = scene.official.patch(&path, right).await;
        assert_eq!(warnings(&corrected), Vec::<&str>::new());
    }
}

#[tokio::test]
async fn a_search_at_the_position_of_a_change_of_a_venue_reflects_it() {
    let scene = Scene::start().await;
    let created = scene.official.post("/venues", venue("Ruia College")).await;
    assert_eq!(created.status, 201, "{}", created.json);
    let id = created.json["data"]["id"].as_str().unwrap();
    let path = format!("/venues/{id}");
    assert_eq!(found(&scene, &created, "ruia").await, [id]);

    let renamed = json!({"name": "Xavier College", "aliases": ["Matunga centre"]});
    let renamed = scene.official.patch(&path, renamed).await;
    assert!(found(&scene, &renamed, "ruia").await.is_empty());
    assert_eq!(found(&scene, &renamed, "matunga").await, [id]);

    let ended = scene
        .official
        .patch(&path, json!({"status": "inactive"}))
        .await;
    assert!(found(&scene, &ended, "xavier").await.is_empty());
    let (status, answer) = scene.node.get(&format!("/api/v1{path}")).await;
    assert_eq!(
        (status, &answer["data"]["status"]),
        (200, &json!("inactive"))
    );

    let restored = scene.official.patch(&path, json!({"status": null})).await;
    assert_eq!(found(&scene, &restored, "xavier").await, [id]);
}

#[tokio::test]
async fn rooms_are_searched_around_an_inactive_venue_too() {
    let scene = Scene::start().await;
    let id = scene.venue("Ruia College").await;
    let path = format!("/venues/{id}");
    let ended = scene
        .official
        .patch(&path, json!({"status": "inactive"}))
        .await;
    let position = header(&ended, "roost-position");
    let search = format!("/rooms/search?venue={id}&at_least={position}&timeout_ms=10000");
    let reply = scene.official.get(&search).await;
    assert_eq!(reply.status, 200, "{}", reply.json);
    let unknown = scene
        .official
        .get("/rooms/search?venue=00000000-0000-7000-8000-000000000001");
    rejected(&unknown.await, 404, "venue_not_found");
}

/// The ids of the venues with these words, at the position of a write.
async fn found(scene: &Scene, write: &Reply, q: &str) -> Vec<String> {
    let position = header(write, "roost-position");
    // Without a position a search may find what the write has replaced.
    let path = format!("/venues/search?q={q}&typos=0&match=all&at_least={position}");
    let reply = scene.official.get(&path).await;
    assert_eq!(reply.status, 200, "{}", reply.json);
    let hits = reply.json["data"].as_array().unwrap().iter();
    let id = |hit: &Value| hit["venue"]["id"].as_str().unwrap().to_owned();
    hits.map(id).collect()
}
