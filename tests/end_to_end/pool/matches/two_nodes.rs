//! Two nodes match requests at the same time, and one of them is killed.

use std::time::Duration;

use sqlx::{Connection, Executor, PgConnection, Row};

use super::fresh::{ENQUEUE_ALL, assert_reported_once, assert_stored_are_fresh, settle};
use super::world::World;
use crate::harness::{Roost, TestDatabase, eventually};

const DEADLINE: Duration = Duration::from_secs(60);

/// Six more of each request, which reach a little farther.
const MORE_REQUESTS: &str = "
    INSERT INTO requests (student_id, title, city, location, reach_m, check_in, check_out,
        occupants, budget, currency, required_amenities, preferred_amenities, room_types, status,
        expires_at)
    SELECT student_id, title || ' again', city, location, reach_m + n * 37, check_in, check_out,
        occupants, budget, currency, required_amenities, preferred_amenities, room_types, status,
        expires_at
    FROM requests, generate_series(1, 6) n";

#[tokio::test(flavor = "multi_thread")]
async fn two_nodes_match_at_once_and_what_a_killed_one_has_taken_is_matched_by_the_other() {
    let world = World::new(0.6).await;
    let database = &world.database;
    database.execute(MORE_REQUESTS).await;
    let name = format!("{}_b", database.name);
    let mut second = Roost::start_unready(&database.url, &name, &[]).await;
    second.wait_until_ready().await;
    // Both nodes take requests and rank them, and wait for this transaction before they store.
    let mut locked = PgConnection::connect(&database.url).await.unwrap();
    let mut locked = locked.begin().await.unwrap();
    locked
        .execute("SELECT FROM requests FOR NO KEY UPDATE")
        .await
        .unwrap();
    database.execute(ENQUEUE_ALL).await;
    eventually("both nodes match requests", DEADLINE, async || {
        (matching_nodes(database).await == 2).then_some(())
    })
    .await;
    second.kill();
    locked.rollback().await.unwrap();
    second.restart().await;
    settle(database).await;
    let matches = assert_stored_are_fresh(database, &world.admin, "true").await;
    assert!(matches > 100, "{matches} matches: choose another seed");
    let reported = assert_reported_once(database).await;
    assert_eq!(usize::try_from(reported).unwrap(), matches);

    // The same once more, while requests are enqueued again and again: nothing is new.
    let enqueue = "
        INSERT INTO matching_queue AS q (request_id) SELECT id FROM requests ORDER BY id
        ON CONFLICT (request_id) DO UPDATE
            SET generation = nextval('matching_queue_generation_seq'), claimed_until = NULL;
        SELECT enqueue_job('match_request', '{}', 10, NULL) FROM generate_series(1, 9)";
    for _ in 0..5 {
        database.execute(enqueue).await;
    }
    settle(database).await;
    let again = assert_stored_are_fresh(database, &world.admin, "true").await;
    assert_eq!(again, matches);
    assert_eq!(assert_reported_once(database).await, reported);
}

/// How many nodes have jobs that wait for a lock while they store matches.
async fn matching_nodes(database: &TestDatabase) -> i64 {
    let nodes = "SELECT count(DISTINCT j.locked_by) FROM graphile_worker._private_jobs j
        JOIN graphile_worker._private_tasks t ON t.id = j.task_id
        WHERE t.identifier = 'match_request' AND j.locked_at IS NOT NULL
            AND (SELECT count(*) FROM matching_queue WHERE claimed_until IS NOT NULL) > 50";
    database.row(nodes).await.get(0)
}
