//! No password and no token is stored, logged or left in an event.

use serde_json::json;
use sqlx::Row;

use super::people::{PASSWORD, Person, mailed_token, post, refresh, sign_in};
use crate::harness::{Roost, TestDatabase, roost, stdout};

const WRONG: &str = "a wrong password";
const NEW: &str = "staple battery horse";

#[tokio::test]
async fn neither_the_tables_nor_the_log_of_a_whole_run_contain_a_secret() {
    let database = TestDatabase::create().await;
    let settings = [("ROOST_LOG", "trace,graphile_worker=trace")];
    let mut node = Roost::start_unready(&database.url, &database.name, &settings).await;
    node.wait_until_ready().await;
    let asha = Person::student(&node, "asha@example.com").await;
    sign_in(&node, &asha.email, WRONG).await;
    let renewed = Person::of(&refresh(&node, &asha.refresh).await);
    let change = json!({"current_password": PASSWORD, "new_password": NEW});
    let changed = renewed.send(&node, "POST", "password", &change).await;
    assert_eq!(changed.status, 200, "{}", changed.json);
    post(&node, "password-reset", &json!({"email": asha.email})).await;
    let reset = mailed_token(&node, &asha.email, 2).await;
    let body = json!({"token": reset, "new_password": PASSWORD});
    let done = post(&node, "password-reset/confirm", &body).await;
    assert_eq!(done.status, 200, "{}", done.json);
    let again = Person::sign_in(&node, &asha.email, PASSWORD).await;
    refresh(&node, &asha.refresh).await;
    let of_keys = secrets_of_keys(&database, &node).await;
    node.stop().await;

    let keys = std::fs::read_to_string(node.data_dir.join("token_keys.json")).unwrap();
    let keys: serde_json::Value = serde_json::from_str(&keys).unwrap();
    let seed = keys["keys"][0]["seed"].as_str().unwrap();
    let mut secrets = vec![
        PASSWORD,
        WRONG,
        NEW,
        &asha.refresh,
        &renewed.refresh,
        &again.refresh,
        &asha.access,
        &again.access,
        &reset,
        seed,
    ];
    secrets.extend(of_keys.iter().map(String::as_str));
    let tables = tables(&database).await;
    assert!(tables.contains("asha@example.com"));
    assert!(tables.contains("session.started"));
    assert!(tables.contains("key.rotated"));
    let log = node.log();
    assert!(
        log.contains("/api/v1/auth/login"),
        "the log has its requests"
    );
    for secret in secrets {
        assert!(!tables.contains(secret), "a table contains {secret}");
        assert!(!log.contains(secret), "the log contains {secret}");
    }
}

/// The secrets of a key that was created, used, replaced and revoked, by requests that can be
/// repeated.
async fn secrets_of_keys(database: &TestDatabase, node: &Roost) -> Vec<String> {
    let created = roost(&[
        "keys",
        "create",
        "--name",
        "test",
        "--scopes",
        "search",
        "--database-url",
        &database.url,
    ]);
    let printed = stdout(&created);
    let mut lines = printed.lines();
    let first = lines.find_map(|line| line.strip_prefix("Secret, shown only now: "));
    let mut secrets = vec![first.unwrap().to_owned()];
    let new = json!({"name": "child", "scopes": ["search"]});
    let ids = node.send("GET", "/api/v1/keys", Some(&secrets[0]), None);
    let id = ids.await.json["data"][0]["id"].as_str().unwrap().to_owned();
    let rotate = format!("/api/v1/keys/{id}/rotate");
    for (path, body) in [("/api/v1/keys", Some(&new)), (&rotate, None)] {
        let mut request = reqwest::Client::new()
            .post(format!("http://{}{path}", node.address()))
            .bearer_auth(secrets.last().unwrap())
            .header("idempotency-key", path);
        if let Some(body) = body {
            request = request.header("content-type", "application/json");
            request = request.body(body.to_string());
        }
        let answer: serde_json::Value = request.send().await.unwrap().json().await.unwrap();
        let secret = answer["data"]["secret"].as_str();
        let secret = secret.unwrap_or_else(|| panic!("{answer}")).to_owned();
        // The child is narrower than its parent, which goes on.
        match body {
            Some(_) => secrets.insert(0, secret),
            None => secrets.push(secret),
        }
    }
    let last = secrets.last().unwrap();
    let search = node.send("GET", "/api/v1/rooms/search", Some(last), None);
    assert_eq!(search.await.status, 200);
    secrets
}

/// All rows of all tables as text.
async fn tables(database: &TestDatabase) -> String {
    let names = "SELECT array_agg(quote_ident(table_schema) || '.' || quote_ident(table_name)) FROM information_schema.tables
        WHERE table_schema IN ('public', 'graphile_worker') AND table_type = 'BASE TABLE'";
    let names: Vec<String> = database.row(names).await.get(0);
    let mut all = String::new();
    for name in names {
        let rows = format!("SELECT coalesce(string_agg(t::text, ' '), '') FROM {name} t");
        all += &database.row(&rows).await.get::<String, _>(0);
    }
    all
}
