//! What people do with their accounts.

use serde_json::{Value, json};
use sqlx::Row;

use super::people::{
    PASSWORD, Person, mailed_token, mails, node, post, refresh, register, sign_in, token_of,
};
use crate::harness::TestDatabase;

#[tokio::test]
async fn a_landlord_registers_confirms_the_address_and_signs_in() {
    let (database, node) = node().await;
    let registration = json!({
        "email": "ravi@example.com", "role": "landlord", "display_name": "Ravi", "total_capacity": 12
    });
    let registered = register(&node, &registration).await;
    assert_eq!(registered.status, 202, "{}", registered.json);
    assert_eq!(registered.json["data"]["status"], "mail_queued");
    // Without the confirmation there is no account.
    assert_eq!(
        sign_in(&node, "ravi@example.com", PASSWORD).await.status,
        401
    );
    let token = mailed_token(&node, "ravi@example.com", 1).await;
    let confirmed = post(&node, "confirm-email", &json!({"token": token})).await;
    assert_eq!(confirmed.status, 200, "{}", confirmed.json);
    let again = post(&node, "confirm-email", &json!({"token": token})).await;
    assert_eq!(again.status, 400, "{}", again.json);
    assert_eq!(again.json["error"]["field"], "token");

    let ravi = Person::sign_in(&node, "RAVI@example.com", PASSWORD).await;
    let me = ravi.send(&node, "GET", "me", &Value::Null).await;
    let expected = [
        ("role", "landlord"),
        ("display_name", "Ravi"),
        ("email", "ravi@example.com"),
    ];
    for (field, value) in expected {
        assert_eq!(me.json["data"][field], value, "{}", me.json);
    }
    let capacity = format!(
        "SELECT total_capacity FROM landlords WHERE user_id = '{}'",
        ravi.id
    );
    assert_eq!(database.row(&capacity).await.get::<i32, _>(0), 12);
    let kinds = events_of(&database, &ravi.id).await;
    assert_eq!(kinds, ["user.registered", "session.started"]);

    // The position of a write is one that searches reach.
    let position = confirmed.headers["roost-position"].to_str().unwrap();
    let path = format!("/api/v1/rooms/search?at_least={position}&timeout_ms=10000");
    assert_eq!(node.get(&path).await.0, 200);
}

#[tokio::test]
async fn a_session_continues_with_a_new_pair_of_tokens_at_each_refresh() {
    let (_database, node) = node().await;
    let asha = Person::student(&node, "asha@example.com").await;
    let mut token = asha.refresh.clone();
    for _ in 0..3 {
        let reply = refresh(&node, &token).await;
        assert_eq!(reply.status, 200, "{}", reply.json);
        assert_eq!(reply.headers["cache-control"], "no-store");
        let refreshed = Person::of(&reply);
        assert_eq!(refreshed.status(&node).await, 200);
        assert_ne!(refreshed.refresh, token);
        token = refreshed.refresh;
    }
}

#[tokio::test]
async fn signing_out_ends_one_session_or_all_of_them_at_once() {
    let (_database, node) = node().await;
    let first = Person::student(&node, "asha@example.com").await;
    let second = Person::sign_in(&node, "asha@example.com", PASSWORD).await;
    let third = Person::sign_in(&node, "asha@example.com", PASSWORD).await;
    let ended = first.send(&node, "POST", "logout", &Value::Null).await;
    assert_eq!(ended.json["data"]["sessions_ended"], 1, "{}", ended.json);
    assert_eq!(first.status(&node).await, 401);
    assert_eq!(refresh(&node, &first.refresh).await.status, 401);
    assert_eq!(second.status(&node).await, 200);
    let ended = second.send(&node, "POST", "logout-all", &Value::Null).await;
    assert_eq!(ended.json["data"]["sessions_ended"], 2, "{}", ended.json);
    for person in [&second, &third] {
        assert_eq!(person.status(&node).await, 401);
        assert_eq!(refresh(&node, &person.refresh).await.status, 401);
    }
}

#[tokio::test]
async fn a_changed_password_replaces_the_old_one_and_ends_the_other_sessions() {
    let (_database, node) = node().await;
    let asha = Person::student(&node, "asha@example.com").await;
    let other = Person::sign_in(&node, "asha@example.com", PASSWORD).await;
    let change =
        |current: &str| json!({"current_password": current, "new_password": "staple staple"});
    let wrong = asha
        .send(&node, "POST", "password", &change("wrong password"))
        .await;
    assert_eq!(wrong.status, 400, "{}", wrong.json);
    assert_eq!(wrong.json["error"]["field"], "current_password");
    assert_eq!(wrong.json["error"]["value"], Value::Null);
    let changed = asha
        .send(&node, "POST", "password", &change(PASSWORD))
        .await;
    assert_eq!(changed.status, 200, "{}", changed.json);
    assert_eq!(asha.status(&node).await, 200);
    assert_eq!(other.status(&node).await, 401);
    assert_eq!(sign_in(&node, &asha.email, PASSWORD).await.status, 401);
    assert_eq!(
        sign_in(&node, &asha.email, "staple staple").await.status,
        200
    );
}

#[tokio::test]
async fn a_forgotten_password_is_reset_with_a_mailed_token_that_works_once() {
    let (_database, node) = node().await;
    let asha = Person::student(&node, "asha@example.com").await;
    for _ in 0..2 {
        let requested = post(
            &node,
            "password-reset",
            &json!({"email": "Asha@example.com"}),
        )
        .await;
        assert_eq!(requested.status, 202, "{}", requested.json);
    }
    let mails = mails(&node, "Asha@example.com", 2).await;
    let tokens: Vec<String> = mails.iter().map(|mail| token_of(mail)).collect();
    let reset = |token: &str| json!({"token": token, "new_password": "staple staple"});
    let done = post(&node, "password-reset/confirm", &reset(&tokens[0])).await;
    assert_eq!(done.status, 200, "{}", done.json);
    // The other token would let an old mail change the password again.
    for token in &tokens {
        let again = post(&node, "password-reset/confirm", &reset(token)).await;
        assert_eq!(again.status, 400, "{}", again.json);
    }
    assert_eq!(asha.status(&node).await, 401);
    assert_eq!(sign_in(&node, &asha.email, PASSWORD).await.status, 401);
    assert_eq!(
        sign_in(&node, &asha.email, "staple staple").await.status,
        200
    );
}

#[tokio::test]
async fn a_name_changes_at_once_and_without_a_difference_nothing_is_written() {
    let (database, node) = node().await;
    let asha = Person::student(&node, "asha@example.com").await;
    let before = events_of(&database, &asha.id).await.len();
    for body in [
        json!({"display_name": "Asha V."}),
        json!({"display_name": "Asha V."}),
        json!({}),
    ] {
        let changed = asha.send(&node, "PATCH", "me", &body).await;
        assert_eq!(changed.status, 200, "{}", changed.json);
        assert_eq!(changed.json["data"]["display_name"], "Asha V.");
    }
    let kinds = events_of(&database, &asha.id).await;
    assert_eq!(kinds[before..], ["user.changed"]);
}

#[tokio::test]
async fn another_address_takes_the_password_and_a_confirmation() {
    let (_database, node) = node().await;
    let asha = Person::student(&node, "asha@example.com").await;
    let change =
        |password: Value| json!({"email": "new@example.com", "current_password": password});
    let missing = asha.send(&node, "PATCH", "me", &change(Value::Null)).await;
    assert_eq!(
        missing.json["error"]["code"], "missing_parameter",
        "{}",
        missing.json
    );
    let wrong = asha
        .send(&node, "PATCH", "me", &change(json!("wrong password")))
        .await;
    assert_eq!(wrong.status, 400, "{}", wrong.json);
    let changed = asha
        .send(&node, "PATCH", "me", &change(json!(PASSWORD)))
        .await;
    assert_eq!(
        changed.json["data"]["email"], "asha@example.com",
        "{}",
        changed.json
    );
    assert_eq!(
        sign_in(&node, "new@example.com", PASSWORD).await.status,
        401
    );
    let token = mailed_token(&node, "new@example.com", 1).await;
    let confirmed = post(&node, "confirm-email", &json!({"token": token})).await;
    assert_eq!(
        confirmed.json["data"]["email"], "new@example.com",
        "{}",
        confirmed.json
    );
    assert_eq!(
        sign_in(&node, "new@example.com", PASSWORD).await.status,
        200
    );
    assert_eq!(
        sign_in(&node, "asha@example.com", PASSWORD).await.status,
        401
    );
}

#[tokio::test]
async fn accounts_survive_a_restart_of_the_node_and_so_do_their_access_tokens() {
    let (_database, mut node) = node().await;
    let asha = Person::student(&node, "asha@example.com").await;
    node.stop().await;
    node.restart().await;
    assert_eq!(asha.status(&node).await, 200);
    assert_eq!(refresh(&node, &asha.refresh).await.status, 200);
}

/// The kinds of the events of a user and of its sessions, in their order.
async fn events_of(database: &TestDatabase, user: &str) -> Vec<String> {
    let sql = format!(
        "SELECT coalesce(array_agg(kind ORDER BY id), '{{}}') FROM events
        WHERE subject_id = '{user}' OR actor_id = '{user}'"
    );
    database.row(&sql).await.get(0)
}
