//! A node with two universities, an official of each, and an admin.

use serde_json::{Value, json};

use crate::harness::{Reply, Roost, TestDatabase, day};
use crate::market::client::Client;

/// What the tests of exams start from.
pub(super) struct Scene {
    pub(super) database: TestDatabase,
    pub(super) node: Roost,
    pub(super) admin: Client,
    /// The official of `university`.
    pub(super) official: Client,
    /// The official of another university.
    pub(super) foreign: Client,
    pub(super) university: String,
    pub(super) other_university: String,
}

impl Scene {
    pub(super) async fn start() -> Self {
        let database = TestDatabase::create().await;
        let node = Roost::start(&database).await;
        let admin = Client::admin(&database, &node).await;
        let university = created(&admin, "/universities", &university("Mumbai")).await;
        let other_university = created(&admin, "/universities", &university_in_pune()).await;
        let official = Client::official(&database, &node, "meera@example.com", &university).await;
        let email = "vikram@example.com";
        let foreign = Client::official(&database, &node, email, &other_university).await;
        Self {
            database,
            node,
            admin,
            official,
            foreign,
            university,
            other_university,
        }
    }

    /// A session of the university, from one day from today to another. Returns its id.
    pub(super) async fn session(&self, from: i32, to: i32) -> String {
        created(&self.official, "/exam-sessions", &session(from, to)).await
    }

    /// A venue of the university. Returns its id.
    pub(super) async fn venue(&self, name: &str) -> String {
        created(&self.official, "/venues", &venue(name)).await
    }

    /// Imports CSV as the official.
    pub(super) async fn import(&self, session: &str, query: &str, csv: &str) -> Reply {
        import(&self.official, session, query, csv).await
    }

    /// Assigns one student.
    pub(super) async fn assign(&self, session: &str, email: &str, venue: &str) {
        let csv = format!("student_email,venue_id\n{email},{venue}\n");
        let reply = self.import(session, "", &csv).await;
        assert_eq!(reply.status, 200, "{}", reply.json);
    }
}

/// Imports CSV as a client.
pub(super) async fn import(client: &Client, session: &str, query: &str, csv: &str) -> Reply {
    let path = format!("/exam-sessions/{session}/assignments{query}");
    let headers = [("content-type", "text/csv")];
    client
        .send("POST", &path, &headers, Some(csv.to_owned()))
        .await
}

/// Creates something, and returns its id.
pub(super) async fn created(client: &Client, path: &str, body: &Value) -> String {
    let reply = client.post(path, body.clone()).await;
    assert_eq!(reply.status, 201, "{}", reply.json);
    reply.json["data"]["id"].as_str().unwrap().to_owned()
}

pub(super) fn university(city: &str) -> Value {
    json!({
        "name": format!("University of {city}"), "city": city, "state": "Maharashtra",
        "country_code": "IN",
    })
}

fn university_in_pune() -> Value {
    university("Pune")
}

pub(super) fn session(from: i32, to: i32) -> Value {
    json!({
        "name": "Summer examinations",
        "starts_on": day(from).to_string(),
        "ends_on": day(to).to_string(),
    })
}

/// A college in Mumbai.
pub(super) fn venue(name: &str) -> Value {
    json!({
        "name": name, "kind": "college", "city": "Mumbai", "country_code": "IN",
        "location": {"lat": 19.0237, "lng": 72.8493},
    })
}

/// The statuses of answers, for a comparison with the expected ones.
pub(super) fn warnings(reply: &Reply) -> Vec<&str> {
    let warnings = reply.json["meta"]["warnings"].as_array().unwrap().iter();
    warnings.map(|it| it["code"].as_str().unwrap()).collect()
}
