//! Tests of invalid requests: each error names the parameter, the value and what was expected.

use serde_json::Value;

use crate::service::{IIT_BOMBAY, Service, rejected};

const PLACE: &str = "lat=19.1&lng=72.9";

/// Query, error code and invalid field.
const OF_A_ROOM_SEARCH: &[(&str, &str, &str)] = &[
    ("lat=90.1&lng=0", "invalid_parameter", "lat"),
    ("lat=-91&lng=0", "invalid_parameter", "lat"),
    ("lat=0&lng=180.1", "invalid_parameter", "lng"),
    ("lat=NaN&lng=72.9", "invalid_parameter", "lat"),
    ("lat=19.1&lng=inf", "invalid_parameter", "lng"),
    ("lat=north&lng=72.9", "invalid_parameter", "lat"),
    ("lat=&lng=72.9", "invalid_parameter", "lat"),
    ("lat=19.1", "missing_parameter", "lng"),
    ("lng=72.9", "missing_parameter", "lat"),
    ("venue=iit", "invalid_parameter", "venue"),
    ("radius_m=1000", "invalid_parameter", "radius_m"),
    (
        "lat=19.1&lng=72.9&radius_m=0",
        "invalid_parameter",
        "radius_m",
    ),
    (
        "lat=19.1&lng=72.9&radius_m=-5",
        "invalid_parameter",
        "radius_m",
    ),
    (
        "lat=19.1&lng=72.9&radius_m=200001",
        "invalid_parameter",
        "radius_m",
    ),
    (
        "lat=19.1&lng=72.9&radius_m=NaN",
        "invalid_parameter",
        "radius_m",
    ),
    (
        "lat=19.1&lng=72.9&radius_m=1km",
        "invalid_parameter",
        "radius_m",
    ),
    ("radius_min_m=500", "invalid_parameter", "radius_min_m"),
    (
        "lat=19.1&lng=72.9&radius_min_m=0",
        "invalid_parameter",
        "radius_min_m",
    ),
    (
        "lat=19.1&lng=72.9&radius_min_m=25001",
        "invalid_parameter",
        "radius_min_m",
    ),
    (
        "lat=19.1&lng=72.9&radius_min_m=600&radius_m=500",
        "invalid_parameter",
        "radius_min_m",
    ),
    ("status=draft", "invalid_parameter", "status"),
    ("status=", "invalid_parameter", "status"),
    ("verified=1", "invalid_parameter", "verified"),
    ("landlord_id=", "invalid_parameter", "landlord_id"),
    ("landlord_id=asha", "invalid_parameter", "landlord_id"),
    ("exclude=7", "invalid_parameter", "exclude"),
    ("filter=", "invalid_parameter", "filter"),
    ("filter=price", "invalid_parameter", "filter"),
    ("filter=status:draft", "invalid_parameter", "filter"),
    ("filter=id:1&filter=id:2", "duplicate_parameter", "filter"),
    ("polygon=", "invalid_parameter", "polygon"),
    ("polygon=1,2,3,4,5", "invalid_parameter", "polygon"),
    (
        "polygon=[[1,2],[3,4],[5,6]]",
        "invalid_parameter",
        "polygon",
    ),
    ("bbox=", "invalid_parameter", "bbox"),
    ("bbox=1,2,3,4,5", "invalid_parameter", "bbox"),
    ("bbox=1,2,3,4&bbox=1,2,3,4", "duplicate_parameter", "bbox"),
    ("sort=distance", "invalid_parameter", "sort"),
    ("sort=best", "invalid_parameter", "sort"),
    ("limit=0", "invalid_parameter", "limit"),
    ("limit=101", "invalid_parameter", "limit"),
    ("limit=-1", "invalid_parameter", "limit"),
    ("limit=1.5", "invalid_parameter", "limit"),
    ("page=0", "invalid_parameter", "page"),
    ("page=501", "invalid_parameter", "page"),
    ("page=101&limit=100", "invalid_parameter", "page"),
    ("page=99999999999999999999999", "invalid_parameter", "page"),
    ("cursor=", "invalid_cursor", "cursor"),
    ("cursor=abc", "invalid_cursor", "cursor"),
    ("cursor=abc&page=2", "invalid_parameter", "cursor"),
    ("count=some", "invalid_parameter", "count"),
    ("explain=yes", "invalid_parameter", "explain"),
    ("q=%FF%FE", "invalid_parameter", "q"),
    ("q=%C3", "invalid_parameter", "q"),
    ("q=%zz", "invalid_parameter", "q"),
    ("typos=3", "invalid_parameter", "typos"),
    ("typos=-1", "invalid_parameter", "typos"),
    ("q=desk&typos=some", "invalid_parameter", "typos"),
    ("q=desk&match=some", "invalid_parameter", "match"),
    ("price_min=-1", "invalid_parameter", "price_min"),
    ("price_max=-0.01", "invalid_parameter", "price_max"),
    ("price_max=1e400", "invalid_parameter", "price_max"),
    (
        "price_min=500&price_max=400",
        "invalid_parameter",
        "price_min",
    ),
    ("budget=-1", "invalid_parameter", "budget"),
    ("budget=0", "invalid_parameter", "budget"),
    ("occupants=0", "invalid_parameter", "occupants"),
    ("occupants=101", "invalid_parameter", "occupants"),
    ("room_type=castle", "invalid_parameter", "room_type"),
    ("room_type=", "invalid_parameter", "room_type"),
    ("amenities=wifi,helipad", "invalid_parameter", "amenities"),
    ("amenities=wifi,", "invalid_parameter", "amenities"),
    (
        "prefer_amenities=helipad",
        "invalid_parameter",
        "prefer_amenities",
    ),
    ("profile=nowhere", "invalid_parameter", "profile"),
    ("weights=text", "invalid_parameter", "weights"),
    ("weights=text:-1", "invalid_parameter", "weights"),
    ("weights=looks:1", "invalid_parameter", "weights"),
    ("venues=x", "unknown_parameter", "venues"),
    ("limit=5&limit=6", "duplicate_parameter", "limit"),
    ("q=a&q=a", "duplicate_parameter", "q"),
];

async fn error(service: &Service, path: &str, code: &str) -> Value {
    rejected(&service.get(path).await, 400, code)
}

#[tokio::test]
async fn every_bad_parameter_is_named_with_its_value_and_what_was_expected() {
    let service = Service::start();
    for (query, code, field) in OF_A_ROOM_SEARCH {
        let path = format!("/api/v1/rooms/search?{query}");
        let error = error(&service, &path, code).await;
        assert_eq!(error["field"], *field, "{query}: {error}");
        let message = error["message"].as_str().unwrap();
        assert!(message.contains(field), "{query}: {message}");
        assert!(error["expected"].is_string(), "{query}: {error}");
        assert_eq!(
            error["value"].is_string(),
            *code != "missing_parameter",
            "{query}: {error}"
        );
    }
}

#[tokio::test]
async fn other_routes_reject_invalid_parameters() {
    let service = Service::start();
    let id = "00000000-0000-0000-0000-000000000001";
    let cases = [
        ("/api/v1/venues/search".to_owned(), "missing_parameter", "q"),
        (
            "/api/v1/venues/search?q=a&radius_m=5".to_owned(),
            "invalid_parameter",
            "radius_m",
        ),
        (
            "/api/v1/venues/search?q=a&cursor=x".to_owned(),
            "unknown_parameter",
            "cursor",
        ),
        ("/api/v1/venues/12".to_owned(), "invalid_parameter", "id"),
        ("/api/v1/venues/%FF".to_owned(), "invalid_parameter", "id"),
        ("/api/v1/rooms/12".to_owned(), "invalid_parameter", "id"),
        (format!("/api/v1/rooms/{id}?x=1"), "unknown_parameter", "x"),
        (
            format!("/api/v1/rooms/{id}/ranking-score?limit=1"),
            "unknown_parameter",
            "limit",
        ),
        (
            format!("/api/v1/rooms/{id}/ranking-score?lat=1"),
            "missing_parameter",
            "lng",
        ),
        (
            "/api/rooms/search".to_owned(),
            "missing_parameter",
            "examLocationId",
        ),
        (
            "/api/rooms/search?examLocationId=7".to_owned(),
            "invalid_parameter",
            "examLocationId",
        ),
        (
            format!("/api/rooms/search?examLocationId={id}&radius=0"),
            "invalid_parameter",
            "radius",
        ),
        (
            format!("/api/rooms/search?examLocationId={id}&radius=201"),
            "invalid_parameter",
            "radius",
        ),
        (
            format!("/api/rooms/search?examLocationId={id}&page=0"),
            "invalid_parameter",
            "page",
        ),
    ];
    for (path, code, field) in cases {
        let error = error(&service, &path, code).await;
        assert_eq!(error["field"], field, "{path}: {error}");
    }
}

#[tokio::test]
async fn a_list_of_ids_has_a_maximum_length() {
    let service = Service::start();
    for (name, max) in [("landlord_id", 50), ("exclude", 200)] {
        let ids = |count| vec![IIT_BOMBAY.to_string(); count].join(",");
        let path = format!("/api/v1/rooms/search?{name}={}", ids(max));
        service.ok(&path).await;
        let path = format!("/api/v1/rooms/search?{name}={}", ids(max + 1));
        let error = error(&service, &path, "invalid_parameter").await;
        assert_eq!(error["expected"], format!("a list of at most {max} ids"));
        assert_eq!(error["value"], format!("{} ids", max + 1));
    }
}

#[tokio::test]
async fn a_page_error_states_the_last_page_at_its_limit() {
    let service = Service::start();
    for (query, value) in [
        ("page=101&limit=100", "101"),
        ("page=0&limit=100", "0"),
        ("page=two&limit=100", "two"),
    ] {
        let path = format!("/api/v1/rooms/search?{query}");
        let error = error(&service, &path, "invalid_parameter").await;
        assert_eq!(
            error["expected"],
            "a whole number from 1 to 100 at limit 100"
        );
        let message = error["message"].as_str().unwrap();
        assert!(
            message.contains(error["expected"].as_str().unwrap()),
            "{message}"
        );
        assert_eq!(error["value"], value);
        assert_eq!(message.contains("next_cursor"), value == "101", "{message}");
    }
}

#[tokio::test]
async fn an_id_that_cannot_be_decoded_is_reported_as_it_was_sent() {
    let service = Service::start();
    let error = error(&service, "/api/v1/rooms/%FF", "invalid_parameter").await;
    assert_eq!(error["value"], "/api/v1/rooms/%FF");
}

#[tokio::test]
async fn an_unknown_venue_is_not_found() {
    let service = Service::start();
    let id = "00000000-0000-0000-0000-000000000001";
    for (path, field) in [
        (format!("/api/v1/rooms/search?venue={id}"), "venue"),
        (
            format!("/api/rooms/search?examLocationId={id}"),
            "examLocationId",
        ),
    ] {
        let error = rejected(&service.get(&path).await, 404, "venue_not_found");
        assert_eq!(error["field"], field);
        assert_eq!(error["value"], id);
    }
}

#[tokio::test]
async fn a_place_is_either_a_venue_or_a_point() {
    let service = Service::start();
    let path = format!("/api/v1/rooms/search?venue={IIT_BOMBAY}&{PLACE}");
    let error = error(&service, &path, "invalid_parameter").await;
    assert_eq!(error["field"], "venue");
    assert_eq!(error["expected"], "left out when lat and lng are given");
}

#[tokio::test]
async fn swapped_coordinates_get_a_hint() {
    let service = Service::start();
    let path = "/api/v1/rooms/search?lat=151.2&lng=-33.9";
    let message = error(&service, path, "invalid_parameter").await["message"].take();
    assert!(
        message
            .as_str()
            .unwrap()
            .ends_with("; lat and lng look swapped"),
        "{message}"
    );
    let path = "/api/v1/rooms/search?lat=151.2&lng=120";
    let message = error(&service, path, "invalid_parameter").await["message"].take();
    assert!(!message.as_str().unwrap().contains("swapped"), "{message}");
}

#[tokio::test]
async fn a_query_of_ten_thousand_characters_is_rejected_in_a_short_answer() {
    let service = Service::start();
    for char in ["a", "%E0%A4%95", "a+"] {
        let path = format!("/api/v1/rooms/search?q={}", char.repeat(7_000));
        let error = error(&service, &path, "invalid_parameter").await;
        assert_eq!(error["expected"], "a text of at most 512 characters");
        assert!(error.to_string().len() < 1_500);
    }
    let many = error(
        &service,
        &format!(
            "/api/v1/rooms/search?q={}",
            (0..40).map(|n| format!("{n}+")).collect::<String>()
        ),
        "invalid_parameter",
    )
    .await;
    assert_eq!(many["expected"], "a text of at most 32 words");
}

#[tokio::test]
async fn a_cursor_of_another_query_is_rejected() {
    let service = Service::start();
    let (_, meta) = service.ok("/api/v1/rooms/search?limit=5&sort=price").await;
    let cursor = meta["next_cursor"].as_str().unwrap().to_owned();
    service
        .ok(&format!(
            "/api/v1/rooms/search?limit=9&sort=price&cursor={cursor}"
        ))
        .await;
    for other in [
        "sort=rating",
        "sort=price&q=desk",
        "sort=price&occupants=2",
        "",
    ] {
        let path = format!("/api/v1/rooms/search?{other}&cursor={cursor}");
        let error = error(&service, &path, "invalid_cursor").await;
        assert_eq!(error["field"], "cursor");
    }
}

#[tokio::test]
async fn a_misspelt_word_gets_the_nearest_known_one() {
    let service = Service::start();
    let hints = [
        ("amenties=wifi", "did you mean amenities?"),
        ("radius=5", "did you mean radius_m?"),
        ("amenities=wi-fi", "did you mean wifi?"),
        ("room_type=private", "did you mean private_room?"),
        ("profile=landlords", "did you mean landlord?"),
        ("weights=distence:3", "did you mean distance?"),
    ];
    for (query, hint) in hints {
        let reply = service.get(&format!("/api/v1/rooms/search?{query}")).await;
        let message = reply.json["error"]["message"].as_str().unwrap();
        assert!(message.ends_with(hint), "{query}: {message}");
    }
    let reply = service.get("/api/v1/rooms/search?profile=x").await;
    let error = rejected(&reply, 400, "invalid_parameter");
    assert_eq!(error["expected"], "one of landlord, near, room");
}
