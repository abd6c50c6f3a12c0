//! Tests of the text of a room search.

use serde_json::{Value, json};

use crate::service::{ROOM_COUNT, Service, rejected};

async fn ask(service: &Service, query: &str) -> (Vec<Value>, Value) {
    let (hits, meta) = service.ok(&format!("/api/v1/rooms/search?{query}")).await;
    let ids = hits.as_array().unwrap().iter();
    (ids.map(|hit| hit["room"]["id"].clone()).collect(), meta)
}

#[tokio::test]
async fn words_become_optional_if_too_few_rooms_contain_all() {
    let service = Service::start();
    let (_, meta) = ask(&service, "q=desk+sauna+downstairs").await;
    assert_eq!(meta["total"], ROOM_COUNT);
    assert_eq!(meta["optional_words"], json!(["sauna"]));
    let (_, meta) = ask(&service, "q=desk+downstairs").await;
    assert!(meta.get("optional_words").is_none());
    let (_, meta) = ask(&service, "q=desk+sauna+downstairs&match=all").await;
    assert_eq!(meta["total"], 0);
    assert!(meta.get("optional_words").is_none());
}

#[tokio::test]
async fn any_word_is_enough_on_request() {
    let service = Service::start();
    let (found, meta) = ask(&service, "q=42+sauna+17+&match=any").await;
    assert_eq!(meta["total"], 2);
    assert_eq!(found.len(), 2);
    let (_, meta) = ask(&service, "q=42+sauna+17+&match=all").await;
    assert_eq!(meta["total"], 0);
}

#[tokio::test]
async fn all_pages_have_the_same_optional_words() {
    let service = Service::start();
    let query = "q=desk+sauna&count=none&limit=7";
    let (mut followed, mut meta) = ask(&service, query).await;
    while let Some(cursor) = meta["next_cursor"].as_str() {
        let next = ask(&service, &format!("{query}&cursor={cursor}")).await;
        assert_eq!(next.1["optional_words"], json!(["sauna"]));
        followed.extend(next.0);
        meta = next.1;
    }
    let (all, _) = ask(&service, "q=desk+sauna&limit=100").await;
    assert_eq!(followed, all);
    assert_eq!(all.len(), ROOM_COUNT);
    let (last, _) = ask(&service, "q=desk+sauna&limit=7&page=9").await;
    assert_eq!(last, all[56..]);
}

#[tokio::test]
async fn quoted_words_are_adjacent_and_hyphenated_words_excluded() {
    let service = Service::start();
    let (_, all) = ask(&service, "q=%22a+desk%22").await;
    assert_eq!(all["total"], ROOM_COUNT);
    let (found, _) = ask(&service, "q=%22desk+a%22").await;
    assert!(found.is_empty());
    let (found, _) = ask(&service, "q=%22room+42%22").await;
    assert_eq!(found.len(), 1);
    let (found, meta) = ask(&service, "q=desk+-42+-%22room+17%22&limit=100&explain=true").await;
    assert_eq!(meta["total"], ROOM_COUNT - 2);
    assert_eq!(found.len(), ROOM_COUNT - 2);
    let (_, meta) = ask(&service, "q=-42").await;
    assert_eq!(meta["total"], ROOM_COUNT - 1);
    let (found, _) = ask(&service, "q=-desk").await;
    assert!(found.is_empty());
}

#[tokio::test]
async fn synonyms_match_and_are_named_and_stop_words_are_ignored() {
    let service = Service::start();
    let search = "/api/v1/rooms/search?explain=true&match=all";
    let (hits, _) = service
        .ok(&format!("{search}&q=the+table+42+cellar+with+"))
        .await;
    assert_eq!(hits.as_array().unwrap().len(), 1);
    let words = json!([
        { "word": "table", "matched": "desk", "typos": 0, "factor": 0.8 },
        { "word": "42", "matched": "42", "typos": 0, "factor": 1.0 },
        { "word": "cellar", "matched": "cafe downstairs", "typos": 0, "factor": 0.8 },
    ]);
    assert_eq!(hits[0]["words"], words);
    let (found, _) = ask(&service, "q=with+&match=all").await;
    assert!(!found.is_empty());
}

#[tokio::test]
async fn stray_punctuation_is_accepted_or_rejected_clearly() {
    let service = Service::start();
    let fine = [
        "%22desk",
        "desk%22",
        "desk+-",
        "-+desk",
        "wi-fi+desk",
        "%22%22desk",
        "--42",
        "%E2%80%AEdesk",
    ];
    for q in fine {
        let (found, _) = ask(&service, &format!("q={q}")).await;
        assert!(!found.is_empty(), "{q}");
    }
    for q in ["%22%22", "-", "-%22%22", "...", "%00"] {
        let (_, meta) = ask(&service, &format!("q={q}")).await;
        assert_eq!(meta["total"], 60, "{q}");
    }
    let many = "-desk+".repeat(3) + &(0..33).map(|at| format!("w{at}+")).collect::<String>();
    let reply = service.get(&format!("/api/v1/rooms/search?q={many}")).await;
    let error = rejected(&reply, 400, "invalid_parameter");
    assert_eq!(error["field"], "q");
}

#[tokio::test]
async fn a_venue_may_lack_an_optional_word() {
    let service = Service::start();
    let (hits, meta) = service
        .ok("/api/v1/venues/search?q=iit+bombay+hostel+")
        .await;
    assert_eq!(hits[0]["venue"]["aliases"][1], "IITB");
    let optional = meta["optional_words"].as_array().unwrap();
    assert!(optional.contains(&json!("hostel")));
}
