//! Tests of rooms and venues through the routes of any collection.

use serde_json::Value;

use crate::service::{IIT_BOMBAY, Service, VJTI};

/// Hits under the name of their document in the other route.
fn renamed(mut hits: Value, from: &str) -> Value {
    for hit in hits.as_array_mut().unwrap() {
        let document = hit[from].take();
        let hit = hit.as_object_mut().unwrap();
        hit.remove(from);
        hit.insert("document".to_owned(), document);
    }
    hits
}

#[tokio::test]
async fn rooms_are_the_same_hits_as_those_of_the_room_search() {
    let service = Service::start();
    for query in [
        "limit=100".to_owned(),
        format!("venue={IIT_BOMBAY}&radius_m=4000&explain=true&q=desk&highlight=all"),
        "price_max=800&amenities=wifi&prefer_amenities=desk&explain=true".to_owned(),
        "sort=price&room_type=shared_room,private_room&page=2&limit=7".to_owned(),
        "status=paused,listed&filter=price%3C900+OR+verified:true&profile=landlord".to_owned(),
        "facets=price,city,amenities&facet_price=0,500&weights=price:1&budget=500".to_owned(),
        "q=dsek&match=any&typos=1&bbox=19.13,72.9,19.2,73".to_owned(),
    ] {
        let (hits, meta) = service.ok(&format!("/api/v1/rooms/search?{query}")).await;
        let path = format!("/api/v1/collections/rooms/search?{query}");
        let (any, any_meta) = service.ok(&path).await;
        assert_eq!(renamed(hits, "room"), any, "{query}");
        for name in ["total", "facets", "next_cursor", "query", "optional_words"] {
            if name == "next_cursor" && meta[name].is_string() {
                // The time at which activity is scored is part of a cursor.
                assert!(any_meta[name].is_string(), "{query}");
                continue;
            }
            assert_eq!(meta[name], any_meta[name], "{query} {name}");
        }
    }
}

#[tokio::test]
async fn venues_are_found_by_text_and_place() {
    let service = Service::start();
    let path = "/api/v1/collections/venues/search?q=iitb";
    let (hits, meta) = service.ok(path).await;
    assert_eq!(hits[0]["document"]["id"], IIT_BOMBAY.to_string());
    assert_eq!(
        (&meta["total"], &meta["query"]["profile"]),
        (&1.into(), &"venue".into())
    );
    let path = "/api/v1/collections/venues/search?lat=19.02&lng=72.85&sort=distance\
                &filter=kind:college+AND+seats!=1200";
    let (hits, _) = service.ok(path).await;
    assert_eq!(hits.as_array().unwrap().len(), 1);
    assert_eq!(hits[0]["document"]["id"], VJTI.to_string());
    let query = "q=mumbai&lat=19.02&lng=72.85&radius_m=20000";
    let (venues, _) = service.ok(&format!("/api/v1/venues/search?{query}")).await;
    let path = format!("/api/v1/collections/venues/search?{query}");
    let (any, _) = service.ok(&path).await;
    assert_eq!(renamed(venues, "venue"), any);
}
