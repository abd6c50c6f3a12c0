//! Offers and acceptances that are rejected with a clear rule, and write nothing.

use serde_json::{Value, json};

use super::scene::{PRICE, Scene, id_of, message, offer};
use crate::harness::day;
use crate::market::client::{Client, count, rejected, room};

/// No row has this id.
const UNKNOWN: &str = "00000000-0000-7000-8000-0000000000ff";

/// Members of an offer that replace the usual ones, and the start of the message.
fn invalid_offers() -> Vec<(Value, &'static str)> {
    vec![
        (
            json!({"price_minor": 0}),
            "price_minor must be a whole number from 1",
        ),
        (
            json!({"price_minor": 1.5}),
            "price_minor must be a whole number from 1",
        ),
        (
            json!({"price_minor": null}),
            "price_minor must be a whole number from 1",
        ),
        (
            json!({"price_minor": 90_001}),
            "price_minor must be at most 90000, the budget",
        ),
        (
            json!({"currency": "EUR"}),
            "currency must be INR, the currency of the request",
        ),
        (
            json!({"currency": 5}),
            "currency must be a code of ISO 4217",
        ),
        (json!({"room_id": "x"}), "room_id must be"),
        (
            json!({"room_id": UNKNOWN}),
            "room_id must be the id of a listed room of yours",
        ),
        (
            json!({"message": "a\u{0}"}),
            "message must be a text of at most 2000",
        ),
        (
            json!({"valid_until": "soon"}),
            "valid_until must be a time in the format of RFC 3339",
        ),
        (
            json!({"valid_until": "2990-01-01T00:00:00Z"}),
            "valid_until must be a time in the format of RFC 3339",
        ),
        (
            json!({"valid_until": "2020-01-01T00:00:00Z"}),
            "valid_until must be a time",
        ),
        (json!({"prize": 1}), "there is no parameter \"prize\" here"),
    ]
}

#[tokio::test]
async fn an_invalid_offer_names_the_field_and_the_rule() {
    let scene = Scene::new(2).await;
    let request = scene.request().await;
    let path = format!("/requests/{request}/offers");
    let events = count(&scene.database, "events").await;
    for (members, start) in invalid_offers() {
        let mut body = json!({"room_id": scene.room, "price_minor": PRICE, "currency": "INR"});
        body.as_object_mut()
            .unwrap()
            .extend(members.as_object().unwrap().clone());
        let reply = scene.landlord.post(&path, body).await;
        assert_eq!(reply.status, 400, "{members}: {}", reply.json);
        let text = reply.json["error"]["message"].as_str().unwrap();
        assert!(text.starts_with(start), "{members}: {text}");
    }
    let missing = scene
        .landlord
        .post(&path, json!({"room_id": scene.room}))
        .await;
    let text = message(&missing, 400, "missing_parameter");
    assert!(text.starts_with("price_minor is missing"), "{text}");
    let nowhere = format!("/requests/{UNKNOWN}/offers");
    let body = json!({"room_id": scene.room, "price_minor": PRICE, "currency": "INR"});
    rejected(
        &scene.landlord.post(&nowhere, body.clone()).await,
        404,
        "not_found",
    );
    rejected(&scene.student.post(&path, body).await, 403, "forbidden");
    assert_eq!(count(&scene.database, "events").await, events);
    assert_eq!(count(&scene.database, "offers").await, 0);
}

#[tokio::test]
async fn a_room_that_cannot_serve_the_request_is_not_offered() {
    let scene = Scene::new(2).await;
    let request = scene.request().await;
    let rival = Client::landlord(&scene.node, "nina@example.com").await;
    let theirs = rival.create_listed(&scene.admin, &room()).await;
    let reply = offer(&scene.landlord, &request, &theirs).await;
    let text = message(&reply, 403, "forbidden");
    assert_eq!(text, "only the landlord of the room can offer it");
    let hidden = rival.create(&room()).await;
    let reply = offer(&scene.landlord, &request, &hidden).await;
    let text = message(&reply, 400, "invalid_parameter");
    assert!(
        text.starts_with("room_id must be the id of a listed room of yours"),
        "{text}"
    );
    let draft = scene.landlord.create(&room()).await;
    let reply = offer(&scene.landlord, &request, &draft).await;
    let text = message(&reply, 409, "conflict");
    assert_eq!(text, "the room is draft: only a listed room can be offered");
    for (members, start) in [
        (json!({"occupancy": 1}), "the room accommodates 1 people"),
        (
            json!({"minimum_nights": 3}),
            "the room is let for 3 nights or more",
        ),
    ] {
        let mut body = room();
        body.as_object_mut()
            .unwrap()
            .extend(members.as_object().unwrap().clone());
        let room = scene.landlord.create_listed(&scene.admin, &body).await;
        let reply = offer(&scene.landlord, &request, &room).await;
        let text = message(&reply, 409, "conflict");
        assert!(text.starts_with(start), "{text}");
    }
    let booking = format!(
        "INSERT INTO bookings (room_id, student_id, check_in, check_out)
        SELECT '{}', id, '{}', '{}' FROM users WHERE role = 'student'",
        scene.room,
        day(11),
        day(14)
    );
    scene.database.execute(&booking).await;
    let reply = offer(&scene.landlord, &request, &scene.room).await;
    let text = message(&reply, 409, "conflict");
    assert_eq!(
        text,
        "the room is booked for at least one of the nights of the request"
    );
    // The nights before that booking are free.
    let before = scene.request_from(9).await;
    assert_eq!(
        offer(&scene.landlord, &before, &scene.room).await.status,
        201
    );
}

#[tokio::test]
async fn a_closed_request_takes_no_offer_and_a_room_has_one_open_offer() {
    let scene = Scene::new(2).await;
    let request = scene.request().await;
    scene.offer(&request).await;
    let reply = offer(&scene.landlord, &request, &scene.room).await;
    let text = message(&reply, 409, "conflict");
    assert!(
        text.starts_with("there is an open offer of this room"),
        "{text}"
    );
    scene
        .student
        .post(&format!("/requests/{request}/cancel"), json!({}))
        .await;
    let reply = offer(&scene.landlord, &request, &scene.room).await;
    let text = message(&reply, 409, "conflict");
    assert_eq!(
        text,
        "the request is cancelled: only an active request takes offers"
    );
}

#[tokio::test]
async fn an_offer_is_accepted_once_in_time_and_within_the_capacity() {
    let scene = Scene::new(1).await;
    let accept = async |offer: &str| {
        let path = format!("/offers/{offer}/accept");
        scene.student.post(&path, json!({})).await
    };
    let request = scene.request().await;
    let late = scene.offer(&request).await;
    let over = "UPDATE offers SET valid_until = created_at + interval '1 millisecond'";
    scene.database.execute(over).await;
    let reply = accept(&late).await;
    let text = message(&reply, 409, "conflict");
    assert_eq!(
        text,
        "the time to accept the offer is over, see valid_until"
    );
    let path = format!("/offers/{late}/withdraw");
    assert_eq!(scene.landlord.post(&path, json!({})).await.status, 200);

    // Two open offers, of which the capacity allows one.
    let (first, other_request) = (scene.offer(&request).await, scene.request_from(20).await);
    let second = scene.offer(&other_request).await;
    let contract = id_of(&accept(&first).await);
    let reply = accept(&first).await;
    let text = message(&reply, 409, "conflict");
    let twice = "the offer is accepted and cannot become accepted: only an open offer can";
    assert_eq!(text, twice);
    let events = count(&scene.database, "events").await;
    let reply = accept(&second).await;
    let text = message(&reply, 409, "conflict");
    assert_eq!(
        text,
        "the landlord has no capacity for another contract any more"
    );
    let third = scene.request_from(30).await;
    let reply = offer(&scene.landlord, &third, &scene.room).await;
    let text = message(&reply, 409, "conflict");
    assert!(
        text.starts_with("the landlord has 1 of 1 possible contracts"),
        "{text}"
    );
    assert_eq!(count(&scene.database, "contracts").await, 1);
    // The request of the student is the only event since.
    assert_eq!(count(&scene.database, "events").await, events + 1);
    let fewer = json!({"total_capacity": 0});
    assert_eq!(
        scene.landlord.patch("/landlords/me", fewer).await.status,
        400
    );

    // Nights that are booked after the offer was made.
    let path = format!("/contracts/{contract}/cancel");
    assert_eq!(scene.student.post(&path, json!({})).await.status, 200);
    let booking = format!(
        "INSERT INTO bookings (room_id, student_id, check_in, check_out)
        SELECT '{}', id, '{}', '{}' FROM users WHERE role = 'student'",
        scene.room,
        day(21),
        day(22)
    );
    scene.database.execute(&booking).await;
    let reply = accept(&second).await;
    let text = message(&reply, 409, "conflict");
    assert_eq!(
        text,
        "the room was booked meanwhile for at least one of the nights"
    );
}
