//! A node whose role lacks a privilege names the statement that grants it, and continues after it.

use std::time::Duration;

use crate::harness::{Roost, TestDatabase, eventually, rooms};

const DEADLINE: Duration = Duration::from_secs(60);

const PUBLICATION: &str = "CREATE PUBLICATION roost FOR TABLE rooms, exam_venues, requests, \
                           landlords, bookings, request_exposure";

#[tokio::test]
async fn a_role_without_select_gets_the_missing_grant_and_the_node_continues_after_it() {
    let role = Role::create("REPLICATION").await;
    role.database.execute(PUBLICATION).await;
    let name = &role.database.name;
    role.database
        .execute(&format!(
            "GRANT SELECT ON rooms, exam_venues, requests TO {name}"
        ))
        .await;
    let mut node = role.start_node().await;
    let grant = format!("GRANT SELECT ON bookings, landlords, request_exposure TO \"{name}\"");
    let reason = reason(&node, &grant).await;
    assert!(!reason.contains("own the tables"), "{reason}");
    role.database.execute(&grant).await;
    node.wait_until_ready().await;
    node.stop().await;
    role.drop().await;
}

#[tokio::test]
async fn a_role_that_may_not_use_the_schema_gets_the_missing_grant() {
    let role = Role::create("REPLICATION").await;
    let name = &role.database.name;
    role.database.execute(PUBLICATION).await;
    role.grant_select().await;
    role.database
        .execute("REVOKE USAGE ON SCHEMA public FROM PUBLIC")
        .await;
    let mut node = role.start_node().await;
    let grant = format!("GRANT USAGE ON SCHEMA public TO \"{name}\"");
    reason(&node, &grant).await;
    role.database.execute(&grant).await;
    node.wait_until_ready().await;
    node.stop().await;
    role.drop().await;
}

#[tokio::test]
async fn without_a_publication_a_role_that_may_only_read_gets_the_statement_for_the_owner() {
    let role = Role::create("REPLICATION").await;
    role.grant_select().await;
    let mut node = role.start_node().await;
    reason(&node, PUBLICATION).await;
    role.database.execute(PUBLICATION).await;
    node.wait_until_ready().await;
    node.stop().await;
    role.drop().await;
}

#[tokio::test]
async fn a_role_without_the_replication_attribute_gets_the_statement_that_sets_it() {
    let role = Role::create("").await;
    let name = &role.database.name;
    role.database.execute(PUBLICATION).await;
    role.grant_select().await;
    let mut node = role.start_node().await;
    let reason = reason(&node, "ALTER ROLE ... REPLICATION").await;
    assert!(!reason.contains("own the tables"), "{reason}");
    role.database
        .execute(&format!("ALTER ROLE {name} REPLICATION"))
        .await;
    node.wait_until_ready().await;
    node.stop().await;
    role.drop().await;
}

/// Waits until the node is not ready because of something that this text remedies; returns the
/// whole reason.
async fn reason(node: &Roost, remedy: &str) -> String {
    eventually(remedy, DEADLINE, async || {
        let (status, answer) = node.get("/health/ready").await;
        assert_eq!(status, 503, "{answer}");
        let message = answer["error"]["message"].as_str()?;
        message.contains(remedy).then(|| message.to_owned())
    })
    .await
}

/// A role that owns nothing, and a database of the same name with a room.
struct Role {
    database: TestDatabase,
}

impl Role {
    async fn create(attributes: &str) -> Self {
        let database = TestDatabase::create().await;
        database.execute(&rooms(1)).await;
        let create = format!(
            "CREATE ROLE {} LOGIN {attributes} PASSWORD 'reader'",
            database.name
        );
        database.execute(&create).await;
        Self { database }
    }

    async fn grant_select(&self) {
        let tables = "rooms, exam_venues, requests, landlords, bookings, request_exposure";
        let grant = format!("GRANT SELECT ON {tables} TO {}", self.database.name);
        self.database.execute(&grant).await;
    }

    async fn start_node(&self) -> Roost {
        let name = &self.database.name;
        let (_, server) = self.database.url.split_once('@').unwrap();
        let url = format!("postgres://{name}:reader@{server}");
        Roost::start_unready(&url, name, &[]).await
    }

    /// Roles outlive databases, so they must be dropped.
    async fn drop(self) {
        let name = &self.database.name;
        let drop = format!("DROP OWNED BY {name}; DROP ROLE {name}");
        self.database.execute(&drop).await;
    }
}
