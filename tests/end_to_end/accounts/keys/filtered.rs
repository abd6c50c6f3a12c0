//! For a key with a filter only the rooms exist that pass it, whatever a request says.
//!
//! The oracle is SQL: it says which rooms a key may know of. Answers to everybody else, reduced to
//! those rooms, are what the key must get.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use sqlx::Row;

use super::caller::{Caller, rejected};
use crate::harness::{LANDLORD, Roost, SIXTY_ROOMS, TestDatabase, VENUE, room_id};

pub(super) const FILTER: &str = "city:Mumbai AND (price <= 400 OR amenities:wifi)";

/// The same as a condition of SQL.
const PASSES: &str = "city = 'Mumbai' AND (price <= 400 OR 'wifi' = ANY(amenities))";

/// Half of the rooms lie in other cities and have words of their own; some are paused, drafts, or
/// of a landlord who is not available.
const MORE_ROOMS: &str = "
    UPDATE rooms SET locality = 'Powai', description = 'wonderful wonderful balcony';
    UPDATE rooms SET city = 'Pune', locality = 'Zanzibar Road',
        title = title || ' zanzibar', description = 'xylophone balcony'
        WHERE right(id::text, 2)::int % 3 = 1;
    UPDATE rooms SET city = 'Nashik', locality = '' WHERE right(id::text, 2)::int % 6 = 2;
    UPDATE rooms SET status = 'paused' WHERE right(id::text, 2)::int % 7 = 0;
    UPDATE rooms SET status = 'draft' WHERE right(id::text, 2)::int % 11 = 0;
    INSERT INTO users (id, role, display_name)
        VALUES ('00000000-0000-7000-8000-0000000000b2', 'landlord', 'Ravi');
    INSERT INTO landlords (id, user_id, total_capacity, is_available) VALUES (
        '00000000-0000-7000-8000-0000000000b3', '00000000-0000-7000-8000-0000000000b2', 4, false);
    UPDATE rooms SET landlord_id = '00000000-0000-7000-8000-0000000000b3'
        WHERE right(id::text, 2)::int % 13 = 0";

/// A node over those rooms.
pub(super) async fn world() -> (TestDatabase, Roost) {
    let database = TestDatabase::create().await;
    database.execute(SIXTY_ROOMS).await;
    database.execute(MORE_ROOMS).await;
    let node = Roost::start(&database).await;
    (database, node)
}

/// A key that searches the rooms that pass a filter.
pub(super) async fn filtered<'n>(creator: &Caller<'n>, filter: &str) -> Caller<'n> {
    let key = json!({
        "name": "filtered", "scopes": ["search"], "filter": filter, "requests_per_minute": 100_000
    });
    creator.create(key).await
}

/// The condition of the permitted rooms that searches find.
fn visible() -> String {
    let is_found = "status = 'listed' AND landlord_id <> '00000000-0000-7000-8000-0000000000b3'";
    format!("{PASSES} AND {is_found}")
}

/// The ids of rooms with this condition.
async fn ids(database: &TestDatabase, condition: &str) -> BTreeSet<String> {
    let sql = format!("SELECT coalesce(array_agg(id::text), '{{}}') FROM rooms WHERE {condition}");
    let ids: Vec<String> = database.row(&sql).await.get(0);
    ids.into_iter().collect()
}

fn found(answer: &Value) -> Vec<(String, f64)> {
    let hits = answer["data"].as_array().unwrap().iter();
    hits.map(|hit| {
        let room = hit.get("room").or(hit.get("document")).unwrap();
        let id = room["id"].as_str().unwrap().to_owned();
        (id, hit["match_score"].as_f64().unwrap())
    })
    .collect()
}

/// Requests that try to see other rooms, in as many ways as there are parameters.
fn queries() -> Vec<String> {
    let encode = |filter: &str| {
        let url = reqwest::Url::parse_with_params("http://x/", [("filter", filter)]).unwrap();
        url.query().unwrap().to_owned()
    };
    let mut queries = vec![
        String::new(),
        format!("venue={VENUE}"),
        format!("venue={VENUE}&radius_m=100000&sort=distance"),
        "status=listed,paused".to_owned(),
        "status=paused".to_owned(),
        "q=zanzibar&match=any".to_owned(),
        "q=desk+zanzibar&match=any".to_owned(),
        "q=xylophone&match=all".to_owned(),
        "sort=price".to_owned(),
        "price_min=0&price_max=9999".to_owned(),
        format!("landlord_id={LANDLORD}"),
        "bbox=-90,-180,90,180".to_owned(),
        "profile=landlord&explain=true".to_owned(),
        "count=exact".to_owned(),
    ];
    queries.extend(
        [
            "city:Pune",
            "NOT city:Mumbai",
            "city:[Mumbai, Pune, Nashik] OR price >= 0",
            "price >= 0 OR price <= 0",
            "status:[listed, paused]",
            "NOT (city:Mumbai AND price <= 400)",
        ]
        .map(encode),
    );
    queries
}

#[tokio::test]
async fn each_search_finds_the_permitted_rooms_in_the_order_of_everybody() {
    let (database, node) = world().await;
    let admin = Caller::admin(&database, &node).await;
    let key = filtered(&admin, FILTER).await;
    let narrower = filtered(&key, "room_type:private_room OR price:400").await;
    let both = format!("{PASSES} AND (room_type = 'private_room' OR price = 400)");
    let mut seen = 0;
    for (caller, condition) in [(&key, PASSES), (&narrower, both.as_str())] {
        let permitted = ids(&database, condition).await;
        for query in queries() {
            for route in ["/rooms/search", "/collections/rooms/search"] {
                let path = format!("{route}?{query}&limit=100");
                if Caller::with(&node, "").get(&path).await.status == 400 {
                    // The collection has another name for it.
                    continue;
                }
                let all = found(&Caller::with(&node, "").read(&path).await);
                let expected: Vec<_> = all
                    .into_iter()
                    .filter(|(id, _)| permitted.contains(id))
                    .collect();
                let answer = caller.read(&path).await;
                assert_eq!(found(&answer), expected, "{path}");
                assert_eq!(answer["meta"]["total"], expected.len(), "{path}");
                assert!(answer["meta"].get("plan").is_none(), "{path}");
                let text = answer["data"].to_string();
                assert!(
                    !text.contains("zanzibar") && !text.contains("Pune"),
                    "{path}"
                );
                seen += expected.len();
            }
        }
    }
    assert!(seen > 300, "{seen}");
}

#[tokio::test]
async fn facets_count_the_permitted_rooms() {
    let (database, node) = world().await;
    let admin = Caller::admin(&database, &node).await;
    let key = filtered(&admin, FILTER).await;
    let visible = visible();
    let total = ids(&database, &visible).await.len();
    assert!(total > 10);
    let facets = "city,locality,room_type";
    // A filter by a field does not widen the facet of that field.
    for (query, condition) in [
        ("", "true"),
        ("filter=city:Mumbai", "true"),
        ("filter=city:Pune", "false"),
        ("room_type=private_room", "room_type = 'private_room'"),
    ] {
        let path = format!("/rooms/search?facets={facets}&limit=1&{query}");
        let answer = key.read(&path).await;
        for facet in facets.split(',') {
            let condition = match condition.starts_with(facet) {
                true => "true",
                false => condition,
            };
            let sql = format!(
                "SELECT coalesce(jsonb_object_agg({facet}, n), '{{}}') FROM (
                    SELECT {facet}, count(*) AS n FROM rooms
                    WHERE {visible} AND {facet} <> '' AND {condition} GROUP BY 1
                ) AS counted"
            );
            let expected: Value = database.row(&sql).await.get(0);
            let counts = &answer["meta"]["facets"][facet];
            let counts = counts["values"]
                .as_array()
                .unwrap_or_else(|| panic!("{counts}"));
            let counts: BTreeMap<&str, &Value> = counts
                .iter()
                .map(|one| (one["value"].as_str().unwrap(), &one["count"]))
                .filter(|(_, count)| **count != 0)
                .collect();
            assert_eq!(json!(counts), expected, "{path}: {facet}");
        }
    }
}

#[tokio::test]
async fn groups_maps_and_several_searches_are_those_of_the_permitted_rooms() {
    let (database, node) = world().await;
    let admin = Caller::admin(&database, &node).await;
    let key = filtered(&admin, FILTER).await;
    let visible = visible();
    let total = ids(&database, &visible).await.len();
    let groups = key.read("/rooms/search?group_by=landlord&limit=100").await;
    let of_groups = groups["data"].as_array().unwrap().iter();
    let sum: u64 = of_groups
        .map(|group| group["total"].as_u64().unwrap())
        .sum();
    assert_eq!(sum, total as u64);
    assert_eq!(groups["meta"]["groups_total"], 1);
    for route in ["/rooms/heatmap", "/collections/rooms/heatmap"] {
        let map = key
            .read(&format!("{route}?format=compact&resolution=9"))
            .await;
        assert_eq!(map["meta"]["total"], total, "{route}");
        let counts = map["data"]["count"].as_array().unwrap().iter();
        let sum: u64 = counts.map(|count| count.as_u64().unwrap()).sum();
        assert_eq!(sum, total as u64, "{route}");
    }
    let prices = key.read("/rooms/heatmap?format=compact&resolution=0").await;
    let lowest = format!("SELECT min(price)::float8 FROM rooms WHERE {visible}");
    let lowest: f64 = database.row(&lowest).await.get(0);
    assert_eq!(prices["data"]["price_min"][0], lowest);
    let searches = json!({
        "searches": [{}, {"filter": "city:Pune"}, {"filter": "NOT city:Mumbai"}]
    });
    let many = key.post("/multi-search", searches).await;
    let totals = many.json["data"].as_array().unwrap().iter();
    let totals: Vec<&Value> = totals.map(|item| &item["meta"]["total"]).collect();
    assert_eq!(totals, [&json!(total), &json!(0), &json!(0)]);
    let legacy = format!("//api/rooms/search?examLocationId={VENUE}&radius=100&limit=100");
    assert_eq!(key.read(&legacy).await["meta"]["total"], total);
}

#[tokio::test]
async fn other_rooms_do_not_exist_and_other_collections_are_forbidden() {
    let (database, node) = world().await;
    let admin = Caller::admin(&database, &node).await;
    let key = filtered(&admin, FILTER).await;
    let permitted = ids(&database, PASSES).await;
    let public = ids(&database, "status IN ('listed', 'paused')").await;
    let absent = key.get("/rooms/00000000-0000-7000-8000-999999999999").await;
    let absent = rejected(&absent, 404, "room_not_found").clone();
    let mut hidden = 0;
    for room in (1..=60).map(room_id) {
        for path in [
            format!("/rooms/{room}"),
            format!("/rooms/{room}/ranking-score?q=desk"),
        ] {
            let reply = key.get(&path).await;
            if permitted.contains(&room) && public.contains(&room) {
                assert_eq!(reply.status, 200, "{path}: {}", reply.json);
                continue;
            }
            // Nothing but the id tells it from a room that does not exist.
            let error = rejected(&reply, 404, "room_not_found");
            assert_eq!(error["expected"], absent["expected"]);
            hidden += 1;
        }
    }
    assert!(hidden > 60);
    for path in [
        "/collections/requests/search",
        "/collections/requests/heatmap",
    ] {
        rejected(&key.get(path).await, 403, "forbidden");
    }
    for open in [
        "/venues/search?q=iit".to_owned(),
        format!("/venues/{VENUE}"),
        "/collections/venues/search".to_owned(),
        "/collections".to_owned(),
    ] {
        assert_eq!(key.get(&open).await.status, 200, "{open}");
    }
}

#[tokio::test]
async fn a_cursor_continues_only_for_callers_with_the_same_filter() {
    let (database, node) = world().await;
    let admin = Caller::admin(&database, &node).await;
    let key = filtered(&admin, FILTER).await;
    let other = filtered(&admin, "city:[Mumbai, Pune]").await;
    let anonymous = Caller::with(&node, "");
    let cursor = async |caller: &Caller<'_>| {
        let first = caller.read("/rooms/search?limit=3").await;
        first["meta"]["next_cursor"].as_str().unwrap().to_owned()
    };
    let callers = [&key, &other, &anonymous];
    for (at, issued_to) in callers.iter().enumerate() {
        let path = format!("/rooms/search?limit=3&cursor={}", cursor(issued_to).await);
        for (by, used_by) in callers.iter().enumerate() {
            let reply = used_by.get(&path).await;
            if at == by {
                assert_eq!(reply.status, 200, "{}", reply.json);
                continue;
            }
            rejected(&reply, 400, "invalid_cursor");
        }
    }
    // Page by page, the key sees each of its rooms once.
    let all = found(&key.read("/rooms/search?limit=100").await);
    let (mut seen, mut path) = (Vec::new(), "/rooms/search?limit=3".to_owned());
    loop {
        let page = key.read(&path).await;
        seen.extend(found(&page));
        let Some(cursor) = page["meta"]["next_cursor"].as_str() else {
            break;
        };
        path = format!("/rooms/search?limit=3&cursor={cursor}");
    }
    assert_eq!(seen, all);
}
