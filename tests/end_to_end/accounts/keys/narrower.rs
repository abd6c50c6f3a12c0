//! A key creates narrower keys, and no request makes them wider.

use serde_json::{Value, json};
use sqlx::Row;

use super::caller::{Caller, rejected};
use crate::accounts::people::{Person, node};

fn key(more: Value) -> Value {
    let mut key = json!({"name": "partner", "scopes": ["search"]});
    for (name, value) in more.as_object().unwrap() {
        key[name] = value.clone();
    }
    key
}

#[tokio::test]
async fn each_dimension_of_a_key_is_bounded_by_the_key_that_creates_it() {
    let (database, node) = node().await;
    let admin = Caller::admin(&database, &node).await;
    let wide = key(json!({
        "scopes": ["search", "metrics:read"],
        "expires_at": "2100-01-01T00:00:00Z",
        "requests_per_minute": 100,
    }));
    let parent = admin.create(wide).await;
    for (field, wider) in [
        ("scopes", json!(["search", "rooms:write"])),
        ("scopes", json!(["admin"])),
        ("scopes", json!([])),
        ("expires_at", json!("2100-01-01T00:00:00.001Z")),
        ("expires_at", json!("2020-01-01T00:00:00Z")),
        ("requests_per_minute", json!(101)),
        ("requests_per_minute", json!(0)),
    ] {
        let reply = parent.post("/keys", key(json!({ field: wider }))).await;
        let error = rejected(&reply, 400, "invalid_parameter");
        assert_eq!(error["field"], field, "{error}");
    }
    let student = Person::student(&node, "asha@example.com").await;
    let of_user = key(json!({"user_id": student.id}));
    rejected(
        &parent.post("/keys", of_user.clone()).await,
        403,
        "forbidden",
    );
    // Students have no keys, and an admin cannot create one for them.
    let reply = admin.post("/keys", of_user).await;
    assert_eq!(
        rejected(&reply, 400, "invalid_parameter")["field"],
        "scopes"
    );
    let none = Caller::with(&node, &student.access);
    rejected(&none.post("/keys", key(json!({}))).await, 403, "forbidden");
    let anonymous = Caller::with(&node, "");
    rejected(
        &anonymous.post("/keys", key(json!({}))).await,
        401,
        "unauthorized",
    );
    let reply = parent.post("/keys", key(json!({}))).await;
    let child = &reply.json["data"]["key"];
    assert_eq!(child["expires_at"], "2100-01-01T00:00:00.000Z");
    assert_eq!(child["requests_per_minute"], 100);
    assert_eq!(child["parent_id"], parent.id.as_str());
    assert_eq!(reply.headers["cache-control"], "no-store");
    let path = format!("/api/v1/keys/{}", child["id"].as_str().unwrap());
    assert_eq!(reply.headers["location"], path.as_str());
}

#[tokio::test]
async fn filters_add_up_from_key_to_key_and_are_checked_when_a_key_is_created() {
    let (database, node) = node().await;
    let admin = Caller::admin(&database, &node).await;
    for (bad, field) in [
        (json!({"filter": "city:"}), "filter"),
        (json!({"filter": "ctiy:Mumbai"}), "filter"),
        (json!({"filter": ""}), "filter"),
        (json!({"filter": "a".repeat(4001)}), "filter"),
        (
            json!({"filter": "city:Mumbai", "scopes": ["search", "rooms:write"]}),
            "filter",
        ),
        (json!({"filter": 7}), "filter"),
    ] {
        let reply = admin.post("/keys", key(bad)).await;
        assert_eq!(rejected(&reply, 400, "invalid_parameter")["field"], field);
    }
    let mut caller = admin;
    let filters = ["city:Mumbai", "price<=900 OR price:..5", "verified:true"];
    for (at, filter) in filters.iter().enumerate() {
        let reply = caller.post("/keys", key(json!({"filter": filter}))).await;
        assert_eq!(reply.status, 201, "{}", reply.json);
        let data = &reply.json["data"];
        assert_eq!(data["key"]["filters"], json!(filters[..=at]));
        caller = Caller::with(&node, data["secret"].as_str().unwrap());
    }
    // Without one of its own, a key has those of the key that creates it.
    let reply = caller.post("/keys", key(json!({"filter": null}))).await;
    assert_eq!(reply.json["data"]["key"]["filters"], json!(filters));
    caller = Caller::with(&node, reply.json["data"]["secret"].as_str().unwrap());
    let last = caller.create(key(json!({}))).await;
    rejected(&last.post("/keys", key(json!({}))).await, 409, "conflict");
}

#[tokio::test]
async fn a_key_sees_itself_and_those_that_descend_from_it() {
    let (database, node) = node().await;
    let admin = Caller::admin(&database, &node).await;
    let parent = admin.create(key(json!({}))).await;
    let stranger = admin.create(key(json!({}))).await;
    let child = parent.create(key(json!({}))).await;
    let grandchild = child.create(key(json!({}))).await;
    let listed = async |caller: &Caller<'_>| {
        let keys = caller.read("/keys?limit=100").await;
        let keys = keys["data"].as_array().unwrap().iter();
        keys.map(|key| key["id"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let ids = |keys: &[&Caller<'_>]| keys.iter().map(|key| key.id.clone()).collect::<Vec<_>>();
    assert_eq!(listed(&parent).await, ids(&[&grandchild, &child, &parent]));
    assert_eq!(listed(&child).await, ids(&[&grandchild, &child]));
    assert_eq!(listed(&admin).await.len(), 4);
    for hidden in [&parent, &stranger] {
        let path = format!("/keys/{}", hidden.id);
        rejected(&child.get(&path).await, 404, "not_found");
        rejected(&child.send("DELETE", &path, None).await, 404, "not_found");
        let rotate = child.send("POST", &format!("{path}/rotate"), None).await;
        rejected(&rotate, 404, "not_found");
    }
    let first = child.read("/keys?limit=1").await;
    let cursor = first["meta"]["next_cursor"].as_str().unwrap();
    let second = child.read(&format!("/keys?limit=1&cursor={cursor}")).await;
    assert_eq!(second["data"][0]["id"], child.id.as_str());
    assert_eq!(second["meta"]["next_cursor"], Value::Null);
    let events = "SELECT count(*) FROM events WHERE kind = 'key.created' AND actor_kind = 'key'";
    assert_eq!(database.row(events).await.get::<i64, _>(0), 2);
}

#[tokio::test]
async fn a_repeated_creation_creates_one_key_and_does_not_repeat_its_secret() {
    let (database, node) = node().await;
    let admin = Caller::admin(&database, &node).await;
    let create = async |body: Value| {
        let client = reqwest::Client::new();
        let url = format!("http://{}/api/v1/keys", node.address());
        let request = client.post(url).bearer_auth(&admin.secret);
        let request = request.header("idempotency-key", "one");
        let request = request.header("content-type", "application/json");
        let answer = request.body(body.to_string()).send().await.unwrap();
        let status = answer.status().as_u16();
        (status, answer.json::<Value>().await.unwrap())
    };
    let (status, first) = create(key(json!({}))).await;
    assert_eq!(status, 201, "{first}");
    assert!(first["data"]["secret"].is_string());
    let (status, second) = create(key(json!({}))).await;
    assert_eq!(status, 201, "{second}");
    assert_eq!(second["data"]["key"], first["data"]["key"]);
    assert_eq!(second["data"]["secret"], Value::Null);
    assert_eq!(create(key(json!({"name": "other"}))).await.0, 422);
    let keys = "SELECT count(*) FROM api_keys";
    assert_eq!(database.row(keys).await.get::<i64, _>(0), 1);
}
