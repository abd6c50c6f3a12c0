//! The whole story of a rental request: ranked, shown, viewed, offered for, accepted, paid, ended.

use std::time::Duration;

use serde_json::{Value, json};

use super::contracts::scene::{PRICE, Scene, TOTAL, id_of, offer};
use super::live::stream::{FEED, REQUESTS, Stream};
use crate::harness::{Reply, eventually};
use crate::market::client::header;

const DEADLINE: Duration = Duration::from_secs(30);

#[tokio::test]
async fn a_request_leads_to_a_contract_and_a_full_landlord_comes_back_when_it_ends() {
    let scene = Scene::new(1).await;
    let mut landlord_events = Stream::open(&scene.node, FEED, scene.landlord.token()).await;
    let mut student_events = Stream::open(&scene.node, REQUESTS, scene.student.token()).await;

    // The request is ranked, and the landlord hears of it.
    let request = scene.request_from(0).await;
    let matched = landlord_events.expect("match").await;
    assert_eq!(matched["request_id"], *request);
    assert_eq!(matched["room_id"], *scene.room);
    let ranked = scene
        .student
        .get(&format!("/requests/{request}/matches"))
        .await;
    assert_eq!(ranked.json["data"][0]["room"]["id"], *scene.room);
    assert_eq!(ranked.json["data"][0]["match_score"], matched["score"]);

    // It is in the feed, and is viewed and answered there.
    assert_eq!(marks(&scene, &request).await, (json!(false), json!(false)));
    let view = format!("/landlords/me/feed/{request}/view");
    let viewed = scene.landlord.post(&view, json!({})).await;
    assert_eq!(viewed.status, 200, "{}", viewed.json);
    assert_eq!(marks(&scene, &request).await, (json!(true), json!(false)));
    let made = offer(&scene.landlord, &request, &scene.room).await;
    let made = id_of(&made);
    assert_eq!(student_events.expect("offer_made").await["offer_id"], *made);
    assert_eq!(marks(&scene, &request).await, (json!(true), json!(true)));

    // The student accepts, and the landlord hears of it.
    let accept = format!("/offers/{made}/accept");
    let contract = id_of(&scene.student.post(&accept, json!({})).await);
    let mut answered = [
        landlord_events.next().await.unwrap(),
        landlord_events.next().await.unwrap(),
    ];
    answered.sort_by(|one, other| one.name.cmp(&other.name));
    assert_eq!(answered[0].name, "offer_answered");
    assert_eq!(answered[0].data["status"], "accepted");
    assert_eq!(answered[1].name, "request_closed");
    assert_eq!(answered[1].data["status"], "matched");

    // With the first payment the landlord is full, and the next ranking is without it.
    let paid = scene.pay(&contract, PRICE, "first").await;
    assert_eq!(paid.status, 201, "{}", paid.json);
    let feed = feed_after(&scene, &paid).await;
    assert_eq!(feed["meta"]["empty_because"], "full");
    let later = scene.request().await;
    let path = format!("/requests/{later}/matches");
    eventually("the request is ranked", DEADLINE, async || {
        let waiting = scene
            .text("SELECT count(*)::text FROM matching_queue")
            .await;
        (waiting == "0").then_some(())
    })
    .await;
    assert_eq!(scene.student.get(&path).await.json["data"], json!([]));
    let stored = format!("SELECT count(*)::text FROM matches WHERE request_id = '{later}'");
    assert_eq!(scene.text(&stored).await, "0");

    // The rest is paid and the contract ends: the landlord is back, in rankings and in its feed.
    let rest = scene.pay(&contract, TOTAL - PRICE, "rest").await;
    assert_eq!(rest.status, 201, "{}", rest.json);
    let end = format!("/contracts/{contract}/end");
    let ended = scene.landlord.post(&end, json!({})).await;
    assert_eq!(ended.json["data"]["status"], "ended", "{}", ended.json);
    assert_eq!(landlord_events.expect("match").await["request_id"], *later);
    let feed = feed_after(&scene, &ended).await;
    assert_eq!(feed["data"][0]["request"]["id"], *later);
    let ranked = scene.student.get(&path).await;
    assert_eq!(ranked.json["data"][0]["room"]["id"], *scene.room);
}

/// Whether the feed of the landlord marks a request as viewed and as answered.
async fn marks(scene: &Scene, request: &str) -> (Value, Value) {
    let feed = scene.landlord.get("/landlords/me/feed").await;
    let entries = feed.json["data"].as_array().unwrap();
    let entry = entries
        .iter()
        .find(|entry| entry["request"]["id"] == *request);
    let entry = entry.unwrap_or_else(|| panic!("{}", feed.json));
    (entry["viewed"].clone(), entry["responded"].clone())
}

/// The feed of the landlord once it contains a write.
async fn feed_after(scene: &Scene, write: &Reply) -> Value {
    let position = header(write, "roost-position");
    let path = format!("/landlords/me/feed?at_least={position}&timeout_ms=10000");
    let feed = scene.landlord.get(&path).await;
    assert_eq!(feed.status, 200, "{}", feed.json);
    feed.json
}
