//! People with accounts on a node under test.

use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::{Reply, Roost, TestDatabase, eventually};

pub(crate) const PASSWORD: &str = "correct horse battery";

/// A node over a database without rooms.
pub(super) async fn node() -> (TestDatabase, Roost) {
    let database = TestDatabase::create().await;
    let node = Roost::start(&database).await;
    (database, node)
}

/// A signed-in user.
pub(crate) struct Person {
    pub(super) email: String,
    pub(super) id: String,
    pub(crate) access: String,
    pub(super) refresh: String,
}

impl Person {
    /// A student who has registered, confirmed the address and signed in.
    pub(crate) async fn student(node: &Roost, email: &str) -> Self {
        Self::register(node, &json!({"email": email, "role": "student"})).await
    }

    /// A user with this registration, whose other fields have defaults.
    pub(crate) async fn register(node: &Roost, registration: &Value) -> Self {
        let email = registration["email"].as_str().unwrap();
        let reply = register(node, registration).await;
        assert_eq!(reply.status, 202, "{}", reply.json);
        let token = mailed_token(node, email, 1).await;
        let confirmed = post(node, "confirm-email", &json!({"token": token})).await;
        assert_eq!(confirmed.status, 200, "{}", confirmed.json);
        Self::sign_in(node, email, PASSWORD).await
    }

    /// A student who registers with an address that has received mail before: this is its mail of
    /// that number.
    pub(crate) async fn sign_up_again(node: &Roost, email: &str, mail: usize) -> Self {
        let reply = register(node, &json!({"email": email})).await;
        assert_eq!(reply.status, 202, "{}", reply.json);
        let token = mailed_token(node, email, mail).await;
        let confirmed = post(node, "confirm-email", &json!({"token": token})).await;
        assert_eq!(confirmed.status, 200, "{}", confirmed.json);
        Self::sign_in(node, email, PASSWORD).await
    }

    /// A user who signs in.
    pub(crate) async fn sign_in(node: &Roost, email: &str, password: &str) -> Self {
        let reply = sign_in(node, email, password).await;
        assert_eq!(reply.status, 200, "{}", reply.json);
        Self::of(&reply)
    }

    /// The user of an answer with tokens.
    pub(super) fn of(reply: &Reply) -> Self {
        let data = &reply.json["data"];
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        Self {
            email: text(&data["user"]["email"]),
            id: text(&data["user"]["id"]),
            access: text(&data["access_token"]),
            refresh: text(&data["refresh_token"]),
        }
    }

    /// Sends a request with the user's access token.
    pub(super) async fn send(&self, node: &Roost, method: &str, path: &str, body: &Value) -> Reply {
        let body = Some(body).filter(|body| !body.is_null());
        node.send(method, &auth(path), Some(&self.access), body)
            .await
    }

    /// The status that `/auth/me` answers with.
    pub(super) async fn status(&self, node: &Roost) -> u16 {
        self.send(node, "GET", "me", &Value::Null).await.status
    }
}

/// Registers a user with these fields and defaults for the others.
pub(super) async fn register(node: &Roost, registration: &Value) -> Reply {
    let mut body = json!({"password": PASSWORD, "role": "student", "display_name": "Asha Verma"});
    for (field, value) in registration.as_object().unwrap() {
        body[field] = value.clone();
    }
    post(node, "register", &body).await
}

pub(crate) async fn sign_in(node: &Roost, email: &str, password: &str) -> Reply {
    post(
        node,
        "login",
        &json!({"email": email, "password": password}),
    )
    .await
}

pub(super) async fn refresh(node: &Roost, token: &str) -> Reply {
    post(node, "refresh", &json!({"refresh_token": token})).await
}

/// Sends a request of an anonymous caller.
pub(crate) async fn post(node: &Roost, path: &str, body: &Value) -> Reply {
    node.send("POST", &auth(path), None, Some(body)).await
}

fn auth(path: &str) -> String {
    format!("/api/v1/auth/{path}")
}

/// The token of the newest mail to an address, once it has received this many.
pub(crate) async fn mailed_token(node: &Roost, email: &str, count: usize) -> String {
    token_of(mails(node, email, count).await.last().unwrap())
}

/// The token in a mail, which has a line of its own.
pub(super) fn token_of(mail: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
    let mut lines = mail.lines();
    let token = lines.find(|line| line.len() == 43 && line.chars().all(is_plain));
    token.unwrap_or_else(|| panic!("{mail}")).to_owned()
}

/// The mails to an address, the newest last, once there are this many.
pub(super) async fn mails(node: &Roost, email: &str, count: usize) -> Vec<String> {
    let what = format!("{count} mails to {email}");
    eventually(&what, Duration::from_secs(30), async || {
        let mails = mails_now(node, email);
        (mails.len() >= count).then_some(mails)
    })
    .await
}

/// The mails to an address so far, the newest last.
pub(crate) fn mails_now(node: &Roost, email: &str) -> Vec<String> {
    let recipient = format!("To: {email}");
    let mut mails = Vec::new();
    for entry in std::fs::read_dir(node.data_dir.join("mail")).unwrap() {
        let entry = entry.unwrap();
        let text = std::fs::read_to_string(entry.path()).unwrap();
        // A mail that is being written does not count yet.
        if text.lines().any(|line| line == recipient) && text.contains("\r\n\r\n") {
            mails.push((entry.metadata().unwrap().modified().unwrap(), text));
        }
    }
    mails.sort();
    mails.into_iter().map(|(_, text)| text).collect()
}
