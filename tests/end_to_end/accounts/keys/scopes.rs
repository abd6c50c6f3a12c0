//! A key does what its scopes name, and no more.

use serde_json::json;

use super::caller::{Caller, rejected};
use crate::accounts::people::{Person, node};
use crate::harness::{LANDLORD, Roost, SIXTY_ROOMS, TestDatabase, VENUE, room_id};

/// Every route that reads the index, with what it needs.
fn searches() -> Vec<(&'static str, String, Option<serde_json::Value>)> {
    let room = room_id(1);
    let get = |path: String| ("GET", path, None);
    vec![
        get("/rooms/search".to_owned()),
        get("/rooms/heatmap".to_owned()),
        get(format!("/rooms/{room}")),
        get(format!("/rooms/{room}/ranking-score")),
        get("/suggest?q=desk".to_owned()),
        get("/venues/search?q=iit".to_owned()),
        get(format!("/venues/{VENUE}")),
        get("/collections/rooms/search".to_owned()),
        get("/collections/venues/heatmap".to_owned()),
        get(format!("//api/rooms/search?examLocationId={VENUE}")),
        (
            "POST",
            "/multi-search".to_owned(),
            Some(json!({"searches": [{}]})),
        ),
    ]
}

#[tokio::test]
async fn a_key_searches_with_the_scope_search_and_reads_metrics_with_metrics_read() {
    let database = TestDatabase::create().await;
    database.execute(SIXTY_ROOMS).await;
    let node = Roost::start(&database).await;
    let admin = Caller::admin(&database, &node).await;
    let search = admin.create_with(&["search"]).await;
    let metrics = admin.create_with(&["metrics:read"]).await;
    let all = admin.create_with(&["admin"]).await;
    for (method, path, body) in searches() {
        for key in [&search, &all] {
            let reply = key.send(method, &path, body.clone()).await;
            assert_eq!(reply.status, 200, "{path}: {}", reply.json);
        }
        let reply = metrics.send(method, &path, body).await;
        let error = rejected(&reply, 403, "forbidden");
        assert_eq!(error["message"], "the API key lacks the scope search");
    }
    assert_eq!(metrics.get("//metrics").await.status, 200);
    assert_eq!(all.get("//metrics").await.status, 200);
    rejected(&search.get("//metrics").await, 403, "forbidden");
    for health in ["//health/live", "//health/ready"] {
        assert_eq!(metrics.get(health).await.status, 200);
        assert_eq!(
            Caller::with(&node, "roost_live_x").get(health).await.status,
            200
        );
    }
}

#[tokio::test]
async fn without_anonymous_search_a_search_needs_a_user_or_a_key() {
    let database = TestDatabase::create().await;
    database.execute(SIXTY_ROOMS).await;
    let settings = [
        ("ROOST_ANONYMOUS_SEARCH", "false"),
        ("ROOST_ANONYMOUS_METRICS", "false"),
    ];
    let node = Roost::start_unready(&database.url, &database.name, &settings).await;
    node.wait_until_ready().await;
    let admin = Caller::admin(&database, &node).await;
    let key = admin.create_with(&["search"]).await;
    let student = Person::student(&node, "asha@example.com").await.access;
    let student = Caller::with(&node, &student);
    let anonymous = Caller::with(&node, "");
    for (method, path, body) in searches() {
        let reply = anonymous.send(method, &path, body.clone()).await;
        rejected(&reply, 401, "unauthorized");
        for caller in [&key, &student, &admin] {
            let reply = caller.send(method, &path, body.clone()).await;
            assert_eq!(reply.status, 200, "{path}: {}", reply.json);
        }
    }
    rejected(&anonymous.get("//metrics").await, 401, "unauthorized");
    rejected(&student.get("//metrics").await, 403, "forbidden");
    assert_eq!(admin.get("//metrics").await.status, 200);
    for open in ["//health/live", "//health/ready", "//openapi.json"] {
        assert_eq!(anonymous.get(open).await.status, 200, "{open}");
    }
}

#[tokio::test]
async fn a_key_writes_with_the_scope_of_the_route_alone() {
    let database = TestDatabase::create().await;
    database.execute(SIXTY_ROOMS).await;
    let node = Roost::start(&database).await;
    let admin = Caller::admin(&database, &node).await;
    let search = admin.create_with(&["search"]).await;
    let rooms = admin.create_with(&["rooms:write"]).await;
    let path = format!("/rooms/{}", room_id(1));
    let patch = Some(json!({"price": 1}));
    rejected(
        &search.send("PATCH", &path, patch.clone()).await,
        403,
        "forbidden",
    );
    let reply = rooms.send("PATCH", &path, patch).await;
    assert_eq!(reply.status, 200, "{}", reply.json);
    let mut room = json!({
        "title": "Quiet room", "country_code": "IN", "location": {"lat": 19.1, "lng": 72.9},
        "currency": "INR", "occupancy": 1, "room_type": "private_room"
    });
    let reply = rooms.post("/rooms", room.clone()).await;
    assert_eq!(
        rejected(&reply, 400, "invalid_parameter")["field"],
        "landlord_id"
    );
    room["landlord_id"] = json!(LANDLORD);
    rejected(&search.post("/rooms", room.clone()).await, 403, "forbidden");
    let reply = rooms.post("/rooms", room).await;
    assert_eq!(reply.status, 201, "{}", reply.json);
    // It is no admin, and no landlord.
    rejected(&rooms.get("/rooms/review-queue").await, 403, "forbidden");
    rejected(&rooms.get("/landlords/me/rooms").await, 403, "forbidden");
    rejected(&rooms.get("/landlords/me").await, 403, "forbidden");
    rejected(&rooms.get("/auth/me").await, 403, "forbidden");
}

#[tokio::test]
async fn something_else_than_a_usable_secret_is_rejected_and_no_anonymous_call() {
    let (database, node) = node().await;
    let admin = Caller::admin(&database, &node).await;
    let key = admin.create_with(&["search"]).await;
    let (prefix, _) = key.secret.rsplit_once('_').unwrap();
    for bad in [
        "roost_live_",
        "roost_live_aaaaaaaaaa_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        prefix,
        &format!("{}x", key.secret),
        &key.secret
            .to_uppercase()
            .replace("ROOST_LIVE_", "roost_live_"),
        "ROOST_LIVE_AAAAAAAAAA_",
    ] {
        for path in ["/rooms/search", "/keys", "//metrics"] {
            let reply = Caller::with(&node, bad).get(path).await;
            rejected(&reply, 401, "unauthorized");
            assert_eq!(reply.headers["www-authenticate"], "Bearer");
        }
    }
    assert_eq!(key.get("/rooms/search").await.status, 200);
}
