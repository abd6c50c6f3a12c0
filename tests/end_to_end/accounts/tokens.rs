//! Attacks with stolen, forged and foreign tokens.

use std::os::unix::fs::PermissionsExt;

use serde_json::{Value, json};
use sqlx::Row;

use super::people::{PASSWORD, Person, mailed_token, node, post, refresh, register};
use crate::harness::Roost;

#[tokio::test]
async fn a_refresh_token_that_is_used_twice_ends_its_session_and_leaves_an_event() {
    let (database, node) = node().await;
    let asha = Person::student(&node, "asha@example.com").await;
    let other = Person::sign_in(&node, "asha@example.com", PASSWORD).await;
    let renewed = Person::of(&refresh(&node, &asha.refresh).await);
    let reused = refresh(&node, &asha.refresh).await;
    assert_eq!(reused.status, 401, "{}", reused.json);
    assert_eq!(reused.json["error"]["code"], "unauthorized");
    // The newest tokens of the session stop working too, those of the other session do not.
    assert_eq!(refresh(&node, &renewed.refresh).await.status, 401);
    assert_eq!(renewed.status(&node).await, 401);
    assert_eq!(other.status(&node).await, 200);
    let events = "SELECT count(*) FROM events
        WHERE kind = 'session.ended' AND change->>'reason' = 'token_reused'";
    assert_eq!(database.row(events).await.get::<i64, _>(0), 1);
}

#[tokio::test]
async fn of_concurrent_uses_of_one_refresh_token_at_most_one_succeeds() {
    let (_database, node) = node().await;
    let asha = Person::student(&node, "asha@example.com").await;
    let uses = (0..8).map(|_| refresh(&node, &asha.refresh));
    let replies = futures_util::future::join_all(uses).await;
    let succeeded: Vec<&_> = replies.iter().filter(|reply| reply.status == 200).collect();
    assert_eq!(succeeded.len(), 1);
    assert_eq!(Person::of(succeeded[0]).status(&node).await, 401);
}

#[tokio::test]
async fn of_concurrent_uses_of_one_mailed_token_only_one_succeeds() {
    let (database, node) = node().await;
    register(&node, &json!({"email": "asha@example.com"})).await;
    let token = mailed_token(&node, "asha@example.com", 1).await;
    let body = json!({"token": token});
    let uses = (0..8).map(|_| post(&node, "confirm-email", &body));
    let replies = futures_util::future::join_all(uses).await;
    let mut statuses: Vec<u16> = replies.iter().map(|reply| reply.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 400, 400, 400, 400, 400, 400, 400]);
    let users = database.row("SELECT count(*) FROM users").await;
    assert_eq!(users.get::<i64, _>(0), 1);
}

#[tokio::test]
async fn a_mailed_token_is_accepted_only_for_what_it_was_mailed_for() {
    let (_database, node) = node().await;
    let asha = Person::student(&node, "asha@example.com").await;
    post(&node, "password-reset", &json!({"email": asha.email})).await;
    let reset = mailed_token(&node, &asha.email, 2).await;
    let confirmed = post(&node, "confirm-email", &json!({"token": reset})).await;
    assert_eq!(confirmed.status, 400, "{}", confirmed.json);
    register(&node, &json!({"email": "ravi@example.com"})).await;
    let confirmation = mailed_token(&node, "ravi@example.com", 1).await;
    let body = json!({"token": confirmation, "new_password": "staple staple"});
    let reset = post(&node, "password-reset/confirm", &body).await;
    assert_eq!(reset.status, 400, "{}", reset.json);
    assert_eq!(reset.json["error"]["value"], Value::Null);
}

#[tokio::test]
async fn an_access_token_of_another_node_and_a_malformed_one_are_rejected() {
    let (database, node) = node().await;
    let asha = Person::student(&node, "asha@example.com").await;
    let slot = format!("{}_b", database.name);
    let mut other = Roost::start_unready(&database.url, &slot, &[]).await;
    let foreign = asha.send(&other, "GET", "me", &Value::Null).await;
    assert_eq!(foreign.status, 401, "{}", foreign.json);
    assert_eq!(foreign.headers["www-authenticate"], "Bearer");
    other.stop().await;
    for token in [
        "",
        "x",
        "a.b.c",
        &asha.refresh,
        &format!("{}x", asha.access),
    ] {
        let reply = node.send("GET", "/api/v1/auth/me", Some(token), None).await;
        assert_eq!(reply.status, 401, "{token}: {}", reply.json);
        assert_eq!(reply.json["error"]["code"], "unauthorized");
    }
    let anonymous = node.send("GET", "/api/v1/auth/me", None, None).await;
    assert_eq!(anonymous.status, 401);
}

#[tokio::test]
async fn nodes_that_share_the_file_of_keys_accept_the_tokens_of_each_other() {
    let (database, node) = node().await;
    let asha = Person::student(&node, "asha@example.com").await;
    let file = node.data_dir.join("token_keys.json");
    let mode = std::fs::metadata(&file).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let slot = format!("{}_b", database.name);
    let setting = ("ROOST_TOKEN_KEYS_FILE", file.to_str().unwrap());
    let mut other = Roost::start_unready(&database.url, &slot, &[setting]).await;
    assert_eq!(asha.status(&other).await, 200);
    other.stop().await;
}
