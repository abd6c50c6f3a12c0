//! Tests of the parameter `filter`.

use serde_json::Value;

use crate::service::{
    LANDLORD, PAUSED, ROOM_COUNT, Service, UNAVAILABLE_LANDLORD, encoded, rejected, room_key,
};

async fn found(service: &Service, filter: &str, more: &str) -> (Vec<String>, Value) {
    let filter = encoded(filter);
    let path = format!("/api/v1/rooms/search?limit=100&sort=rating&filter={filter}{more}");
    let (hits, meta) = service.ok(&path).await;
    let hits = hits.as_array().unwrap().iter();
    let ids: Vec<String> = hits
        .map(|hit| hit["room"]["id"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(meta["total"], ids.len(), "{path}");
    (ids, meta)
}

/// The closures repeat the attributes of the service's rooms.
#[tokio::test]
async fn a_filter_keeps_the_rooms_that_meet_it() {
    let service = Service::start();
    let price = |at: usize| (at != 7).then_some(1_000 - 10 * at);
    let is_cheap = |at| price(at).is_some_and(|price| price <= 900);
    let has_wifi = |at: usize| at.is_multiple_of(2);
    let is_shared = |at: usize| at % 3 == 2;
    let is_verified = |at: usize| at.is_multiple_of(3);
    let cases: &[(&str, &dyn Fn(usize) -> bool)] = &[
        ("price<=900", &is_cheap),
        ("NOT price<=900", &|at| !is_cheap(at)),
        ("price>900", &|at| {
            price(at).is_some_and(|price| price > 900)
        }),
        ("price:905..930", &|at| {
            price(at).is_some_and(|price| (905..=930).contains(&price))
        }),
        ("price!=960", &|at| price(at) != Some(960)),
        ("price>=0", &|at| price(at).is_some()),
        (
            "price<=900 AND amenities:wifi AND NOT room_type:shared_room",
            &|at| is_cheap(at) && has_wifi(at) && !is_shared(at),
        ),
        (
            "price<=900 OR amenities:[wifi, tv] AND room_type:[shared_room, hotel_room]",
            &|at| is_cheap(at) || has_wifi(at) && is_shared(at),
        ),
        ("NOT (verified:true OR occupancy<=2)", &|at| {
            !is_verified(at) && at % 4 >= 2
        }),
        (
            "minimum_nights<=1 OR review_count<12 OR rating<4.5",
            &|_| false,
        ),
        (
            "minimum_nights:2 AND review_count:10..12 AND rating>4.4",
            &|_| true,
        ),
        ("locality:Powai AND city:[Pune, \"Mumbai\"]", &|_| true),
        ("locality:powai OR city:\"\" OR city:Pune", &|_| false),
        (&format!("landlord:{UNAVAILABLE_LANDLORD}"), &|_| false),
        (
            &format!("landlord:[{UNAVAILABLE_LANDLORD}, {LANDLORD}]"),
            &|_| true,
        ),
        (&format!("id!={}", room_key(3)), &|at| at != 3),
        (&format!("id:[{}, {}]", room_key(3), room_key(5)), &|at| {
            at == 3 || at == 5
        }),
    ];
    for (filter, meets) in cases {
        let (ids, _) = found(&service, filter, "").await;
        let expected = (0..ROOM_COUNT).filter(|&at| meets(at));
        let expected: Vec<String> = expected.map(|at| room_key(at).to_string()).collect();
        assert_eq!(ids, expected, "{filter}");
    }
}

#[tokio::test]
async fn a_filter_combines_with_other_parameters_and_pages() {
    let service = Service::start();
    let (ids, meta) = found(
        &service,
        "room_type:shared_room",
        "&amenities=wifi&price_max=500",
    )
    .await;
    let expected = (50..ROOM_COUNT).filter(|at| at % 6 == 2);
    let expected: Vec<String> = expected.map(|at| room_key(at).to_string()).collect();
    assert_eq!(ids, expected);
    assert_eq!(meta["query"]["filter"], "room_type:shared_room");

    let path = "/api/v1/rooms/search?limit=7&sort=price&filter=NOT+verified:true";
    let (mut cursor, mut seen) = (String::new(), 0);
    loop {
        let (hits, meta) = service.ok(&format!("{path}{cursor}")).await;
        seen += hits.as_array().unwrap().len();
        let Some(next) = meta["next_cursor"].as_str() else {
            break;
        };
        cursor = format!("&cursor={next}");
        let other = service
            .get(&format!(
                "/api/v1/rooms/search?limit=7&sort=price&filter=verified:true{cursor}"
            ))
            .await;
        rejected(&other, 400, "invalid_cursor");
    }
    assert_eq!(seen, 40);
}

#[tokio::test]
async fn the_parsed_filter_is_returned() {
    let service = Service::start();
    let (_, meta) = found(&service, "price:..900 or ((not verified=true))", "").await;
    assert_eq!(meta["query"]["filter"], "price <= 900 OR NOT verified:true");
    let (_, meta) = service.ok("/api/v1/rooms/search").await;
    assert_eq!(meta["query"]["filter"], Value::Null);
}

#[tokio::test]
async fn a_filter_that_names_the_status_finds_paused_rooms_and_never_drafts() {
    let service = Service::start();
    let paused = [PAUSED.to_string()];
    for filter in ["status:paused", "NOT status:listed", "status!=listed"] {
        assert_eq!(found(&service, filter, "").await.0, paused, "{filter}");
        let (ids, _) = found(&service, filter, "&status=listed").await;
        assert_eq!(ids.len(), 0, "{filter}");
    }
    for (filter, count) in [
        ("status:[listed, paused]", ROOM_COUNT + 1),
        ("status:paused OR price>=0", ROOM_COUNT),
        ("NOT status:paused", ROOM_COUNT),
        ("price>=0", ROOM_COUNT - 1),
    ] {
        assert_eq!(found(&service, filter, "").await.0.len(), count, "{filter}");
    }
}

#[tokio::test]
async fn a_filter_error_names_the_first_invalid_character() {
    let service = Service::start();
    let deep = "(".repeat(1_000);
    for (filter, position, value, expected) in [
        (
            "price<=900 AND amenities:wfi",
            26,
            "wfi",
            "one of air_conditioning, ",
        ),
        (
            "price<=900 AND",
            15,
            "",
            "a field, NOT or an opening parenthesis",
        ),
        ("naïve<3", 1, "naïve", "one of id, "),
        ("", 1, "", "a field, NOT or an opening parenthesis"),
        (
            &deep,
            33,
            "(",
            "at most 32 nested parentheses and negations",
        ),
    ] {
        let path = format!("/api/v1/rooms/search?filter={}", encoded(filter));
        let error = rejected(&service.get(&path).await, 400, "invalid_parameter");
        assert_eq!(error["field"], "filter");
        assert_eq!(error["position"], position, "{error}");
        assert_eq!(error["value"], value);
        assert!(
            error["expected"].as_str().unwrap().starts_with(expected),
            "{error}"
        );
        let message = error["message"].as_str().unwrap();
        let start = format!("filter, character {position}: expected {expected}");
        assert!(message.starts_with(&start), "{message}");
    }
    let reply = service.get("/api/v1/rooms/search?lat=91&lng=0").await;
    assert_eq!(
        rejected(&reply, 400, "invalid_parameter")["position"],
        Value::Null
    );
}

#[tokio::test]
async fn the_example_of_the_openapi_document_is_accepted() {
    let service = Service::start();
    let document = serde_json::to_value(roost_api::openapi()).unwrap();
    let parameters = &document["paths"]["/api/v1/rooms/search"]["get"]["parameters"];
    let mut parameters = parameters.as_array().unwrap().iter();
    let filter = parameters.find(|parameter| parameter["name"] == "filter");
    let example = filter.unwrap()["example"].as_str().unwrap();
    let (ids, meta) = found(&service, example, "").await;
    assert!((1..ROOM_COUNT).contains(&ids.len()));
    assert_eq!(meta["query"]["filter"], example);
}
