//! Rows that cannot be converted are kept as dead letters until they are repaired or dropped.

use std::time::Duration;

use serde_json::Value;
use sqlx::Row;

use crate::harness::{
    Roost, TestDatabase, assert_equal, command, eventually, rooms, stderr, stdout,
};

const DEADLINE: Duration = Duration::from_secs(30);

/// Drops the constraint that rejects amenities which the index does not know.
const ALLOW_UNKNOWN_AMENITIES: &str = "ALTER TABLE rooms DROP CONSTRAINT rooms_amenities_check";

#[tokio::test]
async fn a_row_that_cannot_be_converted_is_kept_until_it_is_repaired_and_a_replay_counts_once() {
    let database = TestDatabase::create().await;
    database.execute(&rooms(3)).await;
    let mut node = Roost::start(&database).await;
    database.execute(ALLOW_UNKNOWN_AMENITIES).await;
    write_unknown_amenity(&database, "title = 'Room 2'").await;
    let rows = kept(&database, 1).await;
    assert_eq!(rows[0]["table"], "rooms");
    assert_eq!(rows[0]["column"], "amenities");
    assert_eq!(rows[0]["value"], "{helipad}");
    assert_eq!(rows[0]["times_seen"], 1);
    assert_eq!(rows[0]["key"], key(&database, "Room 2").await);
    await_reported(&node, 1).await;

    node.kill();
    node.restart().await;
    await_reported(&node, 1).await;
    assert_eq!(kept(&database, 1).await[0]["times_seen"], 1);
    // A change that does not repair the row counts again.
    database.execute("UPDATE rooms SET price = 5").await;
    eventually("it is counted", DEADLINE, async || {
        (kept(&database, 1).await[0]["times_seen"] == 2).then_some(())
    })
    .await;

    database.execute("UPDATE rooms SET amenities = '{}'").await;
    kept(&database, 0).await;
    await_reported(&node, 0).await;
    assert_equal(&database, &node.data_dir, 3).await;
}

#[tokio::test]
async fn rows_that_a_copy_skips_are_kept_as_dead_letters_until_they_are_deleted() {
    let database = TestDatabase::create().await;
    database.execute(&rooms(4)).await;
    database.execute(ALLOW_UNKNOWN_AMENITIES).await;
    database
        .execute(
            "ALTER TABLE landlords DROP CONSTRAINT landlords_total_capacity_check,
            DROP CONSTRAINT landlords_check, DROP CONSTRAINT landlords_capacity_check",
        )
        .await;
    write_unknown_amenity(&database, "title IN ('Room 2', 'Room 3')").await;
    database
        .execute("UPDATE landlords SET total_capacity = -1")
        .await;
    let node = Roost::start(&database).await;
    let rows = kept(&database, 3).await;
    let of = |table: &str| rows.iter().filter(|row| row["table"] == table).count();
    assert_eq!((of("rooms"), of("landlords")), (2, 1));
    database
        .execute("DELETE FROM rooms WHERE title = 'Room 2'")
        .await;
    kept(&database, 2).await;
    database
        .execute("UPDATE landlords SET total_capacity = 1")
        .await;
    kept(&database, 1).await;
    database.execute("TRUNCATE rooms CASCADE").await;
    kept(&database, 0).await;
    assert_equal(&database, &node.data_dir, 0).await;
}

#[tokio::test]
async fn a_retry_reads_the_row_again_and_a_drop_discards_it() {
    let database = TestDatabase::create().await;
    database.execute(&rooms(3)).await;
    let node = Roost::start(&database).await;
    database.execute(ALLOW_UNKNOWN_AMENITIES).await;
    write_unknown_amenity(&database, "title <> 'Room 1'").await;
    kept(&database, 2).await;
    // The repair does not reach the stream, so only a retry finds it.
    for change in [
        "ALTER PUBLICATION roost DROP TABLE rooms",
        "UPDATE rooms SET amenities = '{}' WHERE title = 'Room 2'",
        "ALTER PUBLICATION roost ADD TABLE rooms",
    ] {
        database.execute(change).await;
    }
    // Dead letters are written before the commit that skips the rows.
    eventually("the rows are skipped", DEADLINE, async || {
        (found(&node).await == 1).then_some(())
    })
    .await;
    let printed = run_dead_letters(&database, &["retry", "--all"]).await;
    assert!(printed.contains("again: 2"), "{printed}");
    let left = kept(&database, 1).await;
    let third = key(&database, "Room 3").await;
    assert_eq!(left[0]["key"], third);
    eventually("the row is found", DEADLINE, async || {
        (found(&node).await == 2).then_some(())
    })
    .await;

    let printed = run_dead_letters(&database, &["drop", "--table", "rooms", "--key", &third]).await;
    assert!(printed.contains("dropped: 1"), "{printed}");
    await_reported(&node, 0).await;
    assert_eq!(found(&node).await, 2);
    assert!(
        run_dead_letters(&database, &["list"])
            .await
            .contains("No dead letters")
    );
}

#[tokio::test]
async fn past_the_limit_the_index_pauses_and_resumes_once_rows_are_repaired_or_dropped() {
    let database = TestDatabase::create().await;
    database.execute(&rooms(6)).await;
    let limit = [("ROOST_DEAD_LETTERS_MAX", "2")];
    let node = Roost::start_unready(&database.url, &database.name, &limit).await;
    node.wait_until_ready().await;
    database.execute(ALLOW_UNKNOWN_AMENITIES).await;
    write_unknown_amenity(&database, "title IN ('Room 1', 'Room 2', 'Room 3')").await;
    await_paused(&node).await;
    kept(&database, 3).await;
    let later = "UPDATE rooms SET title = 'Later room' WHERE title = 'Room 4'";
    database.execute(later).await;
    assert_eq!(found(&node).await, 3);
    assert!(!titles(&node).await.contains(&"Later room".to_owned()));

    let repair = "UPDATE rooms SET amenities = '{}' WHERE title = 'Room 1'";
    database.execute(repair).await;
    eventually("the index resumes after a repair", DEADLINE, async || {
        let titles = titles(&node).await;
        (titles.len() == 4 && titles.contains(&"Later room".to_owned())).then_some(())
    })
    .await;
    kept(&database, 2).await;

    write_unknown_amenity(&database, "title = 'Room 5'").await;
    await_paused(&node).await;
    let dropped = key(&database, "Room 2").await;
    run_dead_letters(&database, &["drop", "--table", "rooms", "--key", &dropped]).await;
    database
        .execute("UPDATE rooms SET price = 9 WHERE title = 'Room 6'")
        .await;
    eventually("the index resumes after a drop", DEADLINE, async || {
        let (_, answer) = node.get("/api/v1/rooms/search?price_min=9").await;
        (answer["meta"]["total"] == 1).then_some(())
    })
    .await;
    kept(&database, 2).await;
}

#[tokio::test]
async fn an_initial_copy_with_too_many_dead_letters_restarts_once_they_are_repaired() {
    let database = TestDatabase::create().await;
    database.execute(&rooms(6)).await;
    database.execute(ALLOW_UNKNOWN_AMENITIES).await;
    write_unknown_amenity(&database, "title <> 'Room 1'").await;
    let limit = [("ROOST_DEAD_LETTERS_MAX", "1")];
    let node = Roost::start_unready(&database.url, &database.name, &limit).await;
    eventually("the count is reported", DEADLINE, async || {
        let (status, answer) = node.get("/health/ready").await;
        assert_eq!(status, 503, "{answer}");
        let message = answer["error"]["message"].as_str()?;
        message.contains("5 rows cannot be converted").then_some(())
    })
    .await;
    kept(&database, 2).await;
    database.execute("UPDATE rooms SET amenities = '{}'").await;
    node.wait_until_ready().await;
    kept(&database, 0).await;
    assert_equal(&database, &node.data_dir, 6).await;
}

#[tokio::test]
async fn without_the_privilege_to_keep_it_a_rejected_row_stops_the_index_and_names_the_grant() {
    let database = TestDatabase::create().await;
    database.execute(&rooms(2)).await;
    let role = &database.name;
    let reader = format!(
        "CREATE PUBLICATION roost
            FOR TABLE rooms, exam_venues, requests, landlords, bookings, request_exposure, events
            WITH (publish_via_partition_root = true);
        CREATE ROLE {role} LOGIN REPLICATION PASSWORD 'reader';
        GRANT SELECT
            ON rooms, exam_venues, requests, landlords, bookings, request_exposure TO {role};
        GRANT SELECT, INSERT, UPDATE, DELETE
            ON users, credentials, sessions, refresh_tokens, registrations, account_tokens,
                mail_outbox, idempotency_keys, api_keys, api_key_secrets, invitations TO {role};
        GRANT EXECUTE ON FUNCTION create_event_partitions, enqueue_job TO {role};
        GRANT USAGE ON SCHEMA graphile_worker TO {role};
        GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA graphile_worker TO {role};
        GRANT USAGE ON ALL SEQUENCES IN SCHEMA graphile_worker TO {role}"
    );
    database.execute(&reader).await;
    let (_, server) = database.url.split_once('@').unwrap();
    let url = format!("postgres://{role}:reader@{server}");
    // The role may not run jobs, and that would be logged too.
    let settings = [("ROOST_WORKERS", "0")];
    let mut node = Roost::start_unready(&url, &database.name, &settings).await;
    node.wait_until_ready().await;
    let noted = node.logged("a rejected row would pause this node");
    assert_eq!(noted.unwrap()["level"], "INFO");
    assert!(!node.log().contains("WARN"), "{}", node.log());
    database.execute(ALLOW_UNKNOWN_AMENITIES).await;
    write_unknown_amenity(&database, "title = 'Room 2'").await;
    let grant = format!("GRANT SELECT, INSERT, UPDATE, DELETE ON dead_letters TO \"{role}\"");
    eventually("the missing grant is reported", DEADLINE, async || {
        let (_, answer) = node.get("/health/ready").await;
        answer["data"]["reason"]
            .as_str()?
            .contains(&grant)
            .then_some(())
    })
    .await;
    // Until then the index keeps the earlier version of the row.
    assert_eq!(found(&node).await, 2);
    database.execute(&grant).await;
    kept(&database, 1).await;
    node.stop().await;
    let revoke = format!("DROP OWNED BY {role}; DROP ROLE {role}");
    database.execute(&revoke).await;
}

/// Writes an amenity that the index does not know to the rooms of a condition.
async fn write_unknown_amenity(database: &TestDatabase, condition: &str) {
    database
        .execute(&format!(
            "UPDATE rooms SET amenities = '{{helipad}}' WHERE {condition}"
        ))
        .await;
}

/// Waits until this number of rows is kept, and returns them.
async fn kept(database: &TestDatabase, count: usize) -> Vec<Value> {
    eventually("the rows are kept", DEADLINE, async || {
        let listed = run_dead_letters(database, &["list", "--json"]).await;
        let listed: Vec<Value> = serde_json::from_str(&listed).unwrap();
        (listed.len() == count).then_some(listed)
    })
    .await
}

/// Waits until the node reports this number of dead letters.
async fn await_reported(node: &Roost, count: u64) {
    eventually("the dead letters are reported", DEADLINE, async || {
        let (_, health) = node.get("/health/ready").await;
        let (_, status) = node.get("/api/v1/status").await;
        let counts = [&health, &status].map(|answer| answer["data"]["dead_letters"].as_u64());
        (counts == [Some(count); 2]).then_some(())
    })
    .await;
}

async fn await_paused(node: &Roost) {
    eventually("the node reports why it pauses", DEADLINE, async || {
        let (_, answer) = node.get("/health/ready").await;
        let reason = answer["data"]["reason"].as_str()?;
        reason
            .contains("more than dead_letters_max = 2")
            .then_some(())
    })
    .await;
}

/// Runs `roost dead-letters` for the slot of the database.
async fn run_dead_letters(database: &TestDatabase, arguments: &[&str]) -> String {
    let mut command = command();
    command
        .arg("dead-letters")
        .args(arguments)
        .env("ROOST_DATABASE_URL", &database.url)
        .env("ROOST_SLOT", &database.name);
    let run = tokio::task::spawn_blocking(move || command.output());
    let output = run.await.unwrap().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    stdout(&output)
}

async fn key(database: &TestDatabase, title: &str) -> String {
    let row = format!("SELECT id::text FROM rooms WHERE title = '{title}'");
    database.row(&row).await.get(0)
}

async fn titles(node: &Roost) -> Vec<String> {
    let (status, answer) = node.get("/api/v1/rooms/search?q=room").await;
    assert_eq!(status, 200, "{answer}");
    let hits = answer["data"].as_array().unwrap();
    let title = |hit: &Value| hit["room"]["title"].as_str().unwrap().to_owned();
    hits.iter().map(title).collect()
}

async fn found(node: &Roost) -> usize {
    titles(node).await.len()
}
