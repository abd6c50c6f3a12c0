//! `GET /api/v1/pool/stats`, the metrics, and the jobs that compute them.

use std::time::Duration;

use serde_json::{Value, json};
use sqlx::Row;

use crate::harness::{Roost, TestDatabase, eventually};
use crate::market::client::Client;

const DEADLINE: Duration = Duration::from_secs(30);

/// Three requests in two cities, of which the landlord has viewed one and offered a room for
/// another.
async fn three_requests(database: &TestDatabase, landlord: &str) {
    database
        .execute(&format!(
            "WITH student AS (
                INSERT INTO users (role, display_name) VALUES ('student', 'Ravi') RETURNING id
            )
            INSERT INTO requests (id, student_id, title, city, location, reach_m, check_in,
                check_out, currency, expires_at, created_at)
            SELECT lpad(n::text, 32, '0')::uuid, id, 'Request', city,
                ST_MakePoint(76.6, 12.3)::geography, 5000, '2031-03-03', '2031-03-05', 'INR',
                now() + interval '14 days', now() - interval '2 hours'
            FROM student, (VALUES (1, 'Mysuru'), (2, 'Mysuru'), (3, 'Pune')) AS made (n, city);

            INSERT INTO rooms
                (landlord_id, title, country_code, location, currency, occupancy, room_type)
            SELECT id, 'Room', 'IN', ST_MakePoint(76.6, 12.3)::geography, 'INR', 1, 'private_room'
            FROM landlords WHERE id = '{landlord}';

            INSERT INTO matches (request_id, landlord_id, month, room_id, score, components, reason,
                rank, created_at, viewed_at)
            SELECT r.id, '{landlord}', date_trunc('month', r.created_at AT TIME ZONE 'UTC'), rooms.id,
                70, '{{}}', 'near', 1, now() - interval '90 minutes',
                CASE r.city WHEN 'Pune' THEN now() END
            FROM requests r, rooms;

            INSERT INTO offers (request_id, landlord_id, room_id, check_in, check_out, price_minor,
                currency, valid_until, created_at)
            SELECT r.id, '{landlord}', rooms.id, r.check_in, r.check_out, 50000, 'INR',
                now() + interval '1 day', now() - interval '30 minutes'
            FROM requests r, rooms WHERE r.id = lpad('1', 32, '0')::uuid;

            INSERT INTO events (actor_kind, kind, subject_kind, subject_id, change)
            SELECT 'system', 'request.ranked', 'request', id, '{{}}' FROM requests;"
        ))
        .await;
}

#[tokio::test]
async fn admins_read_the_whole_pool_and_landlords_their_own_requests() {
    let database = TestDatabase::create().await;
    let node = Roost::start(&database).await;
    let admin = Client::admin(&database, &node).await;
    let landlord = Client::landlord(&node, "asha@example.com").await;
    let other = Client::landlord(&node, "meera@example.com").await;
    let before = admin.get("/pool/stats").await.json;
    assert_eq!(before["data"]["total"]["requests"], 0, "{before}");
    let of_asha = "SELECT l.id::text FROM landlords l JOIN users u ON u.id = l.user_id
        WHERE u.email = 'asha@example.com'";
    let id: String = database.row(of_asha).await.get(0);
    three_requests(&database, &id).await;
    let update = "SELECT enqueue_job('update_pool_statistics', '{}', 5, NULL)";
    database.execute(update).await;
    let report = eventually("a worker computes the statistics", DEADLINE, async || {
        let report = admin.get("/pool/stats").await.json;
        (report["data"]["total"]["requests"] == 3).then_some(report)
    })
    .await;
    assert!(report["meta"]["updated_at"].is_string(), "{report}");
    let total = &report["data"]["total"];
    assert_eq!(total["active_requests"], 3);
    assert_eq!(total["matches_per_request"], 1.0);
    assert_eq!(total["match_rate"], 0.0);
    assert_eq!(total["never_shown_share"], 1.0 / 3.0);
    assert_eq!(
        total["time_to_first_offer_s"],
        json!({"p50": 5400.0, "p90": 5400.0})
    );
    assert_eq!(
        total["time_to_contract_s"],
        json!({"p50": null, "p90": null})
    );
    // One of three requests was viewed by no landlord, two by one.
    let gini = total["exposure_gini"].as_f64().unwrap();
    assert!((gini - 1.0 / 3.0).abs() < 1e-9, "{gini}");
    let own = landlord.get("/pool/stats").await.json;
    let total = &own["data"]["total"];
    assert_eq!(total["requests"], 3, "{own}");
    assert_eq!(total["matches_per_request"], Value::Null);
    assert_eq!(total["time_to_first_offer_s"]["p50"], 3600.0);
    assert_eq!(total["never_shown_share"], 1.0 / 3.0);
    let nothing = other.get("/pool/stats").await.json;
    assert_eq!(nothing["data"]["total"]["requests"], 0, "{nothing}");
    assert_eq!(nothing["data"]["groups"], json!([]));
    for client in [&admin, &landlord] {
        assert_eq!(
            pages(client).await,
            ["2031-W10 Mysuru 2", "2031-W10 Pune 1"]
        );
        let of_pune = client.get("/pool/stats?city=Pune&week=2031-W10").await.json;
        let groups = of_pune["data"]["groups"].as_array().unwrap();
        assert_eq!(groups.len(), 1, "{of_pune}");
        assert_eq!(groups[0]["city"], "Pune");
        assert_eq!(of_pune["data"]["total"]["requests"], 3);
    }
    let metrics = reqwest::get(format!("http://{}/metrics", node.address()));
    let metrics = metrics.await.unwrap().text().await.unwrap();
    for line in [
        "roost_pool_requests{of=\"active\"} 3",
        "roost_pool_requests{of=\"never_shown\"} 1",
        "roost_pool_matches 3",
        "roost_pool_first_offer_seconds{quantile=\"0.5\"} 5400.0",
    ] {
        assert!(
            metrics.lines().any(|found| found == line),
            "{line}\n{metrics}"
        );
    }
}

#[tokio::test]
async fn others_do_not_read_statistics_and_bad_parameters_are_named() {
    let database = TestDatabase::create().await;
    let node = Roost::start(&database).await;
    let admin = Client::admin(&database, &node).await;
    let student = Client::student(&node, "ravi@example.com").await;
    assert_eq!(student.get("/pool/stats").await.status, 403);
    let anonymous = Client::anonymous(&node);
    assert_eq!(anonymous.get("/pool/stats").await.status, 401);
    for (query, field, expected) in [
        ("week=2031-W54", "week", "an ISO week such as 2026-W50"),
        (
            "cursor=Pune",
            "cursor",
            "the meta.next_cursor of the previous page",
        ),
        ("limit=0", "limit", "1 to 1000"),
    ] {
        let reply = admin.get(&format!("/pool/stats?{query}")).await;
        assert_eq!(reply.status, 400, "{}", reply.json);
        let error = &reply.json["error"];
        assert_eq!(error["field"], field, "{error}");
        let named = error["expected"].as_str().unwrap();
        assert!(named.contains(expected), "{error}");
    }
}

#[tokio::test]
async fn availability_follows_the_capacity_unless_a_landlord_has_hidden_its_rooms() {
    let database = TestDatabase::create().await;
    let names = ["full", "free again", "hidden", "free"];
    for (name, used, available, hidden) in [
        (names[0], 2, true, false),
        (names[1], 1, false, true),
        (names[2], 1, false, false),
        (names[3], 1, true, false),
    ] {
        database
            .execute(&format!(
                "WITH host AS (
                    INSERT INTO users (role, display_name) VALUES ('landlord', '{name}') RETURNING id
                )
                INSERT INTO landlords (user_id, total_capacity, active_contracts, is_available,
                    hidden_when_full)
                SELECT id, 2, {used}, {available}, {hidden} FROM host"
            ))
            .await;
    }
    let settled = roost_market::pool::statistics::settle_availability(&database.pool).await;
    assert_eq!(settled.unwrap(), 2);
    let available = "SELECT string_agg(display_name, ', ' ORDER BY display_name) FROM landlords l
        JOIN users u ON u.id = l.user_id WHERE is_available";
    let available: String = database.row(available).await.get(0);
    assert_eq!(available, "free, free again");
    let settled = roost_market::pool::statistics::settle_availability(&database.pool).await;
    assert_eq!(settled.unwrap(), 0);
}

/// Week, city and number of requests of all groups, read one by one.
async fn pages(client: &Client) -> Vec<String> {
    let (mut groups, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = client
            .get(&format!("/pool/stats?limit=1{cursor}"))
            .await
            .json;
        for group in page["data"]["groups"].as_array().unwrap() {
            let [week, city] = ["week", "city"].map(|name| group[name].as_str().unwrap());
            groups.push(format!("{week} {city} {}", group["requests"]));
        }
        match page["meta"]["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return groups,
        }
    }
}
