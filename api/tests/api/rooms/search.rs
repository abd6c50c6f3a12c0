//! Tests of the room search.

use serde_json::{Value, json};

use crate::service::{
    DRAFT, HIDDEN, IIT_BOMBAY, LANDLORD, ROOM_COUNT, Service, rejected, room_key,
};

fn ids(hits: &Value) -> Vec<String> {
    let hits = hits.as_array().unwrap().iter();
    hits.map(|hit| hit["room"]["id"].as_str().unwrap().to_owned())
        .collect()
}

fn keys(numbers: impl IntoIterator<Item = usize>) -> Vec<String> {
    let numbers = numbers.into_iter();
    numbers.map(|at| room_key(at).to_string()).collect()
}

/// The sum of `base` and the points of the components.
fn explained(score: &Value) -> f64 {
    let parts = score["components"].as_array().unwrap().iter();
    let points: f64 = parts.map(|part| part["points"].as_f64().unwrap()).sum();
    score["base"].as_f64().unwrap() + points
}

#[tokio::test]
async fn a_student_finds_the_rooms_nearest_to_the_venue() {
    let service = Service::start();
    let path = format!("/api/v1/rooms/search?venue={IIT_BOMBAY}&radius_m=1000&sort=distance");
    let (hits, meta) = service.ok(&path).await;
    assert_eq!(ids(&hits), keys(0..7));
    assert_eq!(hits[1]["distance_m"], 159.8);
    assert_eq!(meta["total"], 7);
    assert_eq!(meta["total_is"], "exact");
    assert_eq!(meta["page"], 1);
    assert_eq!(meta["limit"], 20);
    assert_eq!(meta["next_cursor"], Value::Null);
    assert_eq!(meta["index"]["position"], "16/B374D848");
    assert!(meta["took_us"].as_u64().unwrap() > 0);
    let query = &meta["query"];
    assert_eq!(query["venue"]["id"], IIT_BOMBAY.to_string());
    assert_eq!(query["venue"]["city"], "Mumbai");
    assert_eq!(query["center"]["lat"], 19.1334);
    assert_eq!(query["radius_m"], 1000.0);
    assert_eq!(query["sort"], "distance");
    assert_eq!(query["profile"], "room");
}

#[tokio::test]
async fn a_point_finds_what_the_venue_there_finds_within_25_km() {
    let service = Service::start();
    let (by_venue, meta) = service
        .ok(&format!("/api/v1/rooms/search?venue={IIT_BOMBAY}"))
        .await;
    let (by_point, _) = service
        .ok("/api/v1/rooms/search?lat=19.1334&lng=72.9133")
        .await;
    assert_eq!(ids(&by_venue), ids(&by_point));
    assert_eq!(meta["query"]["radius_m"], 25_000.0);
    assert_eq!(meta["total"], ROOM_COUNT);
}

#[tokio::test]
async fn a_room_is_returned_in_full() {
    let service = Service::start();
    let (room, meta) = service.ok(&format!("/api/v1/rooms/{}", room_key(0))).await;
    let expected = serde_json::json!({
        "id": room_key(0),
        "landlord_id": LANDLORD,
        "title": "Room 0 with a desk",
        "description": "Café downstairs.",
        "address": "Hill Side Road",
        "locality": "Powai",
        "city": "Mumbai",
        "postal_code": "400076",
        "country_code": "IN",
        "location": {"lat": 19.1334, "lng": 72.9133},
        "price": 1000.0,
        "currency": "INR",
        "occupancy": 1,
        "room_type": "private_room",
        "amenities": ["desk", "wifi"],
        "minimum_nights": 2,
        "floor": 0,
        "rating_average": 4.5,
        "review_count": 12,
        "status": "listed",
        "verified": true,
    });
    assert_eq!(room, expected);
    assert_eq!(meta["index"]["position"], "16/B374D848");
}

#[tokio::test]
async fn a_draft_and_an_unknown_room_are_not_found() {
    let service = Service::start();
    for key in [DRAFT, roost_engine::Key::from_u128(9)] {
        for path in ["", "/ranking-score"] {
            let reply = service.get(&format!("/api/v1/rooms/{key}{path}")).await;
            let error = rejected(&reply, 404, "room_not_found");
            assert_eq!(error["value"], key.to_string());
        }
    }
}

#[tokio::test]
async fn rooms_of_an_unavailable_landlord_are_not_found_by_search() {
    let service = Service::start();
    let (hits, meta) = service.ok("/api/v1/rooms/search?limit=100").await;
    assert_eq!(meta["total"], ROOM_COUNT);
    assert!(!ids(&hits).contains(&HIDDEN.to_string()));
    assert!(!ids(&hits).contains(&DRAFT.to_string()));
}

#[tokio::test]
async fn every_filter_excludes_rooms_that_do_not_match() {
    let service = Service::start();
    let kept = |fits: fn(&Value) -> bool| fits;
    let filters = [
        (
            "price_max=700",
            kept(|room| room["price"].as_f64().is_some_and(|p| p <= 700.0)),
        ),
        (
            "price_min=980",
            kept(|room| room["price"].as_f64().is_some_and(|p| p >= 980.0)),
        ),
        (
            "occupants=3",
            kept(|room| room["occupancy"].as_u64().unwrap() >= 3),
        ),
        (
            "room_type=shared_room",
            kept(|room| room["room_type"] == "shared_room"),
        ),
        (
            "room_type=shared_room,private_room&room_type=hotel_room",
            kept(|room| room["room_type"] != "entire_place"),
        ),
        (
            "amenities=wifi,desk",
            kept(|room| room["amenities"].as_array().unwrap().len() == 2),
        ),
    ];
    let (all, _) = service.ok("/api/v1/rooms/search?limit=100").await;
    for (filter, fits) in filters {
        let path = format!("/api/v1/rooms/search?limit=100&{filter}");
        let (hits, _) = service.ok(&path).await;
        let rooms = all.as_array().unwrap().iter();
        let expected = rooms.filter(|hit| fits(&hit["room"])).count();
        let hits = hits.as_array().unwrap();
        assert!(expected > 0 && expected < ROOM_COUNT, "{filter}");
        assert_eq!(hits.len(), expected, "{filter}");
        assert!(hits.iter().all(|hit| fits(&hit["room"])), "{filter}");
    }
}

#[tokio::test]
async fn words_match_without_case_and_accents() {
    let service = Service::start();
    let (hits, _) = service
        .ok("/api/v1/rooms/search?match=all&q=CAFE%00+%C3%BBpower+room")
        .await;
    assert_eq!(ids(&hits).len(), 0);
    let (hits, _) = service.ok("/api/v1/rooms/search?q=CAFE%00room+42").await;
    assert_eq!(ids(&hits), keys([42]));
}

#[tokio::test]
async fn a_misspelt_word_matches_and_is_explained_unless_the_request_allows_no_typos() {
    let service = Service::start();
    let search = "/api/v1/rooms/search?q=rooom+42+downstiars";
    let (hits, _) = service.ok(&format!("{search}&explain=true")).await;
    assert_eq!(ids(&hits), keys([42]));
    let words = json!([
        { "word": "rooom", "matched": "room", "typos": 1, "factor": 0.7 },
        { "word": "42", "matched": "42", "typos": 0, "factor": 1.0 },
        { "word": "downstiars", "matched": "downstairs", "typos": 1, "factor": 0.7 },
    ]);
    assert_eq!(hits[0]["words"], words);
    let (hits, _) = service.ok(search).await;
    assert!(hits[0].get("words").is_none());
    let (hits, _) = service.ok(&format!("{search}&typos=0&match=all")).await;
    assert_eq!(ids(&hits).len(), 0);
}

#[tokio::test]
async fn each_sort_has_its_order() {
    let service = Service::start();
    let (hits, _) = service.ok("/api/v1/rooms/search?sort=price&limit=60").await;
    let cheapest_first = (0..ROOM_COUNT).rev().filter(|&at| at != 7).chain([7]);
    assert_eq!(ids(&hits), keys(cheapest_first));
    let (hits, _) = service.ok("/api/v1/rooms/search?sort=rating").await;
    assert_eq!(ids(&hits), keys(0..20), "equal ratings go by id");
}

#[tokio::test]
async fn the_points_of_an_explanation_add_up_to_the_score() {
    let service = Service::start();
    let wish = "q=desk&prefer_amenities=wifi,pool&budget=800";
    for profile in [
        "profile=room",
        "profile=landlord",
        "profile=near",
        "weights=text:1,price:2",
    ] {
        let query = format!("venue={IIT_BOMBAY}&{wish}&{profile}");
        let (hits, _) = service
            .ok(&format!("/api/v1/rooms/search?{query}&explain=true"))
            .await;
        assert_eq!(hits.as_array().unwrap().len(), 20);
        for hit in hits.as_array().unwrap() {
            let score = hit["match_score"].as_f64().unwrap();
            assert!((explained(hit) - score).abs() < 1e-9, "{profile}: {hit}");
            let id = hit["room"]["id"].as_str().unwrap();
            let path = format!("/api/v1/rooms/{id}/ranking-score?{query}");
            let (single, _) = service.ok(&path).await;
            assert_eq!(single["room_id"], id);
            assert_eq!(single["match_score"], hit["match_score"]);
            assert_eq!(single["components"], hit["components"]);
        }
    }
}

#[tokio::test]
async fn without_explain_a_hit_has_no_components() {
    let service = Service::start();
    let (hits, _) = service.ok("/api/v1/rooms/search").await;
    let hit = hits[0].as_object().unwrap();
    let names: Vec<&String> = hit.keys().collect();
    assert_eq!(names, ["distance_m", "match_score", "room"]);
}

#[tokio::test]
async fn preferred_amenities_raise_the_score_and_exclude_nothing() {
    let service = Service::start();
    let (hits, meta) = service
        .ok("/api/v1/rooms/search?prefer_amenities=wifi&weights=amenity:1&limit=60")
        .await;
    assert_eq!(meta["total"], ROOM_COUNT);
    assert_eq!(ids(&hits)[..30], keys((0..ROOM_COUNT).step_by(2)));
    assert_eq!(hits[0]["match_score"], 100.0);
}

#[tokio::test]
async fn pages_and_cursors_return_every_room_once_in_the_same_order() {
    let service = Service::start();
    for sort in ["match", "distance", "price", "rating"] {
        let query = format!("/api/v1/rooms/search?venue={IIT_BOMBAY}&sort={sort}");
        let (all, _) = service.ok(&format!("{query}&limit=100")).await;
        let (mut paged, mut followed) = (Vec::new(), Vec::new());
        for page in 1..=9 {
            let (hits, meta) = service.ok(&format!("{query}&limit=7&page={page}")).await;
            paged.extend(ids(&hits));
            assert_eq!(
                meta["next_cursor"].is_null(),
                page == 9,
                "{sort} page {page}"
            );
        }
        let mut path = format!("{query}&limit=7");
        loop {
            let (hits, meta) = service.ok(&path).await;
            followed.extend(ids(&hits));
            let Some(cursor) = meta["next_cursor"].as_str() else {
                break;
            };
            path = format!("{query}&limit=7&count=none&cursor={cursor}");
        }
        assert_eq!(ids(&all).len(), ROOM_COUNT);
        assert_eq!(paged, ids(&all), "{sort}");
        assert_eq!(followed, ids(&all), "{sort}");
    }
}

#[tokio::test]
async fn a_count_is_returned_only_on_request() {
    let service = Service::start();
    let (_, meta) = service.ok("/api/v1/rooms/search?count=none").await;
    assert!(meta.get("total").is_none() && meta.get("total_is").is_none());
    let (_, meta) = service.ok("/api/v1/rooms/search?count=exact").await;
    assert_eq!(meta["total"], ROOM_COUNT);
    assert_eq!(meta["total_is"], "exact");
}

#[tokio::test]
async fn the_legacy_path_takes_kilometres_and_gives_the_same_answer() {
    let service = Service::start();
    let (older, meta) = service
        .ok(&format!(
            "/api/rooms/search?examLocationId={IIT_BOMBAY}&radius=0.5&limit=2"
        ))
        .await;
    let (newer, _) = service
        .ok(&format!(
            "/api/v1/rooms/search?venue={IIT_BOMBAY}&radius_m=500&limit=2"
        ))
        .await;
    assert_eq!(ids(&older), ids(&newer));
    assert_eq!(meta["total"], 4);
}
