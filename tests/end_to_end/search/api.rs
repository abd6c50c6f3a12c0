//! Hits, errors and response headers of the API over real HTTP.

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::harness::{LANDLORD, Roost, SIXTY_ROOMS, TestDatabase, VENUE, room_id};

const UNKNOWN: &str = "00000000-0000-7000-8000-00000000dead";

/// The query of a room search, then the status, code and field of the expected error.
const BAD_REQUESTS: &[(&str, u16, &str, &str)] = &[
    ("lat=90.01&lng=0", 400, "invalid_parameter", "lat"),
    ("lat=19&lng=-180.5", 400, "invalid_parameter", "lng"),
    ("lat=NaN&lng=72", 400, "invalid_parameter", "lat"),
    ("lat=151.2&lng=-33.9", 400, "invalid_parameter", "lat"),
    ("lat=19.1", 400, "missing_parameter", "lng"),
    ("lng=72.9", 400, "missing_parameter", "lat"),
    ("venue=VENUE&lat=1&lng=1", 400, "invalid_parameter", "venue"),
    ("venue=bombay", 400, "invalid_parameter", "venue"),
    ("venue=UNKNOWN", 404, "venue_not_found", "venue"),
    ("venues=VENUE", 400, "unknown_parameter", "venues"),
    ("amenities=helipad", 400, "invalid_parameter", "amenities"),
    ("room_type=castle", 400, "invalid_parameter", "room_type"),
    (
        "venue=VENUE&radius_m=-1",
        400,
        "invalid_parameter",
        "radius_m",
    ),
    (
        "venue=VENUE&radius_m=0",
        400,
        "invalid_parameter",
        "radius_m",
    ),
    (
        "venue=VENUE&radius_m=200000.1",
        400,
        "invalid_parameter",
        "radius_m",
    ),
    ("radius_m=5000", 400, "invalid_parameter", "radius_m"),
    ("limit=0", 400, "invalid_parameter", "limit"),
    ("limit=101", 400, "invalid_parameter", "limit"),
    ("limit=5&limit=5", 400, "duplicate_parameter", "limit"),
    ("page=0", 400, "invalid_parameter", "page"),
    ("page=501", 400, "invalid_parameter", "page"),
    ("cursor=AAAA", 400, "invalid_cursor", "cursor"),
    ("cursor=CURSOR&sort=price", 400, "invalid_cursor", "cursor"),
    ("cursor=CURSOR&page=2", 400, "invalid_parameter", "cursor"),
    ("count=all", 400, "invalid_parameter", "count"),
    ("timeout_ms=0", 400, "invalid_parameter", "timeout_ms"),
    ("timeout_ms=10001", 400, "invalid_parameter", "timeout_ms"),
    ("sort=distance", 400, "invalid_parameter", "sort"),
    ("profile=venue", 400, "invalid_parameter", "profile"),
    ("weights=distance:-1", 400, "invalid_parameter", "weights"),
    (
        "price_min=2&price_max=1",
        400,
        "invalid_parameter",
        "price_min",
    ),
    ("budget=0", 400, "invalid_parameter", "budget"),
    ("occupants=0", 400, "invalid_parameter", "occupants"),
    ("q=%FF%FE", 400, "invalid_parameter", "q"),
    ("q=100%", 400, "invalid_parameter", "q"),
    ("q=TEN_THOUSAND_A", 400, "invalid_parameter", "q"),
    ("q=TEN_THOUSAND_E_ACUTE", 400, "invalid_parameter", "q"),
];

#[tokio::test]
async fn every_bad_request_gets_a_short_response_with_field_value_and_expectation() {
    let (_database, mut node) = sixty_rooms().await;
    let (_, first) = node.get("/api/v1/rooms/search?limit=5").await;
    let cursor = first["meta"]["next_cursor"].as_str().unwrap();
    for (query, status, code, field) in BAD_REQUESTS {
        let sent = query
            .replace("VENUE", VENUE)
            .replace("UNKNOWN", UNKNOWN)
            .replace("CURSOR", cursor)
            .replace("TEN_THOUSAND_A", &"a".repeat(10_000))
            .replace("TEN_THOUSAND_E_ACUTE", &"%C3%A9".repeat(10_000));
        let target = format!("/api/v1/rooms/search?{sent}");
        let answer = send(&node, "GET", target.as_bytes(), "").await;
        assert_eq!(answer.status, *status, "{query}: {}", answer.head);
        assert!(
            answer.body.len() < 1_500,
            "{query}: {} bytes",
            answer.body.len()
        );
        let json = answer.json();
        assert_eq!(
            (&json["success"], &json["data"]),
            (&false.into(), &Value::Null)
        );
        let error = &json["error"];
        assert_eq!(error["code"], *code, "{query}: {error}");
        assert_eq!(error["field"], *field, "{query}: {error}");
        assert!(error["message"].is_string(), "{query}: {error}");
        assert!(error["expected"].is_string(), "{query}: {error}");
        // A missing parameter has no value.
        let has_value = *code != "missing_parameter";
        assert_eq!(error["value"].is_string(), has_value, "{query}: {error}");
    }
    node.stop().await;
}

#[tokio::test]
async fn malformed_requests_get_a_bare_status_and_the_next_request_is_answered() {
    let (_database, mut node) = sixty_rooms().await;
    let search = "/api/v1/rooms/search?q=";
    let too_long = format!("{search}{}", "%E0%A4%95".repeat(10_000));
    assert_eq!(
        send(&node, "GET", too_long.as_bytes(), "").await.status,
        414
    );
    for byte in [b'\0', b'\xFF'] {
        let target = [search.as_bytes(), &[byte]].concat();
        let answer = send(&node, "GET", &target, "").await;
        assert_eq!(answer.status, 400, "{byte}: {}", answer.head);
    }
    // Characters that are not percent-encoded are accepted.
    let raw_utf8 = format!("{search}café");
    assert_eq!(
        send(&node, "GET", raw_utf8.as_bytes(), "").await.status,
        200
    );
    node.stop().await;
}

#[tokio::test]
async fn every_route_answers_in_the_envelope() {
    let (_database, mut node) = sixty_rooms().await;
    let nearest = room_id(1);
    for (path, pointer, expected) in [
        (
            format!("/api/v1/rooms/search?venue={VENUE}&q=desk&sort=distance"),
            "/data/0/room/id",
            Value::from(nearest.clone()),
        ),
        (
            format!("/api/rooms/search?examLocationId={VENUE}&radius=0.5"),
            "/meta/total",
            3.into(),
        ),
        (
            format!("/api/v1/rooms/{nearest}"),
            "/data/landlord_id",
            LANDLORD.into(),
        ),
        (
            format!("/api/v1/rooms/{nearest}/ranking-score?venue={VENUE}&weights=distance:1"),
            "/data/components/0/component",
            "distance".into(),
        ),
        (
            "/api/v1/venues/search?q=iit+bom".to_owned(),
            "/data/0/venue/id",
            VENUE.into(),
        ),
        (
            format!("/api/v1/venues/{VENUE}"),
            "/data/name",
            "Indian Institute of Technology Bombay".into(),
        ),
        ("/health/live".to_owned(), "/data/status", "live".into()),
        ("/health/ready".to_owned(), "/data/status", "ready".into()),
    ] {
        let (status, answer) = node.get(&path).await;
        assert_eq!(status, 200, "{path}: {answer}");
        assert_eq!(answer["success"], true, "{path}");
        assert_eq!(answer["error"], Value::Null, "{path}");
        assert_eq!(answer.pointer(pointer), Some(&expected), "{path}: {answer}");
        if path.starts_with("/api/") {
            let meta = &answer["meta"];
            assert!(meta["took_us"].is_u64(), "{path}: {meta}");
            assert!(meta["index"]["age_ms"].is_u64(), "{path}: {meta}");
            assert!(meta["index"]["position"].is_string(), "{path}: {meta}");
        }
    }
    let (_, document) = node.get("/openapi.json").await;
    assert!(document["paths"]["/api/v1/rooms/search"].is_object());
    node.stop().await;
}

#[tokio::test]
async fn head_has_no_body_and_gzip_shrinks_a_response() {
    let (_database, mut node) = sixty_rooms().await;
    let target = b"/api/v1/rooms/search?limit=60";
    let plain = send(&node, "GET", target, "").await;
    let head = send(&node, "HEAD", target, "").await;
    assert_eq!((head.status, head.body.len()), (200, 0));
    let zipped = send(&node, "GET", target, "accept-encoding: gzip\r\n").await;
    assert!(
        zipped.head.contains("content-encoding: gzip"),
        "{}",
        zipped.head
    );
    assert!(
        zipped.head.contains("vary: accept-encoding"),
        "{}",
        zipped.head
    );
    assert!(zipped.body.len() * 5 < plain.body.len());
    node.stop().await;
}

#[tokio::test]
async fn scores_are_numbers_when_every_price_is_zero() {
    let (_database, mut node) = sixty_rooms().await;
    let path = format!("/api/v1/rooms/search?venue={VENUE}&price_max=0&explain=true");
    let (_, answer) = node.get(&path).await;
    assert_eq!(answer["meta"]["total"], 1, "{answer}");
    let hit = &answer["data"][0];
    assert_eq!(hit["room"]["id"], room_id(60));
    assert!(hit["match_score"].as_f64().unwrap() > 0.0, "{hit}");
    node.stop().await;
}

#[tokio::test]
async fn a_response_says_whether_its_deadline_passed_and_on_request_how_hits_were_found() {
    let (_database, mut node) = sixty_rooms().await;
    let path = format!("/api/v1/rooms/search?venue={VENUE}&q=desk&explain=true");
    let (_, complete) = node.get(&path).await;
    let meta = &complete["meta"];
    assert_eq!(meta["partial"], false, "{meta}");
    assert!(meta["plan"]["name"].is_string(), "{meta}");
    let scored = meta["plan"]["documents_scored"].as_u64().unwrap();
    assert!((20..=60).contains(&scored), "{meta}");
    let (status, hurried) = node.get(&format!("{path}&timeout_ms=1")).await;
    assert_eq!(status, 200, "{hurried}");
    let meta = &hurried["meta"];
    let is_partial = meta["partial"].as_bool().unwrap();
    assert_eq!(meta["total_is"] == "exact", !is_partial, "{meta}");
    node.stop().await;
}

#[tokio::test]
async fn a_configured_profile_decides_the_order() {
    let database = TestDatabase::create().await;
    database.execute(SIXTY_ROOMS).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("roost.toml");
    std::fs::write(
        &file,
        "[profiles.near]\nbase = 20\nhalf_distance_m = 500\nweights = { distance = 3, price = 1 }\n\
         [profiles.room]\nweights = { price = 1 }\n",
    )
    .unwrap();
    let more = [("ROOST_CONFIG", file.to_str().unwrap())];
    let mut node = Roost::start_unready(&database.url, &database.name, &more).await;
    node.wait_until_ready().await;
    let query = format!("/api/v1/rooms/search?venue={VENUE}&budget=600&explain=true&limit=1");
    let (_, near) = node.get(&format!("{query}&profile=near")).await;
    let hit = &near["data"][0];
    assert_eq!(near["meta"]["query"]["profile"], "near");
    assert_eq!(hit["room"]["id"], room_id(1), "{hit}");
    assert_eq!(hit["base"], 20.0);
    let components = hit["components"].as_array().unwrap();
    let weights: Vec<_> = components
        .iter()
        .map(|c| (&c["component"], &c["weight"]))
        .collect();
    assert_eq!(
        weights,
        [
            (&"distance".into(), &3.0.into()),
            (&"price".into(), &1.0.into())
        ]
    );
    let points: f64 = components
        .iter()
        .map(|c| c["points"].as_f64().unwrap())
        .sum();
    let score = hit["match_score"].as_f64().unwrap();
    assert!((20.0 + points - score).abs() < 1e-9, "{hit}");
    // The default profile now ranks by price alone, and the cheapest room is the farthest.
    let (_, cheapest) = node.get(&query).await;
    assert_eq!(cheapest["data"][0]["room"]["id"], room_id(60));
    let (status, unknown) = node.get("/api/v1/rooms/search?profile=far").await;
    assert_eq!(status, 400);
    assert_eq!(unknown["error"]["expected"], "one of landlord, near, room");
    node.stop().await;
}

async fn sixty_rooms() -> (TestDatabase, Roost) {
    let database = TestDatabase::create().await;
    database.execute(SIXTY_ROOMS).await;
    let node = Roost::start(&database).await;
    (database, node)
}

struct Response {
    status: u16,
    head: String,
    body: Vec<u8>,
}

impl Response {
    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

/// Sends a request unchanged: an HTTP client would correct or reject some targets.
async fn send(node: &Roost, method: &str, target: &[u8], headers: &str) -> Response {
    let mut connection = TcpStream::connect(node.address()).await.unwrap();
    let rest = format!(" HTTP/1.1\r\nhost: roost\r\nconnection: close\r\n{headers}\r\n");
    let request = [method.as_bytes(), b" ", target, rest.as_bytes()].concat();
    connection.write_all(&request).await.unwrap();
    let mut answer = Vec::new();
    connection.read_to_end(&mut answer).await.unwrap();
    let head_bytes = answer
        .windows(4)
        .position(|end| end == b"\r\n\r\n")
        .unwrap();
    let head = String::from_utf8(answer[..head_bytes].to_vec()).unwrap();
    Response {
        status: head.split(' ').nth(1).unwrap().parse().unwrap(),
        body: answer[head_bytes + 4..].to_vec(),
        head,
    }
}
