//! Who may write which rooms, and in which state.

use serde_json::json;

use super::client::{Client, count, landlord_and_admin, rejected, room};

const STEPS: [&str; 5] = ["submit", "pause", "resume", "verify", "reject"];

#[tokio::test]
async fn the_room_of_another_landlord_is_absent_until_it_is_public_and_then_forbidden() {
    let (database, node, asha, admin) = landlord_and_admin().await;
    let ravi = Client::landlord(&node, "ravi@example.com").await;
    let student = Client::student(&node, "nina@example.com").await;
    let hidden = asha.create(&room()).await;
    let listed = asha.create_listed(&admin, &room()).await;
    let events = count(&database, "events").await;
    for other in [&ravi, &student] {
        let absent = other
            .patch("/rooms/00000000-0000-7000-8000-000000000001", json!({}))
            .await;
        let foreign = other
            .patch(&format!("/rooms/{hidden}"), json!({"price": 1}))
            .await;
        let (absent, foreign) = (
            rejected(&absent, 404, "not_found"),
            rejected(&foreign, 404, "not_found"),
        );
        // Nothing but the id tells them apart.
        assert_eq!(absent["expected"], foreign["expected"]);
        let reply = other
            .patch(&format!("/rooms/{listed}"), json!({"price": 1}))
            .await;
        rejected(&reply, 403, "forbidden");
        for step in ["submit", "pause", "resume"] {
            let hidden = other
                .post(&format!("/rooms/{hidden}/{step}"), json!({}))
                .await;
            rejected(&hidden, 404, "not_found");
            let listed = other
                .post(&format!("/rooms/{listed}/{step}"), json!({}))
                .await;
            rejected(&listed, 403, "forbidden");
        }
        let reply = other.delete(&format!("/rooms/{hidden}")).await;
        rejected(&reply, 404, "not_found");
        let reply = other.delete(&format!("/rooms/{listed}")).await;
        rejected(&reply, 403, "forbidden");
        let reply = other.get(&format!("/landlords/me/rooms/{listed}")).await;
        assert!([403, 404].contains(&reply.status), "{}", reply.json);
    }
    assert_eq!(count(&database, "events").await, events);
    rejected(&student.post("/rooms", room()).await, 403, "forbidden");
}

#[tokio::test]
async fn only_an_admin_reviews_rooms_and_it_may_write_those_of_every_landlord() {
    let (_database, _node, landlord, admin) = landlord_and_admin().await;
    let id = landlord.create(&room()).await;
    landlord
        .post(&format!("/rooms/{id}/submit"), json!({}))
        .await;
    let verify = landlord
        .post(&format!("/rooms/{id}/verify"), json!({}))
        .await;
    rejected(&verify, 403, "forbidden");
    let reject = json!({"reason": "No."});
    let reject = landlord.post(&format!("/rooms/{id}/reject"), reject).await;
    rejected(&reject, 403, "forbidden");
    rejected(&landlord.get("/rooms/review-queue").await, 403, "forbidden");

    let reply = admin
        .patch(&format!("/rooms/{id}"), json!({"price": 1}))
        .await;
    assert_eq!(reply.status, 200, "{}", reply.json);
    let error = admin.post("/rooms", room()).await;
    assert_eq!(
        rejected(&error, 400, "invalid_parameter")["field"],
        "landlord_id"
    );
    let mut of_landlord = room();
    of_landlord["landlord_id"] = reply.json["data"]["landlord_id"].clone();
    assert_eq!(admin.post("/rooms", of_landlord.clone()).await.status, 201);
    of_landlord["landlord_id"] = json!("00000000-0000-7000-8000-000000000001");
    let unknown = admin.post("/rooms", of_landlord.clone()).await;
    assert_eq!(
        rejected(&unknown, 400, "invalid_parameter")["field"],
        "landlord_id"
    );
    let foreign = landlord.post("/rooms", of_landlord).await;
    rejected(&foreign, 403, "forbidden");
}

#[tokio::test]
async fn an_anonymous_caller_and_a_forged_token_write_nothing() {
    let (database, node, landlord, _admin) = landlord_and_admin().await;
    let id = landlord.create(&room()).await;
    let events = count(&database, "events").await;
    let mut requests = vec![
        ("POST", "/rooms".to_owned()),
        ("PATCH", format!("/rooms/{id}")),
        ("DELETE", format!("/rooms/{id}")),
        ("PATCH", "/landlords/me".to_owned()),
        ("GET", "/landlords/me".to_owned()),
        ("GET", "/landlords/me/rooms".to_owned()),
        ("GET", format!("/landlords/me/rooms/{id}")),
        ("GET", "/rooms/review-queue".to_owned()),
    ];
    requests.extend(STEPS.map(|step| ("POST", format!("/rooms/{id}/{step}"))));
    for (method, path) in requests {
        for token in [None, Some("e30.e30.e30")] {
            let reply = node
                .send(method, &format!("/api/v1{path}"), token, None)
                .await;
            rejected(&reply, 401, "unauthorized");
        }
    }
    assert_eq!(count(&database, "events").await, events);
}

#[tokio::test]
async fn an_impossible_step_is_a_conflict_that_names_both_states() {
    let (database, _node, landlord, admin) = landlord_and_admin().await;
    let draft = landlord.create(&room()).await;
    let listed = landlord.create_listed(&admin, &room()).await;
    let removed = landlord.create(&room()).await;
    landlord.delete(&format!("/rooms/{removed}")).await;
    let events = count(&database, "events").await;
    let reason = json!({"reason": "No."});
    for (id, from, step, to) in [
        (&draft, "draft", "pause", "paused"),
        (&draft, "draft", "resume", "listed"),
        (&draft, "draft", "verify", "listed"),
        (&draft, "draft", "reject", "draft"),
        (&listed, "listed", "submit", "submitted"),
        (&listed, "listed", "resume", "listed"),
        (&listed, "listed", "verify", "listed"),
        (&removed, "removed", "submit", "submitted"),
        (&removed, "removed", "pause", "paused"),
        (&removed, "removed", "verify", "listed"),
    ] {
        let client = match step {
            "verify" | "reject" => &admin,
            _ => &landlord,
        };
        let reply = client
            .post(&format!("/rooms/{id}/{step}"), reason.clone())
            .await;
        let message = &rejected(&reply, 409, "conflict")["message"];
        let start = format!("the room is {from} and cannot become {to}: ");
        assert!(message.as_str().unwrap().starts_with(&start), "{message}");
    }
    let patch = landlord
        .patch(&format!("/rooms/{removed}"), json!({"price": 1}))
        .await;
    rejected(&patch, 409, "conflict");
    assert_eq!(count(&database, "events").await, events);
}
