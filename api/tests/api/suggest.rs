//! Tests of suggestions.

use serde_json::Value;

use crate::service::{IIT_BOMBAY, Service, VJTI, rejected};

async fn suggested(service: &Service, query: &str) -> Vec<Value> {
    let (data, meta) = service.ok(&format!("/api/v1/suggest?{query}")).await;
    assert_eq!(meta["index"]["position"], "16/B374D848");
    let Value::Array(suggestions) = data else {
        panic!("no list of suggestions");
    };
    let scores = suggestions.iter().map(|one| one["score"].as_f64().unwrap());
    assert!(
        scores.clone().is_sorted_by(|a, b| a >= b),
        "{suggestions:?}"
    );
    assert!(scores.clone().all(|score| score > 0.0 && score <= 1.0));
    suggestions
}

/// The first suggestion's type and text.
async fn first(service: &Service, query: &str) -> (String, String) {
    let suggestions = suggested(service, query).await;
    let text = |name: &str| suggestions[0][name].as_str().unwrap().to_owned();
    (text("type"), text("text"))
}

#[tokio::test]
async fn a_locality_is_suggested_with_the_number_and_middle_of_its_rooms() {
    let service = Service::start();
    for q in ["pow", "Powai", "powia", "powai+mum", "P%C3%B3wai+"] {
        let suggestions = suggested(&service, &format!("q={q}&lat=19.1334&lng=72.9133")).await;
        let powai = &suggestions[0];
        assert_eq!(powai["type"], "locality", "{q}");
        assert_eq!(
            (&powai["text"], &powai["city"]),
            (&"Powai".into(), &"Mumbai".into())
        );
        // Sixty that searches find, and one whose landlord is unavailable.
        assert_eq!(
            (&powai["rooms"], &powai["rooms_are"]),
            (&61.into(), &"exact".into())
        );
        let lat = powai["location"]["lat"].as_f64().unwrap();
        assert!((lat - (19.1334 + 0.001_437 * 29.5)).abs() < 0.001, "{lat}");
        let distance_m = powai["distance_m"].as_f64().unwrap();
        assert!((4_500.0..5_000.0).contains(&distance_m), "{distance_m}");
        assert_eq!(powai["venue_id"], Value::Null);
    }
}

#[tokio::test]
async fn a_venue_is_suggested_by_any_of_its_names_with_its_id() {
    let service = Service::start();
    for q in ["iit+bom", "iitb", "indian+institute", "bombya"] {
        let suggestions = suggested(&service, &format!("q={q}")).await;
        let venue = &suggestions[0];
        assert_eq!(venue["type"], "venue", "{q}");
        assert_eq!(venue["text"], "Indian Institute of Technology Bombay");
        assert_eq!(venue["venue_id"], IIT_BOMBAY.to_string());
        assert_eq!(venue["location"]["lat"], 19.1334);
        assert_eq!(
            (&venue["rooms"], &venue["distance_m"]),
            (&Value::Null, &Value::Null)
        );
    }
}

#[tokio::test]
async fn among_equals_the_nearer_one_is_suggested_first() {
    let service = Service::start();
    for (point, nearest) in [
        ("lat=19.02&lng=72.85", VJTI),
        ("lat=19.13&lng=72.91", IIT_BOMBAY),
    ] {
        let suggestions = suggested(&service, &format!("q=institute&types=venue&{point}")).await;
        assert_eq!(suggestions[0]["venue_id"], nearest.to_string());
        assert_eq!(suggestions.len(), 2);
    }
}

#[tokio::test]
async fn the_last_word_is_completed_with_words_of_rooms() {
    let service = Service::start();
    let suggestions = suggested(&service, "q=dsek+caf&types=word").await;
    assert_eq!(suggestions[0]["text"], "desk cafe");
    assert_eq!(suggestions[0]["rooms"], 60);
    assert_eq!(suggestions[0]["rooms_are"], "exact");
    assert_eq!(suggestions[0]["location"], Value::Null);
    let word = ("word".to_owned(), "downstairs".to_owned());
    assert_eq!(first(&service, "q=down").await, word);
    // A name is not suggested again as a word.
    let powai = suggested(&service, "q=powai").await;
    assert!(powai.iter().all(|one| one["type"] != "word"), "{powai:?}");
    assert_eq!(suggested(&service, "q=zzzzz").await, [] as [Value; 0]);
}

#[tokio::test]
async fn types_and_limit_narrow_what_is_suggested() {
    let service = Service::start();
    let city = ("city".to_owned(), "Mumbai".to_owned());
    assert_eq!(first(&service, "q=mumb").await, city);
    let all = suggested(&service, "q=mumb").await;
    assert!(all.len() > 2);
    assert_eq!(suggested(&service, "q=mumb&limit=2").await, all[..2]);
    let venues = suggested(&service, "q=mumb&types=venue,locality").await;
    assert!(venues.iter().all(|one| one["type"] == "venue"));
    for (query, code, field) in [
        ("", "missing_parameter", "q"),
        ("q=a&types=vanue", "invalid_parameter", "types"),
        ("q=a&limit=21", "invalid_parameter", "limit"),
        ("q=a&lat=1", "missing_parameter", "lng"),
    ] {
        let reply = service.get(&format!("/api/v1/suggest?{query}")).await;
        let error = rejected(&reply, 400, code);
        assert_eq!(error["field"], field, "{query}");
    }
}
