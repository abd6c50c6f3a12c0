//! The private cluster starts, restarts and stops, wherever its folder is.

use std::process::Command;

use sqlx::{Connection, PgConnection};

use crate::harness::ClusterFolder;

#[tokio::test]
async fn a_cluster_is_created_reused_stopped_and_restarted_with_its_data() {
    let cluster = ClusterFolder::new(".roost/postgres");
    let url = cluster.start();
    assert_eq!(cluster.start(), url, "a running cluster is reused");
    assert_eq!(
        query_value::<String>(&url, "SHOW wal_level").await,
        "logical"
    );
    query_value::<i64>(&url, "SELECT lo_create(4711)::int8").await;
    assert!(cluster.run(&["stop"]).status.success());
    assert_eq!(cluster.run(&["url"]).status.code(), Some(1));
    let url = cluster.start();
    let object = "SELECT count(*) FROM pg_largeobject_metadata WHERE oid = 4711";
    assert_eq!(query_value::<i64>(&url, object).await, 1);
}

#[tokio::test]
async fn a_killed_server_does_not_block_the_next_start() {
    let cluster = ClusterFolder::new(".roost/postgres");
    cluster.start();
    let pid_file = cluster.path().join("data/postmaster.pid");
    let text = std::fs::read_to_string(&pid_file).unwrap();
    let pid = text.lines().next().unwrap();
    assert!(
        Command::new("kill")
            .args(["-9", pid])
            .status()
            .unwrap()
            .success()
    );
    // As after a restart of the machine: another process now has the pid.
    let reused = text.replacen(pid, &std::process::id().to_string(), 1);
    std::fs::write(&pid_file, reused).unwrap();
    let url = cluster.start();
    assert_eq!(query_value::<i32>(&url, "SELECT 1").await, 1);
}

#[tokio::test]
async fn a_path_that_is_too_long_for_a_socket_works() {
    let name = "long ".repeat(30);
    let cluster = ClusterFolder::new(&format!("{name}'\"$HOME`/.roost/postgres"));
    let url = cluster.start();
    assert_eq!(
        query_value::<String>(&url, "SHOW unix_socket_directories").await,
        ""
    );
}

#[test]
fn a_folder_with_other_files_is_left_alone() {
    let cluster = ClusterFolder::new("mine");
    std::fs::create_dir(cluster.path()).unwrap();
    std::fs::write(cluster.path().join("note"), "mine").unwrap();
    for action in ["start", "stop"] {
        assert_eq!(cluster.run(&[action]).status.code(), Some(1), "{action}");
    }
    assert_eq!(cluster.run(&["stop", "--delete"]).status.code(), Some(1));
    assert_eq!(
        std::fs::read_to_string(cluster.path().join("note")).unwrap(),
        "mine"
    );
}

async fn query_value<T>(url: &str, sql: &'static str) -> T
where
    T: Send + Unpin + for<'r> sqlx::Decode<'r, sqlx::Postgres> + sqlx::Type<sqlx::Postgres>,
{
    let mut connection = PgConnection::connect(url).await.unwrap();
    sqlx::query_scalar(sql)
        .fetch_one(&mut connection)
        .await
        .unwrap()
}
