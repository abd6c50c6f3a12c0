//! What the routes of the table act on. Each request gets subjects of its own, which it may change.

use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::{Value, json};

use super::callers::{Caller, Callers};
use super::document::Document;
use super::table::Row;
use crate::harness::{Roost, VENUE};
use crate::market::client::{Client, room};

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
    admin: Client,
    landlord_id: String,
    created: AtomicU32,
}

impl<'n> Subjects<'n> {
    pub(super) async fn new(node: &'n Roost, callers: &Callers) -> Self {
        let client = |name| Client::new(node, callers.named(name).token.as_deref().unwrap());
        let landlord = client("landlord");
        let me = landlord.get("/landlords/me").await;
        Self {
            node,
            admin: client("admin"),
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
            body: self.body(row, caller, document.body(row)),
        }
    }

    /// The id in the path. Rooms belong to the caller `landlord`.
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
            "-" | "session" => String::new(),
            other => panic!("there is no subject {other:?}"),
        }
    }

    async fn step(&self, client: &Client, id: &str, step: &str) {
        let reply = client.post(&format!("/rooms/{id}/{step}"), json!({})).await;
        assert_eq!(reply.status, 200, "{}", reply.json);
    }

    /// The example of the OpenAPI document, with values that this caller may send.
    fn body(&self, row: &Row, caller: &Caller, mut example: Value) -> Value {
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
            "POST /api/v1/rooms" if caller.name == "admin" => {
                example["landlord_id"] = json!(self.landlord_id);
            }
            _ => {}
        }
        example
    }
}
