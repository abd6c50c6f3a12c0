//! Events: the append-only trail of actions.

use serde_json::Value;
use sqlx::{AssertSqlSafe, Executor, Row};

use super::people::{Person, node};
use crate::harness::{Roost, TestDatabase, roost, stdout};

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

#[tokio::test]
async fn admins_read_the_events_by_subject_actor_kind_and_time() {
    let (database, node) = node().await;
    let asha = Person::student(&node, "asha@example.com").await;
    let admin = admin(&database, &node).await;
    let list = async |query: String| listed(&node, &admin, &query).await;
    let all = list(String::new()).await;
    assert_eq!(kinds(&all), NEWEST_FIRST);
    assert_eq!(all["data"][3]["change"]["role"], "student");
    assert_eq!(all["data"][1]["actor_kind"], "system");
    let mine = list(format!("actor_id={}", asha.id)).await;
    assert_eq!(kinds(&mine), ["session.started"]);
    let about = list(format!("subject_kind=user&subject_id={}", asha.id)).await;
    assert_eq!(kinds(&about), ["user.registered"]);
    let created = list("kind=user.created".to_owned()).await;
    assert_eq!(kinds(&created), ["user.created"]);
    let since = all["data"][1]["occurred_at"].as_str().unwrap();
    assert_eq!(kinds(&list(format!("from={since}")).await).len(), 2);
    assert_eq!(kinds(&list(format!("to={since}")).await).len(), 2);
    // Pages go on without a gap or a repetition.
    let (mut pages, mut query) = (Vec::new(), "limit=3".to_owned());
    loop {
        let page = list(query).await;
        pages.extend(kinds(&page).into_iter().map(str::to_owned));
        match page["meta"]["next_cursor"].as_str() {
            Some(cursor) => query = format!("limit=3&cursor={cursor}"),
            None => break,
        }
    }
    assert_eq!(pages, NEWEST_FIRST);
}

#[tokio::test]
async fn others_do_not_read_the_events_and_bad_filters_are_named() {
    let (database, node) = node().await;
    let asha = Person::student(&node, "asha@example.com").await;
    for (token, status) in [(Some(&*asha.access), 403), (None, 401)] {
        let reply = node.send("GET", "/api/v1/events", token, None).await;
        assert_eq!(reply.status, status, "{}", reply.json);
    }
    let admin = admin(&database, &node).await;
    for bad in [
        "kind=%00",
        "kind=",
        "subject_kind=Room",
        "subject_id=7",
        "from=yesterday",
        "limit=0",
        "limit=1001",
        "cursor=x",
        "cursor=0",
        "user=7",
    ] {
        let path = format!("/api/v1/events?{bad}");
        let reply = node.send("GET", &path, Some(&admin.access), None).await;
        assert_eq!(reply.status, 400, "{bad}: {}", reply.json);
        let field = bad.split('=').next();
        assert_eq!(
            reply.json["error"]["field"].as_str(),
            field,
            "{}",
            reply.json
        );
    }
}

/// What a student leaves who registers, and an admin whom the command creates.
const NEWEST_FIRST: [&str; 4] = [
    "session.started",
    "user.created",
    "session.started",
    "user.registered",
];

async fn admin(database: &TestDatabase, node: &Roost) -> Person {
    let (url, email) = (&*database.url, "root@example.com");
    let flags = ["--database-url", url, "--role", "admin", "--name", "Root"];
    let created = roost(&[&["users", "create"], &flags[..], &[email]].concat());
    let output = stdout(&created);
    let password = output.trim().rsplit(' ').next().unwrap();
    Person::sign_in(node, email, password).await
}

async fn listed(node: &Roost, admin: &Person, query: &str) -> Value {
    let path = format!("/api/v1/events?{query}");
    let reply = node.send("GET", &path, Some(&admin.access), None).await;
    assert_eq!(reply.status, 200, "{query}: {}", reply.json);
    reply.json
}

fn kinds(list: &Value) -> Vec<&str> {
    let events = list["data"].as_array().unwrap().iter();
    events
        .map(|event| event["kind"].as_str().unwrap())
        .collect()
}

async fn events(database: &TestDatabase) -> String {
    let sql = "SELECT coalesce(string_agg(e::text, ',' ORDER BY id), '') FROM events e";
    database.row(sql).await.get(0)
}
