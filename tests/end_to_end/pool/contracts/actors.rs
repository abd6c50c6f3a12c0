//! Many signed-in students and landlords, whose sessions are written into the database.
//!
//! Their tokens are signed with the key of the node, because passwords are slow to compare on
//! purpose.

use std::sync::{Arc, RwLock};
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use ed25519_dalek::{Signer, SigningKey};
use serde_json::{Value, json};
use sqlx::Row;

use crate::accounts::people::Person;
use crate::harness::{Roost, TestDatabase};

/// One who acts.
pub(super) struct Actor {
    /// The access token.
    token: String,
    /// The rooms of a landlord; none of a student.
    pub(super) rooms: Vec<String>,
    node: Arc<RwLock<String>>,
    http: reqwest::Client,
}

/// Accounts with sessions: landlords with a number of rooms and contracts each, and students.
const ACCOUNTS: &str = "
    INSERT INTO users (role, display_name, email, email_verified_at)
        SELECT CASE WHEN n <= LANDLORDS THEN 'landlord' ELSE 'student' END, 'Actor ' || n,
            'actor' || n || '@example.com', now()
        FROM generate_series(1, LANDLORDS + STUDENTS) n;
    INSERT INTO landlords (user_id, total_capacity)
        SELECT id, 2 FROM users WHERE role = 'landlord' AND email LIKE 'actor%';
    INSERT INTO rooms (landlord_id, title, country_code, location, price, currency, occupancy,
            room_type, amenities)
        SELECT l.id, 'Room ' || n, 'IN', ST_MakePoint(72.9133, 19.1334)::geography, 800, 'INR', 2,
            'private_room', ARRAY['wifi']
        FROM landlords l JOIN users u ON u.id = l.user_id AND u.email LIKE 'actor%',
            generate_series(1, 2) n;
    INSERT INTO sessions (user_id) SELECT id FROM users WHERE email LIKE 'actor%'";

impl Actor {
    /// Creates landlords and students.
    pub(super) async fn create(
        database: &TestDatabase,
        node: &Roost,
        address: &Arc<RwLock<String>>,
        landlords: usize,
        students: usize,
    ) -> Vec<Arc<Self>> {
        let known = Person::student(node, "known@example.com").await;
        let sql = ACCOUNTS.replace("LANDLORDS", &landlords.to_string());
        let sql = sql.replace("STUDENTS", &students.to_string());
        database.execute(&sql).await;
        let rows = sqlx::query(
            "SELECT u.id::text, s.id::text, array_remove(array_agg(r.id::text), NULL)
            FROM users u JOIN sessions s ON s.user_id = u.id
            LEFT JOIN landlords l ON l.user_id = u.id LEFT JOIN rooms r ON r.landlord_id = l.id
            WHERE u.email LIKE 'actor%' GROUP BY u.id, s.id",
        );
        let rows = rows.fetch_all(&database.pool).await.unwrap();
        let http = reqwest::Client::builder();
        let http = http.pool_max_idle_per_host(400).build().unwrap();
        let actor = |row: sqlx::postgres::PgRow| {
            Arc::new(Self {
                token: token(node, &known.access, row.get(0), row.get(1)),
                rooms: row.get(2),
                node: Arc::clone(address),
                http: http.clone(),
            })
        };
        rows.into_iter().map(actor).collect()
    }

    /// Sends a request. `None` if the node cannot be reached, as one that is killed.
    pub(super) async fn send(
        &self,
        method: &str,
        path: &str,
        body: Option<Value>,
    ) -> Option<(u16, Value)> {
        let url = format!("http://{}/api/v1{path}", self.node.read().unwrap());
        let request = self.http.request(method.parse().unwrap(), url);
        let mut request = request.bearer_auth(&self.token);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await.ok()?;
        let status = answer.status().as_u16();
        Some((status, answer.json().await.ok()?))
    }

    /// The rows of a list; none if the node cannot be reached or is busy.
    pub(super) async fn list(&self, path: &str) -> Vec<Value> {
        match self.send("GET", path, None).await {
            Some((200, json)) => json["data"].as_array().cloned().unwrap_or_default(),
            _ => Vec::new(),
        }
    }
}

/// A token of another user and session, which is valid for an hour.
fn token(node: &Roost, known: &str, user: &str, session: &str) -> String {
    let file = std::fs::read(node.data_dir.join("token_keys.json")).unwrap();
    let keys: Value = serde_json::from_slice(&file).unwrap();
    let digits = keys["keys"][0]["seed"].as_str().unwrap().as_bytes();
    let bytes = digits.chunks(2).map(|pair| {
        let pair = std::str::from_utf8(pair).unwrap();
        u8::from_str_radix(pair, 16).unwrap()
    });
    let seed: Vec<u8> = bytes.collect();
    let key = SigningKey::from_bytes(&seed.try_into().unwrap());
    let mut parts = known.split('.');
    let header = parts.next().unwrap();
    let claims = BASE64.decode(parts.next().unwrap()).unwrap();
    let mut claims: Value = serde_json::from_slice(&claims).unwrap();
    let now_s = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let now_s = now_s.as_secs();
    claims["sub"] = json!(user);
    claims["sid"] = json!(session);
    claims["iat"] = json!(now_s);
    claims["exp"] = json!(now_s + 900);
    let signed = format!("{header}.{}", BASE64.encode(claims.to_string()));
    let signature = key.sign(signed.as_bytes()).to_bytes();
    format!("{signed}.{}", BASE64.encode(signature))
}
