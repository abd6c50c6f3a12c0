//! The life of an offer and of a contract, from the offer to the last refund.

use serde_json::{Value, json};

use super::scene::{PRICE, Scene, TOTAL, cash, id_of, offer};
use crate::harness::{Reply, day};
use crate::market::client::{Client, header, rejected, room};

#[tokio::test]
async fn an_accepted_offer_is_paid_fills_the_landlord_and_is_cancelled_and_refunded() {
    let scene = Scene::new(1).await;
    let request = scene.request().await;
    let made = offer(&scene.landlord, &request, &scene.room).await;
    let accepted = id_of(&made);
    assert_eq!(
        header(&made, "location"),
        format!("/api/v1/offers/{accepted}")
    );
    assert_eq!(made.json["data"]["total_minor"], TOTAL);
    assert_eq!(made.json["data"]["check_in"], day(10).to_string());
    let other = Client::landlord(&scene.node, "nina@example.com").await;
    let other_room = other.create_listed(&scene.admin, &room()).await;
    let declined = id_of(&offer(&other, &request, &other_room).await);
    let listed = scene.student.get("/offers?status=open&limit=1").await;
    assert_eq!(listed.json["data"][0]["id"], *declined);
    assert!(listed.json["meta"]["next_cursor"].is_string());
    let responded = "SELECT count(responded_at)::text FROM matches";
    assert_eq!(scene.text(responded).await, "2");

    let path = format!("/offers/{accepted}/accept");
    let contract = scene.student.post(&path, json!({})).await;
    let id = id_of(&contract);
    let data = &contract.json["data"];
    assert_eq!(data["status"], "pending");
    assert_eq!(data["due_minor"], TOTAL);
    assert_eq!(data["due_on"], day(7).to_string());
    let reason = "the student has accepted another offer";
    let seen = other.get(&format!("/offers/{declined}")).await;
    assert_eq!(seen.json["data"]["decline_reason"], reason);
    let request = scene.student.get(&format!("/requests/{request}")).await;
    assert_eq!(request.json["data"]["status"], "matched");
    assert_eq!(capacity(&scene).await, "0 1 t f");
    assert_eq!(scene.text("SELECT status FROM bookings").await, "held");

    let paid = scene.pay(&id, PRICE, "first").await;
    assert_eq!(paid.status, 201, "{}", paid.json);
    assert_eq!(capacity(&scene).await, "1 0 f t");
    assert_eq!(scene.text("SELECT status FROM bookings").await, "confirmed");
    let listed = scene.landlord.found_after(&paid, "q=quiet").await;
    assert_eq!(listed, [other_room], "a full landlord is not found");
    let path = format!("/contracts/{id}/payments");
    let rest = json!({
        "amount_minor": TOTAL - PRICE, "currency": "INR", "method": "provider",
        "reference": "second", "provider_token": "card",
    });
    let rest = scene.student.post(&path, rest).await;
    let charge = rest.json["data"]["provider_reference"].as_str().unwrap();
    assert!(charge.starts_with("sandbox_charge_"), "{charge}");
    let seen = scene.student.get(&format!("/contracts/{id}")).await;
    assert_eq!(seen.json["data"]["status"], "active");
    assert_eq!(seen.json["data"]["due_minor"], 0);
    balance(&scene.student, TOTAL, TOTAL, 0).await;
    balance(&scene.landlord, TOTAL, TOTAL, 0).await;

    cancel_and_refund(&scene, &id, &[&paid, &rest]).await;
}

/// Cancels a contract that is paid, and refunds its payments.
async fn cancel_and_refund(scene: &Scene, id: &str, payments: &[&Reply; 2]) {
    let path = format!("/contracts/{id}/cancel");
    let cancelled = scene.student.post(&path, json!({"reason": "ill"})).await;
    assert_eq!(cancelled.json["data"]["status"], "cancelled");
    assert_eq!(cancelled.json["data"]["closed_by"], "student");
    assert_eq!(capacity(scene).await, "0 0 t f");
    assert_eq!(scene.text("SELECT status FROM bookings").await, "cancelled");
    balance(&scene.student, 0, TOTAL, -TOTAL).await;
    let found = scene.landlord.found_after(&cancelled, "q=quiet").await;
    assert!(found.contains(&scene.room), "{found:?}");
    for (payment, reference) in payments.iter().zip(["back 1", "back 2"]) {
        let path = format!(
            "/payments/{}/refund",
            payment.json["data"]["id"].as_str().unwrap()
        );
        let refund = json!({"reference": reference});
        let refund = scene.landlord.post(&path, refund).await;
        assert_eq!(refund.status, 201, "{}", refund.json);
        assert_eq!(refund.json["data"]["kind"], "refund");
    }
    balance(&scene.student, 0, 0, 0).await;
    balance(&scene.landlord, 0, 0, 0).await;
    assert_eq!(
        scene.events().await,
        "offer.made offer.made offer.accepted offer.declined contract.created payment.recorded \
         contract.activated payment.recorded contract.cancelled payment.refunded payment.refunded"
    );
    let payments = scene
        .landlord
        .get(&format!("/contracts/{id}/payments"))
        .await;
    let references: Vec<&str> = (payments.json["data"].as_array().unwrap().iter())
        .map(|payment| payment["reference"].as_str().unwrap())
        .collect();
    assert_eq!(references, ["back 2", "back 1", "second", "first"]);
}

#[tokio::test]
async fn an_ended_contract_frees_the_remaining_nights_and_stays_charged() {
    let scene = Scene::new(1).await;
    let request = scene.request_from(0).await;
    let contract = scene.contract_of(&request).await;
    assert_eq!(scene.pay(&contract, PRICE, "first").await.status, 201);
    let path = format!("/contracts/{contract}/end");
    let ended = scene.landlord.post(&path, json!({})).await;
    assert_eq!(ended.status, 200, "{}", ended.json);
    assert_eq!(ended.json["data"]["status"], "ended");
    assert_eq!(ended.json["data"]["due_minor"], TOTAL - PRICE);
    let columns = "active_contracts, pending_contracts, is_available, hidden_when_full";
    assert_eq!(scene.landlord_is(columns).await, "0 0 t f");
    let booked = "SELECT count(*)::text FROM bookings WHERE status <> 'cancelled'
        AND check_out > (now() AT TIME ZONE 'UTC')::date";
    assert_eq!(scene.text(booked).await, "0");
    let again = scene.landlord.post(&path, json!({})).await;
    let error = rejected(&again, 409, "conflict");
    assert_eq!(
        error["message"],
        "the contract is ended and cannot become ended: only a contract that is active can"
    );
    // What is still due can be paid.
    let rest = scene.pay(&contract, TOTAL - PRICE, "second").await;
    assert_eq!(rest.status, 201, "{}", rest.json);
}

#[tokio::test]
async fn open_offers_end_with_their_request_or_with_other_terms_of_it() {
    let scene = Scene::new(5).await;
    let decline_reason = async |offer: &str| {
        let seen = scene.landlord.get(&format!("/offers/{offer}")).await;
        let data = &seen.json["data"];
        (data["status"].clone(), data["decline_reason"].clone())
    };
    let request = scene.request().await;
    let path = format!("/requests/{request}");
    let changed = scene.offer(&request).await;
    // Another text is no other term.
    let patch = json!({"title": "Near the lake"});
    assert_eq!(scene.student.patch(&path, patch).await.status, 200);
    assert_eq!(decline_reason(&changed).await.0, "open");
    let longer = json!({"check_out": day(13).to_string()});
    assert_eq!(scene.student.patch(&path, longer).await.status, 200);
    let expected = (
        json!("declined"),
        json!("the student has changed the request"),
    );
    assert_eq!(decline_reason(&changed).await, expected);

    let cancelled = scene.offer(&request).await;
    let done = scene
        .student
        .post(&format!("{path}/cancel"), json!({}))
        .await;
    assert_eq!(done.status, 200, "{}", done.json);
    let expected = (
        json!("declined"),
        json!("the student has cancelled the request"),
    );
    assert_eq!(decline_reason(&cancelled).await, expected);

    let other = scene.request().await;
    let withdrawn = scene.offer(&other).await;
    let path = format!("/offers/{withdrawn}/withdraw");
    let reply = scene.landlord.post(&path, json!({})).await;
    assert_eq!(reply.json["data"]["status"], "withdrawn", "{}", reply.json);
    let declined = scene.offer(&other).await;
    let path = format!("/offers/{declined}/decline");
    let reply = scene
        .student
        .post(&path, json!({"reason": "too far"}))
        .await;
    assert_eq!(reply.status, 200, "{}", reply.json);
    assert_eq!(
        decline_reason(&declined).await,
        (json!("declined"), json!("too far"))
    );
}

#[tokio::test]
async fn a_payment_that_is_repeated_counts_once() {
    let scene = Scene::new(1).await;
    let contract = scene.contract().await;
    let path = format!("/contracts/{contract}/payments");
    let body = Some(cash(PRICE, "receipt 1").to_string());
    let key = [("idempotency-key", "5f0c8a6e-8a34-4b1e-9f0e-0f8e7d6c5b4a")];
    let first = scene.landlord.send("POST", &path, &key, body.clone()).await;
    let again = scene.landlord.send("POST", &path, &key, body.clone()).await;
    assert_eq!((first.status, &first.json), (again.status, &again.json));
    assert_eq!(header(&again, "idempotency-replayed"), "true");
    let unkeyed = scene.landlord.send("POST", &path, &[], body).await;
    let error = rejected(&unkeyed, 409, "conflict");
    let id = first.json["data"]["id"].as_str().unwrap();
    assert_eq!(
        error["message"],
        format!("the reference \"receipt 1\" was used for the payment {id} of this contract")
    );
    let other = Some(cash(PRICE, "receipt 2").to_string());
    let reused = scene.landlord.send("POST", &path, &key, other).await;
    rejected(&reused, 422, "idempotency_key_reused");
    balance(&scene.landlord, TOTAL, PRICE, TOTAL - PRICE).await;
}

#[tokio::test]
async fn only_the_parties_see_an_offer_and_a_contract() {
    let scene = Scene::new(2).await;
    let request = scene.request().await;
    let offer = scene.offer(&request).await;
    let stranger = Client::student(&scene.node, "tara@example.com").await;
    let anonymous = Client::anonymous(&scene.node);
    let path = format!("/offers/{offer}");
    rejected(&stranger.get(&path).await, 404, "not_found");
    rejected(&anonymous.get(&path).await, 401, "unauthorized");
    assert_eq!(scene.admin.get(&path).await.status, 200);
    let accept = format!("{path}/accept");
    rejected(&stranger.post(&accept, json!({})).await, 404, "not_found");
    rejected(
        &scene.landlord.post(&accept, json!({})).await,
        403,
        "forbidden",
    );
    let stale = [("if-match", "\"7\"")];
    let stale = scene.student.send("POST", &accept, &stale, None).await;
    rejected(&stale, 412, "precondition_failed");
    let contract = id_of(&scene.student.post(&accept, json!({})).await);
    for path in [
        format!("/contracts/{contract}"),
        format!("/contracts/{contract}/payments"),
    ] {
        rejected(&stranger.get(&path).await, 404, "not_found");
        assert_eq!(scene.landlord.get(&path).await.status, 200);
    }
    let all = scene.admin.get("/contracts").await;
    assert_eq!(all.json["data"][0]["id"], *contract);
    assert_eq!(stranger.get("/contracts").await.json["data"], json!([]));
    assert_eq!(stranger.get("/me/balance").await.json["data"], json!([]));
    rejected(&scene.admin.get("/me/balance").await, 403, "forbidden");
    // The student cannot say what the landlord has received.
    let path = format!("/contracts/{contract}/payments");
    let claimed = scene.student.post(&path, cash(PRICE, "mine")).await;
    rejected(&claimed, 403, "forbidden");
    let landlord_pays = json!({
        "amount_minor": PRICE, "currency": "INR", "method": "provider", "reference": "a",
        "provider_token": "card",
    });
    let reply = scene.landlord.post(&path, landlord_pays).await;
    rejected(&reply, 403, "forbidden");
}

#[tokio::test]
async fn a_landlord_that_hides_itself_while_full_stays_hidden() {
    let scene = Scene::new(1).await;
    let contract = scene.contract().await;
    assert_eq!(scene.pay(&contract, PRICE, "first").await.status, 201);
    let visible = json!({"is_available": true});
    let reply = scene.landlord.patch("/landlords/me", visible).await;
    let error = rejected(&reply, 400, "invalid_parameter");
    assert_eq!(error["field"], "is_available");
    let hidden = json!({"is_available": false});
    let reply = scene.landlord.patch("/landlords/me", hidden).await;
    assert_eq!(
        reply.json["data"]["hidden_when_full"], false,
        "{}",
        reply.json
    );
    let path = format!("/contracts/{contract}/cancel");
    assert_eq!(scene.landlord.post(&path, json!({})).await.status, 200);
    let me = scene.landlord.get("/landlords/me").await;
    assert_eq!(me.json["data"]["is_available"], false);
    assert_eq!(me.json["data"]["active_contracts"], 0);
}

/// Asserts the balance of a student or landlord.
async fn balance(client: &Client, charged: i64, received: i64, due: i64) {
    let reply = client.get("/me/balance").await;
    let expected = json!([{
        "currency": "INR", "charged_minor": charged, "received_minor": received, "due_minor": due,
    }]);
    assert_eq!(reply.json["data"], expected);
    assert_eq!(reply.json["meta"], Value::Null);
}

/// The contracts of the landlord of the room, and whether it is available and hidden when full.
async fn capacity(scene: &Scene) -> String {
    let sql = format!(
        "SELECT concat_ws(' ', active_contracts, pending_contracts, is_available, hidden_when_full)
        FROM landlords WHERE id = (SELECT landlord_id FROM rooms WHERE id = '{}')",
        scene.room
    );
    scene.text(&sql).await
}
