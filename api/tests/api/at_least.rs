//! Tests of `at_least`: a caller reads its own write.

use std::sync::Arc;
use std::time::Duration;

use roost_engine::Position;
use serde_json::json;

use crate::service::{IIT_BOMBAY, Service, rejected, room_key};

const NEXT: &str = "16/B374D900";

#[tokio::test]
async fn every_read_waits_until_the_index_reaches_the_position() {
    let service = Arc::new(Service::start());
    let room = room_key(0);
    let paths = [
        "/api/v1/rooms/search?".to_owned(),
        "/api/v1/rooms/search?q=desk&".to_owned(),
        "/api/v1/venues/search?q=iit&".to_owned(),
        format!("/api/v1/rooms/{room}?"),
        format!("/api/v1/rooms/{room}/ranking-score?"),
        format!("/api/v1/venues/{IIT_BOMBAY}?"),
        "/api/v1/suggest?q=iit&".to_owned(),
        "/api/v1/rooms/heatmap?lat=19.1&lng=72.9&".to_owned(),
    ];
    // Far more than can search at once.
    let waiting: Vec<_> = paths
        .iter()
        .cycle()
        .take(300)
        .map(|path| {
            let (service, path) = (Arc::clone(&service), format!("{path}at_least={NEXT}"));
            tokio::spawn(async move { service.get(&path).await })
        })
        .collect();
    // Waiting requests do not delay others.
    for path in &paths {
        service.ok(&format!("{path}at_least=16/B374D848")).await;
        service.ok(path.trim_end_matches(['?', '&'])).await;
    }
    assert!(waiting.iter().all(|reply| !reply.is_finished()));
    service.reach(NEXT.parse().unwrap());
    for reply in waiting {
        let reply = reply.await.unwrap();
        assert_eq!(reply.status, 200, "{}", reply.json);
    }
}

#[tokio::test]
async fn a_position_not_reached_in_time_is_an_error_that_reports_how_far_the_index_is() {
    let service = Service::start();
    let path = "/api/v1/rooms/search?timeout_ms=1&at_least=FFFFFFFF/0";
    let reply = service.get(path).await;
    let error = rejected(&reply, 504, "behind");
    assert_eq!(error["field"], "at_least");
    assert_eq!(error["value"], "FFFFFFFF/0");
    let message = error["message"].as_str().unwrap();
    assert!(
        message.contains("documents are at 16/B374D848"),
        "{message}"
    );
    assert_eq!(reply.headers["retry-after"], "1");

    let service = service.with_search_timeout(Duration::ZERO);
    let path = format!("/api/v1/venues/{IIT_BOMBAY}?at_least={NEXT}");
    rejected(&service.get(&path).await, 504, "behind");
    service.reach(Position(u64::MAX));
    service.ok(&path).await;
}

#[tokio::test]
async fn many_searches_of_one_request_wait_once() {
    let service = Service::start();
    let body = |at_least: &str| json!({"searches": [{"q": "desk"}, {"q": "room"}], "at_least": at_least, "timeout_ms": 50});
    let ask = async |at_least| {
        let body = body(at_least).to_string();
        service.post("/api/v1/multi-search", body).await
    };
    rejected(&ask(NEXT).await, 504, "behind");
    service.reach(NEXT.parse().unwrap());
    assert_eq!(ask(NEXT).await.status, 200);
    rejected(&ask("soon").await, 400, "invalid_parameter");
}

#[tokio::test]
async fn an_invalid_position_is_rejected_by_name() {
    let service = Service::start();
    for value in [
        "",
        "16",
        "B374D848",
        "16/",
        "/1",
        "G/1",
        "1/2/3",
        "1/123456789",
        "-1/2",
        "%2B1/2",
    ] {
        for path in ["/api/v1/rooms/search", "/api/v1/venues/search"] {
            let path = format!("{path}?q=desk&at_least={value}");
            let error = rejected(&service.get(&path).await, 400, "invalid_parameter");
            assert_eq!(error["field"], "at_least", "{value}");
            assert_eq!(
                error["expected"],
                "a position of the log such as 16/B374D848"
            );
        }
    }
}

#[tokio::test]
async fn an_answer_reports_position_and_age_of_documents_and_signals() {
    let service = Service::start();
    let (_, meta) = service.ok("/api/v1/rooms/search").await;
    assert_eq!(meta["index"]["signals_age_ms"], serde_json::Value::Null);
    let at = std::time::SystemTime::now() - Duration::from_secs(2);
    service
        .writer
        .lock()
        .unwrap()
        .mark_signals_current(NEXT.parse().unwrap(), at);
    let (_, meta) = service.ok("/api/v1/rooms/search").await;
    assert_eq!(meta["index"]["signals_position"], NEXT);
    let age_ms = meta["index"]["signals_age_ms"].as_u64().unwrap();
    assert!((2_000..60_000).contains(&age_ms), "{age_ms}");
}
