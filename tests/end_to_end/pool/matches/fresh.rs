//! Compares the matches that jobs have stored with those that the API ranks now.

use std::time::Duration;

use serde_json::Value;
use sqlx::{AssertSqlSafe, Row};

use crate::harness::{TestDatabase, eventually};
use crate::market::client::Client;

/// What a killed node has taken is free after a minute, and its jobs start again after a minute and
/// a half.
const DEADLINE: Duration = Duration::from_secs(300);

/// Enqueues all requests, as actions do.
pub(super) const ENQUEUE_ALL: &str = "
    INSERT INTO matching_queue (request_id) SELECT id FROM requests;
    SELECT enqueue_job('match_request', '{}', 10, NULL)
    FROM generate_series(1, (SELECT count(*) / 50 + 1 FROM requests))";

/// Waits until no request is to be matched any more.
pub(crate) async fn settle(database: &TestDatabase) {
    // The statistics of landlords can let their requests be matched again.
    let waiting = "SELECT (SELECT count(*) FROM matching_queue) + (
        SELECT count(*) FROM list_jobs(NULL, false, 10000)
        WHERE task IN ('match_rooms', 'update_landlord_signals', 'settle_availability'))";
    eventually("all requests are matched", DEADLINE, async || {
        let waiting = database.row(waiting).await.get::<i64, _>(0);
        (waiting == 0).then_some(())
    })
    .await;
}

/// Compares the stored matches of the requests that satisfy a condition with those that the API
/// ranks, and returns how many matches there are.
pub(crate) async fn assert_stored_are_fresh(
    database: &TestDatabase,
    admin: &Client,
    condition: &str,
) -> usize {
    let requests = format!("SELECT id::text FROM requests WHERE {condition} ORDER BY id");
    let mut matches = 0;
    for request in column(database, &requests).await {
        let path = format!("/requests/{request}/matches?explain=true");
        let (ranked, _) = all(database, admin, &path).await;
        let sql = format!(
            "SELECT jsonb_build_object('landlord_id', landlord_id, 'room', room_id,
                'score', score, 'reason', reason, 'components', components)::text
            FROM matches WHERE request_id = '{request}' AND rank IS NOT NULL ORDER BY rank"
        );
        let stored = column(database, &sql).await;
        assert_eq!(
            stored.len(),
            ranked.len(),
            "{request}: {stored:?} {ranked:?}"
        );
        for (stored, ranked) in stored.iter().zip(&ranked) {
            assert_same(&serde_json::from_str(stored).unwrap(), ranked);
        }
        matches += stored.len();
    }
    matches
}

/// Checks that no pair of a request and a landlord is reported twice, and returns how many are.
pub(super) async fn assert_reported_once(database: &TestDatabase) -> i64 {
    let sql = "
        SELECT count(*), count(DISTINCT (subject_id, landlord ->> 'landlord_id'))
        FROM events, jsonb_array_elements(change -> 'landlords') landlord
        WHERE kind = 'request.ranked'";
    let row = database.row(sql).await;
    let (all, different) = (row.get::<i64, _>(0), row.get::<i64, _>(1));
    assert_eq!(all, different);
    let stored = database.row("SELECT count(*) FROM matches").await;
    assert_eq!(all, stored.get::<i64, _>(0));
    all
}

/// All hits of a route that lists them, page by page, with the metadata of the first page.
pub(super) async fn all(
    database: &TestDatabase,
    client: &Client,
    path: &str,
) -> (Vec<Value>, Value) {
    let at_least = database.wal_end().await;
    let path = format!("{path}&limit=7&timeout_ms=10000&at_least={at_least}");
    let mut hits = Vec::new();
    let mut first_meta = Value::Null;
    let mut cursor = String::new();
    loop {
        let reply = client.get(&format!("{path}{cursor}")).await;
        assert_eq!(reply.status, 200, "{path}{cursor}: {}", reply.json);
        let meta = &reply.json["meta"];
        if first_meta.is_null() {
            first_meta = meta.clone();
        }
        hits.extend(reply.json["data"].as_array().unwrap().clone());
        match meta["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return (hits, first_meta),
        }
    }
}

/// The texts that a query returns.
pub(super) async fn column(database: &TestDatabase, sql: &str) -> Vec<String> {
    let rows = sqlx::raw_sql(AssertSqlSafe(sql.to_owned()));
    let rows = rows.fetch_all(&database.pool).await.unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

fn assert_same(stored: &Value, ranked: &Value) {
    assert_eq!(stored["landlord_id"], ranked["landlord_id"]);
    assert_eq!(stored["room"], ranked["room"]["id"]);
    assert_eq!(stored["reason"], ranked["reason"]);
    assert_eq!(stored["score"].as_f64(), ranked["match_score"].as_f64());
    for part in ranked["components"].as_array().unwrap() {
        let name = part["component"].as_str().unwrap();
        let value = stored["components"][name].as_f64();
        assert_eq!(value, part["value"].as_f64(), "{stored}");
    }
}
