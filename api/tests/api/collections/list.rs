//! Tests of the list of collections, and of their routes in the OpenAPI document.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::stations::service;

#[tokio::test]
async fn the_list_names_every_field_with_its_kind_and_uses() {
    let service = service();
    let (collections, meta) = service.ok("/api/v1/collections").await;
    assert_eq!(meta, Value::Null);
    let names = collections.as_array().unwrap().iter();
    let names: Vec<&Value> = names.map(|it| &it["name"]).collect();
    assert_eq!((names[0], names[1]), (&json!("rooms"), &json!("venues")));
    let stations = collections.as_array().unwrap().last().unwrap();
    assert_eq!(stations["name"], "stations");
    assert_eq!(stations["profile"], "stations");
    let components = json!([
        "text",
        "distance",
        "capacity",
        "activity",
        "performance",
        "comfort"
    ]);
    assert_eq!(stations["components"], components);
    let field = |name: &str| {
        let mut fields = stations["fields"].as_array().unwrap().iter();
        fields.find(|field| field["name"] == name).unwrap()
    };
    let level = json!({
        "name": "level",
        "query_name": "level",
        "kind": "number",
        "description": "",
        "min": -50.0,
        "max": 50.0,
        "searched_weight": 0,
        "filtered": true,
        "parameters": [
            {"name": "level_min", "description": "The lowest level."},
            {"name": "level_max", "description": "The highest level."},
        ],
        "faceted": true,
        "sorted": true,
    });
    assert_eq!(field("level"), &level);
    assert_eq!(field("title")["searched_weight"], 2);
    assert_eq!(field("title")["filtered"], false);
    assert_eq!(field("operator_id")["query_name"], "operator");
    assert_eq!(field("state")["values"], json!(["open", "closed"]));
    assert_eq!(field("works")["kind"], "date_range");
    assert_eq!(field("serves_m")["kind"], "reach");
}

#[tokio::test]
async fn the_openapi_document_of_a_node_has_the_parameters_of_its_collections() {
    let service = service();
    let document = service.get("/openapi.json").await.json;
    for route in ["search", "heatmap"] {
        let path = format!("/api/v1/collections/stations/{route}");
        let parameters = document["paths"][&path]["get"]["parameters"].as_array();
        let parameters = parameters.unwrap().iter();
        let listed: BTreeSet<&str> = parameters.map(|it| it["name"].as_str().unwrap()).collect();
        let reply = service.get(&format!("{path}?no-such=1")).await;
        let expected = reply.json["error"]["expected"].as_str().unwrap();
        let accepted = expected.strip_prefix("one of ").unwrap();
        assert_eq!(accepted.split(", ").collect::<BTreeSet<_>>(), listed);
        assert!(listed.contains("level_min") && listed.contains("prefer_features"));
    }
    let common = &document["paths"]["/api/v1/collections/{name}/search"]["get"];
    let ids = [
        &common["operationId"],
        &document["paths"]["/api/v1/collections/stations/search"]["get"]["operationId"],
    ];
    assert_eq!(ids, ["search_collection", "search_stations"]);
}

#[tokio::test]
async fn the_answers_have_the_members_that_the_openapi_document_describes() {
    let service = service();
    let schemas =
        serde_json::to_value(roost_api::openapi()).unwrap()["components"]["schemas"].take();
    let path = "/api/v1/collections/stations/search?q=market&highlight=all&explain=true\
                &facets=line&filter=level%3E0&limit=1";
    let (_, meta) = service.ok(path).await;
    for (answer, schema) in [
        (&meta, "CollectionSearchMeta"),
        (&meta["query"], "CollectionQuery"),
    ] {
        for name in answer.as_object().unwrap().keys() {
            assert!(
                schemas[schema]["properties"][name].is_object(),
                "{schema}: {name}"
            );
        }
    }
    let rooms = "/api/v1/rooms/heatmap";
    let (_, meta) = service.ok(rooms).await;
    for (schema, answer) in [("HeatmapMeta", &meta), ("UnderstoodQuery", &meta["query"])] {
        for name in answer.as_object().unwrap().keys() {
            assert!(
                schemas[schema]["properties"][name].is_object(),
                "{schema}: {name}"
            );
        }
    }
}
