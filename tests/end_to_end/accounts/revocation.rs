//! Revocations reach every node: a session that ends on one is over on the others.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::people::{PASSWORD, Person};
use crate::harness::{Proxy, Roost, TestDatabase, Which, eventually, roost, stderr, stdout};

const DEADLINE: Duration = Duration::from_secs(30);

/// Within this time every node rejects what one of them has revoked. It takes 900 ms at most where
/// nothing else runs, and a cached caller is kept for 60 s.
const REVOKED_WITHIN: Duration = Duration::from_secs(5);

const KEYS: &str = "/api/v1/keys";

const CACHED: &str = "roost_authentications_cached_total";

#[tokio::test]
async fn a_session_that_ends_on_one_node_is_over_on_another_within_a_second() {
    let database = TestDatabase::create().await;
    let a = Roost::start(&database).await;
    let b = second_node(&database, &database.url, &a).await;
    let asha = Person::student(&a, "asha@example.com").await;
    let other = Person::sign_in(&a, "asha@example.com", PASSWORD).await;
    for node in [&a, &b] {
        await_cached(node, &asha).await;
        await_cached(node, &other).await;
    }
    let out = asha.send(&a, "POST", "logout", &Value::Null).await;
    let ended = Instant::now();
    assert_eq!(out.status, 200, "{}", out.json);
    assert_eq!(asha.status(&a).await, 401, "at once on the node itself");
    await_rejected(&b, &asha, ended).await;
    // The other session goes on, from the cache.
    await_cached(&b, &other).await;
    let out = other.send(&a, "POST", "logout-all", &Value::Null).await;
    let ended = Instant::now();
    assert_eq!(out.status, 200, "{}", out.json);
    assert_eq!(other.status(&a).await, 401);
    await_rejected(&b, &other, ended).await;
}

#[tokio::test]
async fn a_user_whom_the_command_disables_is_rejected_by_a_running_node_within_a_second() {
    let database = TestDatabase::create().await;
    let node = Roost::start(&database).await;
    let asha = Person::student(&node, "asha@example.com").await;
    await_cached(&node, &asha).await;
    let url = &database.url;
    let done = roost(&["users", "disable", "--database-url", url, &asha.email]);
    let ended = Instant::now();
    assert!(done.status.success(), "{}", stderr(&done));
    await_rejected(&node, &asha, ended).await;
}

#[tokio::test]
async fn a_revoked_key_and_one_that_descends_from_it_are_rejected_by_another_node_within_a_second()
{
    let database = TestDatabase::create().await;
    let a = Roost::start(&database).await;
    let b = second_node(&database, &database.url, &a).await;
    let url = ["--database-url", &database.url];
    let create = ["keys", "create", "--name", "test", "--scopes", "search"];
    let printed = stdout(&roost(&[&create[..], &url].concat()));
    let mut lines = printed.lines();
    let parent = lines.find_map(|line| line.strip_prefix("Secret, shown only now: "));
    let parent = parent.unwrap_or_else(|| panic!("{printed}"));
    let new = json!({"name": "child", "scopes": ["search"]});
    let child = a.send("POST", KEYS, Some(parent), Some(&new)).await;
    let child = &child.json["data"];
    let (id, secret) = (&child["key"]["parent_id"], child["secret"].as_str());
    let status = async |node: &Roost, secret| node.send("GET", KEYS, secret, None).await.status;
    for secret in [Some(parent), secret] {
        eventually("the key is cached", DEADLINE, async || {
            let before = b.metric(CACHED).await;
            assert_eq!(status(&b, secret).await, 200);
            (b.metric(CACHED).await > before).then_some(())
        })
        .await;
    }
    let path = format!("{KEYS}/{}", id.as_str().unwrap());
    let revoked = a.send("DELETE", &path, Some(parent), None).await;
    let ended = Instant::now();
    assert_eq!(revoked.status, 200, "{}", revoked.json);
    for secret in [Some(parent), secret] {
        assert_eq!(status(&a, secret).await, 401, "at once on the node itself");
        while status(&b, secret).await != 401 {
            let elapsed = ended.elapsed();
            assert!(elapsed < REVOKED_WITHIN, "accepted after {elapsed:?}");
        }
    }
}

#[tokio::test]
async fn a_node_whose_stream_hangs_reads_sessions_from_postgres() {
    let database = TestDatabase::create().await;
    let a = Roost::start(&database).await;
    let proxy = Proxy::start(&database.url).await;
    let b = second_node(&database, &proxy.url(&database.url), &a).await;
    let asha = Person::student(&a, "asha@example.com").await;
    await_cached(&b, &asha).await;
    proxy.hang(Which::Streams);
    let out = asha.send(&a, "POST", "logout", &Value::Null).await;
    let ended = Instant::now();
    assert_eq!(out.status, 200, "{}", out.json);
    await_rejected(&b, &asha, ended).await;
}

#[tokio::test]
async fn a_session_that_has_ended_does_not_come_back_while_requests_race_with_its_end() {
    let database = TestDatabase::create().await;
    let a = Roost::start(&database).await;
    let b = second_node(&database, &database.url, &a).await;
    Person::student(&a, "asha@example.com").await;
    // Fewer than the limit of sign-ins of an account.
    for _ in 0..8 {
        let asha = Person::sign_in(&a, "asha@example.com", PASSWORD).await;
        let hammer = async || {
            let mut rejected_at = None;
            loop {
                let sent = Instant::now();
                match (asha.status(&b).await, rejected_at) {
                    (401, None) => rejected_at = Some(Instant::now()),
                    (401, Some(at)) if sent > at + REVOKED_WITHIN => return,
                    (200, Some(at)) if sent > at + REVOKED_WITHIN => panic!("it came back"),
                    _ => {}
                }
            }
        };
        let end = async {
            await_cached(&b, &asha).await;
            let out = asha.send(&a, "POST", "logout", &Value::Null).await;
            assert_eq!(out.status, 200, "{}", out.json);
        };
        tokio::join!(hammer(), hammer(), hammer(), end);
    }
}

/// A node that accepts the access tokens of another one, and leaves mail to it.
async fn second_node(database: &TestDatabase, url: &str, first: &Roost) -> Roost {
    let slot = format!("{}_b", database.name);
    let keys = first.data_dir.join("token_keys.json");
    let keys = ("ROOST_TOKEN_KEYS_FILE", keys.to_str().unwrap());
    let node = Roost::start_unready(url, &slot, &[keys, ("ROOST_WORKERS", "0")]).await;
    node.wait_until_ready().await;
    node
}

/// Sends requests until the node answers one without reading the session.
async fn await_cached(node: &Roost, person: &Person) {
    eventually("the session is cached", DEADLINE, async || {
        let before = node.metric(CACHED).await;
        assert_eq!(person.status(node).await, 200);
        (node.metric(CACHED).await > before).then_some(())
    })
    .await;
}

async fn await_rejected(node: &Roost, person: &Person, since: Instant) {
    while person.status(node).await != 401 {
        let elapsed = since.elapsed();
        assert!(elapsed < REVOKED_WITHIN, "accepted after {elapsed:?}");
    }
}
