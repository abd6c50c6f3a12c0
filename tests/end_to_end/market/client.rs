//! Signed-in clients of a node under test.

use serde_json::{Value, json};
use sqlx::Row;

use crate::accounts::people::Person;
use crate::harness::{Reply, Roost, TestDatabase, day, roost, stdout};

/// A signed-in user.
#[derive(Clone)]
pub(crate) struct Client {
    http: reqwest::Client,
    api: String,
    access: String,
}

impl Client {
    /// A landlord who has registered, confirmed the address and signed in.
    pub(crate) async fn landlord(node: &Roost, email: &str) -> Self {
        let registration = json!({
            "email": email, "role": "landlord", "display_name": "Asha Verma", "total_capacity": 12
        });
        Self::of(node, Person::register(node, &registration).await)
    }

    /// A student who has registered, confirmed the address and signed in.
    pub(crate) async fn student(node: &Roost, email: &str) -> Self {
        Self::of(node, Person::student(node, email).await)
    }

    /// An admin that an operator has created.
    pub(crate) async fn admin(database: &TestDatabase, node: &Roost) -> Self {
        Self::created(database, node, "ada@example.com", &["--role", "admin"]).await
    }

    /// An official of a university that an operator has created.
    pub(crate) async fn official(
        database: &TestDatabase,
        node: &Roost,
        email: &str,
        university: &str,
    ) -> Self {
        let flags = ["--role", "official", "--university", university];
        Self::created(database, node, email, &flags).await
    }

    async fn created(database: &TestDatabase, node: &Roost, email: &str, flags: &[&str]) -> Self {
        let create = ["users", "create", email, "--name", "Ada"];
        let url = ["--database-url", &database.url];
        let output = roost(&[&create[..], flags, &url].concat());
        let printed = stdout(&output);
        let password = printed
            .lines()
            .find_map(|line| line.strip_prefix("Password, shown only now: "));
        let password = password.unwrap_or_else(|| panic!("{printed}"));
        Self::of(node, Person::sign_in(node, email, password).await)
    }

    /// A caller who has not signed in.
    pub(crate) fn anonymous(node: &Roost) -> Self {
        Self {
            http: reqwest::Client::new(),
            api: format!("http://{}/api/v1", node.address()),
            access: String::new(),
        }
    }

    pub(crate) fn of(node: &Roost, person: Person) -> Self {
        Self::new(node, &person.access)
    }

    /// The user of an access token.
    pub(crate) fn new(node: &Roost, access: &str) -> Self {
        Self {
            http: reqwest::Client::new(),
            api: format!("http://{}/api/v1", node.address()),
            access: access.to_owned(),
        }
    }

    /// The access token or the secret of the key.
    pub(crate) fn token(&self) -> &str {
        &self.access
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.send("GET", path, &[], None).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Reply {
        self.send("POST", path, &[], Some(body.to_string())).await
    }

    pub(crate) async fn patch(&self, path: &str, body: Value) -> Reply {
        self.send("PATCH", path, &[], Some(body.to_string())).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Reply {
        self.send("DELETE", path, &[], None).await
    }

    /// Sends a request with further headers and a body of JSON, if there is one.
    pub(crate) async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<String>,
    ) -> Reply {
        let body = body.map(String::into_bytes);
        self.send_bytes(method, path, headers, body).await
    }

    /// The same with a body that may be no text.
    pub(crate) async fn send_bytes(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<Vec<u8>>,
    ) -> Reply {
        let url = format!("{}{path}", self.api);
        let mut request = self.http.request(method.parse().unwrap(), url);
        if !self.access.is_empty() {
            request = request.bearer_auth(&self.access);
        }
        if let Some(body) = body {
            if headers.iter().all(|(name, _)| *name != "content-type") {
                request = request.header("content-type", "application/json");
            }
            request = request.body(body);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = request.send().await.unwrap();
        Reply {
            status: answer.status().as_u16(),
            headers: answer.headers().clone(),
            json: answer.json().await.unwrap_or(Value::Null),
        }
    }

    /// Creates a room, and returns its id.
    pub(crate) async fn create(&self, room: &Value) -> String {
        let reply = self.post("/rooms", room.clone()).await;
        assert_eq!(reply.status, 201, "{}", reply.json);
        reply.json["data"]["id"].as_str().unwrap().to_owned()
    }

    /// Creates a room, and has an admin list it.
    pub(crate) async fn create_listed(&self, admin: &Self, room: &Value) -> String {
        let id = self.create(room).await;
        for (client, step) in [(self, "submit"), (admin, "verify")] {
            let reply = client.post(&format!("/rooms/{id}/{step}"), json!({})).await;
            assert_eq!(reply.status, 200, "{}", reply.json);
        }
        id
    }

    /// Searches at the position of a write, and returns the ids of the hits.
    pub(crate) async fn found_after(&self, write: &Reply, query: &str) -> Vec<String> {
        let position = header(write, "roost-position");
        let path = format!("/rooms/search?{query}&at_least={position}&timeout_ms=10000");
        let reply = self.get(&path).await;
        assert_eq!(reply.status, 200, "{}", reply.json);
        let hits = reply.json["data"].as_array().unwrap().iter();
        hits.map(|hit| hit["room"]["id"].as_str().unwrap().to_owned())
            .collect()
    }
}

/// A node over an empty database, an admin and a landlord.
pub(crate) async fn landlord_and_admin() -> (TestDatabase, Roost, Client, Client) {
    let database = TestDatabase::create().await;
    let node = Roost::start(&database).await;
    let landlord = Client::landlord(&node, "asha@example.com").await;
    let admin = Client::admin(&database, &node).await;
    (database, node, landlord, admin)
}

/// A room near IIT Bombay.
pub(crate) fn room() -> Value {
    json!({
        "title": "Quiet room with a desk",
        "description": "Facing the garden.",
        "city": "Mumbai",
        "locality": "Powai",
        "country_code": "IN",
        "location": {"lat": 19.1334, "lng": 72.9133},
        "price": 850.5,
        "currency": "INR",
        "occupancy": 2,
        "room_type": "private_room",
        "amenities": ["wifi", "desk"],
        "floor": 1,
    })
}

/// A rental request of two students near IIT Bombay, for two nights from the tenth day from today.
pub(crate) fn rental_request() -> Value {
    json!({
        "location": {"lat": 19.1334, "lng": 72.9133},
        "city": "Mumbai",
        "reach_m": 4000,
        "check_in": day(10).to_string(),
        "check_out": day(12).to_string(),
        "occupants": 2,
        "budget": 900.0,
        "currency": "INR",
        "required_amenities": ["wifi"],
    })
}

pub(crate) fn header<'r>(reply: &'r Reply, name: &str) -> &'r str {
    let value = reply.headers.get(name);
    let value = value.unwrap_or_else(|| panic!("no {name}: {}", reply.json));
    value.to_str().unwrap()
}

/// Asserts that a request was rejected with this status and code, and returns the error.
pub(crate) fn rejected<'r>(reply: &'r Reply, status: u16, code: &str) -> &'r Value {
    assert_eq!(reply.status, status, "{}", reply.json);
    assert_eq!(reply.json["success"], false);
    let error = &reply.json["error"];
    assert_eq!(error["code"], code, "{error}");
    error
}

/// How many rows a table has.
pub(crate) async fn count(database: &TestDatabase, table: &str) -> i64 {
    let sql = format!("SELECT count(*) FROM {table}");
    database.row(&sql).await.get(0)
}
