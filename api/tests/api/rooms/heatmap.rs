//! Tests of the heat map.

use serde_json::{Value, json};

use crate::service::{IIT_BOMBAY, ROOM_COUNT, Service, rejected};

async fn map(service: &Service, query: &str) -> (Value, Value) {
    let path = format!("/api/v1/rooms/heatmap?venue={IIT_BOMBAY}&{query}");
    service.ok(&path).await
}

#[tokio::test]
async fn every_room_that_a_search_finds_is_in_exactly_one_cell() {
    let service = Service::start();
    for query in [
        "",
        "radius_m=3000",
        "q=wifi&price_max=800",
        "resolution=10",
        "resolution=0",
        "room_type=shared_room&bbox=19.13,72.9,19.16,72.92",
    ] {
        let (data, meta) = map(&service, query).await;
        let searched = query
            .replace("resolution=10", "")
            .replace("resolution=0", "");
        let path = format!("/api/v1/rooms/search?venue={IIT_BOMBAY}&count=exact&{searched}");
        let (_, found) = service.ok(&path).await;
        assert_eq!(meta["total"], found["total"], "{query}");
        assert_eq!(data["type"], "FeatureCollection");
        let features = data["features"].as_array().unwrap();
        let counts = features
            .iter()
            .map(|it| it["properties"]["count"].as_u64().unwrap());
        assert_eq!(counts.sum::<u64>(), meta["total"], "{query}");
        assert_eq!(meta["cells"], features.len());
        assert_eq!(meta["partial"], false);
    }
}

#[tokio::test]
async fn a_cell_reports_prices_and_the_best_score() {
    let service = Service::start();
    let (data, meta) = map(&service, "resolution=0").await;
    assert_eq!(
        (&meta["resolution"], &meta["cells"]),
        (&json!(0), &json!(1))
    );
    let feature = &data["features"][0];
    assert_eq!(feature["type"], "Feature");
    assert_eq!(feature["geometry"]["type"], "Polygon");
    let ring = feature["geometry"]["coordinates"][0].as_array().unwrap();
    assert_eq!(ring.first(), ring.last());
    let properties = &feature["properties"];
    assert_eq!(properties["count"], ROOM_COUNT);
    // 410, 420, ... 1000 without 930, which would be the price of the room without one.
    assert_eq!(properties["price_min"], 410.0);
    assert_eq!(properties["price_median"], 700.0);
    let path = format!("/api/v1/rooms/search?venue={IIT_BOMBAY}&limit=1");
    let (hits, _) = service.ok(&path).await;
    assert_eq!(properties["match_score_max"], hits[0]["match_score"]);
}

#[tokio::test]
async fn the_compact_format_contains_the_same_cells() {
    let service = Service::start();
    let (features, _) = map(&service, "radius_m=4000").await;
    let (lists, meta) = map(&service, "radius_m=4000&format=compact").await;
    let features = features["features"].as_array().unwrap();
    assert_eq!(meta["cells"], features.len());
    for (at, feature) in features.iter().enumerate() {
        assert_eq!(lists["cell"][at], feature["id"]);
        for name in ["count", "price_min", "price_median", "match_score_max"] {
            assert_eq!(lists[name][at], feature["properties"][name], "{name}");
        }
    }
    assert_eq!(lists["cell"].as_array().unwrap().len(), features.len());
}

#[tokio::test]
async fn a_smaller_area_gets_finer_cells() {
    let service = Service::start();
    let mut resolutions = Vec::new();
    for radius_m in [200_000, 25_000, 5_000, 1_000, 100] {
        let (_, meta) = map(&service, &format!("radius_m={radius_m}")).await;
        assert_eq!(meta["query"]["radius_m"], f64::from(radius_m));
        resolutions.push(meta["resolution"].as_u64().unwrap());
    }
    assert_eq!(resolutions, [5, 7, 9, 10, 13]);
}

#[tokio::test]
async fn parameters_without_a_meaning_for_the_map_are_rejected() {
    let service = Service::start();
    for (query, code, field) in [
        ("resolution=16", "invalid_parameter", "resolution"),
        ("format=png", "invalid_parameter", "format"),
        ("limit=5", "unknown_parameter", "limit"),
        ("sort=price", "unknown_parameter", "sort"),
    ] {
        let reply = service.get(&format!("/api/v1/rooms/heatmap?{query}")).await;
        assert_eq!(rejected(&reply, 400, code)["field"], field, "{query}");
    }
}
