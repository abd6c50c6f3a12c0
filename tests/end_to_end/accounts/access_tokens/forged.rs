//! Forged access tokens against a running node.

use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD as BASE64};
use ed25519_dalek::SigningKey;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use sqlx::Row;

use super::key::{TokenKey, parts, unsigned};
use crate::accounts::people::{PASSWORD, Person, node};
use crate::harness::{Reply, Roost, TestDatabase, roost, stderr};

/// The first bytes of a DER-encoded public key of Ed25519 (RFC 8410).
const SPKI: [u8; 12] = [48, 42, 48, 5, 6, 3, 43, 101, 112, 3, 33, 0];

#[tokio::test]
async fn a_token_with_another_algorithm_is_rejected_even_if_the_public_key_signs_it() {
    let (database, node) = node().await;
    let victim = Victim::create(&node).await;
    let public = victim.key.private.verifying_key().to_bytes();
    let der = [&SPKI[..], &public].concat();
    let base64 = STANDARD.encode(&der);
    let pem = format!("-----BEGIN PUBLIC KEY-----\n{base64}\n-----END PUBLIC KEY-----\n");
    let mut forged = Vec::new();
    for alg in ["none", "None", "NONE", "nOnE", ""] {
        let unsigned = unsigned(&victim.header(&json!({"alg": alg})), &victim.claims);
        forged.push((format!("alg {alg:?}"), format!("{unsigned}.")));
        forged.push((format!("alg {alg:?}, two parts"), unsigned.clone()));
        let signature = victim.token.rsplit_once('.').unwrap().1;
        forged.push((
            format!("alg {alg:?}, signed"),
            format!("{unsigned}.{signature}"),
        ));
    }
    let secrets: [(&str, &[u8]); 6] = [
        ("bytes", &public),
        ("DER", &der),
        ("PEM", pem.as_bytes()),
        ("base64 of DER", base64.as_bytes()),
        ("base64url", &BASE64.encode(public).into_bytes()),
        ("nothing", b""),
    ];
    for (form, secret) in secrets {
        let unsigned = unsigned(&victim.header(&json!({"alg": "HS256"})), &victim.claims);
        let signature = BASE64.encode(hmac_sha256(secret, unsigned.as_bytes()));
        forged.push((
            format!("HS256 with {form}"),
            format!("{unsigned}.{signature}"),
        ));
    }
    for alg in ["ES256", "RS256", "PS256", "HS512", "EDDSA", "Ed448"] {
        let header = victim.header(&json!({"alg": alg}));
        forged.push((
            format!("alg {alg}"),
            victim.key.sign(&header, &victim.claims),
        ));
    }
    victim.assert_rejected(&database, &node, forged).await;
}

#[tokio::test]
async fn a_token_under_another_key_id_is_rejected_even_if_the_key_of_the_node_signs_it() {
    let (database, node) = node().await;
    let victim = Victim::create(&node).await;
    let mut forged = Vec::new();
    for kid in [
        json!(null),
        json!(""),
        json!("other"),
        json!([victim.key.id]),
        json!({"id": victim.key.id}),
        json!(0),
        json!(format!("{} ", victim.key.id)),
        json!(format!("{}\u{0}", victim.key.id)),
        json!("../token_keys.json"),
        json!("../../../../dev/null"),
        json!("/proc/self/environ"),
        json!("' OR '1'='1"),
        json!("x'; DROP TABLE sessions; --"),
        json!("http://127.0.0.1:1/key"),
        json!("$(id)"),
        json!("k".repeat(4_000)),
    ] {
        let header = victim.header(&json!({"kid": kid}));
        let token = victim.key.sign(&header, &victim.claims);
        let mut kid = kid.to_string();
        kid.truncate(40);
        forged.push((format!("kid {kid}"), token));
    }
    victim.assert_rejected(&database, &node, forged).await;
}

#[tokio::test]
async fn a_token_that_another_key_signs_is_rejected() {
    let (database, node) = node().await;
    let victim = Victim::create(&node).await;
    let slot = format!("{}_b", database.name);
    let mut other = Roost::start_unready(&database.url, &slot, &[]).await;
    let foreign = TokenKey::of(&other);
    other.stop().await;
    let own = TokenKey {
        id: victim.key.id.clone(),
        private: SigningKey::from_bytes(&[7; 32]),
    };
    let jwk = json!({
        "kty": "OKP", "crv": "Ed25519", "x": BASE64.encode(own.private.verifying_key().to_bytes()),
        "kid": own.id
    });
    let mut forged = vec![
        (
            "the key of another node".to_owned(),
            foreign.sign(&victim.header(&json!({"kid": foreign.id})), &victim.claims),
        ),
        (
            "the same under the key id of this node".to_owned(),
            foreign.sign(&victim.header(&json!({})), &victim.claims),
        ),
        (
            "the key of an attacker".to_owned(),
            own.sign(&victim.header(&json!({})), &victim.claims),
        ),
    ];
    for (name, value) in [
        ("jwk", jwk),
        ("jku", json!("http://127.0.0.1:1/keys.json")),
        ("x5u", json!("http://127.0.0.1:1/certificate.pem")),
        (
            "x5c",
            json!([STANDARD.encode(own.private.verifying_key().to_bytes())]),
        ),
    ] {
        let header = victim.header(&json!({name: value}));
        forged.push((
            format!("the key of an attacker in {name}"),
            own.sign(&header, &victim.claims),
        ));
    }
    victim.assert_rejected(&database, &node, forged).await;
}

#[tokio::test]
async fn a_token_whose_claims_or_signature_were_changed_is_rejected() {
    let (database, node) = node().await;
    let victim = Victim::create(&node).await;
    let admin = admin(&database).await;
    let other = Person::sign_in(&node, "asha@example.com", PASSWORD).await;
    let (signed, signature) = victim.token.rsplit_once('.').unwrap();
    let (_, of_other) = other.access.rsplit_once('.').unwrap();
    let in_an_hour = victim.claims["exp"].as_u64().unwrap() + 3_600;
    let changed = |claims: Value| {
        let unsigned = unsigned(&victim.header(&json!({})), &victim.claims(&claims));
        format!("{unsigned}.{signature}")
    };
    let mut bytes = BASE64.decode(signature).unwrap();
    bytes[0] ^= 1;
    let flipped = BASE64.encode(&bytes);
    let forged = [
        ("sub of an admin", changed(json!({"sub": admin}))),
        ("a later exp", changed(json!({"exp": in_an_hour}))),
        (
            "the signature of another token",
            format!("{signed}.{of_other}"),
        ),
        ("one other bit", format!("{signed}.{flipped}")),
        (
            "a short signature",
            format!("{signed}.{}", &signature[..40]),
        ),
        ("signature and padding", format!("{}==", victim.token)),
        ("another part", format!("{}.{signature}", victim.token)),
        ("two tokens", format!("{0}, {0}", victim.token)),
    ];
    let forged = forged.map(|(name, token)| (name.to_owned(), token));
    victim
        .assert_rejected(&database, &node, forged.into())
        .await;
}

#[tokio::test]
async fn a_token_that_has_expired_or_is_of_another_session_is_rejected_though_it_is_signed() {
    let (database, node) = node().await;
    let victim = Victim::create(&node).await;
    let admin = admin(&database).await;
    let now_s = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let a_second_ago = now_s.as_secs() - 1;
    let absent = uuid::Uuid::nil();
    let forged = [
        ("expired", json!({"exp": a_second_ago})),
        ("no exp", json!({"exp": null})),
        ("exp as text", json!({"exp": "tomorrow"})),
        ("another issuer", json!({"iss": "other"})),
        ("a user who does not exist", json!({"sub": absent})),
        ("a session that does not exist", json!({"sid": absent})),
        ("the session of another user", json!({"sub": admin})),
    ];
    let forged = forged.map(|(name, claims)| {
        let header = victim.header(&json!({}));
        let token = victim.key.sign(&header, &victim.claims(&claims));
        (name.to_owned(), token)
    });
    victim
        .assert_rejected(&database, &node, forged.into())
        .await;
}

/// The id of a new admin.
async fn admin(database: &TestDatabase) -> uuid::Uuid {
    let create = [
        "users",
        "create",
        "ada@example.com",
        "--role",
        "admin",
        "--name",
        "Ada",
        "--database-url",
        &database.url,
    ];
    let created = roost(&create);
    assert!(created.status.success(), "{}", stderr(&created));
    let id = "SELECT id FROM users WHERE email = 'ada@example.com'";
    database.row(id).await.get(0)
}

#[tokio::test]
async fn a_valid_token_counts_only_in_one_authorization_header() {
    let (database, node) = node().await;
    let victim = Victim::create(&node).await;
    let token = &victim.token;
    let bearer = format!("Bearer {token}");
    let basic = format!("Basic {}", STANDARD.encode(format!("asha:{token}")));
    let pairs: [(&str, &[(&str, &str)]); 7] = [
        (
            "twice",
            &[("authorization", &bearer), ("authorization", &bearer)],
        ),
        (
            "next to another",
            &[("authorization", &bearer), ("authorization", "Bearer x")],
        ),
        (
            "behind another scheme",
            &[("authorization", &basic), ("authorization", &bearer)],
        ),
        ("as a password", &[("authorization", &basic)]),
        ("without a scheme", &[("authorization", token)]),
        (
            "as a cookie",
            &[("cookie", &format!("access_token={token}"))],
        ),
        (
            "in another header",
            &[("x-authorization", &bearer), ("x-access-token", token)],
        ),
    ];
    for (name, headers) in pairs {
        let reply = send(&node, "GET", ME, headers).await;
        assert_unauthorized(name, token, &reply);
    }
    // A query string ends up in logs and histories, so no route reads a token from it.
    for name in ["access_token", "token", "authorization"] {
        let path = format!("{ME}?{name}={token}");
        let reply = send(&node, "GET", &path, &[]).await;
        assert_eq!(reply.status, 400, "{name}: {}", reply.json);
        assert_eq!(reply.json["error"]["code"], "unknown_parameter");
        assert!(!reply.json.to_string().contains(token), "{}", reply.json);
    }
    assert!(!node.log().contains(token.as_str()));
    victim.assert_unchanged(&database, &node).await;
}

const ME: &str = "/api/v1/auth/me";

/// A student whom the attacks are to impersonate.
struct Victim {
    key: TokenKey,
    token: String,
    header: Value,
    claims: Value,
}

impl Victim {
    async fn create(node: &Roost) -> Self {
        let token = Person::student(node, "asha@example.com").await.access;
        let (header, claims) = parts(&token);
        let key = TokenKey::of(node);
        // Header, claims and key are right, so a forged token fails by what is changed in it.
        let signed = key.sign(&header, &claims);
        let bearer = format!("Bearer {signed}");
        let reply = send(node, "GET", ME, &[("authorization", &bearer)]).await;
        assert_eq!(reply.status, 200, "{}", reply.json);
        Self {
            key,
            token,
            header,
            claims,
        }
    }

    /// The header of a valid token with other members.
    fn header(&self, members: &Value) -> Value {
        with(&self.header, members)
    }

    /// The claims of a valid token with other members.
    fn claims(&self, members: &Value) -> Value {
        with(&self.claims, members)
    }

    /// Asserts that each token is rejected by a read and a write, and that nothing is written.
    async fn assert_rejected(
        &self,
        database: &TestDatabase,
        node: &Roost,
        tokens: Vec<(String, String)>,
    ) {
        for (name, token) in tokens {
            let bearer = format!("Bearer {token}");
            for method in ["GET", "PATCH"] {
                let reply = send(node, method, ME, &[("authorization", &bearer)]).await;
                assert_unauthorized(&format!("{method} {name}"), &token, &reply);
            }
        }
        self.assert_unchanged(database, node).await;
    }

    /// Asserts that the student still has its name and its token.
    async fn assert_unchanged(&self, database: &TestDatabase, node: &Roost) {
        let names = "SELECT count(*) FROM users WHERE display_name = 'Forged'";
        assert_eq!(database.row(names).await.get::<i64, _>(0), 0);
        let bearer = format!("Bearer {}", self.token);
        let reply = send(node, "GET", ME, &[("authorization", &bearer)]).await;
        assert_eq!(reply.status, 200, "{}", reply.json);
    }
}

fn with(object: &Value, members: &Value) -> Value {
    let mut object = object.clone();
    let members = members.as_object().unwrap().clone();
    object.as_object_mut().unwrap().extend(members);
    object
}

fn assert_unauthorized(name: &str, token: &str, reply: &Reply) {
    assert_eq!(reply.status, 401, "{name}: {}", reply.json);
    let json = &reply.json;
    assert_eq!(json["success"], false, "{name}: {json}");
    assert_eq!(json["error"]["code"], "unauthorized", "{name}: {json}");
    assert_eq!(reply.headers["www-authenticate"], "Bearer", "{name}");
    assert!(!json.to_string().contains(token), "{name}: {json}");
}

/// Sends a request with these headers, and with a body that would rename the caller.
async fn send(node: &Roost, method: &str, path: &str, headers: &[(&str, &str)]) -> Reply {
    let url = format!("http://{}{path}", node.address());
    let mut request = reqwest::Client::new().request(method.parse().unwrap(), url);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    if method == "PATCH" {
        let body = json!({"display_name": "Forged"}).to_string();
        request = request
            .header("content-type", "application/json")
            .body(body);
    }
    let answer = request.send().await.unwrap();
    Reply {
        status: answer.status().as_u16(),
        headers: answer.headers().clone(),
        json: answer.json().await.unwrap_or(Value::Null),
    }
}

/// HMAC (RFC 2104) over SHA-256.
fn hmac_sha256(key: &[u8], message: &[u8]) -> [u8; 32] {
    const BLOCK_BYTES: usize = 64;
    let mut block = [0; BLOCK_BYTES];
    match key.len() > BLOCK_BYTES {
        true => block[..32].copy_from_slice(&Sha256::digest(key)),
        false => block[..key.len()].copy_from_slice(key),
    }
    let inner = Sha256::new()
        .chain_update(block.map(|byte| byte ^ 0x36))
        .chain_update(message)
        .finalize();
    let outer = Sha256::new()
        .chain_update(block.map(|byte| byte ^ 0x5C))
        .chain_update(inner);
    outer.finalize().into()
}
