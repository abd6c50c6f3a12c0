//! Tests that the multi-search accepts what its schema allows and nothing else, over a real socket.

use serde_json::{Value, json};

use crate::service::socket::Socket;
use crate::service::{IIT_BOMBAY, Service};

const PATH: &str = "/api/v1/multi-search";

/// Parameters that another parameter requires beside it.
const NEEDED: [(&str, &str, &str); 7] = [
    ("facet_price", "facets", r#"["price"]"#),
    ("facet_distance", "facets", r#"["distance"]"#),
    ("facet_floor", "facets", r#"["floor"]"#),
    ("facet_rating", "facets", r#"["rating"]"#),
    ("max_facet_values", "facets", r#"["city"]"#),
    ("group_limit", "group_by", r#""landlord""#),
    ("highlight_tag", "highlight", r#"["title"]"#),
];

fn schemas() -> (Value, Value) {
    let mut document = serde_json::to_value(roost_api::openapi()).unwrap();
    let parameters = &mut document["paths"]["/api/v1/rooms/search"]["get"]["parameters"];
    let parameters = parameters.take();
    (document["components"]["schemas"].take(), parameters)
}

#[tokio::test]
async fn the_example_of_every_parameter_is_accepted_in_the_form_of_its_schema() {
    let socket = Socket::serve(&Service::start()).await;
    let (schemas, parameters) = schemas();
    let properties = schemas["RoomSearch"]["properties"].as_object().unwrap();
    let mut arrays = 0;
    for (name, schema) in properties {
        let mut listed = parameters.as_array().unwrap().iter();
        let parameter = listed.find(|it| it["name"] == *name).unwrap();
        // A cursor comes from an answer, no student signs in, and the venue of the example is not
        // here.
        let example = match (&**name, parameter.get("example")) {
            ("cursor" | "assignment", _) => continue,
            ("venue", _) => json!(IIT_BOMBAY),
            (_, example) => example.unwrap().clone(),
        };
        assert_eq!(
            schema["type"] == "array",
            example.is_array(),
            "{name}: {example}"
        );
        arrays += usize::from(example.is_array());
        let mut search = match &**name {
            "venue" => json!({}),
            _ => json!({"lat": 19.1334, "lng": 72.9133}),
        };
        for (of, needed, value) in NEEDED {
            if of == name {
                search[needed] = serde_json::from_str(value).unwrap();
            }
        }
        if ["check_in", "check_out"].contains(&&**name) {
            let other = if name == "check_in" {
                "check_out"
            } else {
                "check_in"
            };
            let mut listed = parameters.as_array().unwrap().iter();
            search[other] = listed.find(|it| it["name"] == other).unwrap()["example"].clone();
        }
        search[name] = example;
        let body = json!({"searches": [search]}).to_string();
        let response = socket.post(PATH, &body).await;
        assert_eq!(
            response.ok().0[0]["success"],
            true,
            "{body}: {}",
            response.json
        );
    }
    assert!(arrays >= 12, "only {arrays} arrays");
}

#[tokio::test]
async fn an_array_of_numbers_reads_as_the_text_with_commas() {
    let socket = Socket::serve(&Service::start()).await;
    let corners = json!([19.1, 72.88, 19.15, 72.88, 19.15, 72.93, 19.1, 72.93]);
    let body = json!({"searches": [
        {"bbox": [19.1, 72.88, 19.15, 72.93]},
        {"bbox": "19.1,72.88,19.15,72.93"},
        {"polygon": corners},
        {"polygon": "19.1,72.88,19.15,72.88,19.15,72.93,19.1,72.93"},
        {"facets": ["price"], "facet_price": [0, 500, 1000]},
        {"facets": "price", "facet_price": "0,500,1000"},
    ]});
    let response = socket.post(PATH, &body.to_string()).await;
    let answers = response.ok().0.as_array().unwrap();
    for pair in answers.chunks(2) {
        assert_eq!(pair[0]["success"], true, "{}", pair[0]);
        assert_eq!(pair[0]["data"], pair[1]["data"]);
        assert_eq!(pair[0]["meta"]["facets"], pair[1]["meta"]["facets"]);
    }
    assert_eq!(answers[0]["meta"]["total"], 12);
}

#[tokio::test]
async fn a_name_given_twice_is_rejected_by_name() {
    let socket = Socket::serve(&Service::start()).await;
    for (body, field) in [
        (r#"{"searches": [{}], "searches": [{}]}"#, "searches"),
        (
            r#"{"searches": [{}], "timeout_ms": 5, "timeout_ms": 500}"#,
            "timeout_ms",
        ),
        (
            r#"{"at_least": null, "searches": [{}], "at_least": "0/1"}"#,
            "at_least",
        ),
    ] {
        let response = socket.post(PATH, body).await;
        let error = response.error(400, "duplicate_parameter");
        assert_eq!(error["field"], field, "{body}");
        assert_eq!(error["message"], format!("{field} is given more than once"));
    }
    // The other searches are answered.
    let body = r#"{"searches": [{"price_max": 500, "price_max": 900}, {"limit": 1}]}"#;
    let response = socket.post(PATH, body).await;
    let answers = response.ok().0;
    assert_eq!(answers[0]["error"]["code"], "duplicate_parameter");
    assert_eq!(answers[0]["error"]["field"], "searches[0].price_max");
    assert_eq!(answers[0]["error"]["value"], "900");
    assert_eq!(answers[1]["success"], true);
}

#[tokio::test]
async fn members_that_the_schema_does_not_allow_are_rejected() {
    let socket = Socket::serve(&Service::start()).await;
    for (body, code, message) in [
        (
            r#"{"serches": [{}]}"#,
            "unknown_parameter",
            "did you mean searches?",
        ),
        (
            r#"{"searches": [{}], "timeout": 5}"#,
            "unknown_parameter",
            "did you mean timeout_ms?",
        ),
        (
            r#"{"searches": [{}], "extra": null}"#,
            "unknown_parameter",
            "no parameter",
        ),
        (
            r#"{"searches": [{}], "extra": []}"#,
            "unknown_parameter",
            "no parameter",
        ),
        (
            r#"{"searches": [{}], "at_least": [null, null]}"#,
            "invalid_parameter",
            "at_least must be a position",
        ),
        (
            r#"{"searches": [{}], "at_least": ["0/1"]}"#,
            "invalid_parameter",
            "at_least must be a position",
        ),
        (
            r#"{"searches": [{}], "timeout_ms": [5]}"#,
            "invalid_parameter",
            "timeout_ms must be a whole number",
        ),
    ] {
        let response = socket.post(PATH, body).await;
        let found = response.error(400, code)["message"].as_str().unwrap();
        assert!(found.contains(message), "{body}: {found}");
    }
    for (search, field) in [
        (r#"{"at_least": "0/1"}"#, "at_least"),
        (r#"{"limit": [5]}"#, "limit"),
        (r#"{"bbox": [19.1, null, 19.2, 73]}"#, "bbox"),
        (r#"{"amenities": [["wifi"]]}"#, "amenities"),
    ] {
        let body = format!(r#"{{"searches": [{search}]}}"#);
        let response = socket.post(PATH, &body).await;
        let error = &response.ok().0[0]["error"];
        assert_eq!(
            error["field"],
            format!("searches[0].{field}"),
            "{search}: {error}"
        );
    }
}

#[test]
fn the_schema_describes_the_body_and_grouped_answers() {
    let (schemas, parameters) = schemas();
    assert_eq!(schemas["MultiSearch"]["additionalProperties"], false);
    let search = schemas["RoomSearch"]["properties"].as_object().unwrap();
    assert!(!search.contains_key("at_least"));
    assert_eq!(search.len() + 1, parameters.as_array().unwrap().len());
    let answer = schemas["OneAnswer"].to_string();
    let has = |name: &str| answer.contains(name);
    assert!(has("ListItem") || has("LandlordRooms"), "{answer}");
    let examples = &schemas["MultiSearch"]["example"]["searches"];
    for (name, value) in examples
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|it| it.as_object().unwrap())
    {
        assert_eq!(search[name]["type"] == "array", value.is_array(), "{name}");
    }
}
