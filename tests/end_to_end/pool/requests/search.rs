//! Who may search rental requests, and what a search says of their students.

use serde_json::{Value, json};

use crate::harness::{Roost, TestDatabase};
use crate::market::client::{Client, header, rejected, rental_request};

const SEARCH: &str = "/collections/requests/search";

#[tokio::test]
async fn landlords_find_active_requests_without_their_students_and_others_find_none() {
    let database = TestDatabase::create().await;
    let node = Roost::start(&database).await;
    let student = Client::student(&node, "ravi@example.com").await;
    let landlord = Client::landlord(&node, "asha@example.com").await;
    let admin = Client::admin(&database, &node).await;
    let reply = student.post("/requests", rental_request()).await;
    let request = reply.json["data"].clone();
    let id = request["id"].as_str().unwrap();
    let search = |status: &str, position: &str| {
        format!("{SEARCH}?filter=status:{status}&at_least={position}&timeout_ms=10000")
    };
    let active = search("active", header(&reply, "roost-position"));
    let found = |reply: &crate::harness::Reply| -> Vec<Value> {
        assert_eq!(reply.status, 200, "{}", reply.json);
        let hits = reply.json["data"].as_array().unwrap().iter();
        hits.map(|hit| hit["document"].clone()).collect()
    };
    let seen = found(&landlord.get(&active).await);
    assert_eq!(seen.len(), 1);
    assert_eq!(seen[0]["id"], id);
    assert_eq!(seen[0].get("student_id"), None, "{seen:?}");
    let seen = found(&admin.get(&active).await);
    assert_eq!(seen[0]["student_id"], request["student_id"]);
    let key = |scopes: Value| json!({"name": "Key", "scopes": scopes});
    let feed = admin
        .post("/keys", key(json!(["search", "feed:read"])))
        .await;
    let feed = Client::new(&node, feed.json["data"]["secret"].as_str().unwrap());
    let seen = found(&feed.get(&active).await);
    assert_eq!((seen.len(), seen[0].get("student_id")), (1, None));

    let other = admin.post("/keys", key(json!(["search"]))).await;
    let other = Client::new(&node, other.json["data"]["secret"].as_str().unwrap());
    for path in [SEARCH, "/collections/requests/heatmap"] {
        rejected(
            &Client::anonymous(&node).get(path).await,
            401,
            "unauthorized",
        );
        rejected(&student.get(path).await, 403, "forbidden");
        rejected(&other.get(path).await, 403, "forbidden");
    }

    // A closed request concerns no landlord any more.
    let reply = student
        .post(&format!("/requests/{id}/cancel"), json!({}))
        .await;
    let cancelled = search("cancelled", header(&reply, "roost-position"));
    assert_eq!(found(&landlord.get(&cancelled).await), [] as [Value; 0]);
    assert_eq!(found(&admin.get(&cancelled).await).len(), 1);
}
