//! Landlords of generated rooms who can sign in.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use sqlx::Connection;
use sqlx::postgres::PgConnection;
use uuid::Uuid;

use crate::cluster::command;
use crate::node::http::Http;

/// Landlords who change their rooms.
const WRITERS: usize = 50;

/// The account whose password all landlords get.
const FIRST: &str = "first@example.com";

/// Gives the landlords the address of their id and the password of the first account. Landlords
/// with the most rooms come first.
const GIVE_PASSWORDS: &str = "
    WITH numbered AS (
        SELECT l.user_id FROM landlords l JOIN rooms r ON r.landlord_id = l.id
        WHERE r.status = 'listed' GROUP BY l.id ORDER BY count(*) DESC, l.id LIMIT 2000
    ), named AS (
        UPDATE users SET email = id || '@example.com', email_verified_at = now()
        WHERE id IN (SELECT user_id FROM numbered)
    )
    INSERT INTO credentials (user_id, password_hash)
    SELECT user_id, (SELECT c.password_hash FROM credentials c JOIN users u ON u.id = c.user_id
        WHERE u.email = $1)
    FROM numbered RETURNING user_id";

/// The landlords.
pub(crate) struct Accounts {
    password: String,
    users: Vec<Uuid>,
    /// The listed rooms of the writers, by index of the writer.
    rooms: Vec<(Uuid, usize)>,
    tokens: Vec<String>,
    key: String,
}

/// A room with an access token of its landlord.
pub(crate) struct WritableRoom {
    pub(crate) id: Uuid,
    pub(crate) token: String,
}

impl Accounts {
    /// Lets landlords of generated rooms sign in, and creates an API key.
    pub(crate) async fn create(database_url: &str) -> Result<Accounts> {
        let create = [
            "users", "create", FIRST, "--role", "landlord", "--name", "First",
        ];
        let password = printed(&create, "Password, shown only now: ", database_url)?;
        let scopes = ["--scopes", "search", "--requests-per-minute", "1000000"];
        let create = [&["keys", "create", "--name", "bench"], &scopes[..]].concat();
        let key = printed(&create, "Secret, shown only now: ", database_url)?;
        let mut connection = PgConnection::connect(database_url).await?;
        let users: Vec<Uuid> = sqlx::query_scalar(GIVE_PASSWORDS)
            .bind(FIRST)
            .fetch_all(&mut connection)
            .await?;
        let writers = users.iter().take(WRITERS);
        let mut rooms = Vec::new();
        for (writer, user) in writers.enumerate() {
            let of_user: Vec<Uuid> = sqlx::query_scalar(
                "SELECT r.id FROM rooms r JOIN landlords l ON l.id = r.landlord_id
                WHERE l.user_id = $1 AND r.status = 'listed' ORDER BY r.id",
            )
            .bind(user)
            .fetch_all(&mut connection)
            .await?;
            rooms.extend(of_user.into_iter().map(|room| (room, writer)));
        }
        ensure!(!rooms.is_empty(), "too few rooms: expected a larger ROOMS");
        rooms.sort_unstable();
        Ok(Accounts {
            password,
            users,
            rooms,
            tokens: Vec::new(),
            key,
        })
    }

    /// Signs the writers in.
    pub(crate) async fn sign_in(&mut self, node: SocketAddr) -> Result<()> {
        let mut http = Http::connect(node).await?;
        self.tokens.clear();
        for user in self.users.iter().take(WRITERS) {
            let response = http.send(&self.login(*user)).await?;
            let body: Value = serde_json::from_slice(response.body)?;
            let token = body["data"]["access_token"].as_str();
            let token = token.with_context(|| format!("a sign-in failed: {body}"))?;
            self.tokens.push(token.to_owned());
        }
        Ok(())
    }

    /// An access token and an API key.
    pub(crate) fn credentials(&self) -> [(&'static str, &str); 2] {
        let token = self.tokens.first().map_or("", String::as_str);
        [("access token", token), ("API key", &self.key)]
    }

    /// The rooms of all writers.
    pub(crate) fn rooms(&self) -> Vec<WritableRoom> {
        let rooms = self.rooms.iter().map(|(id, writer)| WritableRoom {
            id: *id,
            token: self.tokens[*writer].clone(),
        });
        rooms.collect()
    }

    /// Requests of one of several clients that sign in, without end.
    pub(crate) fn logins(
        &self,
        client: usize,
        clients: usize,
    ) -> impl Iterator<Item = Vec<u8>> + Send + use<> {
        let others = self.users[WRITERS.min(self.users.len())..].iter();
        let own = others.skip(client).step_by(clients.max(1));
        let requests: Vec<Vec<u8>> = own.map(|user| self.login(*user)).collect();
        requests.into_iter().cycle()
    }

    /// A sign-in of a user, from an address that no other sign-in of this run comes from.
    fn login(&self, user: Uuid) -> Vec<u8> {
        static SENT: AtomicU32 = AtomicU32::new(0);
        let [_, a, b, c] = SENT.fetch_add(1, Ordering::Relaxed).to_be_bytes();
        let body = serde_json::json!({
            "email": format!("{user}@example.com"), "password": self.password
        });
        let body = body.to_string();
        format!(
            "POST /api/v1/auth/login HTTP/1.1\r\nhost: roost\r\nx-forwarded-for: 10.{a}.{b}.{c}\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len(),
        )
        .into_bytes()
    }
}

/// Runs a `roost` command, and returns what it prints after a text.
fn printed(arguments: &[&str], after: &str, database_url: &str) -> Result<String> {
    let output = command()
        .args(arguments)
        .args(["--database-url", database_url])
        .output()
        .context("cannot run roost")?;
    let stdout = String::from_utf8_lossy(&output.stdout);
    let found = stdout.lines().find_map(|line| line.strip_prefix(after));
    let found = found.with_context(|| {
        let stderr = String::from_utf8_lossy(&output.stderr);
        format!("roost {}: {stdout}{stderr}", arguments.join(" "))
    })?;
    Ok(found.trim().to_owned())
}
