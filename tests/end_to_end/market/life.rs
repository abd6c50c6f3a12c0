//! The life of a room, from draft to removal.

use serde_json::{Value, json};
use sqlx::Row;

use super::client::{Client, header, landlord_and_admin, rejected, room};

#[tokio::test]
async fn a_room_is_created_submitted_verified_found_paused_resumed_and_removed() {
    let (database, _node, landlord, admin) = landlord_and_admin().await;
    let created = landlord.post("/rooms", room()).await;
    assert_eq!(created.status, 201, "{}", created.json);
    let data = &created.json["data"];
    assert_eq!(data["status"], "draft");
    assert_eq!(data["price"], 850.5);
    assert_eq!(data["amenities"], json!(["desk", "wifi"]));
    assert_eq!(data["minimum_nights"], 1);
    let id = data["id"].as_str().unwrap();
    let location = header(&created, "location");
    assert_eq!(location, format!("/api/v1/landlords/me/rooms/{id}"));
    assert_eq!(header(&created, "etag"), "\"1\"");
    assert!(landlord.found_after(&created, "q=quiet").await.is_empty());
    rejected(
        &landlord.get(&format!("/rooms/{id}")).await,
        404,
        "room_not_found",
    );
    let own = landlord.get(&format!("/landlords/me/rooms/{id}")).await;
    assert_eq!((own.status, &own.json["data"]), (200, data));
    assert_eq!(header(&own, "etag"), "\"1\"");

    let step = async |client: &Client, step: &str, status: &str| {
        let reply = client.post(&format!("/rooms/{id}/{step}"), json!({})).await;
        assert_eq!(reply.status, 200, "{step}: {}", reply.json);
        assert_eq!(reply.json["data"]["status"], status);
        reply
    };
    let submitted = step(&landlord, "submit", "submitted").await;
    assert!(landlord.found_after(&submitted, "q=quiet").await.is_empty());
    let verified = step(&admin, "verify", "listed").await;
    assert!(verified.json["data"]["verified_at"].is_string());
    let found = landlord
        .found_after(&verified, "q=quiet&verified=true")
        .await;
    assert_eq!(found, [id]);
    let paused = step(&landlord, "pause", "paused").await;
    assert!(landlord.found_after(&paused, "q=quiet").await.is_empty());
    let resumed = step(&landlord, "resume", "listed").await;
    assert_eq!(landlord.found_after(&resumed, "q=quiet").await, [id]);
    let removed = landlord.delete(&format!("/rooms/{id}")).await;
    assert_eq!(removed.status, 200, "{}", removed.json);
    assert_eq!(removed.json["data"]["status"], "removed");
    assert!(landlord.found_after(&removed, "q=quiet").await.is_empty());

    let again = landlord.delete(&format!("/rooms/{id}")).await;
    assert_eq!(
        (again.status, &again.json["data"]),
        (200, &removed.json["data"])
    );
    let kinds = "SELECT string_agg(kind, ' ' ORDER BY id) FROM events WHERE subject_kind = 'room'";
    let kinds: String = database.row(kinds).await.get(0);
    let expected =
        "room.created room.submitted room.verified room.paused room.resumed room.removed";
    assert_eq!(kinds, expected);
}

#[tokio::test]
async fn a_rejected_room_is_a_draft_whose_landlord_reads_the_reason_until_it_submits_again() {
    let (_database, _node, landlord, admin) = landlord_and_admin().await;
    let id = landlord.create(&room()).await;
    let path = |step: &str| format!("/rooms/{id}/{step}");
    landlord.post(&path("submit"), json!({})).await;
    let reason = "The address does not exist.";
    let reply = admin.post(&path("reject"), json!({"reason": reason})).await;
    assert_eq!(reply.json["data"]["status"], "draft", "{}", reply.json);
    let own = landlord.get(&format!("/landlords/me/rooms/{id}")).await;
    assert_eq!(own.json["data"]["rejection_reason"], reason);
    let submitted = landlord.post(&path("submit"), json!({})).await;
    assert_eq!(submitted.json["data"]["rejection_reason"], Value::Null);
}

#[tokio::test]
async fn reviewers_get_the_longest_waiting_rooms_first_page_by_page() {
    let (_database, _node, landlord, admin) = landlord_and_admin().await;
    let mut submitted = Vec::new();
    for _ in 0..5 {
        submitted.push(landlord.create(&room()).await);
    }
    submitted.swap(0, 4);
    for id in &submitted {
        landlord
            .post(&format!("/rooms/{id}/submit"), json!({}))
            .await;
    }
    let mut queue = Vec::new();
    let mut path = "/rooms/review-queue?limit=2".to_owned();
    loop {
        let page = admin.get(&path).await;
        assert_eq!(page.status, 200, "{}", page.json);
        let rooms = page.json["data"].as_array().unwrap();
        queue.extend(
            rooms
                .iter()
                .map(|room| room["id"].as_str().unwrap().to_owned()),
        );
        let Some(cursor) = page.json["meta"]["next_cursor"].as_str() else {
            break;
        };
        path = format!("/rooms/review-queue?limit=2&cursor={cursor}");
    }
    assert_eq!(queue, submitted);
    admin
        .post(&format!("/rooms/{}/verify", queue[0]), json!({}))
        .await;
    let page = admin.get("/rooms/review-queue").await;
    assert_eq!(page.json["data"].as_array().unwrap().len(), 4);
    let bad = admin.get("/rooms/review-queue?cursor=x").await;
    rejected(&bad, 400, "invalid_parameter");
}

#[tokio::test]
async fn a_landlord_lists_its_rooms_in_any_state_the_newest_first() {
    let (_database, _node, landlord, admin) = landlord_and_admin().await;
    let mut ids = Vec::new();
    for _ in 0..3 {
        ids.push(landlord.create(&room()).await);
    }
    ids.reverse();
    landlord.delete(&format!("/rooms/{}", ids[1])).await;
    let first = landlord.get("/landlords/me/rooms?limit=2").await;
    let cursor = first.json["meta"]["next_cursor"].as_str().unwrap();
    let path = format!("/landlords/me/rooms?limit=2&cursor={cursor}");
    let second = landlord.get(&path).await;
    assert_eq!(second.json["meta"]["next_cursor"], Value::Null);
    let pages = [&first, &second].into_iter();
    let listed = pages.flat_map(|page| page.json["data"].as_array().unwrap());
    let listed: Vec<&str> = listed.map(|room| room["id"].as_str().unwrap()).collect();
    assert_eq!(listed, ids);
    let removed = landlord.get("/landlords/me/rooms?status=removed").await;
    assert_eq!(removed.json["data"][0]["id"], *ids[1]);
    assert_eq!(removed.json["data"].as_array().unwrap().len(), 1);
    rejected(&admin.get("/landlords/me/rooms").await, 403, "forbidden");
}

#[tokio::test]
async fn a_room_that_moves_loses_its_verification_and_a_cheaper_one_keeps_it() {
    let (_database, _node, landlord, admin) = landlord_and_admin().await;
    let id = landlord.create_listed(&admin, &room()).await;
    let path = format!("/rooms/{id}");
    let cheaper = landlord.patch(&path, json!({"price": 500})).await;
    assert!(cheaper.json["data"]["verified_at"].is_string());
    let moved = landlord
        .patch(&path, json!({"location": {"lat": 19.2}}))
        .await;
    let data = &moved.json["data"];
    assert_eq!(data["verified_at"], Value::Null, "{data}");
    assert_eq!(data["status"], "listed");
    assert_eq!(landlord.found_after(&moved, "verified=true").await, [""; 0]);
    assert_eq!(landlord.found_after(&moved, "q=quiet").await, [id]);
}
