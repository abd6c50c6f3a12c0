//! A landlord with a room, a student, and an admin.

use serde_json::{Value, json};
use sqlx::Row;

use crate::harness::{Reply, Roost, TestDatabase, day};
use crate::market::client::{Client, rejected, rental_request, room};

/// The price for one night of every offer here, below the budget of the request.
pub(crate) const PRICE: i64 = 80_000;
/// The price for both nights.
pub(crate) const TOTAL: i64 = 160_000;

pub(crate) struct Scene {
    pub(crate) database: TestDatabase,
    pub(crate) node: Roost,
    pub(crate) landlord: Client,
    pub(crate) student: Client,
    pub(crate) admin: Client,
    /// A listed room of the landlord.
    pub(crate) room: String,
}

impl Scene {
    /// The landlord can have this many contracts.
    pub(crate) async fn new(capacity: u32) -> Self {
        let database = TestDatabase::create().await;
        let sandbox = ("ROOST_PAYMENT_SANDBOX", "true");
        let node = Roost::start_unready(&database.url, &database.name, &[sandbox]).await;
        node.wait_until_ready().await;
        let landlord = Client::landlord(&node, "asha@example.com").await;
        let student = Client::student(&node, "ravi@example.com").await;
        let admin = Client::admin(&database, &node).await;
        let patch = json!({"total_capacity": capacity});
        assert_eq!(landlord.patch("/landlords/me", patch).await.status, 200);
        let room = landlord.create_listed(&admin, &room()).await;
        Self {
            database,
            node,
            landlord,
            student,
            admin,
            room,
        }
    }

    /// An active request for two nights, ten days from today.
    pub(crate) async fn request(&self) -> String {
        self.request_from(10).await
    }

    /// The same from another day.
    pub(crate) async fn request_from(&self, check_in: i32) -> String {
        let mut request = rental_request();
        request["check_in"] = json!(day(check_in).to_string());
        request["check_out"] = json!(day(check_in + 2).to_string());
        id_of(&self.student.post("/requests", request).await)
    }

    /// An open offer of the room.
    pub(crate) async fn offer(&self, request: &str) -> String {
        id_of(&offer(&self.landlord, request, &self.room).await)
    }

    /// A pending contract.
    pub(crate) async fn contract(&self) -> String {
        let request = self.request().await;
        self.contract_of(&request).await
    }

    /// A pending contract of a request.
    pub(crate) async fn contract_of(&self, request: &str) -> String {
        let offer = self.offer(request).await;
        let path = format!("/offers/{offer}/accept");
        id_of(&self.student.post(&path, json!({})).await)
    }

    /// Records cash that the landlord has received.
    pub(crate) async fn pay(&self, contract: &str, amount: i64, reference: &str) -> Reply {
        let body = cash(amount, reference);
        self.landlord
            .post(&format!("/contracts/{contract}/payments"), body)
            .await
    }

    /// One column of the landlord.
    pub(crate) async fn landlord_is(&self, columns: &str) -> String {
        self.text(&format!("SELECT concat_ws(' ', {columns}) FROM landlords"))
            .await
    }

    /// One text.
    pub(crate) async fn text(&self, sql: &str) -> String {
        self.database.row(sql).await.get(0)
    }

    /// The kinds of the events of offers, contracts and payments, the oldest first.
    pub(crate) async fn events(&self) -> String {
        self.text(
            "SELECT coalesce(string_agg(kind, ' ' ORDER BY id), '') FROM events
            WHERE subject_kind IN ('offer', 'contract', 'payment')",
        )
        .await
    }
}

/// Offers a room for a request.
pub(crate) async fn offer(landlord: &Client, request: &str, room: &str) -> Reply {
    let body = json!({"room_id": room, "price_minor": PRICE, "currency": "INR"});
    landlord
        .post(&format!("/requests/{request}/offers"), body)
        .await
}

/// The body of a payment in cash.
pub(crate) fn cash(amount: i64, reference: &str) -> Value {
    json!({"amount_minor": amount, "currency": "INR", "method": "cash", "reference": reference})
}

/// The id of a row that was created.
pub(crate) fn id_of(reply: &Reply) -> String {
    assert_eq!(reply.status, 201, "{}", reply.json);
    reply.json["data"]["id"].as_str().unwrap().to_owned()
}

/// The message of a rejected request.
pub(crate) fn message<'r>(reply: &'r Reply, status: u16, code: &str) -> &'r str {
    rejected(reply, status, code)["message"].as_str().unwrap()
}
