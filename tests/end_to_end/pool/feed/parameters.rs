//! Filters, orders, facets and pages of a feed.

use serde_json::{Value, json};

use crate::harness::{Roost, TestDatabase};
use crate::market::client::{Client, landlord_and_admin, rejected, room};

/// Four requests that the room of [`room`] fits, and one that it does not fit.
const REQUESTS: &str = "
    INSERT INTO exam_venues (id, name, kind, city, country_code, location) VALUES
        ('00000000-0000-7000-8000-0000000000a1', 'IIT Bombay', 'institute', 'Mumbai', 'IN',
            ST_MakePoint(72.9133, 19.1334)::geography);
    INSERT INTO users (id, role, display_name)
    VALUES ('00000000-0000-0000-0000-0000000000f1', 'student', 'Ravi');
    INSERT INTO requests (id, student_id, venue_id, title, city, location, reach_m, check_in,
        check_out, occupants, budget, currency, preferred_amenities, expires_at, created_at)
    SELECT lpad(n::text, 32, '0')::uuid, '00000000-0000-0000-0000-0000000000f1', venue::uuid,
        title, city, ST_MakePoint(72.9133, 19.1334 + n / 1000.0)::geography, 5000,
        '2027-03-01'::date + starts, '2027-03-01'::date + starts + 2, occupants, budget, 'INR',
        '{desk,tv}', now() + make_interval(days => 20 - starts), now() - make_interval(hours => n)
    FROM (VALUES
        (1, '00000000-0000-7000-8000-0000000000a1', 'Quiet room for an exam', 'Mumbai', 0, 1, 900),
        (2, '00000000-0000-7000-8000-0000000000a1', 'Room for two', 'Mumbai', 1, 2, 1200),
        (3, NULL, 'Room near the station', 'Thane', 8, 1, NULL),
        (4, NULL, 'Any room', 'Thane', 9, 1, 1000),
        (5, NULL, 'Cheap room', 'Thane', 9, 1, 100)
    ) AS rows (n, venue, title, city, starts, occupants, budget);
    INSERT INTO request_exposure (request_id, drawn)
    VALUES (lpad('4', 32, '0')::uuid, 3)";

/// A landlord with one room, and requests that fit it.
async fn scene() -> (TestDatabase, Roost, Client) {
    let (database, node, landlord, admin) = landlord_and_admin().await;
    landlord.create_listed(&admin, &room()).await;
    database.execute(REQUESTS).await;
    (database, node, landlord)
}

async fn feed(database: &TestDatabase, landlord: &Client, query: &str) -> Value {
    let at_least = database.wal_end().await;
    let path = format!("/landlords/me/feed?{query}&at_least={at_least}&timeout_ms=10000");
    let reply = landlord.get(&path).await;
    assert_eq!(reply.status, 200, "{query}: {}", reply.json);
    reply.json
}

/// The numbers of the requests of a feed.
fn numbers(feed: &Value) -> Vec<u32> {
    let entries = feed["data"].as_array().unwrap().iter();
    let id = |entry: &Value| entry["request"]["id"].as_str().unwrap().to_owned();
    entries
        .map(|entry| id(entry)[24..].parse().unwrap())
        .collect()
}

#[tokio::test]
async fn a_feed_is_filtered_sorted_and_counted() {
    let (database, _node, landlord) = scene().await;
    for (query, expected) in [
        ("sort=newest", vec![1, 2, 3, 4]),
        ("sort=budget", vec![2, 4, 1, 3]),
        ("sort=check_in", vec![1, 2, 3, 4]),
        ("sort=expiry", vec![4, 3, 2, 1]),
        (
            "sort=newest&venue_id=00000000-0000-7000-8000-0000000000a1",
            vec![1, 2],
        ),
        ("sort=newest&city=Thane", vec![3, 4]),
        ("sort=newest&budget_min=1000", vec![2, 4]),
        ("sort=newest&occupants_max=1", vec![1, 3, 4]),
        ("sort=newest&check_in=2027-03-04", vec![3, 4]),
        ("sort=newest&check_out=2027-03-02", vec![1]),
        (
            "sort=newest&check_in=2027-03-02&check_out=2027-03-10",
            vec![1, 2, 3],
        ),
        ("q=quiet", vec![1]),
        ("sort=newest&limit=3&page=2", vec![4]),
        // The nearest two have the same budget share but for the price, the last has drawn offers.
        ("weights=exposure:1,distance:0.001", vec![1, 2, 3, 4]),
        ("weights=distance:1", vec![1, 2, 3, 4]),
    ] {
        let found = feed(&database, &landlord, query).await;
        assert_eq!(numbers(&found), expected, "{query}: {found}");
    }
    let found = feed(&database, &landlord, "facets=venue,city,week").await;
    let counts = |facet: &str| {
        let values = found["meta"]["facets"][facet]["values"].as_array().unwrap();
        let pairs = values.iter();
        let pairs = pairs.map(|it| (it["value"].as_str().unwrap(), it["count"].as_u64().unwrap()));
        let mut pairs: Vec<(&str, u64)> = pairs.collect();
        pairs.sort_unstable();
        pairs
    };
    assert_eq!(
        counts("venue"),
        [("00000000-0000-7000-8000-0000000000a1", 2)]
    );
    assert_eq!(counts("city"), [("Mumbai", 2), ("Thane", 2)]);
    assert_eq!(counts("week"), [("2027-W09", 2), ("2027-W10", 2)]);
}

#[tokio::test]
async fn an_entry_says_why_the_request_fits() {
    let (database, _node, landlord) = scene().await;
    let found = feed(&database, &landlord, "sort=newest").await;
    let entry = &found["data"][0];
    assert_eq!(
        entry["reason"],
        "111 m away, 850.5 INR of a budget of 900, 1 of 2 preferred amenities, no offers yet"
    );
    assert_eq!(entry["room"]["title"], "Quiet room with a desk");
    assert_eq!(
        (&entry["viewed"], &entry["responded"]),
        (&json!(false), &json!(false))
    );
    let reason = found["data"][3]["reason"].as_str().unwrap();
    assert!(reason.ends_with("others have made offers"), "{reason}");
    let names = entry["components"].as_array().unwrap().iter();
    let names: Vec<&str> = names.map(|it| it["component"].as_str().unwrap()).collect();
    for name in [
        "distance",
        "capacity",
        "activity",
        "performance",
        "amenity",
        "price",
        "exposure",
    ] {
        assert!(names.contains(&name), "{names:?}");
    }
    assert!(found["meta"]["plan"].is_null());
    let explained = feed(&database, &landlord, "explain=true").await;
    assert!(explained["meta"]["plan"].is_object());
}

#[tokio::test]
async fn a_landlord_without_a_listed_room_or_capacity_gets_no_requests() {
    let (database, _node, landlord) = scene().await;
    let full = "UPDATE landlords SET active_contracts = total_capacity";
    database.execute(full).await;
    let found = feed(&database, &landlord, "").await;
    assert_eq!(
        (numbers(&found), &found["meta"]["empty_because"]),
        (vec![], &json!("full"))
    );
    let free = "UPDATE landlords SET active_contracts = 0; UPDATE rooms SET status = 'paused'";
    database.execute(free).await;
    let found = feed(&database, &landlord, "").await;
    let reason = &found["meta"]["empty_because"];
    assert_eq!(
        (numbers(&found), reason),
        (vec![], &json!("no_listed_rooms"))
    );
    assert_eq!(found["meta"]["total"], 0);
}

#[tokio::test]
async fn what_a_feed_does_not_accept_is_rejected_with_the_rule() {
    let (_database, _node, landlord) = scene().await;
    for (query, field, code) in [
        ("sort=distance", "sort", "invalid_parameter"),
        (
            "check_in=2027-03-05&check_out=2027-03-05",
            "check_out",
            "invalid_parameter",
        ),
        ("check_in=2027-02-30", "check_in", "invalid_parameter"),
        ("unseen=maybe", "unseen", "invalid_parameter"),
        ("limit=101", "limit", "invalid_parameter"),
        ("budget_min=-1", "budget_min", "invalid_parameter"),
        ("weights=looks:1", "weights", "invalid_parameter"),
        ("cursor=x", "cursor", "invalid_cursor"),
        ("lat=19", "lat", "unknown_parameter"),
        ("facets=distance", "facets", "invalid_parameter"),
    ] {
        let reply = landlord.get(&format!("/landlords/me/feed?{query}")).await;
        let error = rejected(&reply, 400, code);
        assert_eq!(error["field"], field, "{query}: {error}");
    }
}
