//! The callers of the table. Each but the anonymous one has an account of its own.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use super::subjects::Request;
use crate::accounts::access_tokens::key::TokenKey;
use crate::accounts::people::Person;
use crate::harness::{Reply, Roost, TestDatabase, roost, stderr, stdout};
use crate::market::client::Client;

/// The university of the caller `official`.
pub(super) const UNIVERSITY: &str = "00000000-0000-7000-8000-0000000000c1";
const OTHER_UNIVERSITY: &str = "00000000-0000-7000-8000-0000000000c2";

/// What a caller authenticates with.
enum Account {
    /// Nothing.
    None,
    /// The access token of a user with these options of `roost users create`.
    User(&'static [&'static str]),
    /// A key with these scopes.
    Key(&'static [&'static str]),
}

/// The callers in the order of the columns. An admin whose token is expired or who is disabled
/// could do anything otherwise.
const CALLERS: &[(&str, Account)] = &[
    ("anonymous", Account::None),
    ("student", Account::User(&["--role", "student"])),
    (
        "landlord",
        Account::User(&["--role", "landlord", "--capacity", "12"]),
    ),
    ("other_landlord", Account::User(&["--role", "landlord"])),
    (
        "official",
        Account::User(&["--role", "official", "--university", UNIVERSITY]),
    ),
    (
        "other_official",
        Account::User(&["--role", "official", "--university", OTHER_UNIVERSITY]),
    ),
    ("admin", Account::User(&["--role", "admin"])),
    ("expired", Account::User(&["--role", "admin"])),
    ("disabled", Account::User(&["--role", "admin"])),
    (
        "write_key",
        Account::Key(&["search", "rooms:write", "venues:write"]),
    ),
    ("search_key", Account::Key(&["search"])),
    ("metrics_key", Account::Key(&["metrics:read"])),
];

/// A caller.
#[derive(Clone)]
pub(super) struct Caller {
    pub(super) name: &'static str,
    pub(super) email: String,
    pub(super) password: String,
    pub(super) token: Option<String>,
}

/// All callers.
pub(super) struct Callers {
    callers: Vec<Caller>,
    http: reqwest::Client,
    requests: AtomicU32,
}

impl Callers {
    /// Creates their accounts and signs them in.
    pub(super) async fn create(database: &TestDatabase, node: &Roost) -> Self {
        let universities = format!(
            "INSERT INTO universities (id, name, city, state, country_code) VALUES
            ('{UNIVERSITY}', 'University of Mumbai', 'Mumbai', 'Maharashtra', 'IN'),
            ('{OTHER_UNIVERSITY}', 'University of Delhi', 'Delhi', 'Delhi', 'IN')"
        );
        database.execute(&universities).await;
        let mut callers: Vec<Caller> = Vec::new();
        for (name, account) in CALLERS {
            let without_user = |token| Caller {
                name,
                email: "no.account@example.com".to_owned(),
                password: "no such password".to_owned(),
                token,
            };
            callers.push(match account {
                Account::None => without_user(None),
                Account::User(options) => Caller::create(database, node, name, options).await,
                Account::Key(scopes) => {
                    let admin = callers
                        .iter()
                        .find(|caller| caller.name == "admin")
                        .unwrap();
                    without_user(Some(admin.create_key(node, scopes).await))
                }
            });
        }
        Self {
            callers,
            http: reqwest::Client::new(),
            requests: AtomicU32::new(0),
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Caller> {
        self.callers.iter()
    }

    pub(super) fn names(&self) -> Vec<&'static str> {
        self.iter().map(|caller| caller.name).collect()
    }

    pub(super) fn named(&self, name: &str) -> &Caller {
        self.iter().find(|caller| caller.name == name).unwrap()
    }

    /// Sends a request from an address of its own.
    pub(super) async fn send(&self, node: &Roost, request: &Request) -> Reply {
        let url = format!("http://{}{}", node.address(), request.path);
        let number = self.requests.fetch_add(1, Ordering::Relaxed);
        let address = std::net::Ipv4Addr::from_bits(0x0A00_0000 + number);
        let mut sent = self.http.request(request.method.parse().unwrap(), url);
        sent = sent.header("x-forwarded-for", address.to_string());
        if let Some(token) = &request.token {
            sent = sent.bearer_auth(token);
        }
        if !request.body.is_null() {
            sent = sent.header("content-type", "application/json");
            sent = sent.body(request.body.to_string());
        }
        let answer = sent.send().await.unwrap();
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        // A stream of events has no end.
        let is_stream = headers
            .get("content-type")
            .is_some_and(|it| it == "text/event-stream");
        let json = match is_stream {
            true => Value::Null,
            false => answer.json().await.unwrap_or(Value::Null),
        };
        Reply {
            status,
            headers,
            json,
        }
    }
}

impl Caller {
    async fn create(
        database: &TestDatabase,
        node: &Roost,
        name: &'static str,
        options: &[&str],
    ) -> Self {
        let email = format!("{name}@example.com");
        let database_url = ["--database-url", &database.url];
        let create = [&["users", "create", &email, "--name", name], options];
        let output = roost(&[&create.concat()[..], &database_url].concat());
        let printed = stdout(&output);
        let password = printed
            .lines()
            .find_map(|line| line.strip_prefix("Password, shown only now: "));
        let password = password.unwrap_or_else(|| panic!("{}", stderr(&output)));
        let person = Person::sign_in(node, &email, password).await;
        let token = match name {
            "expired" => expired(node, &person.access).await,
            _ => person.access,
        };
        if name == "disabled" {
            let disabled = roost(&[&["users", "disable", &email][..], &database_url].concat());
            assert!(disabled.status.success(), "{}", stderr(&disabled));
        }
        Self {
            name,
            email,
            password: password.to_owned(),
            token: Some(token),
        }
    }

    /// The secret of a key that this caller creates.
    async fn create_key(&self, node: &Roost, scopes: &[&str]) -> String {
        let client = Client::new(node, self.token.as_deref().unwrap());
        let key = json!({"name": "Key", "scopes": scopes, "requests_per_minute": 1_000_000});
        let reply = client.post("/keys", key).await;
        assert_eq!(reply.status, 201, "{}", reply.json);
        reply.json["data"]["secret"].as_str().unwrap().to_owned()
    }

    /// The token of another session of this caller; the usual one of a caller who cannot sign in.
    pub(super) async fn another_session(&self, node: &Roost) -> Option<String> {
        match self.name {
            "anonymous" | "expired" | "disabled" => self.token.clone(),
            name if name.ends_with("_key") => self.token.clone(),
            _ => {
                let person = Person::sign_in(node, &self.email, &self.password).await;
                Some(person.access)
            }
        }
    }
}

/// The same token as it would be an hour later.
async fn expired(node: &Roost, token: &str) -> String {
    let now_s = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let now_s = now_s.as_secs();
    // The time is all that is wrong with it: with another one the node accepts it.
    let key = TokenKey::of(node);
    let valid = key.sign_again(token, now_s, now_s + 60);
    let reply = node
        .send("GET", "/api/v1/auth/me", Some(&valid), None)
        .await;
    assert_eq!(reply.status, 200, "{}", reply.json);
    key.sign_again(token, now_s - 3_600, now_s - 1)
}
