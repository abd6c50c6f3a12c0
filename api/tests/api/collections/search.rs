//! Tests of the search and heat map of a collection that is neither rooms nor venues.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::stations::{OPERATOR, STATION_COUNT, key, service};
use crate::service::{IIT_BOMBAY, Service};

/// The ids of the hits of a search, and its `meta`.
async fn found(service: &Service, query: &str) -> (Vec<String>, Value) {
    let path = format!("/api/v1/collections/stations/search?{query}");
    let (hits, meta) = service.ok(&path).await;
    (ids(&hits), meta)
}

fn ids(hits: &Value) -> Vec<String> {
    let hits = hits.as_array().unwrap().iter();
    hits.map(|hit| hit["document"]["id"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn a_document_is_returned_in_full_and_has_a_score() {
    let service = service();
    let path = format!("/api/v1/collections/stations/search?venue={IIT_BOMBAY}&limit=1");
    let (hits, meta) = service.ok(&path).await;
    let document = json!({
        "id": key(0),
        "operator_id": OPERATOR,
        "title": "Platform 0 near the market",
        "line": "Red",
        "level": -5.0,
        "kind": "tram",
        "features": ["lift", "toilet"],
        "staffed": true,
        "works": {"works_from": "2026-12-01", "works_until": "2026-12-04"},
        "serves_m": 100.0,
        "state": "open",
        "location": {"lat": 19.1334, "lng": 72.9133},
    });
    assert_eq!(hits[0]["document"], document);
    assert_eq!(hits[0]["distance_m"], 0.0);
    assert_eq!(meta["total"], STATION_COUNT);
    assert_eq!(meta["query"]["profile"], "stations");
    assert_eq!(meta["query"]["venue"]["id"], IIT_BOMBAY.to_string());
}

#[tokio::test]
async fn texts_and_tags_are_searched_with_typos_and_marked() {
    let service = service();
    for (query, total) in [
        ("q=platfxrm", STATION_COUNT),
        ("q=platfxrm&typos=0&match=all", 0),
        ("q=%22platform+7%22", 1),
        ("q=toilet", 20),
        ("q=market+-lift&match=all", 20),
        ("q=red&match=all", 30),
    ] {
        let (_, meta) = found(&service, query).await;
        assert_eq!(meta["total"], total, "{query}");
    }
    let path = "/api/v1/collections/stations/search?q=market&highlight=title&limit=1&sort=level";
    let (hits, meta) = service.ok(path).await;
    let marked = &hits[0]["highlights"]["title"]["marked"];
    assert_eq!(marked, "Platform 59 near the <mark>market</mark>");
    assert_eq!(meta["query"]["sort"], "level");
}

#[tokio::test]
async fn places_areas_and_owners_limit_a_search() {
    let service = service();
    for (query, total) in [
        ("lat=19.1334&lng=72.9133&radius_m=1000", 7),
        ("lat=19.1334&lng=72.9133&radius_m=1000&radius_min_m=500", 3),
        ("bbox=19.13,72.9,19.1363,72.92", 3),
        (
            "polygon=19.13,72.9,19.1363,72.9,19.1363,72.92,19.13,72.92",
            3,
        ),
        (&format!("operator_id={OPERATOR}"), 30),
        (&format!("exclude={},{}", key(0), key(1)), 58),
    ] {
        let (_, meta) = found(&service, query).await;
        assert_eq!(meta["total"], total, "{query}");
    }
    let (ids, _) = found(&service, "lat=19.1334&lng=72.9133&sort=distance&limit=3").await;
    assert_eq!(ids, [0, 1, 2].map(|at| key(at).to_string()));
}

#[tokio::test]
async fn the_parameters_of_the_fields_filter() {
    let service = service();
    for (query, total) in [
        ("level_min=0", 34),
        ("level_min=-5&level_max=-4", 5),
        ("kind=tram,bus", 40),
        ("features=lift,toilet", 20),
        ("staffed=true", 30),
        ("staffed=true&kind=ferry&level_max=0", 3),
    ] {
        let (_, meta) = found(&service, query).await;
        assert_eq!(meta["total"], total, "{query}");
    }
}

#[tokio::test]
async fn facets_count_each_kind_of_field() {
    let service = service();
    let all = "facets=line,level,kind,features,staffed,distance&lat=19.1334&lng=72.9133";
    let (_, meta) = found(
        &service,
        &format!("{all}&kind=bus&facet_distance=1000,25000"),
    )
    .await;
    let facets = &meta["facets"];
    let values = |name: &str| {
        let values = facets[name]["values"].as_array().unwrap().iter();
        let values =
            values.map(|it| (it["value"].as_str().unwrap(), it["count"].as_u64().unwrap()));
        values.collect::<BTreeSet<_>>()
    };
    assert_eq!(values("line"), BTreeSet::from([("Blue", 10), ("Red", 10)]));
    let kinds = BTreeSet::from([("bus", 20), ("ferry", 20), ("tram", 20)]);
    assert_eq!(values("kind"), kinds, "its own filter is ignored");
    assert_eq!(values("features"), BTreeSet::from([("lift", 20)]));
    let flags = BTreeSet::from([("false", 10), ("true", 10)]);
    assert_eq!(values("staffed"), flags);
    let counts = |name: &str| {
        let ranges = facets[name]["ranges"].as_array().unwrap().iter();
        ranges.map(|it| it["count"].as_u64().unwrap()).sum::<u64>()
    };
    let missing = facets["level"]["missing"].as_u64().unwrap();
    assert_eq!(counts("level") + missing, 20);
    assert_eq!(counts("distance"), 20);
    assert_eq!(facets["level"]["ranges"].as_array().unwrap().len(), 4);
}

#[tokio::test]
async fn cursors_reach_every_document_once() {
    let service = service();
    for query in ["sort=level", "q=market&lat=19.14&lng=72.91", "kind=tram"] {
        let (all, meta) = found(&service, &format!("{query}&limit=100")).await;
        assert_eq!(meta["total"], all.len(), "{query}");
        let (mut followed, mut cursor) = (Vec::new(), String::new());
        loop {
            let (page, meta) = found(&service, &format!("{query}&limit=7{cursor}")).await;
            followed.extend(page);
            let Some(next) = meta["next_cursor"].as_str() else {
                break;
            };
            cursor = format!("&cursor={next}");
        }
        assert_eq!(followed, all, "{query}");
        let different: BTreeSet<&String> = all.iter().collect();
        assert_eq!(different.len(), all.len(), "{query}");
    }
    let (levels, _) = found(&service, "sort=level&limit=2").await;
    assert_eq!(levels, [59, 58].map(|at| key(at).to_string()));
}

#[tokio::test]
async fn explained_points_add_up_to_the_score_by_the_collections_components() {
    let service = service();
    let path = "/api/v1/collections/stations/search?explain=true&q=market&lat=19.14&lng=72.91\
                &prefer_features=toilet&weights=text:3,distance:2,comfort:1&limit=30";
    let (hits, meta) = service.ok(path).await;
    assert!(meta["plan"]["name"].is_string());
    for hit in hits.as_array().unwrap() {
        let components = hit["components"].as_array().unwrap();
        let points = components.iter().map(|it| it["points"].as_f64().unwrap());
        let total = hit["base"].as_f64().unwrap() + points.sum::<f64>();
        let score = hit["match_score"].as_f64().unwrap();
        assert!((total - score).abs() < 1e-9, "{hit}");
        let comfort = components.iter().find(|it| it["component"] == "comfort");
        let tags = hit["document"]["features"].as_array().unwrap();
        let expected = if tags.contains(&json!("toilet")) {
            1.0
        } else {
            0.0
        };
        assert_eq!(comfort.unwrap()["value"], expected, "{hit}");
    }
}

#[tokio::test]
async fn a_heat_map_has_every_match_of_the_search() {
    let service = service();
    for query in [
        "",
        "q=toilet",
        "kind=bus&level_min=0",
        "filter=staffed:true&lat=19.14&lng=72.91&radius_m=2000",
    ] {
        let path = format!("/api/v1/collections/stations/heatmap?{query}");
        let (data, meta) = service.ok(&path).await;
        let (_, searched) = found(&service, &format!("{query}&count=exact")).await;
        assert_eq!(meta["total"], searched["total"], "{query}");
        let features = data["features"].as_array().unwrap().iter();
        let counts = features.map(|it| it["properties"]["count"].as_u64().unwrap());
        assert_eq!(counts.sum::<u64>(), meta["total"], "{query}");
        let properties = data["features"][0]["properties"].as_object().unwrap();
        let names: Vec<&String> = properties.keys().collect();
        assert_eq!(names, ["count", "match_score_max"]);
    }
    let path = "/api/v1/collections/stations/heatmap?format=compact";
    let (data, meta) = service.ok(path).await;
    let names: Vec<&String> = data.as_object().unwrap().keys().collect();
    assert_eq!(names, ["cell", "count", "match_score_max"]);
    assert_eq!(data["cell"].as_array().unwrap().len(), meta["cells"]);
}
