//! Random landlords, rooms and requests, and an oracle in SQL that tries every pair.

use std::collections::BTreeSet;

use serde_json::Value;

use super::fresh::{all, column};
use crate::harness::{Roost, TestDatabase};
use crate::market::client::Client;

/// The statements that create the landlords, rooms, requests and bookings of a world. A `random()`
/// in a subquery must depend on the row, or it is evaluated once.
const ROWS: &str = include_str!("world.sql");

/// A node over a random world.
pub(super) struct World {
    pub(super) database: TestDatabase,
    _node: Roost,
    pub(super) admin: Client,
    /// Landlords with accounts, besides those that only have rooms.
    pub(super) landlords: Vec<Landlord>,
}

/// A landlord with an account.
pub(super) struct Landlord {
    pub(super) id: String,
    pub(super) client: Client,
}

impl World {
    /// A world of its own for each seed from 0 to 1.
    pub(super) async fn new(seed: f64) -> World {
        let database = TestDatabase::create().await;
        let node = Roost::start(&database).await;
        let admin = Client::admin(&database, &node).await;
        let mut landlords = Vec::new();
        for number in 0..3 {
            let email = format!("landlord{number}@example.com");
            let client = Client::landlord(&node, &email).await;
            let me = client.get("/landlords/me").await;
            let id = me.json["data"]["id"].as_str().unwrap().to_owned();
            landlords.push(Landlord { id, client });
        }
        // The first landlord surely gets requests, whatever is drawn.
        let first = &landlords[0].id;
        let of_first = format!(
            "UPDATE landlords SET is_available = true, total_capacity = 4, active_contracts = 1,
                preferred_areas = NULL WHERE id = '{first}';
            UPDATE rooms SET landlord_id = '{first}', status = 'listed' WHERE title LIKE 'Room 1_'"
        );
        database
            .execute(&format!("SELECT setseed({seed}); {ROWS}; {of_first}"))
            .await;
        World {
            database,
            _node: node,
            admin,
            landlords,
        }
    }

    /// All hits of a route that lists them, page by page, with the metadata of the first page.
    pub(super) async fn all(&self, client: &Client, path: &str) -> (Vec<Value>, Value) {
        all(&self.database, client, path).await
    }

    /// The ids of one column of the pairs that fit, by the oracle.
    pub(super) async fn fitting(&self, column: &str, of: &str, id: &str) -> BTreeSet<String> {
        let sql = format!("SELECT DISTINCT {column}::text FROM pairs WHERE {of} = '{id}'");
        self.column(&sql).await.into_iter().collect()
    }

    /// The texts that a query returns.
    pub(super) async fn column(&self, sql: &str) -> Vec<String> {
        column(&self.database, sql).await
    }
}

/// The texts at one place of some JSON values.
pub(super) fn texts(values: &[Value], pointer: &str) -> Vec<String> {
    let text = |value: &Value| {
        value
            .pointer(pointer)
            .and_then(Value::as_str)
            .map(str::to_owned)
    };
    values
        .iter()
        .map(|value| text(value).unwrap_or_else(|| panic!("no {pointer}: {value}")))
        .collect()
}
