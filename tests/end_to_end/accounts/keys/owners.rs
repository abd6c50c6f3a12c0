//! Keys that act for a user do what that user may do now.

use std::time::Duration;

use serde_json::{Value, json};

use super::caller::{Caller, rejected};
use crate::accounts::people::node;
use crate::harness::{Roost, eventually, roost, stderr};

fn room() -> Value {
    json!({
        "title": "Quiet room", "country_code": "IN", "location": {"lat": 19.1, "lng": 72.9},
        "currency": "INR", "occupancy": 1, "room_type": "private_room"
    })
}

async fn id(caller: &Caller<'_>) -> String {
    let me = caller.read("/auth/me").await;
    me["data"]["id"].as_str().unwrap().to_owned()
}

/// A draft of a landlord.
async fn draft(landlord: &Caller<'_>) -> String {
    let reply = landlord.post("/rooms", room()).await;
    assert_eq!(reply.status, 201, "{}", reply.json);
    reply.json["data"]["id"].as_str().unwrap().to_owned()
}

fn other(node: &Roost) -> impl Future<Output = Caller<'_>> {
    Caller::landlord(node, "ravi@example.com")
}

#[tokio::test]
async fn a_key_of_a_landlord_writes_and_lists_the_rooms_of_that_landlord_only() {
    let (_database, node) = node().await;
    let asha = Caller::landlord(&node, "asha@example.com").await;
    let ravi = other(&node).await;
    let foreign = draft(&ravi).await;
    let key = asha.create_with(&["rooms:write", "search"]).await;
    let own = draft(&key).await;
    let path = format!("/rooms/{own}/submit");
    let submitted = key.send("POST", &path, None).await;
    assert_eq!(submitted.status, 200, "{}", submitted.json);
    assert_eq!(submitted.json["data"]["status"], "submitted");
    let listed = key.read("/landlords/me/rooms").await;
    assert_eq!(listed["data"].as_array().unwrap().len(), 1);
    assert_eq!(
        key.get(&format!("/landlords/me/rooms/{own}")).await.status,
        200
    );
    let hidden = key.get(&format!("/landlords/me/rooms/{foreign}")).await;
    rejected(&hidden, 404, "not_found");
    let patch = Some(json!({"price": 1}));
    let reply = key.send("PATCH", &format!("/rooms/{foreign}"), patch).await;
    rejected(&reply, 404, "not_found");
    let mut of_ravi = room();
    let ravi_landlord = ravi.read("/landlords/me").await["data"]["id"].clone();
    of_ravi["landlord_id"] = ravi_landlord;
    rejected(&key.post("/rooms", of_ravi).await, 403, "forbidden");
    let reviewed = key
        .send("POST", &format!("/rooms/{own}/verify"), None)
        .await;
    rejected(&reviewed, 403, "forbidden");
}

#[tokio::test]
async fn users_create_keys_of_their_role_that_only_they_and_admins_see() {
    let (database, node) = node().await;
    let admin = Caller::admin(&database, &node).await;
    let asha = Caller::landlord(&node, "asha@example.com").await;
    let official = ["--role", "official"];
    let official = Caller::created(&database, &node, "olga@example.com", &official).await;
    let of = |scope: &str| json!({"name": "test", "scopes": [scope]});
    for (caller, allowed, wider) in [
        (&asha, "rooms:write", "venues:write"),
        (&official, "venues:write", "rooms:write"),
    ] {
        let reply = caller.post("/keys", of(wider)).await;
        assert_eq!(
            rejected(&reply, 400, "invalid_parameter")["field"],
            "scopes"
        );
        let reply = caller.post("/keys", of("admin")).await;
        assert_eq!(
            rejected(&reply, 400, "invalid_parameter")["field"],
            "scopes"
        );
        let key = caller.create(of(allowed)).await;
        let read = admin.read(&format!("/keys/{}", key.id)).await;
        assert_eq!(read["data"]["user_id"], id(caller).await.as_str());
        let mut fast = of(allowed);
        fast["requests_per_minute"] = json!(601);
        let reply = caller.post("/keys", fast).await;
        let field = &rejected(&reply, 400, "invalid_parameter")["field"];
        assert_eq!(field, "requests_per_minute");
    }
    let of_asha = asha.read("/keys").await;
    let key = of_asha["data"][0]["id"].as_str().unwrap();
    assert_eq!(of_asha["data"].as_array().unwrap().len(), 1);
    rejected(
        &official.get(&format!("/keys/{key}")).await,
        404,
        "not_found",
    );
    let revoke = official.send("DELETE", &format!("/keys/{key}"), None).await;
    rejected(&revoke, 404, "not_found");
    let mut for_asha = of("search");
    for_asha["user_id"] = json!(id(&asha).await);
    rejected(
        &official.post("/keys", for_asha.clone()).await,
        403,
        "forbidden",
    );
    for_asha["scopes"] = json!(["rooms:write"]);
    let key = admin.create(for_asha).await;
    assert_eq!(key.read("/landlords/me/rooms").await["data"], json!([]));
}

#[tokio::test]
async fn a_key_loses_the_rights_that_its_user_loses() {
    let (database, node) = node().await;
    let official = ["--role", "official"];
    let official = Caller::created(&database, &node, "olga@example.com", &official).await;
    let ravi = other(&node).await;
    let of_official = official.create_with(&["search", "venues:write"]).await;
    let of_ravi = ravi.create_with(&["search"]).await;
    for key in [&of_official, &of_ravi] {
        assert_eq!(key.get("/rooms/search").await.status, 200);
    }
    for (key, command, status) in [
        (
            &of_official,
            &["set-role", "olga@example.com", "student"][..],
            403,
        ),
        (&of_ravi, &["disable", "ravi@example.com"], 401),
    ] {
        let url = ["--database-url", &database.url];
        let output = roost(&[&["users"], command, &url].concat());
        assert!(output.status.success(), "{}", stderr(&output));
        eventually(
            "the key has lost its rights",
            Duration::from_secs(10),
            async || (key.get("/rooms/search").await.status == status).then_some(()),
        )
        .await;
    }
}
