//! Live events of landlords and students, as server-sent events.

mod delivery;
mod ends;
mod many;
mod published;
mod resume;
pub(super) mod stream;

use serde_json::{Value, json};
use sqlx::Row;

use crate::harness::TestDatabase;
use crate::market::client::Client;

/// The id of the landlord or user who is signed in.
async fn own_id(client: &Client, path: &str) -> String {
    let reply = client.get(path).await;
    let id = reply.json["data"]["id"].as_str();
    id.unwrap_or_else(|| panic!("{}", reply.json)).to_owned()
}

/// The statement that records an event.
fn insert(kind: &str, change: &Value) -> String {
    let subject = kind.split('.').next().unwrap();
    format!(
        "INSERT INTO events (actor_kind, kind, subject_kind, subject_id, change)
        VALUES ('system', '{kind}', '{subject}', uuid_v7(), '{change}')"
    )
}

/// The statement of a match of a landlord, with a number as its score.
fn ranked(landlord: &str, score: u32) -> String {
    let matched = json!({"landlord_id": landlord, "room_id": landlord, "score": score});
    insert("request.ranked", &json!({"landlords": [matched]}))
}

/// Records matches with these scores, each in a transaction of its own.
async fn rank(database: &TestDatabase, landlord: &str, scores: std::ops::Range<u32>) {
    for score in scores {
        database.execute(&ranked(landlord, score)).await;
    }
}

/// How many rows a query finds.
async fn number(database: &TestDatabase, sql: &str) -> i64 {
    database.row(sql).await.get(0)
}
