//! Tests of deadlines and partial results.

use std::time::Duration;

use serde_json::{Value, json};

use crate::service::{IIT_BOMBAY, ROOM_COUNT, Service, rejected, room_key};

#[tokio::test]
async fn a_search_past_its_deadline_returns_a_partial_result() {
    let service = Service::start().with_search_timeout(Duration::ZERO);
    for path in [
        "/api/v1/rooms/search".to_owned(),
        "/api/v1/rooms/search?q=desk&count=exact".to_owned(),
        format!("/api/v1/rooms/search?venue={IIT_BOMBAY}&sort=distance"),
        format!("/api/rooms/search?examLocationId={IIT_BOMBAY}"),
        "/api/v1/venues/search?q=iit".to_owned(),
    ] {
        let (hits, meta) = service.ok(&path).await;
        assert_eq!(meta["partial"], true, "{path}: {meta}");
        assert_eq!(meta["total_is"], "at_least", "{path}: {meta}");
        assert_eq!(hits, json!([]), "{path}");
    }
    let (_, meta) = service.ok("/api/v1/rooms/search?count=none").await;
    assert_eq!(meta["partial"], true);
    assert!(meta.get("total").is_none(), "{meta}");
}

#[tokio::test]
async fn a_lookup_by_id_is_answered_however_short_the_time() {
    let service = Service::start().with_search_timeout(Duration::ZERO);
    let room = room_key(0);
    let path = format!("/api/v1/rooms/{room}/ranking-score?venue={IIT_BOMBAY}&q=desk");
    let (score, _) = service.ok(&path).await;
    assert!(score["match_score"].as_f64().unwrap() > 0.0, "{score}");
    service.ok(&format!("/api/v1/rooms/{room}")).await;
    service.ok(&format!("/api/v1/venues/{IIT_BOMBAY}")).await;
}

#[tokio::test]
async fn a_caller_may_set_the_deadline() {
    let service = Service::start().with_search_timeout(Duration::ZERO);
    let (hits, meta) = service
        .ok("/api/v1/rooms/search?timeout_ms=10000&count=exact")
        .await;
    assert_eq!(meta["partial"], false, "{meta}");
    assert_eq!(
        (&meta["total"], &meta["total_is"]),
        (&ROOM_COUNT.into(), &"exact".into())
    );
    assert_eq!(hits.as_array().unwrap().len(), 20);
}

#[tokio::test]
async fn a_total_is_exact_only_if_the_search_was_not_stopped() {
    let service = Service::start();
    for query in ["", "&q=desk", "&sort=price", "&occupants=3&page=2"] {
        let path = format!("/api/v1/rooms/search?timeout_ms=1{query}");
        let (_, meta) = service.ok(&path).await;
        let partial = meta["partial"].as_bool().unwrap();
        assert_eq!(meta["total_is"] == "exact", !partial, "{path}: {meta}");
    }
}

#[tokio::test]
async fn pages_of_a_cursor_may_have_different_deadlines() {
    let service = Service::start();
    let (_, meta) = service.ok("/api/v1/rooms/search?limit=5").await;
    let cursor = meta["next_cursor"].as_str().unwrap();
    let path = format!("/api/v1/rooms/search?limit=5&timeout_ms=9999&cursor={cursor}");
    let (hits, _) = service.ok(&path).await;
    assert_eq!(hits.as_array().unwrap().len(), 5);
}

#[tokio::test]
async fn an_invalid_timeout_is_rejected_with_what_was_expected() {
    let service = Service::start();
    for value in ["0", "10001", "-5", "1.5", "soon", ""] {
        let path = format!("/api/v1/rooms/search?timeout_ms={value}");
        let error = rejected(&service.get(&path).await, 400, "invalid_parameter");
        assert_eq!(error["field"], "timeout_ms");
        assert_eq!(error["value"], value);
        assert_eq!(error["expected"], "a whole number from 1 to 10000");
    }
}

#[tokio::test]
async fn the_plan_is_reported_with_explain_only() {
    let service = Service::start();
    let plans = json!(["best_first", "words_best_first", "postings", "scan"]);
    for query in ["", "&q=desk"] {
        let path = format!("/api/v1/rooms/search?venue={IIT_BOMBAY}{query}");
        let (_, meta) = service.ok(&path).await;
        assert!(meta.get("plan").is_none(), "{meta}");
        let (_, meta) = service.ok(&format!("{path}&explain=true")).await;
        let plan = &meta["plan"];
        let names = plans.as_array().unwrap();
        assert!(names.contains(&plan["name"]), "{plan}");
        assert!(plan["nodes_visited"].as_u64().unwrap() > 0, "{plan}");
        assert!(plan["documents_scored"].as_u64().unwrap() >= 20, "{plan}");
        let bound = plan.get("bound_at_stop").unwrap();
        assert!(bound.is_f64() || *bound == Value::Null, "{plan}");
    }
    let document = serde_json::to_value(roost_api::openapi()).unwrap();
    let schemas = &document["components"]["schemas"];
    assert_eq!(schemas["PlanName"]["enum"], plans);
}
