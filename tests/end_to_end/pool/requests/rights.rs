//! Who may write and read which rental requests.

use serde_json::{Value, json};

use crate::harness::{Reply, Roost, TestDatabase, day};
use crate::market::client::{Client, rejected, rental_request};

fn id(reply: &Reply) -> String {
    reply.json["data"]["id"]
        .as_str()
        .unwrap_or_else(|| panic!("{}", reply.json))
        .to_owned()
}

async fn listed(client: &Client, query: &str) -> Vec<String> {
    let reply = client.get(&format!("/requests{query}")).await;
    assert_eq!(reply.status, 200, "{}", reply.json);
    let items = reply.json["data"].as_array().unwrap().iter();
    items
        .map(|it| it["id"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn students_see_their_own_requests_and_admins_and_services_those_of_all() {
    let database = TestDatabase::create().await;
    let node = Roost::start(&database).await;
    let ravi = Client::student(&node, "ravi@example.com").await;
    let mira = Client::student(&node, "mira@example.com").await;
    let admin = Client::admin(&database, &node).await;
    let key = json!({"name": "Portal", "scopes": ["requests:write"]});
    let key = admin.post("/keys", key).await;
    let service = Client::new(&node, key.json["data"]["secret"].as_str().unwrap());
    let user = |reply: Reply| reply.json["data"]["id"].clone();
    let (ravi_id, mira_id) = (
        user(ravi.get("/auth/me").await),
        user(mira.get("/auth/me").await),
    );

    let of_ravi = id(&ravi.post("/requests", rental_request()).await);
    let with_student = |student: &Value| {
        let mut body = rental_request();
        body["student_id"] = student.clone();
        body
    };
    let of_mira = id(&service.post("/requests", with_student(&mira_id)).await);
    let reply = ravi.post("/requests", with_student(&mira_id)).await;
    rejected(&reply, 403, "forbidden");
    let reply = service.post("/requests", rental_request()).await;
    let error = rejected(&reply, 400, "invalid_parameter");
    assert_eq!(error["field"], "student_id");
    // An admin is no student.
    let own = user(admin.get("/auth/me").await);
    let reply = admin.post("/requests", with_student(&own)).await;
    let error = rejected(&reply, 400, "invalid_parameter");
    assert_eq!(error["expected"], "the id of a student");

    assert_eq!(listed(&ravi, "").await, [&*of_ravi]);
    assert_eq!(listed(&mira, "").await, [&*of_mira]);
    for all in [&admin, &service] {
        assert_eq!(listed(all, "").await, [&*of_mira, &*of_ravi]);
        let only = format!("?student={}", ravi_id.as_str().unwrap());
        assert_eq!(listed(all, &only).await, [&*of_ravi]);
    }
    let first = admin.get("/requests?limit=1").await;
    let cursor = first.json["meta"]["next_cursor"].as_str().unwrap();
    assert_eq!(
        listed(&admin, &format!("?cursor={cursor}")).await,
        [&*of_ravi]
    );
    let foreign = format!("/requests?student={}", mira_id.as_str().unwrap());
    rejected(&ravi.get(&foreign).await, 403, "forbidden");

    let path = format!("/requests/{of_mira}");
    rejected(&ravi.get(&path).await, 404, "not_found");
    rejected(
        &ravi.patch(&path, json!({"reach_m": 500})).await,
        404,
        "not_found",
    );
    let cancel = format!("{path}/cancel");
    rejected(&ravi.post(&cancel, json!({})).await, 404, "not_found");
    assert_eq!(admin.post(&cancel, json!({})).await.status, 200);
    assert_eq!(mira.get(&path).await.json["data"]["status"], "cancelled");
}

#[tokio::test]
async fn a_request_for_an_assignment_has_its_venue_and_the_nights_of_its_session() {
    let database = TestDatabase::create().await;
    let node = Roost::start(&database).await;
    let ravi = Client::student(&node, "ravi@example.com").await;
    let mira = Client::student(&node, "mira@example.com").await;
    let (first, last) = (day(20), day(24));
    let rows = format!(
        "INSERT INTO universities (id, name, city, state, country_code)
            VALUES ('00000000-0000-7000-8000-0000000000c1', 'U', 'Pune', 'Maharashtra', 'IN');
        INSERT INTO exam_venues (id, name, kind, city, country_code, location)
            VALUES ('00000000-0000-7000-8000-0000000000d1', 'Hill College', 'college', 'Pune',
                'IN', ST_MakePoint(73.8, 18.5)::geography);
        INSERT INTO exam_sessions (id, university_id, name, starts_on, ends_on)
            VALUES ('00000000-0000-7000-8000-0000000000e1',
                '00000000-0000-7000-8000-0000000000c1', 'Summer', '{first}', '{last}');
        INSERT INTO venue_assignments (id, exam_session_id, exam_venue_id, student_email)
            VALUES ('00000000-0000-7000-8000-0000000000f1',
                '00000000-0000-7000-8000-0000000000e1',
                '00000000-0000-7000-8000-0000000000d1', 'ravi@example.com')"
    );
    database.execute(&rows).await;
    let body = json!({
        "assignment_id": "00000000-0000-7000-8000-0000000000f1", "currency": "INR",
    });
    let reply = ravi.post("/requests", body.clone()).await;
    assert_eq!(reply.status, 201, "{}", reply.json);
    let request = &reply.json["data"];
    assert_eq!(request["venue_id"], "00000000-0000-7000-8000-0000000000d1");
    assert_eq!(request["title"], "Room near Hill College");
    assert_eq!(request["check_in"], day(19).to_string());
    assert_eq!(request["check_out"], last.to_string());
    assert_eq!(request["reach_m"], 5000);
    let mut other_nights = body.clone();
    other_nights["check_in"] = json!(day(18).to_string());
    let reply = ravi.post("/requests", other_nights).await;
    assert_eq!(reply.json["data"]["check_in"], day(18).to_string());
    // It belongs to no other student.
    let error = mira.post("/requests", body).await;
    assert_eq!(
        rejected(&error, 400, "invalid_parameter")["field"],
        "assignment_id"
    );
}
