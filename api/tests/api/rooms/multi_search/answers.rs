//! Tests of the multi-search: each search is answered as it would be by itself.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::http::{Request, StatusCode};
use serde_json::{Value, json};

use crate::service::{IIT_BOMBAY, Service, rejected};

const PATH: &str = "/api/v1/multi-search";

async fn run(service: &Service, body: &Value) -> Vec<Value> {
    let mut reply = service.post(PATH, body.to_string()).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.json);
    assert_eq!(reply.json["success"], true);
    assert_eq!(reply.json["meta"]["index"]["position"], "16/B374D848");
    let Value::Array(answers) = reply.json["data"].take() else {
        panic!("no list of answers");
    };
    answers
}

/// An answer without what differs between any two answers.
fn timeless(mut answer: Value) -> Value {
    if let Some(meta) = answer["meta"].as_object_mut() {
        meta.remove("took_us");
        meta["index"]["age_ms"].take();
    }
    answer
}

/// Repeats the requests until all fall into one second, because cursors contain the time of their
/// search.
async fn within_one_second<T>(ask: impl AsyncFn() -> T) -> T {
    let second = || {
        SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap()
            .as_secs()
    };
    loop {
        let before = second();
        let answers = ask().await;
        if second() == before {
            return answers;
        }
    }
}

#[tokio::test]
async fn each_search_gets_the_answer_that_it_gets_by_itself_in_order() {
    let service = Service::start();
    let searches = json!([
        {"venue": IIT_BOMBAY, "radius_m": 2000.5, "sort": "distance", "limit": 3},
        {"q": "desk room", "highlight": ["title", "city"], "explain": true, "limit": "4"},
        {"amenities": ["wifi", "desk"], "verified": true, "count": "none", "q": null},
    ]);
    let separate = [
        &format!("venue={IIT_BOMBAY}&radius_m=2000.5&sort=distance&limit=3"),
        "q=desk+room&highlight=title,city&explain=true&limit=4",
        "amenities=wifi,desk&verified=true&count=none",
    ];
    let (together, by_themselves) = within_one_second(async || {
        let together = run(&service, &json!({"searches": searches})).await;
        let mut by_themselves = Vec::new();
        for query in separate {
            let reply = service.get(&format!("/api/v1/rooms/search?{query}")).await;
            assert_eq!(reply.status, StatusCode::OK);
            by_themselves.push(reply.json);
        }
        (together, by_themselves)
    })
    .await;
    assert_eq!(together.len(), by_themselves.len());
    for ((answer, by_itself), query) in together.into_iter().zip(by_themselves).zip(separate) {
        assert_eq!(timeless(answer), timeless(by_itself), "{query}");
    }
}

#[tokio::test]
async fn an_invalid_search_is_named_by_its_position_and_the_others_are_answered() {
    let service = Service::start();
    let searches = json!([
        {"q": "desk"},
        {"lat": 91, "lng": 0},
        {"venue": "00000000-0000-0000-0000-00000000dead"},
        {"limt": 5},
        "q=desk",
        {"q": ["desk", "room"]},
        {"price_min": {"min": 5}},
        {},
    ]);
    let answers = run(&service, &json!({"searches": searches})).await;
    let expected = [
        (1, "invalid_parameter", "searches[1].lat"),
        (2, "venue_not_found", "searches[2].venue"),
        (3, "unknown_parameter", "searches[3].limt"),
        (4, "invalid_parameter", "searches[4]"),
        (5, "invalid_parameter", "searches[5].q"),
        (6, "invalid_parameter", "searches[6].price_min"),
    ];
    for (at, code, field) in expected {
        let error = &answers[at]["error"];
        assert_eq!(answers[at]["success"], false);
        assert_eq!(
            (&error["code"], &error["field"]),
            (&json!(code), &json!(field))
        );
        let message = error["message"].as_str().unwrap();
        assert!(
            message.starts_with(&format!("searches[{at}]: ")),
            "{message}"
        );
    }
    for at in [0, 7] {
        assert_eq!(answers[at]["success"], true);
        assert_eq!(answers[at]["meta"]["total"], 60);
    }
}

#[tokio::test]
async fn a_body_without_a_list_of_searches_is_rejected_as_a_whole() {
    let service = Service::start();
    let many = |count: usize| json!({"searches": vec![json!({}); count]}).to_string();
    for (body, code, field) in [
        ("{\"searches\": [", "bad_request", Value::Null),
        ("[]", "bad_request", Value::Null),
        ("{}", "missing_parameter", json!("searches")),
        ("{\"searches\": {}}", "invalid_parameter", json!("searches")),
        (&many(0), "invalid_parameter", json!("searches")),
        (&many(51), "invalid_parameter", json!("searches")),
        (
            "{\"searches\": [{}], \"timeout_ms\": 0}",
            "invalid_parameter",
            json!("timeout_ms"),
        ),
        (
            "{\"searches\": [{}], \"now\": 0}",
            "unknown_parameter",
            json!("now"),
        ),
    ] {
        let error = rejected(&service.post(PATH, body.to_owned()).await, 400, code);
        assert_eq!(error["field"], field, "{body}");
    }
    let error = rejected(
        &service.post(PATH, many(51)).await,
        400,
        "invalid_parameter",
    );
    assert_eq!(error["expected"], "an array of 1 to 50 searches");
    assert_eq!(service.post(PATH, many(50)).await.status, StatusCode::OK);
}

#[tokio::test]
async fn only_a_post_of_json_of_limited_size_is_accepted() {
    let service = Service::start();
    let reply = service.get(PATH).await;
    rejected(&reply, 405, "method_not_allowed");
    assert_eq!(reply.headers["allow"], "POST");
    let body = json!({"searches": [{}]}).to_string();
    for media_type in ["text/plain", "application/x-www-form-urlencoded", ""] {
        let request = Request::post(PATH).header("content-type", media_type);
        let reply = service
            .send(request.body(body.clone().into()).unwrap())
            .await;
        let error = rejected(&reply, 415, "unsupported_media_type");
        assert_eq!(error["expected"], "application/json");
    }
    let request = Request::post(PATH).header("content-type", "Application/JSON; charset=utf-8");
    let reply = service.send(request.body(body.into()).unwrap()).await;
    assert_eq!(reply.status, StatusCode::OK);
    let large = format!("{{\"searches\": [{{\"q\": \"{}\"}}]}}", "a".repeat(300_000));
    // Without a content-length header the body is measured while it is read.
    rejected(&service.post(PATH, large).await, 413, "body_too_large");
}

#[tokio::test]
async fn searches_that_could_only_start_after_the_deadline_time_out() {
    let service = Service::start().with_search_timeout(Duration::ZERO);
    let answers = run(&service, &json!({"searches": [{}, {"q": "desk"}]})).await;
    for (at, answer) in answers.iter().enumerate() {
        assert_eq!(answer["error"]["code"], "timed_out");
        assert_eq!(answer["error"]["field"], format!("searches[{at}]"));
    }
    let body = json!({"searches": [{"timeout_ms": 5_000}], "timeout_ms": 10_000});
    assert_eq!(run(&service, &body).await[0]["meta"]["partial"], false);
}
