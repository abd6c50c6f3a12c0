//! Keys call a node as often as their limit allows, and every answer says what is left.

use std::time::Duration;

use serde_json::json;
use sqlx::Row;

use super::caller::{Caller, rejected};
use crate::accounts::people::node;
use crate::harness::eventually;

#[tokio::test]
async fn a_key_has_its_own_limit_which_those_that_descend_from_it_share() {
    let (database, node) = node().await;
    let admin = Caller::admin(&database, &node).await;
    let limited = json!({"name": "test", "scopes": ["search"], "requests_per_minute": 3});
    let key = admin.create(limited).await;
    let reply = key.get("/rooms/search").await;
    assert_eq!(reply.headers["ratelimit-policy"], "\"key\";q=3;w=60");
    assert_eq!(reply.headers["ratelimit"], "\"key\";r=2;t=20");
    // An error counts and says what is left as well.
    let reply = key.get("/rooms/search?no_such=1").await;
    assert_eq!(reply.status, 400);
    assert_eq!(reply.headers["ratelimit"], "\"key\";r=1;t=40");
    let child = key.create_with(&["search"]).await;
    for caller in [&key, &child] {
        let reply = caller.get("/rooms/search").await;
        rejected(&reply, 429, "too_many_requests");
        let wait: u64 = reply.headers["retry-after"]
            .to_str()
            .unwrap()
            .parse()
            .unwrap();
        assert!((1..=20).contains(&wait), "{wait}");
        let left = reply.headers["ratelimit"].to_str().unwrap();
        assert!(left.starts_with("\"key\";r=0;t="), "{left}");
    }
    assert_eq!(
        admin
            .create_with(&["search"])
            .await
            .get("/rooms/search")
            .await
            .status,
        200
    );
    assert!(!admin.get("/keys").await.headers.contains_key("ratelimit"));
}

#[tokio::test]
async fn each_search_of_a_multi_search_counts() {
    let (database, node) = node().await;
    let admin = Caller::admin(&database, &node).await;
    let limited = json!({"name": "test", "scopes": ["search"], "requests_per_minute": 3});
    let key = admin.create(limited).await;
    let searches = json!({"searches": [{}, {}, {}, {}, {}]});
    let reply = key.post("/multi-search", searches).await;
    assert_eq!(reply.status, 200, "{}", reply.json);
    let items = reply.json["data"].as_array().unwrap().iter();
    let codes: Vec<_> = items.map(|item| item["error"]["code"].as_str()).collect();
    let (done, limited) = (None, Some("too_many_requests"));
    assert_eq!(codes, [done, done, done, limited, limited]);
    let left = reply.headers["ratelimit"].to_str().unwrap();
    assert!(left.starts_with("\"key\";r=0;"), "{left}");
}

#[tokio::test]
async fn the_last_use_of_a_key_is_recorded_at_most_once_a_minute() {
    let (database, node) = node().await;
    let admin = Caller::admin(&database, &node).await;
    let key = admin.create_with(&["search"]).await;
    let path = format!("/keys/{}", key.id);
    assert!(admin.read(&path).await["data"]["last_used_at"].is_null());
    let used = "SELECT last_used_at::text FROM api_keys WHERE last_used_at IS NOT NULL";
    key.read("/rooms/search").await;
    let first = eventually("the use is recorded", Duration::from_secs(10), async || {
        let row = database.row_if_possible(used).await;
        row.map(|row| row.get::<String, _>(0))
    })
    .await;
    for _ in 0..5 {
        key.read("/rooms/search").await;
    }
    assert_eq!(database.row(used).await.get::<String, _>(0), first);
    assert!(admin.read(&path).await["data"]["last_used_at"].is_string());
}
