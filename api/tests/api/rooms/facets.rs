//! Tests of facets.

use serde_json::{Value, json};

use crate::service::{IIT_BOMBAY, Service, rejected};

async fn facets(service: &Service, query: &str) -> (Value, Value) {
    let path = format!("/api/v1/rooms/search?venue={IIT_BOMBAY}&limit=1&{query}");
    let (_, mut meta) = service.ok(&path).await;
    (meta["facets"].take(), meta["total"].take())
}

fn values(facet: &Value) -> Vec<(&str, u64)> {
    let values = facet["values"].as_array().unwrap().iter();
    values
        .map(|it| (it["value"].as_str().unwrap(), it["count"].as_u64().unwrap()))
        .collect()
}

/// The bounds and count of each range.
fn ranges(facet: &Value) -> Vec<Value> {
    let ranges = facet["ranges"].as_array().unwrap().iter();
    ranges
        .map(|it| json!([it["from"], it["to"], it["count"]]))
        .collect()
}

#[tokio::test]
async fn floors_are_counted_in_ranges() {
    let service = Service::start();
    let (counted, _) = facets(&service, "facets=floor&floor_min=2").await;
    let all = [
        json!([null, 1.0, 20]),
        json!([1.0, 2.0, 19]),
        json!([2.0, 5.0, 20]),
        json!([5.0, 10.0, 0]),
        json!([10.0, null, 0]),
    ];
    assert_eq!(ranges(&counted["floor"]), all, "its own filter is ignored");
    assert_eq!(counted["floor"]["missing"], 1);
    let (counted, total) = facets(&service, "facets=price&floor_min=2").await;
    assert_eq!(
        (total, &counted["price"]["missing"]),
        (json!(20), &json!(0))
    );
    let (counted, _) = facets(&service, "facets=floor&facet_floor=0,2").await;
    assert_eq!(ranges(&counted["floor"])[0], json!([0.0, 2.0, 39]));
}

#[tokio::test]
async fn every_facet_is_counted_over_all_matches_whatever_the_page() {
    let service = Service::start();
    let all = "facets=room_type,amenities,locality,city,price,distance,rating";
    let (facets, total) = facets(&service, all).await;
    assert_eq!(total, 60);
    let types = [
        ("entire_place", 20),
        ("private_room", 20),
        ("shared_room", 20),
    ];
    assert_eq!(values(&facets["room_type"]), types);
    assert_eq!(values(&facets["amenities"]), [("desk", 30), ("wifi", 30)]);
    assert_eq!(facets["amenities"]["missing"], 30);
    assert_eq!(values(&facets["locality"]), [("Powai", 60)]);
    assert_eq!(facets["locality"]["values_total"], 1);
    assert_eq!(values(&facets["city"]), [("Mumbai", 60)]);
    let price = &facets["price"];
    assert_eq!(ranges(price)[2], json!([200.0, 500.0, 9]));
    assert_eq!(ranges(price)[3], json!([500.0, 1000.0, 49]));
    assert_eq!(ranges(price)[4], json!([1000.0, 2000.0, 1]));
    assert_eq!(price["missing"], 1);
    assert_eq!(
        (&price["min"], &price["max"]),
        (&json!(410.0), &json!(1000.0))
    );
    let rings = [
        json!([null, 500.0, 4]),
        json!([500.0, 1000.0, 3]),
        json!([1000.0, 2000.0, 6]),
        json!([2000.0, 5000.0, 19]),
        json!([5000.0, 10000.0, 28]),
        json!([10000.0, 25000.0, 0]),
    ];
    assert_eq!(ranges(&facets["distance"]), rings);
    assert_eq!(facets["distance"]["min"], 0.0);
    assert_eq!(ranges(&facets["rating"])[4], json!([4.5, null, 60]));
    for facet in facets.as_object().unwrap().values() {
        assert_eq!(facet["partial"], false);
    }
}

#[tokio::test]
async fn a_facet_ignores_the_filter_on_its_own_attribute() {
    let service = Service::start();
    let query = "room_type=private_room&price_max=700&facets=room_type,price,amenities";
    let (facets, total) = facets(&service, query).await;
    assert_eq!(total, 10);
    let types = [
        ("entire_place", 10),
        ("private_room", 10),
        ("shared_room", 10),
    ];
    assert_eq!(values(&facets["room_type"]), types);
    assert_eq!(ranges(&facets["price"])[2], json!([200.0, 500.0, 3]));
    assert_eq!(ranges(&facets["price"])[3], json!([500.0, 1000.0, 16]));
    assert_eq!(ranges(&facets["price"])[4], json!([1000.0, 2000.0, 1]));
    assert_eq!(values(&facets["amenities"]), [("desk", 5), ("wifi", 5)]);
}

#[tokio::test]
async fn the_count_of_an_amenity_is_what_a_search_that_also_requires_it_finds() {
    let service = Service::start();
    for (query, found) in [
        ("amenities=wifi", &[("desk", 30), ("wifi", 30)][..]),
        ("amenities=wifi,pool", &[]),
        (
            "amenities=wifi&room_type=private_room&count=exact",
            &[("desk", 10), ("wifi", 10)],
        ),
    ] {
        let (counted, total) = facets(&service, &format!("{query}&facets=amenities")).await;
        assert_eq!(values(&counted["amenities"]), found, "{query}");
        let largest = found.iter().map(|(_, count)| *count).max();
        assert_eq!(total, largest.unwrap_or(0), "{query}");
        for (amenity, count) in found {
            let next = format!("{query}&amenities={amenity}&facets=amenities");
            assert_eq!(facets(&service, &next).await.1, *count, "{next}");
        }
    }
    // Room types accept any of several values, so a further one widens the search.
    let query = "amenities=pool&room_type=private_room&facets=room_type";
    assert_eq!(values(&facets(&service, query).await.0["room_type"]), []);
}

#[tokio::test]
async fn facets_count_the_rooms_that_the_words_match() {
    let service = Service::start();
    let (counted, total) = facets(&service, "q=room%2012%20&facets=room_type").await;
    assert_eq!(total, 1);
    assert_eq!(values(&counted["room_type"]), [("private_room", 1)]);
}

#[tokio::test]
async fn a_caller_may_set_the_edges_of_ranges() {
    let service = Service::start();
    let (counted, _) = facets(&service, "facets=price&facet_price=0,500,1000").await;
    let expected = [
        json!([0.0, 500.0, 9]),
        json!([500.0, 1000.0, 49]),
        json!([1000.0, null, 1]),
    ];
    assert_eq!(ranges(&counted["price"]), expected);
    // Rings replace the radius.
    let query = "radius_m=1000&facets=distance&facet_distance=300,2000";
    let (counted, total) = facets(&service, query).await;
    assert_eq!(total, 7);
    let rings = [json!([null, 300.0, 2]), json!([300.0, 2000.0, 11])];
    assert_eq!(ranges(&counted["distance"]), rings);
}

#[tokio::test]
async fn an_invalid_facet_is_rejected_with_the_valid_ones() {
    let service = Service::start();
    let cases = [
        (
            "lat=19&lng=72&facets=colour",
            "facets",
            "one of locality, city, price",
        ),
        ("facets=distance", "facets", "other facets than distance"),
        ("facets=", "facets", "one of locality"),
        (
            "facet_price=1,2",
            "facet_price",
            "together with price in facets",
        ),
        (
            "facets=price&max_facet_values=5",
            "max_facet_values",
            "locality or city",
        ),
        (
            "facets=city&max_facet_values=0",
            "max_facet_values",
            "from 1 to 100",
        ),
        (
            "facets=city&max_facet_values=101",
            "max_facet_values",
            "from 1 to 100",
        ),
        ("facets=price&facet_price=5,5", "facet_price", "ascending"),
        ("facets=price&facet_price=", "facet_price", "ascending"),
        ("facets=price&facet_price=-1,5", "facet_price", "from 0"),
        ("facets=price&facet_price=a", "facet_price", "numbers"),
        ("facets=price&facet_price=NaN", "facet_price", "numbers"),
        (
            "lat=19&lng=72&facets=distance&facet_distance=1,200001",
            "facet_distance",
            "to 200000",
        ),
    ];
    for (query, field, expected) in cases {
        let reply = service.get(&format!("/api/v1/rooms/search?{query}")).await;
        let error = rejected(&reply, 400, "invalid_parameter");
        assert_eq!(error["field"], field, "{query}");
        let stated = error["expected"].as_str().unwrap();
        assert!(stated.contains(expected), "{query}: {stated}");
    }
}
