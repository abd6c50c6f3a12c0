//! `roost keys` creates, lists, rotates and revokes keys.

use std::time::Duration;

use sqlx::Row;

use super::caller::Caller;
use crate::accounts::people::node;
use crate::harness::{TestDatabase, eventually, roost, stderr, stdout};

/// Runs `roost keys` over a database, and returns its exit code and what it printed.
fn keys(database: &TestDatabase, arguments: &[&str]) -> (i32, String) {
    let url = ["--database-url", &database.url];
    let output = roost(&[&["keys"], arguments, &url].concat());
    let printed = stdout(&output) + &stderr(&output);
    (output.status.code().unwrap(), printed)
}

#[tokio::test]
async fn a_rotated_key_has_another_secret_and_the_old_one_ends_at_once_or_after_the_overlap() {
    let (database, node) = node().await;
    let create = ["create", "--name", "Partner", "--scopes", "search"];
    let first = Caller::with(&node, &secret(&keys(&database, &create).1));
    assert_eq!(first.get("/rooms/search").await.status, 200);
    let (prefix, _) = first.secret.split_at(21);
    let (code, printed) = keys(&database, &["rotate", prefix, "--overlap-s", "3600"]);
    assert_eq!(code, 0, "{printed}");
    assert!(printed.contains("accepted for 3600 more"), "{printed}");
    let second = Caller::with(&node, &secret(&printed));
    assert_ne!(second.secret, first.secret);
    for caller in [&first, &second] {
        assert_eq!(caller.get("/rooms/search").await.status, 200);
    }
    // The whole secret names the key too, and is not repeated.
    let (code, printed) = keys(&database, &["rotate", &second.secret]);
    assert_eq!(code, 0, "{printed}");
    assert!(!printed.contains(&second.secret), "{printed}");
    let third = Caller::with(&node, &secret(&printed));
    assert_eq!(third.get("/rooms/search").await.status, 200);
    for caller in [&first, &second] {
        eventually("the old secret ends", Duration::from_secs(10), async || {
            (caller.get("/rooms/search").await.status == 401).then_some(())
        })
        .await;
    }
    let rotated =
        "SELECT count(*) FROM events WHERE kind = 'key.rotated' AND actor_kind = 'system'";
    assert_eq!(database.row(rotated).await.get::<i64, _>(0), 2);

    let (code, printed) = keys(&database, &["rotate", prefix, "--overlap-s", "604801"]);
    assert_ne!(code, 0);
    assert!(printed.contains("from 0 to 604800"), "{printed}");
    assert_eq!(keys(&database, &["revoke", prefix]).0, 0);
    let (code, printed) = keys(&database, &["rotate", prefix]);
    assert_ne!(code, 0);
    assert!(printed.contains("revoked"), "{printed}");
}

/// The secret that a command printed.
fn secret(printed: &str) -> String {
    let mut lines = printed.lines();
    let secret = lines.find_map(|line| line.strip_prefix("Secret, shown only now: "));
    secret.unwrap_or_else(|| panic!("{printed}")).to_owned()
}

#[tokio::test]
async fn a_created_key_works_until_it_is_revoked() {
    let (database, node) = node().await;
    let create = [
        "create",
        "--name",
        "Partner in Mumbai",
        "--scopes",
        "search,metrics:read",
        "--expires-at",
        "2100-01-01T00:00:00Z",
        "--requests-per-minute",
        "1000",
    ];
    let (code, printed) = keys(&database, &create);
    assert_eq!(code, 0, "{printed}");
    let key = Caller::with(&node, &secret(&printed));
    assert_eq!(key.get("/rooms/search").await.status, 200);
    let (code, listed) = keys(&database, &["list"]);
    assert_eq!(code, 0);
    assert!(listed.contains("Partner in Mumbai"), "{listed}");
    assert!(listed.contains("search,metrics:read"), "{listed}");
    assert!(!listed.contains(&key.secret), "{listed}");
    let (prefix, _) = key.secret.split_at(21);
    let (code, printed) = keys(&database, &["revoke", prefix]);
    assert_eq!(code, 0, "{printed}");
    assert!(printed.contains(&format!("Revoked {prefix}")), "{printed}");
    eventually("the key is rejected", Duration::from_secs(10), async || {
        (key.get("/rooms/search").await.status == 401).then_some(())
    })
    .await;
    assert_eq!(keys(&database, &["list"]).1.trim(), "No keys.");
    assert!(keys(&database, &["list", "--ended"]).1.contains(prefix));
    let (code, printed) = keys(&database, &["revoke", &key.secret]);
    assert_eq!(code, 0, "{printed}");
    assert!(!printed.contains(&key.secret), "{printed}");
    let created = "SELECT actor_kind FROM events WHERE kind = 'key.created'";
    assert_eq!(database.row(created).await.get::<String, _>(0), "system");
}

#[tokio::test]
async fn a_key_that_cannot_be_created_or_found_is_an_error_that_says_why() {
    let (database, _node) = node().await;
    let create = ["create", "--name", "test", "--scopes"];
    for (arguments, expected) in [
        (&["searches"][..], "\"searches\" is not one of search"),
        (&["search", "--filter", "ctiy:Mumbai"], "did you mean city?"),
        (
            &["search", "--expires-at", "tomorrow"],
            "expected a time such as",
        ),
        (
            &["search", "--expires-at", "2020-01-01T00:00:00Z"],
            "a time to come",
        ),
        (
            &["search", "--user", "absent@example.com"],
            "the address of a user",
        ),
        (
            &["admin", "--filter", "city:Mumbai"],
            "absent unless search is the only scope",
        ),
    ] {
        let (code, printed) = keys(&database, &[&create, arguments].concat());
        assert_ne!(code, 0, "{printed}");
        assert!(printed.contains(expected), "{printed}");
    }
    let (code, printed) = keys(&database, &["revoke", "roost_live_unknown"]);
    assert_ne!(code, 0);
    assert!(
        printed.contains("expected the id or prefix of a key"),
        "{printed}"
    );
}
