//! `If-Match`: no change overwrites one that its caller has not seen.

use serde_json::json;

use super::client::{count, header, landlord_and_admin, rejected, room};

#[tokio::test]
async fn a_change_based_on_an_older_version_is_rejected_and_writes_nothing() {
    let (database, _node, landlord, admin) = landlord_and_admin().await;
    let id = landlord.create(&room()).await;
    let path = format!("/rooms/{id}");
    let price = |price: u32| Some(json!({"price": price}).to_string());
    let first = landlord
        .send("PATCH", &path, &[("if-match", "\"1\"")], price(700))
        .await;
    assert_eq!(first.status, 200, "{}", first.json);
    assert_eq!(header(&first, "etag"), "\"2\"");
    let events = count(&database, "events").await;
    for (method, path, body) in [
        ("PATCH", path.clone(), price(600)),
        ("DELETE", path.clone(), None),
        ("POST", format!("{path}/submit"), None),
    ] {
        for old in ["\"1\"", "\"1\", \"7\"", "W/\"2\"", "\"other\""] {
            let headers = [("if-match", old)];
            let reply = landlord.send(method, &path, &headers, body.clone()).await;
            rejected(&reply, 412, "precondition_failed");
        }
    }
    let malformed = landlord
        .send("PATCH", &path, &[("if-match", "2")], price(600))
        .await;
    assert_eq!(
        rejected(&malformed, 400, "invalid_parameter")["field"],
        "if-match"
    );
    assert_eq!(count(&database, "events").await, events);

    let any = landlord
        .send("PATCH", &path, &[("if-match", "*")], price(600))
        .await;
    assert_eq!((any.status, header(&any, "etag")), (200, "\"3\""));
    landlord.post(&format!("{path}/submit"), json!({})).await;
    // A reviewer who has seen an older text does not list the newer one.
    landlord
        .patch(&path, json!({"title": "Another room"}))
        .await;
    let verify = format!("{path}/verify");
    let reply = admin
        .send("POST", &verify, &[("if-match", "\"4\"")], None)
        .await;
    rejected(&reply, 412, "precondition_failed");
    let reply = admin
        .send("POST", &verify, &[("if-match", "\"5\"")], None)
        .await;
    assert_eq!(reply.status, 200, "{}", reply.json);
}

#[tokio::test]
async fn of_concurrent_changes_of_the_same_version_one_wins() {
    let (_database, _node, landlord, _admin) = landlord_and_admin().await;
    let id = landlord.create(&room()).await;
    let mut changes = tokio::task::JoinSet::new();
    for price in 0..20 {
        let (landlord, path) = (landlord.clone(), format!("/rooms/{id}"));
        changes.spawn(async move {
            let body = json!({"price": price}).to_string();
            let headers = [("if-match", "\"1\"")];
            landlord
                .send("PATCH", &path, &headers, Some(body))
                .await
                .status
        });
    }
    let mut statuses = changes.join_all().await;
    statuses.sort_unstable();
    assert_eq!(statuses[0], 200);
    assert!(
        statuses[1..].iter().all(|status| *status == 412),
        "{statuses:?}"
    );
}
