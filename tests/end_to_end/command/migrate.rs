//! `roost migrate` checks the server before a node depends on it.

use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, Row};

use crate::harness::{ClusterFolder, TestDatabase, roost, stderr};

#[tokio::test]
async fn a_database_in_another_encoding_is_rejected_before_any_table_is_created() {
    let database = TestDatabase::create().await;
    let name = format!("{}_ascii", database.name);
    database
        .execute(&format!(
            "CREATE DATABASE {name} ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0"
        ))
        .await;
    let url = database.url.replace(&database.name, &name);
    let output = roost(&["migrate", "--database-url", &url]);
    let mut connection = PgConnection::connect(&url).await.unwrap();
    let tables = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'";
    let tables: i64 = connection.fetch_one(tables).await.unwrap().get(0);
    connection.close().await.unwrap();
    database.execute(&format!("DROP DATABASE {name}")).await;
    assert_eq!(output.status.code(), Some(1));
    let error = stderr(&output);
    assert!(
        error.contains("the database's encoding is SQL_ASCII; expected UTF8"),
        "{error}"
    );
    assert_eq!(tables, 0);
}

#[tokio::test]
async fn a_server_that_no_node_can_follow_is_migrated_with_a_warning_that_says_what_to_set() {
    let cluster = ClusterFolder::new("postgres");
    let url = cluster.start();
    assert!(!migrate(&url).contains("WARN"));
    set(&url, "wal_level = replica").await;
    cluster.stop();
    let url = cluster.start();
    let printed = migrate(&url);
    let warning = printed.lines().find(|line| line.contains("WARN"));
    let warning = warning.unwrap_or_else(|| panic!("no warning: {printed}"));
    for part in [
        "no node can follow this server yet",
        "wal_level is replica; expected logical",
        "ALTER SYSTEM SET wal_level = logical",
        "restart the server",
    ] {
        assert!(warning.contains(part), "{warning}");
    }
    // What the warning says helps.
    set(&url, "wal_level = logical").await;
    cluster.stop();
    assert!(!migrate(&cluster.start()).contains("WARN"));
}

/// Runs `roost migrate`, which must succeed, and returns its log.
fn migrate(url: &str) -> String {
    let output = roost(&["migrate", "--database-url", url]);
    assert!(output.status.success(), "{}", stderr(&output));
    stderr(&output)
}

/// Changes a setting of the server, which has to be restarted.
async fn set(url: &str, setting: &str) {
    let mut connection = PgConnection::connect(url).await.unwrap();
    let sql = format!("ALTER SYSTEM SET {setting}");
    connection
        .execute(sqlx::raw_sql(AssertSqlSafe(sql)))
        .await
        .unwrap();
    connection.close().await.unwrap();
}
