//! Tests of the venue search.

use serde_json::Value;

use crate::service::{IIT_BOMBAY, Service, VJTI, rejected};

fn ids(hits: &Value) -> Vec<&str> {
    let hits = hits.as_array().unwrap().iter();
    hits.map(|hit| hit["venue"]["id"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn a_venue_is_found_by_name_alias_city_or_prefix() {
    let service = Service::start();
    let iit_bombay = IIT_BOMBAY.to_string();
    for q in [
        "institute+bombay",
        "iitb",
        "IIT+Bom",
        "indian",
        "p%C3%B3wai",
        "vee",
        "vjti",
    ] {
        let (hits, meta) = service.ok(&format!("/api/v1/venues/search?q={q}")).await;
        let expected = match q.starts_with('v') {
            true => VJTI.to_string(),
            false => iit_bombay.clone(),
        };
        assert_eq!(ids(&hits), [expected], "{q}");
        assert_eq!(meta["total"], 1, "{q}");
    }
    let (hits, _) = service.ok("/api/v1/venues/search?q=mumbai").await;
    assert_eq!(ids(&hits).len(), 2);
}

#[tokio::test]
async fn a_space_ends_the_word() {
    let service = Service::start();
    let (hits, _) = service.ok("/api/v1/venues/search?q=bom+").await;
    assert_eq!(ids(&hits).len(), 0);
    let (hits, _) = service.ok("/api/v1/venues/search?q=bombay+").await;
    assert_eq!(ids(&hits).len(), 1);
}

#[tokio::test]
async fn a_point_finds_the_venues_around_it_nearest_first() {
    let service = Service::start();
    let (hits, _) = service
        .ok("/api/v1/venues/search?lat=19.02&lng=72.85")
        .await;
    assert_eq!(ids(&hits), [VJTI.to_string(), IIT_BOMBAY.to_string()]);
    let near = "/api/v1/venues/search?lat=19.02&lng=72.85&radius_m=5000";
    let (hits, _) = service.ok(near).await;
    assert_eq!(ids(&hits), [VJTI.to_string()]);
    assert!(hits[0]["distance_m"].as_f64().unwrap() < 1000.0);
}

#[tokio::test]
async fn a_venue_is_returned_in_full() {
    let service = Service::start();
    let (venue, _) = service.ok(&format!("/api/v1/venues/{IIT_BOMBAY}")).await;
    let expected = serde_json::json!({
        "id": IIT_BOMBAY,
        "university_id": null,
        "name": "Indian Institute of Technology Bombay",
        "aliases": ["IIT Bombay", "IITB"],
        "kind": "institute",
        "address": "Main Gate Road, Powai",
        "city": "Mumbai",
        "state": "Maharashtra",
        "postal_code": "400076",
        "country_code": "IN",
        "location": {"lat": 19.1334, "lng": 72.9133},
        "seats": 1200,
        "status": "active",
    });
    assert_eq!(venue, expected);
    let reply = service
        .get("/api/v1/venues/00000000-0000-0000-0000-000000000009")
        .await;
    rejected(&reply, 404, "venue_not_found");
}
