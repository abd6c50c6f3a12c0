//! Room searches for an assignment.

use serde_json::{Value, json};

use super::scene::Scene;
use crate::harness::{Reply, day};
use crate::market::client::{Client, rejected, room};

/// A scene with a student who is assigned, rooms near and far, and one of them booked.
struct Exam {
    scene: Scene,
    student: Client,
    venue: String,
    assignment: String,
    session: String,
}

async fn exam(from: i32, to: i32) -> Exam {
    let scene = Scene::start().await;
    let session = scene.session(from, to).await;
    let venue = scene.venue("Ruia").await;
    scene.assign(&session, "nina@example.com", &venue).await;
    let student = Client::student(&scene.node, "nina@example.com").await;
    let landlord = Client::landlord(&scene.node, "asha@example.com").await;
    for (title, lat) in [("Near", 19.03), ("Booked", 19.031), ("Far", 21.0)] {
        let mut body = room();
        body["title"] = json!(title);
        body["location"] = json!({"lat": lat, "lng": 72.85});
        landlord.create_listed(&scene.admin, &body).await;
    }
    let booking = format!(
        "INSERT INTO bookings (room_id, student_id, check_in, check_out)
        SELECT r.id, u.id, '{}', '{}' FROM rooms r, users u
        WHERE r.title = 'Booked' AND u.email = 'nina@example.com'",
        day(29),
        day(30)
    );
    scene.database.execute(&booking).await;
    let own = student.get("/me/assignments").await.json;
    Exam {
        assignment: own["data"][0]["id"].as_str().unwrap().to_owned(),
        scene,
        student,
        venue,
        session,
    }
}

impl Exam {
    /// Searches at the current end of the WAL.
    async fn search(&self, client: &Client, query: &str) -> Reply {
        let position = self.scene.database.wal_end().await;
        let path = format!("/rooms/search?{query}&at_least={position}&timeout_ms=10000");
        client.get(&path).await
    }
}

fn titles(reply: &Reply) -> Vec<&str> {
    assert_eq!(reply.status, 200, "{}", reply.json);
    let hits = reply.json["data"].as_array().unwrap().iter();
    hits.map(|hit| hit["room"]["title"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn a_search_for_an_assignment_equals_one_for_its_venue_and_nights() {
    let exam = exam(30, 32).await;
    let (venue, assignment) = (&exam.venue, &exam.assignment);
    let nights = format!("check_in={}&check_out={}", day(29), day(32));
    for more in [
        "",
        "&amenities=wifi&sort=price",
        "&facets=city&radius_m=100000",
        "&explain=true",
    ] {
        let by_assignment = format!("assignment={assignment}{more}");
        let by_assignment = exam.search(&exam.student, &by_assignment).await;
        let by_venue = format!("venue={venue}&{nights}{more}");
        let anonymous = Client::anonymous(&exam.scene.node);
        let by_venue = exam.search(&anonymous, &by_venue).await;
        assert_eq!(titles(&by_assignment), ["Near"]);
        assert_eq!(by_assignment.json["data"], by_venue.json["data"]);
        for meta in ["total", "facets", "query"] {
            assert_eq!(
                by_assignment.json["meta"][meta],
                by_venue.json["meta"][meta]
            );
        }
    }
    // Other nights, in which the room is free.
    let query = format!(
        "assignment={assignment}&check_in={}&check_out={}",
        day(30),
        day(32)
    );
    let reply = exam.search(&exam.student, &query).await;
    assert_eq!(titles(&reply).len(), 2);
    // Another venue, once the student is moved.
    let far = exam.scene.venue("Far away").await;
    let moved = json!({"location": {"lat": 21.0, "lng": 72.85}});
    let official = &exam.scene.official;
    official.patch(&format!("/venues/{far}"), moved).await;
    exam.scene
        .assign(&exam.session, "nina@example.com", &far)
        .await;
    let reply = exam
        .search(&exam.student, &format!("assignment={assignment}"))
        .await;
    assert_eq!(titles(&reply), ["Far"]);
}

#[tokio::test]
async fn the_assignment_of_another_student_is_as_absent_as_one_that_does_not_exist() {
    let exam = exam(30, 32).await;
    let other = Client::student(&exam.scene.node, "omar@example.com").await;
    let absent = "00000000-0000-7000-8000-000000000001";
    for client in [&other, &exam.scene.official, &exam.scene.admin] {
        let foreign = exam
            .search(client, &format!("assignment={}", exam.assignment))
            .await;
        let unknown = exam.search(client, &format!("assignment={absent}")).await;
        let foreign = rejected(&foreign, 404, "not_found");
        let unknown = rejected(&unknown, 404, "not_found");
        assert_eq!(foreign["expected"], unknown["expected"]);
        assert_eq!(foreign["field"], "assignment");
    }
    let anonymous = Client::anonymous(&exam.scene.node);
    let reply = exam
        .search(&anonymous, &format!("assignment={}", exam.assignment))
        .await;
    rejected(&reply, 401, "unauthorized");
    for other_place in [
        format!("&venue={}", exam.venue),
        "&lat=19&lng=72".to_owned(),
        "&assignment=x".to_owned(),
        "&check_in=2027-05-01".to_owned(),
    ] {
        let query = format!("assignment={}{other_place}", exam.assignment);
        let reply = exam.search(&exam.student, &query).await;
        assert_eq!(reply.status, 400, "{}", reply.json);
    }
    // The same in a heat map and in a multi-search.
    let heatmap = format!("/rooms/heatmap?assignment={}", exam.assignment);
    rejected(&other.get(&heatmap).await, 404, "not_found");
    rejected(&anonymous.get(&heatmap).await, 401, "unauthorized");
    let multi = json!({"searches": [{"assignment": exam.assignment}, {}]});
    for (client, code) in [(&other, "not_found"), (&anonymous, "unauthorized")] {
        let reply = client.post("/multi-search", multi.clone()).await;
        let error = &reply.json["data"][0]["error"];
        assert_eq!(error["code"], code, "{}", reply.json);
        assert_eq!(reply.json["data"][1]["success"], true, "{}", reply.json);
    }
}

#[tokio::test]
async fn a_heat_map_and_a_multi_search_for_an_assignment_equal_those_for_its_venue_and_nights() {
    let exam = exam(30, 32).await;
    let (venue, assignment) = (&exam.venue, &exam.assignment);
    let (check_in, check_out) = (day(29).to_string(), day(32).to_string());
    let anonymous = Client::anonymous(&exam.scene.node);
    let position = exam.scene.database.wal_end().await;
    let more = format!("at_least={position}&timeout_ms=10000");
    let by_assignment = format!("/rooms/heatmap?assignment={assignment}&{more}");
    let by_assignment = exam.student.get(&by_assignment).await;
    let by_venue =
        format!("/rooms/heatmap?venue={venue}&check_in={check_in}&check_out={check_out}&{more}");
    let by_venue = anonymous.get(&by_venue).await;
    assert_eq!(by_assignment.status, 200, "{}", by_assignment.json);
    assert_eq!(by_assignment.json["meta"]["total"], 1);
    assert_eq!(by_assignment.json["data"], by_venue.json["data"]);

    let multi = json!({"at_least": position, "timeout_ms": 10_000, "searches": [
        {"assignment": assignment},
        {"venue": venue, "check_in": check_in, "check_out": check_out},
        {"assignment": assignment, "check_in": day(30).to_string(), "check_out": check_out},
        {"assignment": assignment, "venue": venue},
    ]});
    let reply = exam.student.post("/multi-search", multi).await;
    let answers = &reply.json["data"];
    assert_eq!(answers[0]["meta"]["total"], 1, "{}", reply.json);
    assert_eq!(answers[0]["data"], answers[1]["data"]);
    assert_eq!(answers[2]["meta"]["total"], 2, "{}", reply.json);
    let error = &answers[3]["error"];
    assert_eq!(error["field"], "searches[3].assignment", "{}", reply.json);
}

#[tokio::test]
async fn nights_that_are_over_are_left_out_and_a_session_without_others_needs_named_ones() {
    let exam = exam(-3, 2).await;
    let query = format!("assignment={}", exam.assignment);
    let reply = exam.search(&exam.student, &query).await;
    assert_eq!(titles(&reply).len(), 2);
    let sent = |from: i32, to: i32| json!({"starts_on": day(from).to_string(), "ends_on": day(to).to_string()});
    let path = format!("/exam-sessions/{}", exam.session);
    for (from, to) in [(-9, -5), (10, 120)] {
        let changed: Value = sent(from, to);
        assert_eq!(exam.scene.official.patch(&path, changed).await.status, 200);
        let reply = exam.search(&exam.student, &query).await;
        let error = rejected(&reply, 400, "invalid_parameter");
        assert_eq!(error["field"], "assignment");
        let named = format!("{query}&check_in={}&check_out={}", day(1), day(3));
        let reply = exam.search(&exam.student, &named).await;
        assert_eq!(titles(&reply).len(), 2);
    }
}
