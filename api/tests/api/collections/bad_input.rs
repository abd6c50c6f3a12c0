//! Tests of invalid requests for a collection.

use super::stations::service;
use crate::service::rejected;

#[tokio::test]
async fn an_unknown_collection_is_not_found_and_the_known_ones_are_named() {
    let service = service();
    for route in ["search", "heatmap"] {
        let reply = service
            .get(&format!("/api/v1/collections/station/{route}"))
            .await;
        let error = rejected(&reply, 404, "collection_not_found");
        assert_eq!(
            (&error["field"], &error["value"]),
            (&"name".into(), &"station".into())
        );
        let expected = error["expected"].as_str().unwrap();
        assert!(expected.starts_with("the name of a collection: one of rooms, venues"));
        assert!(expected.ends_with("stations"), "{expected}");
        let message = error["message"].as_str().unwrap();
        assert!(message.ends_with("did you mean stations?"), "{message}");
    }
}

#[tokio::test]
async fn an_error_names_the_parameter_the_value_and_what_is_accepted() {
    let service = service();
    for (query, field, value, expected) in [
        ("kind=train", "kind", "train", "one of tram, bus, ferry"),
        (
            "level_min=deep",
            "level_min",
            "deep",
            "a number from -50 to 50",
        ),
        (
            "level_min=3&level_max=2",
            "level_min",
            "3",
            "at most level_max, which is 2",
        ),
        (
            "features=wifi",
            "features",
            "wifi",
            "one of lift, toilet, bicycle_parking",
        ),
        ("staffed=yes", "staffed", "yes", "true or false"),
        (
            "sort=price",
            "sort",
            "price",
            "one of match, distance, level",
        ),
        (
            "facets=city",
            "facets",
            "city",
            "one of line, level, kind, features, staffed, distance",
        ),
        (
            "facet_level=1",
            "facet_level",
            "1",
            "given together with level in facets",
        ),
        ("highlight=name", "highlight", "name", "one of all, title"),
        (
            "weights=price:1",
            "weights",
            "price",
            "one of text, distance",
        ),
        (
            "profile=nearest",
            "profile",
            "nearest",
            "one of landlord, near, room, stations",
        ),
        ("radius_m=5", "radius_m", "5", "given together with a place"),
        ("operator_id=7", "operator_id", "7", "an id such as"),
    ] {
        let path = format!("/api/v1/collections/stations/search?{query}");
        let error = rejected(&service.get(&path).await, 400, "invalid_parameter");
        assert_eq!(error["field"], field, "{query}");
        assert_eq!(error["value"], value, "{query}");
        let stated = error["expected"].as_str().unwrap();
        assert!(stated.starts_with(expected), "{query}: {stated}");
    }
}

#[tokio::test]
async fn parameters_of_other_collections_and_routes_are_unknown() {
    let service = service();
    for (path, field) in [
        ("stations/search?price_max=5", "price_max"),
        ("stations/search?check_in=2026-12-05", "check_in"),
        ("stations/search?group_by=landlord", "group_by"),
        ("venues/search?landlord_id=7", "landlord_id"),
        ("venues/search?max_facet_values=7", "max_facet_values"),
        ("stations/heatmap?limit=5", "limit"),
        ("stations/heatmap?sort=level", "sort"),
    ] {
        let reply = service.get(&format!("/api/v1/collections/{path}")).await;
        let error = rejected(&reply, 400, "unknown_parameter");
        assert_eq!(error["field"], field, "{path}");
    }
}

#[tokio::test]
async fn a_cursor_does_not_continue_the_search_of_another_collection() {
    let service = service();
    let (_, meta) = service
        .ok("/api/v1/collections/stations/search?limit=1")
        .await;
    let cursor = meta["next_cursor"].as_str().unwrap();
    let path = format!("/api/v1/collections/rooms/search?profile=stations&cursor={cursor}");
    assert_eq!(service.get(&path).await.status.as_u16(), 400);
    let path = format!("/api/v1/collections/venues/search?cursor={cursor}");
    rejected(&service.get(&path).await, 400, "invalid_cursor");
}
