//! The offers that requests have drawn change their ranking, through restarts and lost connections.

use std::time::Duration;

use serde_json::Value;

use crate::harness::{Roost, TestDatabase, assert_equal, eventually, stderr, stdout, verify};

const DEADLINE: Duration = Duration::from_secs(30);

/// The secret of a key that may search rental requests.
const KEY: &str = "roost_live_aaaaaaaaaabbbbbbbbbbbbbbbbbbbbbbbbbb";

/// Three requests of one student at one place, with keys in their order, by which ties break.
async fn three_requests() -> TestDatabase {
    let database = TestDatabase::create().await;
    database
        .execute(
            "WITH student AS (
                INSERT INTO users (role, display_name) VALUES ('student', 'Ravi') RETURNING id
            )
            INSERT INTO requests
                (id, student_id, title, location, reach_m, check_in, check_out, currency,
                 expires_at)
            SELECT lpad(n::text, 32, '0')::uuid, id, 'Request ' || n, ST_MakePoint(72.9, 19.1)::geography, 5000,
                current_date + 10, current_date + 12, 'INR', now() + interval '14 days'
            FROM student, generate_series(1, 3) n",
        )
        .await;
    let key = format!(
        "WITH key AS (
            INSERT INTO api_keys (prefix, name, scopes, requests_per_minute)
            VALUES (left('{KEY}', 21), 'Admin', '{{admin}}', 1000000) RETURNING id
        )
        INSERT INTO api_key_secrets (secret_hash, key_id) SELECT sha256('{KEY}'), id FROM key"
    );
    database.execute(&key).await;
    database
}

/// The statement that sets how many offers a request has drawn.
fn draw(n: u32, drawn: f64) -> String {
    format!(
        "INSERT INTO request_exposure (request_id, drawn)
        SELECT id, {drawn} FROM requests WHERE title = 'Request {n}'
        ON CONFLICT (request_id) DO UPDATE SET drawn = excluded.drawn"
    )
}

/// The titles of all requests, the best first, each with its exposure component.
async fn ranked(node: &Roost) -> Vec<(String, f64)> {
    let path = "/api/v1/collections/requests/search?lat=19.1&lng=72.9&explain=true&profile=feed";
    let reply = node.send("GET", path, Some(KEY), None).await;
    assert_eq!(reply.status, 200, "{}", reply.json);
    let hits = reply.json["data"].as_array().unwrap().iter();
    hits.map(|hit| {
        let parts = hit["components"].as_array().unwrap().iter();
        let mut exposure = parts.filter(|part| part["component"] == "exposure");
        let exposure = exposure.next().unwrap()["value"].as_f64().unwrap();
        (title(hit), exposure)
    })
    .collect()
}

fn title(hit: &Value) -> String {
    hit["document"]["title"].as_str().unwrap().to_owned()
}

async fn eventually_ranked(node: &Roost, expected: [(&str, f64); 3]) {
    let what = format!("{expected:?} are ranked in this order");
    eventually(&what, DEADLINE, async || {
        let found = ranked(node).await;
        let found: Vec<(&str, f64)> = found.iter().map(|(title, it)| (&**title, *it)).collect();
        (found == expected).then_some(())
    })
    .await;
}

#[tokio::test]
async fn requests_that_have_drawn_offers_rank_lower() {
    let database = three_requests().await;
    let node = Roost::start(&database).await;
    let (one, two, three) = ("Request 1", "Request 2", "Request 3");
    eventually_ranked(&node, [(one, 1.0), (two, 1.0), (three, 1.0)]).await;
    database.execute(&draw(1, 3.0)).await;
    eventually_ranked(&node, [(two, 1.0), (three, 1.0), (one, 0.25)]).await;
    let both = format!("BEGIN; {}; {}; COMMIT", draw(1, 0.0), draw(2, 1.0));
    database.execute(&both).await;
    eventually_ranked(&node, [(one, 1.0), (three, 1.0), (two, 0.5)]).await;
    // A request without a row has drawn nothing.
    database.execute("DELETE FROM request_exposure").await;
    eventually_ranked(&node, [(one, 1.0), (two, 1.0), (three, 1.0)]).await;
    database.execute(&draw(3, 1.0)).await;
    eventually_ranked(&node, [(one, 1.0), (two, 1.0), (three, 0.5)]).await;
    database.execute("TRUNCATE request_exposure").await;
    eventually_ranked(&node, [(one, 1.0), (two, 1.0), (three, 1.0)]).await;
    assert_equal(&database, &node.data_dir, 0).await;
}

#[tokio::test]
async fn a_drawn_offer_is_ranked_without_a_commit_of_the_index() {
    let database = three_requests().await;
    let node = Roost::start(&database).await;
    let commits = async || node.metric("roost_commit_seconds_count").await.unwrap();
    // The idle node sometimes commits its position, but not for every change.
    eventually(
        "a change is ranked without a commit",
        DEADLINE,
        async || {
            database.execute("TRUNCATE request_exposure").await;
            let (one, two, three) = ("Request 1", "Request 2", "Request 3");
            eventually_ranked(&node, [(one, 1.0), (two, 1.0), (three, 1.0)]).await;
            let before = commits().await;
            database.execute(&draw(1, 3.0)).await;
            eventually_ranked(&node, [(two, 1.0), (three, 1.0), (one, 0.25)]).await;
            (commits().await == before).then_some(())
        },
    )
    .await;
}

#[tokio::test]
async fn a_restarted_node_knows_the_offers_drawn_before_and_after_it_was_killed() {
    let database = three_requests().await;
    let mut node = Roost::start(&database).await;
    let (one, two, three) = ("Request 1", "Request 2", "Request 3");
    database.execute(&draw(1, 3.0)).await;
    eventually_ranked(&node, [(two, 1.0), (three, 1.0), (one, 0.25)]).await;
    node.kill();
    database.execute(&draw(2, 1.0)).await;
    node.restart().await;
    eventually_ranked(&node, [(three, 1.0), (two, 0.5), (one, 0.25)]).await;
    // The number stays with the request when the request changes, and moves with its key.
    let change = "UPDATE requests SET reach_m = 4000; \
                  UPDATE requests SET id = uuid_v7() WHERE title = 'Request 1'";
    database.execute(change).await;
    eventually_ranked(&node, [(three, 1.0), (two, 0.5), (one, 0.25)]).await;
    assert_equal(&database, &node.data_dir, 0).await;
}

#[tokio::test]
async fn missed_and_manipulated_numbers_are_reported_by_verify() {
    let database = three_requests().await;
    let mut node = Roost::start(&database).await;
    database.execute(&draw(1, 3.0)).await;
    database.execute(&draw(2, 5.0)).await;
    let (one, two, three) = ("Request 1", "Request 2", "Request 3");
    eventually_ranked(&node, [(three, 1.0), (one, 0.25), (two, 1.0 / 6.0)]).await;
    // Postgres does not send changes of an unpublished table to the node.
    database
        .execute(&format!(
            "BEGIN;
            ALTER PUBLICATION roost DROP TABLE request_exposure;
            {};
            {};
            DELETE FROM request_exposure
                WHERE request_id = (SELECT id FROM requests WHERE title = 'Request 2');
            ALTER PUBLICATION roost ADD TABLE request_exposure;
            COMMIT",
            draw(1, 3.5),
            draw(3, 1.0)
        ))
        .await;
    let output = verify(&database, &node.data_dir).await;
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    let text = stdout(&output);
    for expected in [
        "requests: 3 equal, 0 missing, 0 extra, 0 different",
        "exposure: 0 equal, 1 missing, 1 extra, 1 different",
        "exposure is 3 in the index, expected 3.5",
        "exposure is 0 in the index, expected 1",
        "exposure is 5 in the index, expected 0",
    ] {
        assert!(text.contains(expected), "{expected}: {text}");
    }
    node.stop().await;
    node.restart().await;
    assert_equal(&database, &node.data_dir, 0).await;
}

#[tokio::test]
async fn a_number_that_cannot_be_converted_becomes_a_dead_letter_and_counts_as_none() {
    let database = three_requests().await;
    let node = Roost::start(&database).await;
    let (one, two, three) = ("Request 1", "Request 2", "Request 3");
    database.execute(&draw(1, 3.0)).await;
    eventually_ranked(&node, [(two, 1.0), (three, 1.0), (one, 0.25)]).await;
    database
        .execute("ALTER TABLE request_exposure DROP CONSTRAINT request_exposure_drawn_check")
        .await;
    database
        .execute("UPDATE request_exposure SET drawn = -1")
        .await;
    eventually_ranked(&node, [(one, 1.0), (two, 1.0), (three, 1.0)]).await;
    let count = "SELECT count(*) FROM dead_letters \
                 WHERE table_name = 'request_exposure' AND column_name = 'drawn' AND value = '-1'";
    let count = async || -> i64 {
        let counted = sqlx::query_scalar(count).fetch_one(&database.pool).await;
        counted.unwrap()
    };
    eventually("the row is kept", DEADLINE, async || {
        (count().await == 1).then_some(())
    })
    .await;
    database
        .execute("UPDATE request_exposure SET drawn = 1")
        .await;
    eventually_ranked(&node, [(two, 1.0), (three, 1.0), (one, 0.5)]).await;
    eventually("the row is resolved", DEADLINE, async || {
        (count().await == 0).then_some(())
    })
    .await;
}
