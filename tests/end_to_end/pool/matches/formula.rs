//! The original formula of the request pool, by examples that were computed by hand.

use std::collections::BTreeMap;

use crate::harness::{Roost, TestDatabase};
use crate::market::client::Client;

/// A landlord: the contracts in use and the capacity, hours since its last activity, acceptance
/// rate, mean response time in seconds, and the score.
type Example = (u32, u32, u32, f64, Option<f64>, f64);

const EXAMPLES: [Example; 12] = [
    // 50 + 20 + 15 + 10 + 5
    (0, 4, 1, 0.9, Some(600.0), 100.0),
    // 50 + 15 + 15 + 10 + 5
    (1, 4, 1, 0.9, Some(600.0), 95.0),
    // 50 + 15 + 15 + 10
    (1, 4, 1, 0.9, Some(7_200.0), 90.0),
    // 50 + 10 + 10 + 10
    (2, 4, 72, 0.81, None, 80.0),
    // The rate must be above 0.8: 50 + 10 + 10
    (2, 4, 72, 0.8, None, 70.0),
    // The response must take less than an hour: 50 + 5 + 15
    (3, 4, 23, 0.0, Some(3_600.0), 70.0),
    // 50 + 5 + 15 + 5
    (3, 4, 23, 0.0, Some(3_599.0), 75.0),
    // More than a day is within the week: 50 + 20 + 10
    (0, 1, 25, 0.0, None, 80.0),
    // More than a week: 50 + 20
    (0, 1, 169, 0.0, None, 70.0),
    // 50 + 18 + 10 + 5
    (1, 10, 167, 0.5, Some(0.0), 83.0),
    // 50 + 2 + 0 + 10
    (9, 10, 1_000, 1.0, Some(86_400.0), 62.0),
    // Next to nothing: 50 + 0.2
    (99, 100, 1_000, 0.0, None, 50.2),
];

#[tokio::test]
async fn the_landlords_for_a_request_score_as_in_the_original_formula() {
    let database = TestDatabase::create().await;
    let mut rows = "
        INSERT INTO users (id, role, display_name)
        VALUES ('00000000-0000-0000-0000-0000000000f1', 'student', 'Ravi');
        INSERT INTO requests (id, student_id, title, location, reach_m, check_in, check_out,
            currency, expires_at)
        VALUES ('00000000-0000-0000-0000-0000000000e1', '00000000-0000-0000-0000-0000000000f1',
            'Request', ST_MakePoint(72.9, 19.1)::geography, 5000, current_date + 10,
            current_date + 12, 'INR', now() + interval '14 days');"
        .to_owned();
    for (n, (used, total, hours, acceptance, response, _)) in EXAMPLES.iter().enumerate() {
        let response = response.map_or("NULL".to_owned(), |it| it.to_string());
        rows += &format!(
            "WITH host AS (
                INSERT INTO users (role, display_name) VALUES ('landlord', 'Asha') RETURNING id
            ), landlord AS (
                INSERT INTO landlords (user_id, total_capacity, active_contracts, last_active_at,
                    acceptance_rate, response_time_s_average)
                SELECT id, {total}, {used}, now() - interval '{hours} hours', {acceptance},
                    {response}
                FROM host RETURNING id
            )
            INSERT INTO rooms (landlord_id, title, country_code, location, currency, occupancy,
                room_type)
            SELECT id, 'Example {n}', 'IN', ST_MakePoint(72.9, 19.1)::geography, 'INR', 1,
                'private_room'
            FROM landlord;"
        );
    }
    database.execute(&rows).await;
    let node = Roost::start(&database).await;
    let admin = Client::admin(&database, &node).await;
    let path = "/requests/00000000-0000-0000-0000-0000000000e1/matches?limit=100";
    let reply = admin.get(path).await;
    assert_eq!(reply.status, 200, "{}", reply.json);
    let landlords = reply.json["data"].as_array().unwrap();
    assert_eq!(landlords.len(), EXAMPLES.len());
    let scores: BTreeMap<&str, f64> = landlords
        .iter()
        .map(|it| {
            (
                it["room"]["title"].as_str().unwrap(),
                it["match_score"].as_f64().unwrap(),
            )
        })
        .collect();
    for (n, example) in EXAMPLES.iter().enumerate() {
        let (score, expected) = (scores[&*format!("Example {n}")], example.5);
        assert!((score - expected).abs() < 1e-9, "{example:?}: {score}");
    }
}
