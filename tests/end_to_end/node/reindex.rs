//! Rebuilds: searches continue while a new index generation replaces the old one.

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use serde_json::Value;
use sqlx::Executor;

use crate::harness::{
    Roost, SmallDisk, TestDatabase, assert_equal, command, eventually, reindex, rooms, stderr,
    stdout,
};

const DEADLINE: Duration = Duration::from_secs(60);
const ROOMS: u32 = 30;

#[tokio::test]
async fn searches_continue_during_a_rebuild_and_each_sees_one_commit() {
    let database = TestDatabase::create().await;
    database.execute(&rooms(ROOMS)).await;
    database.execute("UPDATE rooms SET price = 1").await;
    // Thousands more, so that the copy takes a while.
    let many = rooms(4_000).replace("'Room '", "'Hall '");
    database.execute(&many).await;
    let node = Roost::start(&database).await;
    let done = AtomicBool::new(false);
    let searches = AtomicU64::new(0);
    // At any commit, all of these rooms have the same price.
    let writing = async {
        let mut price = 1;
        while !done.load(Ordering::Relaxed) {
            price += 1;
            let change = format!("UPDATE rooms SET price = {price} WHERE title LIKE 'Room %'");
            database.execute(&change).await;
        }
    };
    let searching = async {
        let mut before = String::new();
        while !done.load(Ordering::Relaxed) {
            let position = search(&node).await;
            assert!(padded(&position) >= padded(&before), "{before} {position}");
            before = position;
            searches.fetch_add(1, Ordering::Relaxed);
        }
    };
    let reindexing = async {
        for _ in 0..2 {
            let output = reindex(&node.data_dir, &node).await;
            assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
            assert!(stdout(&output).contains("Searches use the new index."));
        }
        done.store(true, Ordering::Relaxed);
    };
    tokio::join!(writing, searching, reindexing);
    assert!(searches.load(Ordering::Relaxed) > 0);
    assert_equal(&database, &node.data_dir, u64::from(ROOMS) + 4_000).await;
    eventually("the old indexes are deleted", DEADLINE, async || {
        (generations(&node.data_dir) == ["3"]).then_some(())
    })
    .await;
    let (_, health) = node.get("/health/ready").await;
    assert_eq!(health["data"]["rebuild"]["phase"], "done", "{health}");
}

#[tokio::test]
async fn a_cursor_continues_in_the_new_index() {
    let database = TestDatabase::create().await;
    database.execute(&rooms(ROOMS)).await;
    let node = Roost::start(&database).await;
    let query = "/api/v1/rooms/search?lat=19.1&lng=72.9&sort=distance&limit=10";
    let mut path = query.to_owned();
    let mut seen = Vec::new();
    loop {
        let (status, answer) = node.get(&path).await;
        assert_eq!(status, 200, "{answer}");
        let titles = answer["data"].as_array().unwrap().iter();
        seen.extend(titles.map(|room| room["room"]["title"].as_str().unwrap().to_owned()));
        let Some(cursor) = answer["meta"]["next_cursor"].as_str() else {
            break;
        };
        path = format!("{query}&cursor={cursor}");
        let output = reindex(&node.data_dir, &node).await;
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    }
    let expected: Vec<String> = (1..=ROOMS).map(|n| format!("Room {n}")).collect();
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn an_index_that_lost_its_slot_answers_after_a_restart_during_the_rebuild() {
    let database = TestDatabase::create().await;
    database.execute(&rooms(ROOMS)).await;
    let mut node = Roost::start(&database).await;
    node.stop().await;
    database.drop_slot(&database.name).await;
    database
        .execute("DELETE FROM rooms WHERE title = 'Room 7'")
        .await;
    let locking = lock_rooms(&database).await;
    node.restart().await;
    let (_, health) = node.get("/health/ready").await;
    assert_eq!(health["data"]["status"], "degraded", "{health}");
    let (status, answer) = node.get("/api/v1/rooms/search").await;
    assert_eq!((status, &answer["meta"]["total"]), (200, &ROOMS.into()));
    locking.rollback().await.unwrap();
    eventually("searches see the new index", DEADLINE, async || {
        let (status, answer) = node.get("/api/v1/rooms/search").await;
        assert_eq!(status, 200, "{answer}");
        (answer["meta"]["total"] == ROOMS - 1).then_some(())
    })
    .await;
    assert_equal(&database, &node.data_dir, u64::from(ROOMS) - 1).await;
}

#[tokio::test]
async fn without_disk_space_no_rebuild_starts_and_both_sizes_are_reported() {
    let Some(disk) = SmallDisk::mount(64) else {
        return;
    };
    let database = TestDatabase::create().await;
    database.execute(&rooms(ROOMS)).await;
    let node = Roost::start_on(&disk, &database).await;
    node.wait_until_ready().await;
    disk.fill();
    let output = reindex(&node.data_dir, &node).await;
    assert_eq!(output.status.code(), Some(1));
    let error = stderr(&output);
    assert!(error.contains("has 0 MB free and needs 1 MB"), "{error}");
    disk.free();
    assert_eq!(generations(&node.data_dir), ["1"]);
    let (status, _) = node.get("/api/v1/rooms/search").await;
    assert_eq!(status, 200);
    let output = reindex(&node.data_dir, &node).await;
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_equal(&database, &node.data_dir, u64::from(ROOMS)).await;
}

#[tokio::test]
async fn without_disk_space_an_index_that_lost_its_slot_answers_and_reports_what_it_needs() {
    let Some(disk) = SmallDisk::mount(64) else {
        return;
    };
    let database = TestDatabase::create().await;
    database.execute(&rooms(ROOMS)).await;
    let mut node = Roost::start_on(&disk, &database).await;
    node.wait_until_ready().await;
    node.stop().await;
    database.drop_slot(&database.name).await;
    disk.fill();
    node.restart().await;
    eventually("the needed disk space is reported", DEADLINE, async || {
        let (status, health) = node.get("/health/ready").await;
        assert_eq!(status, 200, "{health}");
        let reason = health["data"]["reason"].as_str()?;
        reason.contains("0 MB free and needs 1 MB").then_some(())
    })
    .await;
    let (status, answer) = node.get("/api/v1/rooms/search").await;
    assert_eq!((status, &answer["meta"]["total"]), (200, &ROOMS.into()));
    disk.free();
    eventually("the node follows again", DEADLINE, async || {
        let (_, health) = node.get("/health/ready").await;
        (health["data"]["status"] == "ready").then_some(())
    })
    .await;
    assert_equal(&database, &node.data_dir, u64::from(ROOMS)).await;
}

#[tokio::test]
async fn a_disk_that_may_be_too_small_for_the_initial_copy_is_logged_and_used_anyway() {
    let Some(disk) = SmallDisk::mount(16) else {
        return;
    };
    let database = TestDatabase::create().await;
    database.execute(&rooms(3_000)).await;
    // Dead row versions make the table large.
    let again = "UPDATE rooms SET price = 1;".repeat(15);
    database.execute(&format!("BEGIN; {again} COMMIT")).await;
    // Postgres creates no slot before this transaction ends, and the copy needs a slot.
    let mut writing = database.pool.begin().await.unwrap();
    let create = "CREATE TABLE unfinished ()";
    writing.execute(create).await.unwrap();
    let node = Roost::start_on(&disk, &database).await;
    eventually(
        "the disk space that may be missing is reported",
        DEADLINE,
        async || {
            let (status, health) = node.get("/health/ready").await;
            assert_eq!(status, 503, "{health}");
            let reason = health["error"]["message"].as_str()?;
            (reason.contains("MB free, and may need")).then_some(())
        },
    )
    .await;
    let message = "the disk may be too small for the index";
    let line = node.logged(message).unwrap();
    let bytes = |field: &str| line[field].as_u64().unwrap();
    assert!(bytes("needed_bytes") > bytes("free_bytes"), "{line}");
    writing.rollback().await.unwrap();
    node.wait_until_ready().await;
    let (_, health) = node.get("/health/ready").await;
    assert_eq!(health["data"]["reason"], Value::Null, "{health}");
    assert_equal(&database, &node.data_dir, 3_000).await;
}

#[tokio::test]
async fn a_node_stopped_during_a_rebuild_keeps_the_old_index() {
    let database = TestDatabase::create().await;
    database.execute(&rooms(ROOMS)).await;
    let mut node = Roost::start(&database).await;
    let locking = lock_rooms(&database).await;
    std::fs::write(node.data_dir.join("reindex"), []).unwrap();
    eventually("a new generation exists", DEADLINE, async || {
        (generations(&node.data_dir) == ["1", "2"]).then_some(())
    })
    .await;
    node.stop().await;
    locking.rollback().await.unwrap();
    node.restart().await;
    assert_eq!(generations(&node.data_dir), ["1"]);
    assert_equal(&database, &node.data_dir, u64::from(ROOMS)).await;
}

#[tokio::test]
async fn dead_letters_of_the_new_index_are_reported_once_searches_see_it() {
    let database = TestDatabase::create().await;
    database.execute(&rooms(ROOMS)).await;
    database
        .execute("ALTER TABLE rooms DROP CONSTRAINT rooms_amenities_check")
        .await;
    database
        .execute("UPDATE rooms SET amenities = '{helipad}' WHERE title = 'Room 7'")
        .await;
    let node = Roost::start(&database).await;
    let row_keys = async || -> Vec<String> {
        let ids = "SELECT string_agg(row_key, ',') FROM dead_letters";
        let ids: Option<String> = sqlx::Row::get(&database.row(ids).await, 0);
        ids.iter()
            .flat_map(|ids| ids.split(','))
            .map(str::to_owned)
            .collect()
    };
    let before = row_keys().await;
    assert_eq!(before.len(), 1);
    let output = reindex(&node.data_dir, &node).await;
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(row_keys().await, before);
    database.execute("UPDATE rooms SET amenities = '{}'").await;
    assert_equal(&database, &node.data_dir, u64::from(ROOMS)).await;
    assert_eq!(row_keys().await, Vec::<String>::new());
}

#[tokio::test]
async fn a_rebuild_needs_a_running_node() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = command();
    command
        .args(["reindex", "--listen", "127.0.0.1:1", "--data-dir"])
        .arg(folder.path())
        .current_dir(folder.path());
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("expected a running node"));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

/// A transaction that blocks copies of the rooms until it ends.
async fn lock_rooms(database: &TestDatabase) -> sqlx::Transaction<'static, sqlx::Postgres> {
    let mut locking = database.pool.begin().await.unwrap();
    locking
        .execute("LOCK TABLE rooms IN ACCESS EXCLUSIVE MODE")
        .await
        .unwrap();
    locking
}

/// Asserts that a search sees one commit, and returns its position.
async fn search(node: &Roost) -> String {
    let (status, answer) = node.get("/api/v1/rooms/search?q=room&limit=50").await;
    assert_eq!(status, 200, "{answer}");
    let hits = answer["data"].as_array().unwrap();
    let rooms = hits.iter();
    let rooms = rooms.filter(|hit| hit["room"]["title"].as_str().unwrap().starts_with("Room "));
    let prices: Vec<&Value> = rooms.map(|hit| &hit["room"]["price"]).collect();
    assert_eq!(prices.len(), ROOMS as usize, "{answer}");
    assert!(prices.iter().all(|price| *price == prices[0]), "{prices:?}");
    answer["meta"]["index"]["position"]
        .as_str()
        .unwrap()
        .to_owned()
}

/// A position in a text form that sorts by position.
fn padded(position: &str) -> String {
    let halves = position.split('/');
    halves.map(|half| format!("{half:0>8}")).collect()
}

fn generations(data_dir: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(data_dir.join("generations")).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}
