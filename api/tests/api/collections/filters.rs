//! Tests of the filter language over the fields of a collection.

use super::stations::{OPERATOR, STATION_COUNT, key, service};
use crate::service::{encoded, rejected};

#[tokio::test]
async fn each_kind_of_field_is_compared_and_the_filter_is_returned_as_it_was_parsed() {
    let service = service();
    for (filter, total, parsed) in [
        ("level < -4", 4, "level < -4"),
        (
            "level:-5..-4.5 OR level>9",
            6,
            "level:-5..-4.5 OR level > 9",
        ),
        ("kind:[tram,bus]", 40, "kind:[tram, bus]"),
        ("features:toilet", 20, "features:toilet"),
        (
            "staffed:false AND line:Blue",
            30,
            "staffed:false AND line:\"Blue\"",
        ),
        ("serves_m <= 500", 5, "serves_m <= 500"),
        ("serves_m:100..300", 3, "serves_m:100..300"),
        ("works:2026-12-03", 3, "works:2026-12-03..2026-12-03"),
        (
            "works:2026-12-01..2026-12-02",
            2,
            "works:2026-12-01..2026-12-02",
        ),
        (
            "NOT works:2026-12-01..2026-12-31",
            45,
            "NOT works:2026-12-01..2026-12-31",
        ),
        (
            "works != 2026-12-03",
            57,
            "NOT works:2026-12-03..2026-12-03",
        ),
        (
            &format!("operator:{OPERATOR}"),
            30,
            &format!("operator:{OPERATOR}"),
        ),
        (&format!("id:{}", key(3)), 1, &format!("id:{}", key(3))),
    ] {
        let path = "/api/v1/collections/stations/search?count=exact&filter=";
        let (_, meta) = service.ok(&format!("{path}{}", encoded(filter))).await;
        assert_eq!(meta["total"], total, "{filter}");
        assert_eq!(meta["query"]["filter"], parsed, "{filter}");
        let (_, again) = service.ok(&format!("{path}{}", encoded(parsed))).await;
        assert_eq!(again["query"]["filter"], parsed, "it parses again");
        assert_eq!(again["total"], total, "{parsed}");
    }
}

#[tokio::test]
async fn only_public_categories_are_found() {
    let service = service();
    let path = "/api/v1/collections/stations/search?count=exact";
    let (_, meta) = service.ok(path).await;
    assert_eq!(meta["total"], STATION_COUNT, "of the first category");
    let (hits, _) = service.ok(&format!("{path}&filter=state:closed")).await;
    assert_eq!(hits.as_array().unwrap().len(), 1);
    assert_eq!(hits[0]["document"]["state"], "closed");
    let (_, meta) = service.ok(&format!("{path}&filter=state!=open")).await;
    assert_eq!(meta["total"], 1, "planned ones are never found");
    let reply = service.get(&format!("{path}&filter=state:planned")).await;
    let error = rejected(&reply, 400, "invalid_parameter");
    assert_eq!(error["expected"], "one of open, closed");
}

#[tokio::test]
async fn an_invalid_filter_names_the_character_and_the_fields_of_the_collection() {
    let service = service();
    for (filter, position, expected) in [
        ("price < 5", 1, "one of id, operator, line, level, kind"),
        ("serves_m > far", 12, "a number from 0 to"),
        ("level >= -51", 10, "a number from -50 to 50"),
        (
            "works:2026-13-01",
            7,
            "a date such as 2026-12-10, or a range",
        ),
        (
            "works:2026-12-05..2026-12-01",
            7,
            "a date such as 2026-12-10",
        ),
        ("works < 2026-12-05", 7, "one of : = !="),
        ("kind:train", 6, "one of tram, bus, ferry"),
    ] {
        let filter_sent = encoded(filter);
        let path = format!("/api/v1/collections/stations/search?filter={filter_sent}");
        let error = rejected(&service.get(&path).await, 400, "invalid_parameter");
        assert_eq!(error["field"], "filter", "{filter}");
        assert_eq!(error["position"], position, "{filter}");
        let stated = error["expected"].as_str().unwrap();
        assert!(stated.starts_with(expected), "{filter}: {stated}");
    }
}
