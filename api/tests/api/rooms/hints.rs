//! Tests of hints and error messages for requests that are easily got wrong, over a real socket.

use std::sync::Arc;

use roost_engine::Language;
use serde_json::{Value, json};

use crate::service::socket::Socket;
use crate::service::{Service, encoded};

const SEARCH: &str = "/api/v1/rooms/search";

/// The parameter, value and suggestion of each hint.
async fn hints(socket: &Socket, query: &str) -> Vec<[String; 3]> {
    let response = socket.get(&format!("{SEARCH}?{query}")).await;
    let (data, meta) = response.ok();
    let hints = meta["hints"].as_array().cloned().unwrap_or_default();
    assert!(hints.is_empty() || data == &json!([]), "{query}: {data}");
    let text = |hint: &Value, name| hint[name].as_str().unwrap().to_owned();
    let names = ["parameter", "value", "suggestion"];
    hints
        .iter()
        .map(|hint| names.map(|name| text(hint, name)))
        .collect()
}

#[tokio::test]
async fn an_empty_result_hints_at_the_reading_that_finds_rooms() {
    let socket = Socket::serve(&Service::start()).await;
    let filter = |text: &str| format!("filter={}", encoded(text));
    let grouped = "lat=72.9133&lng=19.1334&group_by=landlord&count=none";
    for (query, parameter, value, suggestion) in [
        (
            "lat=72.9133&lng=19.1334",
            "lat,lng",
            "72.9133,19.1334",
            "19.1334,72.9133",
        ),
        (grouped, "lat,lng", "72.9133,19.1334", "19.1334,72.9133"),
        ("lat=19.15&lng=72.92&radius_m=5", "radius_m", "5", "5000"),
        (
            "bbox=72.8,19.1,73,19.2",
            "bbox",
            "72.8,19.1,73,19.2",
            "19.1,72.8,19.2,73",
        ),
        (
            "polygon=72.8,19.1,73,19.1,73,19.2,72.8,19.2",
            "polygon",
            "72.8,19.1,73,19.1,73,19.2,72.8,19.2",
            "19.1,72.8,19.1,73,19.2,73,19.2,72.8",
        ),
        (
            &filter("city:'Mumbai'"),
            "filter",
            "city:\"'Mumbai'\"",
            "city:\"Mumbai\"",
        ),
        (
            &filter("NOT locality:x AND city:[mumbay, Pune]"),
            "filter",
            "NOT locality:\"x\" AND city:[\"mumbay\", \"Pune\"]",
            "NOT locality:\"x\" AND city:[\"Mumbai\", \"Pune\"]",
        ),
        (
            &filter("locality:powai"),
            "filter",
            "locality:\"powai\"",
            "locality:\"Powai\"",
        ),
    ] {
        let expected = [parameter, value, suggestion].map(str::to_owned);
        assert_eq!(hints(&socket, query).await, [expected], "{query}");
    }
}

#[tokio::test]
async fn a_hint_knows_the_synonyms_of_the_node() {
    let mut language = Language::new(80);
    language.add_synonyms("bombay => mumbai").unwrap();
    let service = Service::start().with_language(Arc::new(language));
    let socket = Socket::serve(&service).await;
    let found = hints(&socket, "filter=city:Bombay").await;
    assert_eq!(found[0][2], "city:\"Mumbai\"");
}

#[tokio::test]
async fn a_hint_is_only_given_if_it_helps() {
    let socket = Socket::serve(&Service::start()).await;
    for query in [
        // It finds rooms.
        "lat=19.1334&lng=72.9133&radius_m=200",
        "filter=city:Mumbai",
        // Nothing is there in any reading.
        "lat=10&lng=20&radius_m=5",
        "bbox=10,20,11,21",
        "lat=72.9133&lng=19.1334&price_min=100000",
        "filter=city:Atlantis",
        // A longitude that is no latitude.
        "lat=10&lng=100",
        // It has too many words to be repeated.
        "lat=72.9133&lng=19.1334&q=room+desk+hill+side+road+powai+mumbai+cafe+downstairs",
        // The page is empty, not the result.
        "lat=19.1334&lng=72.9133&page=500",
    ] {
        assert!(hints(&socket, query).await.is_empty(), "{query}");
    }
    let body = json!({"searches": [{"lat": 72.9133, "lng": 19.1334}]}).to_string();
    let response = socket.post("/api/v1/multi-search", &body).await;
    let hint = &response.ok().0[0]["meta"]["hints"][0];
    assert_eq!(hint["suggestion"], "19.1334,72.9133");
}

#[tokio::test]
async fn a_text_without_a_word_is_the_same_as_none() {
    let socket = Socket::serve(&Service::start()).await;
    for text in ["'", "\"", "\u{1f600}", "", " ", "--", "?!"] {
        let q = encoded(text);
        let (with, without) = (
            format!("{SEARCH}?limit=3&q={q}"),
            format!("{SEARCH}?limit=3"),
        );
        let (with, without) = (socket.get(&with).await, socket.get(&without).await);
        assert_eq!(with.ok().0, without.ok().0, "{text:?}");
        let suggested = socket.get(&format!("/api/v1/suggest?q={q}")).await;
        assert_eq!(suggested.ok().0, &json!([]), "{text:?}");
        let venues = socket.get(&format!("/api/v1/venues/search?q={q}")).await;
        assert_eq!(venues.ok().1["total"], 2, "{text:?}");
    }
}

#[tokio::test]
async fn an_error_names_what_the_caller_probably_meant() {
    let socket = Socket::serve(&Service::start()).await;
    for (path, message) in [
        ("rooms/search?max_price=900", "did you mean price_max?"),
        ("rooms/search?min_price=900", "did you mean price_min?"),
        (
            "rooms/search?check_in=5.12.2026&check_out=2026-12-08",
            "check_in must be a date in the format YYYY-MM-DD, such as 2026-12-05, not",
        ),
        (
            "rooms/search?check_in=2027-02-30&check_out=2027-03-02",
            "not \"2027-02-30\"; the calendar has no such day",
        ),
        (
            "rooms/search?check_in=2020-01-01&check_out=2020-01-02",
            "in the format YYYY-MM-DD, not \"2020-01-01\"",
        ),
        (
            "venues/search?q=iit&radius_m=500",
            "given together with a place: lat and lng, not",
        ),
        (
            "rooms/search?radius_m=500",
            "given together with a place: venue, or lat and lng, not",
        ),
        (
            "rooms/search?page=501",
            "the cursor meta.next_cursor goes deeper",
        ),
    ] {
        let response = socket.get(&format!("/api/v1/{path}")).await;
        assert_eq!(response.status, 400, "{path}");
        let found = response.json["error"]["message"].as_str().unwrap();
        assert!(found.contains(message), "{path}: {found}");
    }
    let response = socket.get("/api/v1/venues/search?q=iit&page=501").await;
    let message = response.json["error"]["message"].as_str().unwrap();
    assert!(!message.contains("cursor"), "{message}");
}
