//! Is a better text offered where there is one, and only there?

use serde_json::{Value, json};

use crate::service::{ROOM_COUNT, Service};

async fn offered(service: &Service, query: &str) -> Value {
    let path = format!("/api/v1/rooms/search?{query}");
    let (_, meta) = service.ok(&path).await;
    meta["did_you_mean"].clone()
}

#[tokio::test]
async fn what_finds_far_more_is_offered_with_all_that_was_right() {
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
async fn nothing_is_offered_that_finds_no_more_or_where_enough_is_found() {
    let service = Service::start();
    for query in [
        // Forgiven, so found already.
        "q=dsek+",
        "q=hillside+road+",
        "q=desk",
        "q=zzzzzzzz",
        "q=7",
        "",
        // There is no room of that price either way.
        "q=dsek+&typos=0&price_min=5000",
        // Not counted, and not the first page.
        "q=dsek+&typos=0&count=none",
        "q=dsek+&typos=0&page=2",
    ] {
        assert_eq!(offered(&service, query).await, Value::Null, "{query}");
    }
}

#[tokio::test]
async fn what_is_offered_keeps_filters_and_place() {
    let service = Service::start();
    let near = "lat=19.1334&lng=72.9133&radius_m=1000";
    let offer = offered(&service, &format!("q=rooom&typos=0&{near}")).await;
    assert_eq!(offer, json!({"q": "room", "total": 7, "total_is": "exact"}));
}
