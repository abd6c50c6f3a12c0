//! A client that names the position of its write finds what it wrote.

use std::process::Command;
use std::time::Duration;

use serde_json::Value;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, Row};

use crate::harness::{ClusterFolder, Roost, TestDatabase, eventually, rooms};

/// The default of a server. That of the tests commits asynchronously.
const DURABLE: &str = "SET synchronous_commit = on";

/// Less than the 15 s after which an idle server flushes its WAL by itself.
const WITHIN: &str = "timeout_ms=10000";

#[tokio::test]
async fn a_search_at_the_position_of_a_write_always_finds_it() {
    let database = TestDatabase::create().await;
    database.execute(&rooms(20)).await;
    // Synchronous commits, the default of a server, wake the stream at once.
    let node = Roost::start(&database).await;
    for round in 0..50 {
        let title = format!(
            "{DURABLE}; UPDATE rooms SET title = 'Lighthouse {round}'
            WHERE id = (SELECT id FROM rooms ORDER BY id LIMIT 1)"
        );
        database.execute(&title).await;
        let position = database.flushed().await;
        let path = format!(
            "/api/v1/rooms/search?match=all&typos=0&q=lighthouse+{round}+&at_least={position}"
        );
        let answer = ok(&node, &path).await;
        assert_eq!(answer["meta"]["total"], 1, "round {round}: {answer}");

        // A signal needs no commit of the index, and the search waits for it too.
        for (is_available, expected) in [(false, 0), (true, 20)] {
            let signal = format!("{DURABLE}; UPDATE landlords SET is_available = {is_available}");
            database.execute(&signal).await;
            let position = database.flushed().await;
            let path = format!("/api/v1/rooms/search?at_least={position}");
            let answer = ok(&node, &path).await;
            assert_eq!(answer["meta"]["total"], expected, "round {round}: {answer}");
        }
    }
}

#[tokio::test]
async fn a_search_ahead_of_a_disconnected_follower_reports_the_index_position_and_later_succeeds() {
    let database = TestDatabase::create().await;
    database.execute(&rooms(3)).await;
    let role = &database.name;
    let create = format!("CREATE ROLE {role} LOGIN SUPERUSER PASSWORD 'node'");
    database.execute(&create).await;
    let (_, server) = database.url.split_once('@').unwrap();
    let url = format!("postgres://{role}:node@{server}");
    let mut node = Roost::start_unready(&url, &database.name, &[]).await;
    node.wait_until_ready().await;
    // Committed first: the node connects again while its other connections are being closed.
    let lock = format!("ALTER ROLE {role} NOLOGIN");
    database.execute(&lock).await;
    let cut = format!(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename = '{role}'"
    );
    database.execute(&cut).await;
    let delete = format!("{DURABLE}; DELETE FROM rooms WHERE title = 'Room 3'");
    database.execute(&delete).await;
    let position = database.flushed().await;
    let path = format!("/api/v1/rooms/search?at_least={position}");
    let (status, answer) = node.get(&format!("{path}&timeout_ms=300")).await;
    assert_eq!(status, 504, "{answer}");
    assert_eq!(answer["error"]["code"], "behind");
    let message = answer["error"]["message"].as_str().unwrap();
    assert!(
        message.contains(&position) && message.contains("documents are at"),
        "{message}"
    );
    assert_eq!(ok(&node, "/api/v1/rooms/search").await["meta"]["total"], 3);

    database.execute(&format!("ALTER ROLE {role} LOGIN")).await;
    eventually(
        "the index reaches the position",
        Duration::from_secs(30),
        async || {
            let (status, answer) = node.get(&path).await;
            // A search that reaches the position at its deadline has no time to find anything.
            let is_whole = status == 200 && answer["meta"]["partial"] == false;
            is_whole.then(|| assert_eq!(answer["meta"]["total"], 2, "{answer}"))
        },
    )
    .await;
    node.stop().await;
    let revoke = format!("DROP OWNED BY {role}; DROP ROLE {role}");
    database.execute(&revoke).await;
}

/// The WAL of an open transaction is not flushed, so the position at which Postgres inserts is
/// ahead of all that it sends, and the flushed position may lie inside of a record.
#[tokio::test]
async fn a_search_beside_an_open_writer_reaches_the_flushed_and_the_inserted_position() {
    let (_cluster, database) = idle_cluster().await;
    database.execute(&rooms(20)).await;
    let node = Roost::start(&database).await;
    let mut writer = database.pool.begin().await.unwrap();
    for round in 0..5 {
        write(&database, round, DURABLE).await;
        // Some pages of WAL that nothing flushes.
        let more = format!("UPDATE rooms SET description = repeat('{round} ', 9000)");
        let others = format!("{more} WHERE title LIKE 'Room 1%'");
        writer.execute(AssertSqlSafe(others)).await.unwrap();
        for position in [database.wal_end().await, database.flushed().await] {
            finds_the_write(&node, round, &position).await;
        }
    }
    // A page that the WAL writer flushes may end inside of a record.
    tokio::time::timeout(Duration::from_secs(30), flushed_within_a_record(&database))
        .await
        .unwrap();
    finds_the_write(&node, 4, &database.flushed().await).await;
    writer.rollback().await.unwrap();
}

/// Postgres restarts all of its processes and recovers when one of them is killed.
#[tokio::test]
async fn a_search_after_a_backend_was_killed_in_its_transaction_reaches_every_position() {
    let (_cluster, database) = idle_cluster().await;
    database.execute(&rooms(20)).await;
    let node = Roost::start(&database).await;
    for round in 0..4 {
        let mut victim = PgConnection::connect(&database.url).await.unwrap();
        let pid = victim.fetch_one("SELECT pg_backend_pid()").await.unwrap();
        let pid: i32 = pid.get(0);
        let half = "BEGIN; UPDATE rooms SET description = 'half' WHERE title LIKE 'Room 1%'";
        victim.execute(sqlx::raw_sql(half)).await.unwrap();
        write(&database, round, DURABLE).await;
        match round % 2 {
            0 => {
                let kill = format!("SELECT pg_terminate_backend({pid}, 5000)");
                assert!(database.row(&kill).await.get::<bool, _>(0));
            }
            _ => kill_and_wait(&database, &node, pid).await,
        }
        for position in [database.wal_end().await, database.flushed().await] {
            finds_the_write(&node, round, &position).await;
        }
    }
}

#[tokio::test]
async fn a_search_at_the_inserted_position_finds_an_asynchronous_commit() {
    let (_cluster, database) = idle_cluster().await;
    database.execute(&rooms(20)).await;
    let node = Roost::start(&database).await;
    for round in 0..20 {
        write(&database, round, "SET synchronous_commit = off").await;
        finds_the_write(&node, round, &database.wal_end().await).await;
    }
}

#[tokio::test]
async fn a_position_that_the_database_has_not_reached_is_waited_for() {
    let database = TestDatabase::create().await;
    database.execute(&rooms(3)).await;
    let node = Roost::start(&database).await;
    let path = "/api/v1/rooms/search?at_least=FFFF/0&timeout_ms=200";
    let (status, answer) = node.get(path).await;
    assert_eq!(status, 504, "{answer}");
    assert_eq!(answer["error"]["code"], "behind");
    assert_eq!(ok(&node, "/api/v1/rooms/search").await["meta"]["total"], 3);
}

/// A cluster of its own with the defaults of a server, whose WAL no other test flushes.
async fn idle_cluster() -> (ClusterFolder, TestDatabase) {
    let cluster = ClusterFolder::new("postgres");
    let database = TestDatabase::create_on(cluster.start()).await;
    let mut server = database.pool.acquire().await.unwrap();
    for statement in [
        "ALTER SYSTEM SET synchronous_commit = on",
        "SELECT pg_reload_conf()",
    ] {
        server.execute(statement).await.unwrap();
    }
    (cluster, database)
}

/// Kills a process of Postgres, and waits until the node follows the recovered server.
async fn kill_and_wait(database: &TestDatabase, node: &Roost, pid: i32) {
    let killed = Command::new("kill")
        .args(["-KILL", &pid.to_string()])
        .status();
    assert!(killed.unwrap().success());
    let within = Duration::from_secs(60);
    let is_gone = format!("SELECT FROM pg_stat_activity WHERE pid = {pid} HAVING count(*) = 0");
    eventually("the server has recovered", within, async || {
        database.row_if_possible(&is_gone).await
    })
    .await;
    eventually("the node follows", within, async || {
        let (status, answer) = node.get("/health/ready").await;
        (status == 200 && answer["data"]["status"] == "ready").then_some(())
    })
    .await;
}

/// Waits until the flushed WAL ends inside of a record, which it does if a writer stops amid a
/// page.
async fn flushed_within_a_record(database: &TestDatabase) {
    let is_before = "SELECT WHERE pg_current_wal_flush_lsn() < pg_current_wal_insert_lsn()";
    let within = Duration::from_secs(60);
    eventually("the flushed WAL ends within a record", within, async || {
        database.row_if_possible(is_before).await
    })
    .await;
}

/// Changes the title of a room that the open writers do not touch.
async fn write(database: &TestDatabase, round: usize, mode: &str) {
    let change = format!(
        "{mode}; UPDATE rooms SET title = 'Lighthouse {round}'
        WHERE title = 'Room 2' OR title LIKE 'Lighthouse%'"
    );
    database.execute(&change).await;
}

async fn finds_the_write(node: &Roost, round: usize, position: &str) {
    let path = format!(
        "/api/v1/rooms/search?match=all&typos=0&q=lighthouse+{round}+&at_least={position}&{WITHIN}"
    );
    let answer = ok(node, &path).await;
    assert_eq!(answer["meta"]["total"], 1, "round {round}: {answer}");
}

async fn ok(node: &Roost, path: &str) -> Value {
    let (status, answer) = node.get(path).await;
    assert_eq!(status, 200, "{path}: {answer}");
    let index = &answer["meta"]["index"];
    assert!(index["signals_age_ms"].is_u64(), "{path}: {index}");
    answer
}
