//! Single assignments, and those that a student sees.

use serde_json::{Value, json};

use super::scene::Scene;
use crate::accounts::people::{PASSWORD, Person, mailed_token, post};
use crate::market::client::{Client, count, rejected};

/// The ids of the venues of a student's assignments.
async fn own_venues(student: &Client) -> Vec<String> {
    let reply = student.get("/me/assignments").await;
    assert_eq!(reply.status, 200, "{}", reply.json);
    let items = reply.json["data"].as_array().unwrap().iter();
    let venue = |item: &Value| item["venue"]["id"].as_str().unwrap().to_owned();
    items.map(venue).collect()
}

#[tokio::test]
async fn a_student_sees_the_assignments_of_its_address_also_those_from_before_it_registered() {
    let scene = Scene::start().await;
    let (first, second) = (scene.session(30, 32).await, {
        let other = json!({
            "name": "Autumn", "starts_on": "2027-10-04", "ends_on": "2027-10-08",
            "university_id": scene.university,
        });
        super::scene::created(&scene.admin, "/exam-sessions", &other).await
    });
    let (ruia, xavier) = (scene.venue("Ruia").await, scene.venue("Xavier").await);
    scene.assign(&first, "Nina@Example.com", &ruia).await;
    let nina = Client::student(&scene.node, "nina@example.com").await;
    let omar = Client::student(&scene.node, "omar@example.com").await;
    assert_eq!(own_venues(&nina).await, [&*ruia]);
    assert!(own_venues(&omar).await.is_empty());
    scene.assign(&second, "nina@example.com", &xavier).await;
    assert_eq!(own_venues(&nina).await, [&*xavier, &*ruia]);
    let page = nina.get("/me/assignments?limit=1").await.json;
    let next = page["meta"]["next_cursor"].as_str().unwrap();
    let page = nina
        .get(&format!("/me/assignments?limit=1&cursor={next}"))
        .await;
    let item = &page.json["data"][0];
    assert_eq!(item["venue"]["id"], *ruia);
    assert_eq!(
        item["exam_session"]["university_name"],
        "University of Mumbai"
    );
    assert!(page.json["meta"]["next_cursor"].is_null());

    for client in [&scene.official, &scene.admin] {
        rejected(&client.get("/me/assignments").await, 403, "forbidden");
    }
    let anonymous = Client::anonymous(&scene.node);
    rejected(&anonymous.get("/me/assignments").await, 401, "unauthorized");
}

#[tokio::test]
async fn a_student_who_changes_its_address_keeps_its_assignments_and_the_next_owner_gets_none() {
    let scene = Scene::start().await;
    let session = scene.session(30, 32).await;
    let venue = scene.venue("Ruia").await;
    scene.assign(&session, "nina@example.com", &venue).await;
    let person = Person::student(&scene.node, "nina@example.com").await;
    let nina = Client::of(&scene.node, person);
    let change = json!({"email": "n.rao@example.com", "current_password": PASSWORD});
    let reply = nina.patch("/auth/me", change).await;
    assert_eq!(reply.status, 200, "{}", reply.json);
    let token = mailed_token(&scene.node, "n.rao@example.com", 1).await;
    let reply = post(&scene.node, "confirm-email", &json!({"token": token})).await;
    assert_eq!(reply.status, 200, "{}", reply.json);
    assert_eq!(own_venues(&nina).await, [&*venue]);
    let next = Client::of(
        &scene.node,
        Person::sign_up_again(&scene.node, "nina@example.com", 2).await,
    );
    assert!(own_venues(&next).await.is_empty());
}

#[tokio::test]
async fn an_official_moves_and_removes_a_student_and_others_do_not_learn_of_the_assignment() {
    let scene = Scene::start().await;
    let session = scene.session(30, 32).await;
    let (ruia, xavier) = (scene.venue("Ruia").await, scene.venue("Xavier").await);
    scene.assign(&session, "nina@example.com", &ruia).await;
    let nina = Client::student(&scene.node, "nina@example.com").await;
    let list = format!("/exam-sessions/{session}/assignments");
    let listed = scene.official.get(&list).await;
    let id = listed.json["data"][0]["id"].as_str().unwrap();
    let path = format!("/assignments/{id}");
    let to = |venue: &str| json!({"venue_id": venue});
    let absent = "/assignments/00000000-0000-7000-8000-000000000001";
    for client in [&scene.foreign, &nina] {
        for target in [&*path, absent] {
            rejected(&client.get(target).await, 404, "not_found");
            rejected(&client.patch(target, to(&xavier)).await, 404, "not_found");
            rejected(&client.delete(target).await, 404, "not_found");
        }
    }
    let anonymous = Client::anonymous(&scene.node);
    rejected(&anonymous.get(&path).await, 401, "unauthorized");
    rejected(&anonymous.delete(&path).await, 401, "unauthorized");

    let events = count(&scene.database, "events").await;
    for same in [to(&ruia), json!({})] {
        let reply = scene.official.patch(&path, same).await;
        assert_eq!(reply.status, 200, "{}", reply.json);
    }
    assert_eq!(count(&scene.database, "events").await, events);
    for bad in [json!(null), json!("x"), json!(absent[13..])] {
        let reply = scene.official.patch(&path, json!({"venue_id": bad})).await;
        assert_eq!(
            rejected(&reply, 400, "invalid_parameter")["field"],
            "venue_id"
        );
    }
    let moved = scene.official.patch(&path, to(&xavier)).await;
    assert_eq!(moved.json["data"]["venue_id"], *xavier, "{}", moved.json);
    assert_eq!(own_venues(&nina).await, [&*xavier]);
    assert_eq!(scene.admin.get(&path).await.status, 200);
    let removed = scene.official.delete(&path).await;
    assert_eq!(removed.status, 200, "{}", removed.json);
    assert!(own_venues(&nina).await.is_empty());
    rejected(&scene.official.delete(&path).await, 404, "not_found");
    let kinds = "events WHERE subject_kind = 'assignment'";
    assert_eq!(count(&scene.database, kinds).await, 3);
}

#[tokio::test]
async fn a_user_with_assignments_of_its_own_keeps_its_role_and_the_error_says_why() {
    let scene = Scene::start().await;
    let session = scene.session(30, 32).await;
    let venue = scene.venue("Ruia").await;
    // As an import before addresses were kept has written it.
    scene
        .database
        .execute(&format!(
            "WITH student AS (
                INSERT INTO users (role, display_name, email) VALUES ('student', 'Ida', 'i@b.cd')
                RETURNING id
            )
            INSERT INTO venue_assignments (exam_session_id, exam_venue_id, student_id)
            SELECT '{session}', '{venue}', id FROM student"
        ))
        .await;
    let url = &scene.database.url;
    let output = crate::harness::roost(&[
        "users",
        "set-role",
        "i@b.cd",
        "admin",
        "--database-url",
        url,
    ]);
    let printed = crate::harness::stderr(&output);
    assert!(
        printed.contains("requests, bookings or assignments"),
        "{printed}"
    );
}
