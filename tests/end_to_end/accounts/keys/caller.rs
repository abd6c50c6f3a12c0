//! Callers with a key or a token.

use serde_json::{Value, json};

use crate::accounts::people::Person;
use crate::harness::{Reply, Roost, TestDatabase, roost, stderr, stdout};

/// A caller with an access token or the secret of a key.
#[derive(Clone)]
pub(super) struct Caller<'n> {
    node: &'n Roost,
    /// The id of the key; empty for a person.
    pub(super) id: String,
    pub(super) secret: String,
}

impl<'n> Caller<'n> {
    /// A caller that sends this text.
    pub(super) fn with(node: &'n Roost, secret: &str) -> Self {
        Self {
            node,
            id: String::new(),
            secret: secret.to_owned(),
        }
    }

    /// An admin whom an operator has created.
    pub(super) async fn admin(database: &TestDatabase, node: &'n Roost) -> Self {
        Self::created(database, node, "ada@example.com", &["--role", "admin"]).await
    }

    /// A user whom an operator has created with these flags.
    pub(super) async fn created(
        database: &TestDatabase,
        node: &'n Roost,
        email: &str,
        flags: &[&str],
    ) -> Self {
        let url = ["--database-url", &database.url];
        let command = ["users", "create", email, "--name", "Ada"];
        let output = roost(&[&command, flags, &url].concat());
        let printed = stdout(&output) + &stderr(&output);
        let mut lines = printed.lines();
        let password = lines.find_map(|line| line.strip_prefix("Password, shown only now: "));
        let password = password.unwrap_or_else(|| panic!("{printed}"));
        Self::with(node, &Person::sign_in(node, email, password).await.access)
    }

    /// A landlord who has registered.
    pub(super) async fn landlord(node: &'n Roost, email: &str) -> Self {
        let registration = json!({
            "email": email, "role": "landlord", "display_name": "Asha Verma", "total_capacity": 12
        });
        Self::with(node, &Person::register(node, &registration).await.access)
    }

    /// The key that this caller creates.
    pub(super) async fn create(&self, key: Value) -> Self {
        let reply = self.post("/keys", key).await;
        assert_eq!(reply.status, 201, "{}", reply.json);
        let data = &reply.json["data"];
        Self {
            node: self.node,
            id: data["key"]["id"].as_str().unwrap().to_owned(),
            secret: data["secret"].as_str().unwrap().to_owned(),
        }
    }

    /// The key with these scopes and nothing else that this caller creates.
    pub(super) async fn create_with(&self, scopes: &[&str]) -> Self {
        self.create(json!({"name": "test", "scopes": scopes})).await
    }

    pub(super) async fn get(&self, path: &str) -> Reply {
        self.send("GET", path, None).await
    }

    pub(super) async fn post(&self, path: &str, body: Value) -> Reply {
        self.send("POST", path, Some(body)).await
    }

    /// Sends a request to a path below `/api/v1`, or to another one that starts with `//`.
    pub(super) async fn send(&self, method: &str, path: &str, body: Option<Value>) -> Reply {
        let path = match path.strip_prefix("//") {
            Some(path) => format!("/{path}"),
            None => format!("/api/v1{path}"),
        };
        let secret = Some(self.secret.as_str()).filter(|secret| !secret.is_empty());
        self.node.send(method, &path, secret, body.as_ref()).await
    }

    /// The data of a successful answer.
    pub(super) async fn read(&self, path: &str) -> Value {
        let reply = self.get(path).await;
        assert_eq!(reply.status, 200, "{path}: {}", reply.json);
        reply.json
    }
}

/// Asserts that a request was rejected with this status and code, and returns the error.
pub(super) fn rejected<'r>(reply: &'r Reply, status: u16, code: &str) -> &'r Value {
    assert_eq!(reply.status, status, "{}", reply.json);
    assert_eq!(reply.json["success"], false);
    let error = &reply.json["error"];
    assert_eq!(error["code"], code, "{error}");
    error
}
