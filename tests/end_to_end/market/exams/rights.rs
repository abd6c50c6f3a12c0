//! Who may write what belongs to a university.

use serde_json::{Value, json};

use super::scene::{Scene, created, session, university, venue};
use crate::market::client::{Client, count, rejected};

#[tokio::test]
async fn officials_write_for_their_university_admins_for_all_and_others_not_at_all() {
    let scene = Scene::start().await;
    let (of_university, of_session) = (scene.university.clone(), scene.session(30, 32).await);
    let of_venue = scene.venue("Ruia College").await;
    let student = Client::student(&scene.node, "nina@example.com").await;
    let landlord = Client::landlord(&scene.node, "asha@example.com").await;
    let anonymous = Client::anonymous(&scene.node);
    let named = |mut body: Value| {
        body["university_id"] = json!(of_university);
        body
    };
    let requests = [
        ("POST", "/exam-sessions".to_owned(), named(session(60, 61))),
        (
            "PATCH",
            format!("/exam-sessions/{of_session}"),
            json!({"name": "X"}),
        ),
        ("POST", "/venues".to_owned(), named(venue("Xavier"))),
        ("PATCH", format!("/venues/{of_venue}"), json!({"seats": 7})),
        (
            "PATCH",
            format!("/universities/{of_university}"),
            json!({"aliases": ["MU"]}),
        ),
    ];
    let events = count(&scene.database, "events").await;
    for (method, path, body) in &requests {
        for client in [&scene.foreign, &student, &landlord] {
            let reply = client.send(method, path, &[], Some(body.to_string())).await;
            rejected(&reply, 403, "forbidden");
        }
        let reply = anonymous
            .send(method, path, &[], Some(body.to_string()))
            .await;
        rejected(&reply, 401, "unauthorized");
    }
    for client in [&scene.official, &scene.foreign, &student] {
        let reply = client.post("/universities", university("Nagpur")).await;
        rejected(&reply, 403, "forbidden");
    }
    assert_eq!(count(&scene.database, "events").await, events);
    for (method, path, body) in &requests {
        for client in [&scene.official, &scene.admin] {
            let reply = client.send(method, path, &[], Some(body.to_string())).await;
            // The second session has the name and day of the first one.
            let is_second = path == "/exam-sessions" && std::ptr::eq(client, &scene.admin);
            let expected = match *method {
                "POST" if is_second => 409,
                "POST" => 201,
                _ => 200,
            };
            assert_eq!(reply.status, expected, "{method} {path}: {}", reply.json);
        }
    }
}

#[tokio::test]
async fn an_official_neither_takes_nor_gives_away_a_venue_nor_ends_its_university() {
    let scene = Scene::start().await;
    let own = scene.venue("Ruia College").await;
    let shared = created(&scene.admin, "/venues", &venue("Test centre")).await;
    for body in [
        json!({"university_id": scene.other_university}),
        json!({"university_id": null}),
    ] {
        let reply = scene.official.patch(&format!("/venues/{own}"), body).await;
        rejected(&reply, 403, "forbidden");
    }
    let take = json!({"university_id": scene.university});
    let reply = scene
        .official
        .patch(&format!("/venues/{shared}"), take.clone())
        .await;
    rejected(&reply, 403, "forbidden");
    let end = json!({"status": "inactive"});
    let path = format!("/universities/{}", scene.university);
    rejected(
        &scene.official.patch(&path, end.clone()).await,
        403,
        "forbidden",
    );

    let reply = scene.admin.patch(&format!("/venues/{shared}"), take).await;
    assert_eq!(reply.status, 200, "{}", reply.json);
    assert_eq!(scene.admin.patch(&path, end).await.status, 200);
    for (path, body) in [("/venues", venue("New")), ("/exam-sessions", session(9, 9))] {
        rejected(&scene.official.post(path, body).await, 409, "conflict");
    }
}

#[tokio::test]
async fn everyone_who_has_signed_in_sees_universities_sessions_and_venues() {
    let scene = Scene::start().await;
    let session = scene.session(30, 32).await;
    let venue = scene.venue("Ruia College").await;
    let student = Client::student(&scene.node, "nina@example.com").await;
    let anonymous = Client::anonymous(&scene.node);
    for (list, item) in [
        (
            "/universities".to_owned(),
            format!("/universities/{}", scene.university),
        ),
        (
            "/exam-sessions".to_owned(),
            format!("/exam-sessions/{session}"),
        ),
        ("/venues".to_owned(), format!("/venues/{venue}/record")),
    ] {
        for client in [&student, &scene.foreign, &scene.admin] {
            let reply = client.get(&list).await;
            assert_eq!(reply.status, 200, "{}", reply.json);
            let reply = client.get(&item).await;
            assert_eq!(reply.status, 200, "{}", reply.json);
            let version = reply.json["data"]["version"].as_i64().unwrap();
            assert_eq!(reply.headers["etag"], format!("\"{version}\""));
        }
        for path in [&list, &item] {
            rejected(&anonymous.get(path).await, 401, "unauthorized");
        }
        let absent = item
            .replace(&scene.university, ABSENT)
            .replace(&session, ABSENT)
            .replace(&venue, ABSENT);
        rejected(&student.get(&absent).await, 404, "not_found");
    }
}

const ABSENT: &str = "00000000-0000-7000-8000-000000000001";
