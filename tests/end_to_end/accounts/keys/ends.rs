//! Keys end: they are revoked with those that descend from them, expire, and get other secrets.

use std::time::Duration;

use serde_json::json;
use sqlx::Row;

use super::caller::{Caller, rejected};
use crate::accounts::people::node;
use crate::harness::eventually;

async fn status(key: &Caller<'_>) -> u16 {
    key.get("/rooms/search").await.status
}

async fn until_rejected(key: &Caller<'_>) {
    eventually("the key is rejected", Duration::from_secs(10), async || {
        (status(key).await == 401).then_some(())
    })
    .await;
}

#[tokio::test]
async fn revoking_a_key_revokes_those_that_descend_from_it() {
    let (database, node) = node().await;
    let admin = Caller::admin(&database, &node).await;
    let parent = admin.create_with(&["search"]).await;
    let other = admin.create_with(&["search"]).await;
    let child = parent.create_with(&["search"]).await;
    let grandchild = child.create_with(&["search"]).await;
    let sibling = parent.create_with(&["search"]).await;
    // A key may revoke itself.
    let reply = child
        .send("DELETE", &format!("/keys/{}", child.id), None)
        .await;
    assert_eq!(reply.status, 200, "{}", reply.json);
    assert_eq!(reply.json["data"]["keys_revoked"], 2);
    assert!(reply.json["data"]["key"]["revoked_at"].is_string());
    assert!(reply.headers.contains_key("roost-position"));
    assert_eq!(
        (status(&child).await, status(&grandchild).await),
        (401, 401)
    );
    assert_eq!((status(&parent).await, status(&sibling).await), (200, 200));
    let path = format!("/keys/{}", parent.id);
    for expected in [2, 0] {
        let reply = admin.send("DELETE", &path, None).await;
        assert_eq!(reply.json["data"]["keys_revoked"], expected);
    }
    assert_eq!((status(&parent).await, status(&sibling).await), (401, 401));
    assert_eq!(status(&other).await, 200);
    let events = "SELECT count(*) FROM events WHERE kind = 'key.revoked'";
    assert_eq!(database.row(events).await.get::<i64, _>(0), 4);
    let rotate = admin.send("POST", &format!("{path}/rotate"), None).await;
    rejected(&rotate, 409, "conflict");
    assert_eq!(
        admin.read("/keys").await["data"].as_array().unwrap().len(),
        1
    );
    let all = admin.read("/keys?ended=true").await;
    assert_eq!(all["data"].as_array().unwrap().len(), 5);
}

#[tokio::test]
async fn no_key_that_is_created_while_its_ancestors_are_revoked_stays_usable() {
    let (database, node) = node().await;
    let admin = Caller::admin(&database, &node).await;
    for _ in 0..5 {
        let grandparent = admin.create_with(&["search"]).await;
        let parent = grandparent.create_with(&["search"]).await;
        let creating = (0..8).map(|_| {
            let new = json!({"name": "racing", "scopes": ["search"]});
            parent.post("/keys", new)
        });
        let path = format!("/keys/{}", grandparent.id);
        let revoking = admin.send("DELETE", &path, None);
        let (created, revoked) = tokio::join!(futures_util::future::join_all(creating), revoking);
        assert_eq!(revoked.status, 200, "{}", revoked.json);
        for reply in created {
            assert!([201, 401, 409].contains(&reply.status), "{}", reply.json);
        }
    }
    let usable = "SELECT count(*) FROM api_keys WHERE revoked_at IS NULL";
    assert_eq!(database.row(usable).await.get::<i64, _>(0), 0);
}

#[tokio::test]
async fn an_expired_key_is_rejected_and_so_are_those_that_descend_from_it() {
    let (database, node) = node().await;
    let admin = Caller::admin(&database, &node).await;
    let soon = "SELECT to_char(now() AT TIME ZONE 'UTC' + interval '2 seconds',
        'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')";
    let expires_at: String = database.row(soon).await.get(0);
    let new = json!({"name": "test", "scopes": ["search"], "expires_at": expires_at});
    let parent = admin.create(new).await;
    let child = parent.create_with(&["search"]).await;
    assert_eq!((status(&parent).await, status(&child).await), (200, 200));
    for key in [&parent, &child] {
        until_rejected(key).await;
    }
    let path = format!("/keys/{}/rotate", parent.id);
    rejected(&admin.send("POST", &path, None).await, 409, "conflict");
    assert_eq!(admin.read("/keys").await["data"], json!([]));
}

#[tokio::test]
async fn a_rotated_key_has_another_secret_and_the_old_one_ends_at_once_or_after_the_overlap() {
    let (database, node) = node().await;
    let admin = Caller::admin(&database, &node).await;
    let first = admin.create_with(&["search"]).await;
    let child = first.create_with(&["search"]).await;
    let path = format!("/keys/{}/rotate", first.id);
    let rotate = async |caller: &Caller<'_>, body| {
        let reply = caller.send("POST", &path, body).await;
        assert_eq!(reply.status, 200, "{}", reply.json);
        assert_eq!(reply.json["data"]["key"]["id"], first.id.as_str());
        Caller::with(&node, reply.json["data"]["secret"].as_str().unwrap())
    };
    // A key may rotate itself.
    let second = rotate(&first, None).await;
    assert_eq!((status(&first).await, status(&second).await), (401, 200));
    let third = rotate(&admin, Some(json!({"overlap_s": 2}))).await;
    assert_eq!((status(&second).await, status(&third).await), (200, 200));
    assert_eq!(first.secret[..21], third.secret[..21]);
    until_rejected(&second).await;
    assert_eq!(status(&third).await, 200);
    assert_eq!(status(&child).await, 200);
    for bad in [json!(604_801), json!(-1), json!("1"), json!(1.5)] {
        let reply = admin.post(&path, json!({"overlap_s": bad})).await;
        assert_eq!(
            rejected(&reply, 400, "invalid_parameter")["field"],
            "overlap_s"
        );
    }
}
