//! Tests of the text offered in place of one with few matches.

use serde_json::{Value, json};

use crate::service::{ROOM_COUNT, Service};

async fn offered(service: &Service, query: &str) -> Value {
    let path = format!("/api/v1/rooms/search?{query}");
    let (_, meta) = service.ok(&path).await;
    meta["did_you_mean"].clone()
}

#[tokio::test]
async fn a_text_with_far_more_matches_is_offered_with_the_correct_words_kept() {
    let service = Service::start();
    for (q, better) in [
        ("dsek+&typos=0", "desk "),
        ("rooom+desk&typos=0", "room desk"),
        ("a+Rom,+with+a+desk+", "a room, with a desk "),
        ("hillside+road+&typos=0", "hill side road "),
        ("down+stairs+room&typos=0", "downstairs room"),
    ] {
        let expected = json!({"q": better, "total": ROOM_COUNT, "total_is": "exact"});
        assert_eq!(offered(&service, &format!("q={q}")).await, expected, "{q}");
    }
}

#[tokio::test]
async fn nothing_is_offered_without_more_matches_or_need() {
    let service = Service::start();
    for query in [
        // Tolerated, so found already.
        "q=dsek+",
        "q=hillside+road+",
        "q=desk",
        "q=zzzzzzzz",
        "q=7",
        "",
        // No room has that price either way.
        "q=dsek+&typos=0&price_min=5000",
        // No count, and not the first page.
        "q=dsek+&typos=0&count=none",
        "q=dsek+&typos=0&page=2",
    ] {
        assert_eq!(offered(&service, query).await, Value::Null, "{query}");
    }
}

#[tokio::test]
async fn the_offered_text_keeps_filters_and_place() {
    let service = Service::start();
    let near = "lat=19.1334&lng=72.9133&radius_m=1000";
    let offer = offered(&service, &format!("q=rooom&typos=0&{near}")).await;
    assert_eq!(offer, json!({"q": "room", "total": 7, "total_is": "exact"}));
}
