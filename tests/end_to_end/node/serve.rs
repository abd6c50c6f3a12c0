//! A node starts, responds, stops and restarts as an operator expects.

use std::time::Duration;

use serde_json::json;

use crate::harness::{Roost, TestDatabase, command, eventually, roost, stderr, stdout};

const A_SECOND: Duration = Duration::from_secs(1);

#[tokio::test]
async fn a_change_in_the_tables_is_found_by_search_within_a_second() {
    let database = TestDatabase::create().await;
    database.execute(ONE_ROOM).await;
    let mut node = Roost::start(&database).await;
    assert_eq!(titles(&node, "quiet").await, ["Quiet room with a desk"]);
    database
        .execute("UPDATE rooms SET title = 'Sunny room with a piano'")
        .await;
    eventually("the new title is found", A_SECOND, async || {
        (titles(&node, "piano").await.len() == 1).then_some(())
    })
    .await;
    database.execute("DELETE FROM rooms").await;
    eventually("the room is not found", A_SECOND, async || {
        titles(&node, "room").await.is_empty().then_some(())
    })
    .await;
    node.stop().await;
}

#[tokio::test]
async fn a_killed_node_has_every_change_after_a_restart() {
    let database = TestDatabase::create().await;
    database.execute(ONE_ROOM).await;
    let mut node = Roost::start(&database).await;
    node.kill();
    database
        .execute("UPDATE rooms SET title = 'Written during downtime'")
        .await;
    node.restart().await;
    eventually("the change is found", 10 * A_SECOND, async || {
        (titles(&node, "downtime").await.len() == 1).then_some(())
    })
    .await;
    node.stop().await;
}

#[tokio::test]
async fn a_node_reports_its_documents_segments_memory_and_position() {
    let database = TestDatabase::create().await;
    database.execute(ONE_ROOM).await;
    let node = Roost::start(&database).await;
    let (code, answer) = node.get("/api/v1/status").await;
    assert_eq!(code, 200, "{answer}");
    let status = &answer["data"];
    assert_eq!(status["phase"], "following");
    assert!(status["index"]["position"].as_str().unwrap().contains('/'));
    let rooms = &status["collections"][0];
    assert_eq!(
        (&rooms["name"], &rooms["documents"]),
        (&json!("rooms"), &json!(1))
    );
    assert_eq!(rooms["segments"], json!([{"documents": 1, "deleted": 0}]));
    assert!(rooms["memory"]["bytes_per_document"].as_f64().unwrap() > 50.0);
    assert_eq!(node.get("/api/v1/status?rooms=1").await.0, 400);

    let address = node.address().to_string();
    let output = roost(&["status", "--listen", &address]);
    assert!(output.status.success(), "{}", stderr(&output));
    let printed = stdout(&output);
    assert!(
        printed.starts_with(&format!("Node at {address}: following Postgres\n")),
        "{printed}"
    );
    assert!(
        printed.contains("rooms: 1 documents in 1 segments, 0.0 % deleted"),
        "{printed}"
    );
}

#[test]
fn status_without_a_running_node_fails_and_says_so() {
    let output = roost(&["status", "--listen", "127.0.0.1:1"]);
    assert_eq!(output.status.code(), Some(1));
    let error = stderr(&output);
    assert!(
        error.contains("no node answered at http://127.0.0.1:1/api/v1/status"),
        "{error}"
    );
}

#[tokio::test]
async fn a_signal_stops_a_node_cleanly() {
    let database = TestDatabase::create().await;
    for signal in ["TERM", "INT"] {
        let mut node = Roost::start(&database).await;
        node.signal(signal);
        assert_eq!(
            node.wait_until_ended().await.code(),
            Some(0),
            "{}",
            node.log()
        );
        assert!(node.log().contains("\"stopped\""), "{}", node.log());
    }
}

#[tokio::test]
async fn without_postgres_a_node_is_alive_says_why_it_is_not_ready_and_stops_cleanly() {
    let url = "postgres://u:secret@127.0.0.1:1/none";
    let mut node = Roost::start_unready(url, "roost", &[]).await;
    assert_eq!(node.get("/health/live").await.0, 200);
    let answer = eventually("the node reports the reason", 10 * A_SECOND, async || {
        let (status, answer) = node.get("/health/ready").await;
        assert_eq!(status, 503);
        answer["error"]["message"]
            .as_str()
            .filter(|text| text.contains("Connection refused"))
            .map(str::to_owned)
    })
    .await;
    assert!(!answer.contains("secret"), "{answer}");
    node.stop().await;
    assert!(!node.log().contains("secret"), "{}", node.log());
}

#[tokio::test]
async fn a_second_node_over_the_same_index_is_rejected() {
    let database = TestDatabase::create().await;
    let node = Roost::start(&database).await;
    let second = command()
        .args([
            "serve",
            "--database-url",
            &database.url,
            "--listen",
            "127.0.0.1:0",
        ])
        .arg("--data-dir")
        .arg(&node.data_dir)
        .output()
        .unwrap();
    assert_eq!(second.status.code(), Some(1));
    assert!(
        stderr(&second).contains("in use by another process"),
        "{}",
        stderr(&second)
    );
}

#[tokio::test]
async fn a_role_that_may_only_read_and_replicate_can_run_a_node() {
    let database = TestDatabase::create().await;
    database.execute(ONE_ROOM).await;
    let role = &database.name;
    let grant = format!(
        "CREATE PUBLICATION roost
            FOR TABLE rooms, exam_venues, requests, landlords, bookings, request_exposure;
        CREATE ROLE {role} LOGIN REPLICATION PASSWORD 'reader';
        GRANT SELECT
            ON rooms, exam_venues, requests, landlords, bookings, request_exposure TO {role}"
    );
    database.execute(&grant).await;
    let (_, server) = database.url.split_once('@').unwrap();
    let url = format!("postgres://{role}:reader@{server}");
    let mut node = Roost::start_unready(&url, &database.name, &[]).await;
    node.wait_until_ready().await;
    database.execute("UPDATE rooms SET title = 'Sunny'").await;
    // Events are a convenience, which this role cannot add to the publication.
    let warning = node
        .logged("events do not reach this node: let the owner of the tables run the statements");
    assert_eq!(warning.unwrap()["level"], "WARN");
    eventually("the new title is found", 10 * A_SECOND, async || {
        (titles(&node, "sunny").await.len() == 1).then_some(())
    })
    .await;
    node.kill();
    node.restart().await;
    node.stop().await;
    let revoke = format!("DROP OWNED BY {role}; DROP ROLE {role}");
    database.execute(&revoke).await;
}

#[tokio::test]
async fn a_slot_in_use_by_another_node_is_left_alone_and_named() {
    let database = TestDatabase::create().await;
    database.execute(ONE_ROOM).await;
    let first = Roost::start(&database).await;
    let second = Roost::start_unready(&database.url, &database.name, &[]).await;
    eventually("the reason names the slot", 10 * A_SECOND, async || {
        let (status, answer) = second.get("/health/ready").await;
        assert_eq!(status, 503, "{answer}");
        let message = answer["error"]["message"].as_str()?;
        message.contains("give each index a slot").then_some(())
    })
    .await;
    database.execute("UPDATE rooms SET title = 'Sunny'").await;
    eventually("the first node still follows", 10 * A_SECOND, async || {
        (titles(&first, "sunny").await.len() == 1).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_port_in_use_is_named() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let folder = tempfile::tempdir().unwrap();
    for subcommand in ["serve", "demo"] {
        let output = command()
            .args([
                subcommand,
                "--database-url",
                "postgres://127.0.0.1:1/none",
                "--listen",
                &address,
            ])
            .current_dir(folder.path())
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(1));
        let error = stderr(&output);
        assert!(
            error.contains(&format!("listen is {address}: expected")),
            "{error}"
        );
    }
    assert!(
        !folder.path().join(".roost").exists(),
        "the error comes before any work"
    );
}

const ONE_ROOM: &str = "
    WITH host AS (
        INSERT INTO users (role, display_name) VALUES ('landlord', 'Asha') RETURNING id
    ), landlord AS (
        INSERT INTO landlords (user_id, total_capacity) SELECT id, 3 FROM host RETURNING id
    )
    INSERT INTO rooms (landlord_id, title, country_code, location, currency, occupancy, room_type)
    SELECT id, 'Quiet room with a desk', 'IN', 'POINT(72.9133 19.1334)', 'INR', 1, 'private_room'
    FROM landlord";

async fn titles(node: &Roost, word: &str) -> Vec<String> {
    let (status, answer) = node.get(&format!("/api/v1/rooms/search?q={word}")).await;
    assert_eq!(status, 200, "{answer}");
    let hits = answer["data"].as_array().unwrap();
    hits.iter()
        .map(|hit| hit["room"]["title"].as_str().unwrap().to_owned())
        .collect()
}
