//! What the routes of the table act on. Each request gets subjects of its own, which it may change.

use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::{Value, json};

use super::callers::{Caller, Callers, UNIVERSITY};
use super::document::Document;
use super::table::Row;
use crate::harness::{Reply, Roost, VENUE, day};
use crate::market::client::{Client, rental_request, room};

/// A request to send.
pub(super) struct Request {
    pub(super) method: String,
    pub(super) path: String,
    pub(super) token: Option<String>,
    pub(super) body: Value,
}

/// Creates what a request acts on.
pub(super) struct Subjects<'n> {
    node: &'n Roost,
    landlord: Client,
    official: Client,
    admin: Client,
    student: Client,
    student_id: String,
    landlord_id: String,
    created: AtomicU32,
}

impl<'n> Subjects<'n> {
    pub(super) async fn new(node: &'n Roost, callers: &Callers) -> Self {
        let client = |name| Client::new(node, callers.named(name).token.as_deref().unwrap());
        let (landlord, student) = (client("landlord"), client("student"));
        let me = landlord.get("/landlords/me").await;
        Self {
            node,
            official: client("official"),
            admin: client("admin"),
            student_id: student.get("/auth/me").await.json["data"]["id"]
                .as_str()
                .unwrap()
                .to_owned(),
            student,
            landlord_id: me.json["data"]["id"].as_str().unwrap().to_owned(),
            landlord,
            created: AtomicU32::new(0),
        }
    }

    /// The request of a row by a caller.
    pub(super) async fn request(&self, row: &Row, caller: &Caller, document: &Document) -> Request {
        let id = self.id(&row.subject).await;
        let path = row.path.replace("{id}", &id).replace("{name}", "rooms");
        let token = match row.subject.as_str() {
            "session" => caller.another_session(self.node).await,
            _ => caller.token.clone(),
        };
        Request {
            method: row.method.clone(),
            path: format!("{path}?{}", row.query),
            token,
            body: self.body(row, caller, document.body(row)).await,
        }
    }

    /// The id in the path. Rooms and keys belong to the caller `landlord`, and sessions, venues and
    /// assignments to the university of the caller `official`. A student is assigned whose address
    /// is that of the caller `student`.
    async fn id(&self, subject: &str) -> String {
        match subject {
            "draft" => self.landlord.create(&room()).await,
            "submitted" => {
                let id = self.landlord.create(&room()).await;
                self.step(&self.landlord, &id, "submit").await;
                id
            }
            "listed" => self.landlord.create_listed(&self.admin, &room()).await,
            "paused" => {
                let id = self.landlord.create_listed(&self.admin, &room()).await;
                self.step(&self.landlord, &id, "pause").await;
                id
            }
            // A room that is in the index from the start.
            "indexed" => crate::harness::room_id(1),
            "venue" => VENUE.to_owned(),
            "university" => UNIVERSITY.to_owned(),
            "own_venue" => self.venue().await,
            "exam_session" => self.exam_session().await,
            "assignment" => self.assignment().await,
            "request" => {
                let request = rental_request();
                id_of(&self.student.post("/requests", request).await, "/data/id")
            }
            "offer" => self.offer(10).await,
            "contract" => self.contract(10).await,
            "active_contract" => {
                let contract = self.contract(0).await;
                self.pay(&contract).await;
                contract
            }
            "payment" => {
                let contract = self.contract(10).await;
                self.pay(&contract).await
            }
            "key" => {
                let key = json!({"name": "Key", "scopes": ["search"]});
                let reply = self.landlord.post("/keys", key).await;
                id_of(&reply, "/data/key/id")
            }
            "absent" => "00000000-0000-7000-8000-000000000001".to_owned(),
            "-" | "session" => String::new(),
            other => panic!("there is no subject {other:?}"),
        }
    }

    async fn step(&self, client: &Client, id: &str, step: &str) {
        let reply = client.post(&format!("/rooms/{id}/{step}"), json!({})).await;
        assert_eq!(reply.status, 200, "{}", reply.json);
    }

    async fn venue(&self) -> String {
        let venue = json!({
            "name": self.unique("Venue"), "kind": "college", "city": "Mumbai", "country_code": "IN",
            "location": {"lat": 19.0237, "lng": 72.8493},
        });
        id_of(&self.official.post("/venues", venue).await, "/data/id")
    }

    async fn exam_session(&self) -> String {
        let session = json!({
            "name": self.unique("Session"), "starts_on": "2027-05-03", "ends_on": "2027-05-14"
        });
        let reply = self.official.post("/exam-sessions", session).await;
        id_of(&reply, "/data/id")
    }

    async fn assignment(&self) -> String {
        let (session, venue) = (self.exam_session().await, self.venue().await);
        let path = format!("/exam-sessions/{session}/assignments");
        let rows = json!([{"student_email": "student@example.com", "venue_id": venue}]);
        let import = json!({"assignments": rows});
        let reply = self.official.post(&path, import).await;
        assert_eq!(reply.status, 200, "{}", reply.json);
        id_of(&self.official.get(&path).await, "/data/0/id")
    }

    /// A listed room of the landlord, which has capacity for another contract.
    async fn listed_room(&self) -> String {
        let capacity = json!({"total_capacity": 1_000});
        self.landlord.patch("/landlords/me", capacity).await;
        self.landlord.create_listed(&self.admin, &room()).await
    }

    /// An offer of a room of its own for a request from some days from today on.
    async fn offer(&self, check_in: i32) -> String {
        let mut request = rental_request();
        request["check_in"] = json!(day(check_in).to_string());
        request["check_out"] = json!(day(check_in + 2).to_string());
        let request = id_of(&self.student.post("/requests", request).await, "/data/id");
        let offer = json!({
            "room_id": self.listed_room().await, "price_minor": 80_000, "currency": "INR"
        });
        let path = format!("/requests/{request}/offers");
        id_of(&self.landlord.post(&path, offer).await, "/data/id")
    }

    /// A pending contract.
    async fn contract(&self, check_in: i32) -> String {
        let path = format!("/offers/{}/accept", self.offer(check_in).await);
        id_of(&self.student.post(&path, json!({})).await, "/data/id")
    }

    /// A payment, which makes a contract active.
    async fn pay(&self, contract: &str) -> String {
        let payment = json!({
            "amount_minor": 80_000, "currency": "INR", "method": "cash", "reference": "subject"
        });
        let path = format!("/contracts/{contract}/payments");
        id_of(&self.landlord.post(&path, payment).await, "/data/id")
    }

    fn unique(&self, name: &str) -> String {
        let number = self.created.fetch_add(1, Ordering::Relaxed);
        format!("{name} {number}")
    }

    /// The example of the OpenAPI document, with values that this caller may send.
    async fn body(&self, row: &Row, caller: &Caller, mut example: Value) -> Value {
        let number = self.created.fetch_add(1, Ordering::Relaxed);
        let unique_email = json!(format!("person{number}@example.com"));
        match row.route().as_str() {
            "POST /api/v1/auth/login" => {
                example["email"] = json!(caller.email);
                example["password"] = json!(caller.password);
            }
            "POST /api/v1/auth/register" | "POST /api/v1/auth/password-reset" => {
                example["email"] = unique_email;
            }
            "POST /api/v1/auth/password" => {
                example["current_password"] = json!(caller.password);
                example["new_password"] = json!(caller.password);
            }
            "POST /api/v1/rooms" if ["admin", "write_key"].contains(&caller.name) => {
                example["landlord_id"] = json!(self.landlord_id);
            }
            "POST /api/v1/requests" => {
                example = rental_request();
                if caller.name == "admin" {
                    example["student_id"] = json!(self.student_id);
                }
            }
            "POST /api/v1/requests/{id}/offers" => {
                example["room_id"] = json!(self.listed_room().await);
            }
            "POST /api/v1/auth/invitations" => {
                example["email"] = unique_email;
                example["university_id"] = json!(UNIVERSITY);
            }
            "POST /api/v1/keys" => example = json!({"name": "Key", "scopes": ["search"]}),
            "POST /api/v1/universities" | "POST /api/v1/venues" => {
                example["name"] = json!(self.unique("Name"));
            }
            "POST /api/v1/exam-sessions" => {
                example["name"] = json!(self.unique("Name"));
                example["university_id"] = json!(UNIVERSITY);
            }
            "POST /api/v1/exam-sessions/{id}/assignments" => {
                example["assignments"][0]["venue_id"] = json!(self.venue().await);
                example["assignments"].as_array_mut().unwrap().truncate(1);
            }
            "PATCH /api/v1/assignments/{id}" => {
                example["venue_id"] = json!(self.venue().await);
            }
            _ => {}
        }
        example
    }
}

fn id_of(reply: &Reply, pointer: &str) -> String {
    let id = reply.json.pointer(pointer).and_then(Value::as_str);
    id.unwrap_or_else(|| panic!("{}", reply.json)).to_owned()
}
