//! `Idempotency-Key`: a repeated request gets the response of the first, and writes nothing.

use serde_json::json;

use super::client::{Client, count, header, landlord_and_admin, rejected, room};

const KEY: (&str, &str) = ("idempotency-key", "5f0c8a6e-8a34-4b1e-9f0e-0f8e7d6c5b4a");

#[tokio::test]
async fn fifty_concurrent_clients_with_one_key_create_one_room() {
    let (database, _node, landlord, _admin) = landlord_and_admin().await;
    let mut requests = tokio::task::JoinSet::new();
    for _ in 0..50 {
        let landlord = landlord.clone();
        requests.spawn(async move {
            let body = Some(room().to_string());
            landlord.send("POST", "/rooms", &[KEY], body).await
        });
    }
    let replies = requests.join_all().await;
    let first = &replies[0];
    for reply in &replies {
        assert_eq!(reply.status, 201, "{}", reply.json);
        assert_eq!(reply.json, first.json);
        for name in ["location", "etag", "content-type"] {
            assert_eq!(header(reply, name), header(first, name));
        }
    }
    let replayed = replies.iter();
    let replayed = replayed.filter(|reply| reply.headers.contains_key("idempotency-replayed"));
    assert_eq!(replayed.count(), 49);
    assert_eq!(count(&database, "rooms").await, 1);
    assert_eq!(
        count(&database, "events WHERE kind = 'room.created'").await,
        1
    );
}

#[tokio::test]
async fn requests_that_wait_for_their_key_leave_connections_to_others() {
    let (database, node, asha, _admin) = landlord_and_admin().await;
    let ravi = Client::landlord(&node, "ravi@example.com").await;
    let me = asha.get("/auth/me").await;
    // Another node is in the middle of the same request.
    let mut other_node = database.pool.begin().await.unwrap();
    let caller = format!("user:{}", me.json["data"]["id"].as_str().unwrap());
    sqlx::query("INSERT INTO idempotency_keys (caller, key, request_hash) VALUES ($1, $2, $3)")
        .bind(caller)
        .bind(KEY.1)
        .bind(vec![0_u8; 32])
        .execute(&mut *other_node)
        .await
        .unwrap();
    let mut requests = tokio::task::JoinSet::new();
    for _ in 0..50 {
        let asha = asha.clone();
        requests.spawn(async move {
            let body = Some(room().to_string());
            asha.send("POST", "/rooms", &[KEY], body).await.status
        });
    }
    node.await_metric("roost_connections", |open| open >= 50.0)
        .await;
    // More of them than the pool has connections.
    for _ in 0..20 {
        let reply = ravi.post("/rooms", room()).await;
        assert_eq!(reply.status, 201, "{}", reply.json);
    }
    other_node.rollback().await.unwrap();
    assert_eq!(requests.join_all().await, [201; 50]);
    assert_eq!(count(&database, "rooms").await, 21);
}

#[tokio::test]
async fn a_key_belongs_to_one_request_of_one_caller() {
    let (database, node, asha, admin) = landlord_and_admin().await;
    let ravi = Client::landlord(&node, "ravi@example.com").await;
    let body = Some(room().to_string());
    let first = asha.send("POST", "/rooms", &[KEY], body.clone()).await;
    let mut other = room();
    other["title"] = json!("Another room");
    let reply = asha
        .send("POST", "/rooms", &[KEY], Some(other.to_string()))
        .await;
    rejected(&reply, 422, "idempotency_key_reused");
    let id = first.json["data"]["id"].as_str().unwrap();
    let submit = format!("/rooms/{id}/submit");
    let reply = asha.send("POST", &submit, &[KEY], None).await;
    rejected(&reply, 422, "idempotency_key_reused");
    let of_ravi = ravi.send("POST", "/rooms", &[KEY], body.clone()).await;
    assert_eq!(of_ravi.status, 201, "{}", of_ravi.json);
    assert_ne!(of_ravi.json["data"]["id"], first.json["data"]["id"]);

    // A step is answered as the first time, though the room has gone on.
    let key = [("idempotency-key", "submit-1")];
    let submitted = asha.send("POST", &submit, &key, None).await;
    assert_eq!(submitted.status, 200, "{}", submitted.json);
    admin.post(&format!("/rooms/{id}/verify"), json!({})).await;
    let repeated = asha.send("POST", &submit, &key, None).await;
    assert_eq!((repeated.status, &repeated.json), (200, &submitted.json));
    assert_eq!(header(&repeated, "idempotency-replayed"), "true");
    // The position is at or after that of the first response, so a search still finds the write.
    let found = asha.found_after(&repeated, "q=quiet").await;
    assert_eq!(found, [id]);
    assert_eq!(count(&database, "rooms").await, 2);
}

#[tokio::test]
async fn a_rejected_request_leaves_its_key_free_and_an_expired_one_is_used_again() {
    let (database, _node, landlord, _admin) = landlord_and_admin().await;
    let mut bad = room();
    bad["occupancy"] = json!(0);
    let reply = landlord
        .send("POST", "/rooms", &[KEY], Some(bad.to_string()))
        .await;
    rejected(&reply, 400, "invalid_parameter");
    let body = Some(room().to_string());
    let first = landlord.send("POST", "/rooms", &[KEY], body.clone()).await;
    assert_eq!(first.status, 201, "{}", first.json);
    let expire = "UPDATE idempotency_keys SET expires_at = now() - interval '1 second'";
    database.execute(expire).await;
    let second = landlord.send("POST", "/rooms", &[KEY], body).await;
    assert_eq!(second.status, 201, "{}", second.json);
    assert_ne!(second.json["data"]["id"], first.json["data"]["id"]);
    for key in ["", &"k".repeat(256)] {
        let headers = [("idempotency-key", key)];
        let body = Some(room().to_string());
        let reply = landlord.send("POST", "/rooms", &headers, body).await;
        let error = rejected(&reply, 400, "invalid_parameter");
        assert_eq!(error["field"], "idempotency-key");
    }
}
