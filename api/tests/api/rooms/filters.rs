//! Tests of the filters by place, status, verification, landlord and id.

use roost_engine::Key;
use serde_json::Value;

use crate::service::{
    DRAFT, IIT_BOMBAY, LANDLORD, PAUSED, ROOM_COUNT, Service, UNAVAILABLE_LANDLORD, rejected,
    room_key,
};

async fn found(service: &Service, query: &str) -> (Vec<String>, Value) {
    let path = format!("/api/v1/rooms/search?limit=100&sort=rating&{query}");
    let (hits, meta) = service.ok(&path).await;
    let hits = hits.as_array().unwrap().iter();
    let ids = hits.map(|hit| hit["room"]["id"].as_str().unwrap().to_owned());
    (ids.collect(), meta)
}

fn rooms(numbers: impl IntoIterator<Item = usize>) -> Vec<String> {
    let numbers = numbers.into_iter();
    numbers.map(|at| room_key(at).to_string()).collect()
}

#[tokio::test]
async fn a_polygon_and_a_bounding_box_contain_the_rooms_inside() {
    let service = Service::start();
    for area in [
        "bbox=19.13,72.9,19.14,72.92",
        "polygon=19.13,72.9,19.13,72.92,19.14,72.92,19.14,72.9",
        "polygon=19.13,72.9,19.14,72.9,19.14,72.92,19.13,72.92,19.13,72.9",
        "bbox=19.0,72.9,19.14,73&polygon=19.13,72.9,19.13,72.92,20,72.91",
    ] {
        let (ids, meta) = found(&service, area).await;
        assert_eq!(ids, rooms(0..5), "{area}");
        assert_eq!(meta["total"], 5, "{area}");
    }
    let (ids, _) = found(&service, "bbox=19,-73,20,-72").await;
    assert_eq!(ids.len(), 0);
}

#[tokio::test]
async fn a_bounding_box_may_cross_the_antimeridian() {
    let service = Service::start();
    let (ids, _) = found(&service, "bbox=19,72.95,20,72.92").await;
    assert_eq!(ids.len(), ROOM_COUNT, "all the way round");
    let (ids, _) = found(&service, "bbox=19,170,20,-170").await;
    assert_eq!(ids.len(), 0);
}

#[tokio::test]
async fn with_an_area_a_place_has_no_default_radius() {
    let service = Service::start();
    let far = "lat=28.6&lng=77.2";
    let (ids, _) = found(&service, far).await;
    assert_eq!(ids.len(), 0);
    let (ids, meta) = found(&service, &format!("{far}&bbox=19.13,72.9,19.14,72.92")).await;
    assert_eq!(ids, rooms(0..5));
    assert_eq!(meta["query"]["radius_m"], Value::Null);
}

#[tokio::test]
async fn a_minimum_distance_excludes_nearer_rooms() {
    let service = Service::start();
    let ring = format!("venue={IIT_BOMBAY}&radius_min_m=500&radius_m=1000");
    let (ids, meta) = found(&service, &ring).await;
    assert_eq!(ids, rooms(4..7));
    assert_eq!(meta["query"]["radius_min_m"], 500.0);
}

#[tokio::test]
async fn only_verified_rooms_are_found_on_request() {
    let service = Service::start();
    let (ids, _) = found(&service, "verified=true").await;
    assert_eq!(ids, rooms((0..ROOM_COUNT).step_by(3)));
    let (ids, _) = found(&service, "verified=false").await;
    assert_eq!(ids.len(), ROOM_COUNT);
}

#[tokio::test]
async fn rooms_are_found_by_their_floor() {
    let service = Service::start();
    let (ids, _) = found(&service, "floor_max=0").await;
    assert_eq!(ids, rooms((0..ROOM_COUNT).step_by(3)));
    let (ids, _) = found(&service, "floor_min=1&floor_max=1").await;
    let on_the_first = (0..ROOM_COUNT).filter(|at| at % 3 == 1 && *at != 4);
    assert_eq!(ids, rooms(on_the_first), "the floor of room 4 is unknown");
    let path = "/api/v1/rooms/search?floor_min=2&floor_max=1";
    let error = rejected(&service.get(path).await, 400, "invalid_parameter");
    assert_eq!(error["field"], "floor_min");
    assert_eq!(error["expected"], "at most floor_max, which is 1");
}

#[tokio::test]
async fn rooms_are_found_by_their_landlord() {
    let service = Service::start();
    for (landlords, count) in [
        (format!("landlord_id={LANDLORD}"), ROOM_COUNT),
        (format!("landlord_id={UNAVAILABLE_LANDLORD}"), 0),
        (
            format!("landlord_id={UNAVAILABLE_LANDLORD},{LANDLORD}"),
            ROOM_COUNT,
        ),
        (format!("landlord_id={}", Key::from_u128(404)), 0),
    ] {
        let (ids, meta) = found(&service, &landlords).await;
        assert_eq!(
            (ids.len(), &meta["total"]),
            (count, &count.into()),
            "{landlords}"
        );
    }
}

#[tokio::test]
async fn excluded_rooms_are_not_found() {
    let service = Service::start();
    let exclude = format!("exclude={},{}&exclude={}", room_key(0), room_key(2), DRAFT);
    let (ids, meta) = found(&service, &exclude).await;
    assert_eq!(ids, rooms((1..ROOM_COUNT).filter(|&at| at != 2)));
    assert_eq!(meta["total"], ROOM_COUNT - 2);
}

#[tokio::test]
async fn paused_rooms_are_found_on_request_and_drafts_never() {
    let service = Service::start();
    let (ids, _) = found(&service, "status=paused").await;
    assert_eq!(ids, [PAUSED.to_string()]);
    let (ids, _) = found(&service, "status=listed,paused").await;
    assert_eq!(ids.len(), ROOM_COUNT + 1);
    let (room, _) = service.ok(&format!("/api/v1/rooms/{PAUSED}")).await;
    assert_eq!(room["status"], "paused");
    let reply = service.get("/api/v1/rooms/search?status=draft").await;
    let error = rejected(&reply, 400, "invalid_parameter");
    assert_eq!(error["expected"], "one of listed, paused");
}

#[tokio::test]
async fn an_area_error_explains_what_is_wrong() {
    let service = Service::start();
    let line = "19.1,72.8,19.2,72.9";
    for (query, why) in [
        ("bbox=1,2,3".to_owned(), "there are 3 numbers"),
        ("bbox=1,2,x,4".to_owned(), "number 3 is \"x\""),
        ("bbox=1,2,NaN,4".to_owned(), "number 3 is \"NaN\""),
        (
            "bbox=20,72,19,73".to_owned(),
            "south, 20, is above north, 19",
        ),
        (
            "bbox=19,72,20,190".to_owned(),
            "longitude 190 is not within -180 to 180 degrees",
        ),
        (
            format!("polygon={line}"),
            "this one has 2 different corners, fewer than 3",
        ),
        (
            format!("polygon={line},19.1"),
            "its last latitude has no longitude: there are 5 numbers",
        ),
        (
            "polygon=72.8,19.1,72.9,19.2,151.2,-33.9".to_owned(),
            "corner 3: latitude 151.2 is not within -90 to 90 degrees; lat and lng look swapped",
        ),
        (
            format!("polygon={}{line}", format!("{line},").repeat(250)),
            "this one has 502 corners, more than 500",
        ),
        (
            "polygon=0,0,0,120,0,-120".to_owned(),
            "this one spans more than 8000 km to each side of its middle",
        ),
    ] {
        let reply = service.get(&format!("/api/v1/rooms/search?{query}")).await;
        let error = rejected(&reply, 400, "invalid_parameter");
        assert_eq!(error["field"], query.split('=').next().unwrap());
        let message = error["message"].as_str().unwrap();
        assert!(message.ends_with(&format!("; {why}")), "{message}");
        assert!(error.to_string().len() < 1_500);
    }
}
