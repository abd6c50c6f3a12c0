//! Events: the append-only trail of actions.

use sqlx::{AssertSqlSafe, Executor, Row};

use super::people::{Person, node};
use crate::harness::TestDatabase;

#[tokio::test]
async fn no_statement_changes_or_removes_an_event() {
    let (database, node) = node().await;
    Person::student(&node, "asha@example.com").await;
    let partition = "SELECT tableoid::regclass::text FROM events LIMIT 1";
    let partition: String = database.row(partition).await.get(0);
    let before = events(&database).await;
    assert!(before.contains("user.registered"), "{before}");
    for table in ["events", &partition] {
        for statement in [
            format!("UPDATE {table} SET kind = 'user.forged'"),
            format!("DELETE FROM {table}"),
            format!("TRUNCATE {table}"),
        ] {
            let done = database
                .pool
                .execute(AssertSqlSafe(statement.as_str()))
                .await;
            let error = done.unwrap_err().to_string();
            assert!(
                error.contains("events are append-only"),
                "{statement}: {error}"
            );
        }
    }
    assert_eq!(events(&database).await, before);
}

#[tokio::test]
async fn a_node_creates_partitions_of_events_a_year_ahead() {
    let (database, node) = node().await;
    let months = "SELECT count(*) FROM pg_inherits WHERE inhparent = 'events'::regclass";
    assert_eq!(database.row(months).await.get::<i64, _>(0), 13);
    let next_year = "SELECT create_event_partitions(0)";
    assert_eq!(database.row(next_year).await.get::<i32, _>(0), 0);
    let dropped = "DO $$ BEGIN
        EXECUTE 'DROP TABLE events_' || to_char(now() AT TIME ZONE 'UTC' + interval '5 months', 'YYYY_MM');
    END $$";
    database.execute(dropped).await;
    assert_eq!(database.row(months).await.get::<i64, _>(0), 12);
    let mut node = node;
    node.stop().await;
    node.restart().await;
    let what = "the node creates the missing partition";
    crate::harness::eventually(what, std::time::Duration::from_secs(30), async || {
        let count: i64 = database.row(months).await.get(0);
        (count == 13).then_some(())
    })
    .await;
}

async fn events(database: &TestDatabase) -> String {
    let sql = "SELECT coalesce(string_agg(e::text, ',' ORDER BY id), '') FROM events e";
    database.row(sql).await.get(0)
}
