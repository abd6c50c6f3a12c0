//! Jobs are done once, tried again when they fail, and kept when they have failed for good.

use std::time::Duration;

use serde_json::{Value, json};
use sqlx::Row;
use tokio::net::TcpListener;
use tokio::time::timeout;

use super::people::{mailed_token, mails_now, node, post, register};
use crate::harness::{ClusterFolder, Roost, TestDatabase, eventually, roost, stderr, stdout};

const DEADLINE: Duration = Duration::from_secs(60);

/// An SMTP server that does not exist.
const NO_SMTP: (&str, &str) = ("ROOST_SMTP_URL", "smtp://127.0.0.1:1");

#[tokio::test]
async fn a_mail_that_cannot_be_sent_is_tried_again_and_kept_until_it_is_retried_or_dropped() {
    let database = TestDatabase::create().await;
    let mut broken = Roost::start_unready(&database.url, &database.name, &[NO_SMTP]).await;
    for email in ["asha@example.com", "ravi@example.com"] {
        let reply = register(&broken, &json!({"email": email})).await;
        assert_eq!(reply.status, 202, "{}", reply.json);
    }
    let tried_again = "at least two attempts";
    eventually(tried_again, DEADLINE, async || {
        let jobs = mails(&database, &[]);
        assert_eq!(jobs.len(), 2, "{jobs:?}");
        let tried = |job: &Value| job["attempts"].as_i64() >= Some(2);
        jobs.iter().all(tried).then_some(())
    })
    .await;
    // The address is in no job and no line about it.
    let listed = format!("{:?}", mails(&database, &[]));
    assert!(listed.contains("SMTP"), "{listed}");
    assert!(!listed.contains("example.com"), "{listed}");
    let line = broken.logged("a mail cannot be sent").unwrap();
    assert!(!line.to_string().contains("example.com"), "{line}");
    database
        .execute("UPDATE graphile_worker._private_jobs SET max_attempts = 3 WHERE payload::text LIKE '%mail%'")
        .await;
    eventually("the jobs have failed", DEADLINE, async || {
        let failed = mails(&database, &["--failed"]);
        (failed.len() == 2).then_some(())
    })
    .await;
    broken
        .await_metric("roost_failed_jobs", |count| count == 2.0)
        .await;
    broken.stop().await;

    let slot = format!("{}_b", database.name);
    let healthy = Roost::start_unready(&database.url, &slot, &[]).await;
    let failed = mails(&database, &["--failed"]);
    assert_eq!(failed.len(), 2, "{failed:?}");
    let id = |n: usize| failed[n]["id"].to_string();
    assert_eq!(run(&database, &["drop", &id(0)]), "Jobs dropped: 1\n");
    assert_eq!(
        run(&database, &["retry", &id(1)]),
        "Jobs that run again: 1\n"
    );
    healthy
        .await_metric("roost_failed_jobs", |count| count == 0.0)
        .await;
    // The newest job is listed first, so the older mail is left.
    mailed_token(&healthy, "asha@example.com", 1).await;
    eventually("no job is left", DEADLINE, async || {
        mails(&database, &[]).is_empty().then_some(())
    })
    .await;
    assert!(mails_now(&healthy, "ravi@example.com").is_empty());
    assert_eq!(
        run(&database, &["retry", "--failed"]),
        "Jobs that run again: 0\n"
    );
    assert_eq!(
        run(&database, &["list", "--task", "send_mail"]),
        "No jobs.\n"
    );
}

#[tokio::test]
async fn of_several_nodes_those_with_workers_send_each_mail_once() {
    let database = TestDatabase::create().await;
    let settings = [("ROOST_WORKERS", "0")];
    let idle = Roost::start_unready(&database.url, &database.name, &settings).await;
    for n in 0..12 {
        let email = format!("student{n}@example.com");
        register(&idle, &json!({"email": email})).await;
    }
    assert_eq!(mails(&database, &[]).len(), 12);
    let slots = ["b", "c"].map(|name| format!("{}_{name}", database.name));
    let nodes = [
        Roost::start_unready(&database.url, &slots[0], &[]).await,
        Roost::start_unready(&database.url, &slots[1], &[]).await,
    ];
    eventually("no job is left", DEADLINE, async || {
        mails(&database, &[]).is_empty().then_some(())
    })
    .await;
    for n in 0..12 {
        let email = format!("student{n}@example.com");
        let sent: usize = nodes.iter().map(|node| mails_now(node, &email).len()).sum();
        assert_eq!(sent, 1, "{email}");
    }
    assert!(mails_now(&idle, "student0@example.com").is_empty());
    let left = "SELECT count(*) FROM mail_outbox";
    assert_eq!(database.row(left).await.get::<i64, _>(0), 0);
}

#[tokio::test]
async fn the_mail_of_a_node_that_is_killed_while_it_sends_is_sent_by_another_node() {
    let database = TestDatabase::create().await;
    // This server accepts connections and answers nothing, so the worker stays in the middle of a
    // mail.
    let smtp = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("smtp://{}", smtp.local_addr().unwrap());
    let settings = [("ROOST_SMTP_URL", &*url)];
    let mut killed = Roost::start_unready(&database.url, &database.name, &settings).await;
    register(&killed, &json!({"email": "asha@example.com"})).await;
    let accepted = timeout(DEADLINE, smtp.accept()).await;
    let (_connection, _) = accepted.unwrap().unwrap();
    killed.kill();
    let slot = format!("{}_b", database.name);
    let other = Roost::start_unready(&database.url, &slot, &[]).await;
    let job = mails(&database, &[]);
    assert_eq!(job[0]["state"], "running", "{job:?}");
    // As if the 90 s had passed after which a silent node counts as dead.
    database
        .execute(
            "UPDATE graphile_worker._private_workers
            SET last_heartbeat_at = last_heartbeat_at - interval '90 seconds'
            WHERE id IN (SELECT locked_by FROM graphile_worker._private_jobs)",
        )
        .await;
    eventually("the mail is sent", DEADLINE, async || {
        (!mails_now(&other, "asha@example.com").is_empty()).then_some(())
    })
    .await;
    let token = mailed_token(&other, "asha@example.com", 1).await;
    let confirmed = post(&other, "confirm-email", &json!({"token": token})).await;
    assert_eq!(confirmed.status, 200, "{}", confirmed.json);
    eventually("no job is left", DEADLINE, async || {
        mails(&database, &[]).is_empty().then_some(())
    })
    .await;
    assert_eq!(mails_now(&other, "asha@example.com").len(), 1);
}

#[tokio::test]
async fn mail_that_the_version_before_has_queued_is_sent_after_the_migration() {
    let (database, node) = node().await;
    database
        .execute(
            "INSERT INTO mail_outbox (kind, recipient) VALUES ('password_reset', 'a@example.com')",
        )
        .await;
    super::people::Person::student(&node, "b@example.com").await;
    database
        .execute(
            "UPDATE mail_outbox SET recipient = 'b@example.com' WHERE recipient = 'a@example.com'",
        )
        .await;
    assert_eq!(mails_now(&node, "b@example.com").len(), 1);
    let migrated = roost(&["migrate", "--database-url", &database.url]);
    assert!(migrated.status.success(), "{}", stderr(&migrated));
    let token = mailed_token(&node, "b@example.com", 2).await;
    let body = json!({"token": token, "new_password": "staple battery horse"});
    let reset = post(&node, "password-reset/confirm", &body).await;
    assert_eq!(reset.status, 200, "{}", reset.json);
}

#[tokio::test]
async fn mail_goes_on_after_postgres_was_down() {
    let cluster = ClusterFolder::new("postgres");
    let database = TestDatabase::create_on(cluster.start()).await;
    let mut node = Roost::start(&database).await;
    register(&node, &json!({"email": "asha@example.com"})).await;
    mailed_token(&node, "asha@example.com", 1).await;
    cluster.stop();
    eventually("the worker notices", DEADLINE, async || {
        node.logged("cannot run jobs; will try again")
    })
    .await;
    cluster.start();
    eventually("a registration succeeds", DEADLINE, async || {
        let reply = register(&node, &json!({"email": "ravi@example.com"})).await;
        (reply.status == 202).then_some(())
    })
    .await;
    mailed_token(&node, "ravi@example.com", 1).await;
    node.stop().await;
}

#[test]
fn retry_and_drop_need_ids_or_a_flag() {
    for action in ["retry", "drop"] {
        let output = roost(&["jobs", action]);
        assert_eq!(output.status.code(), Some(2));
        assert!(stderr(&output).contains("--failed"), "{}", stderr(&output));
    }
}

/// The jobs that send mail.
fn mails(database: &TestDatabase, flags: &[&str]) -> Vec<Value> {
    let list = ["list", "--json", "--task", "send_mail"];
    serde_json::from_str(&run(database, &[&list, flags].concat())).unwrap()
}

/// Runs `roost jobs` and returns what it prints.
fn run(database: &TestDatabase, arguments: &[&str]) -> String {
    let (action, rest) = arguments.split_first().unwrap();
    let url = ["--database-url", &database.url];
    let output = roost(&[&["jobs", action], &url[..], rest].concat());
    assert!(output.status.success(), "{}", stderr(&output));
    stdout(&output)
}
