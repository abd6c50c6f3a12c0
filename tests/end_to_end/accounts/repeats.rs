//! Requests of anonymous callers that are repeated with an `Idempotency-Key`.

use serde_json::{Value, json};
use sqlx::Row;

use super::people::{Person, mailed_token, node, post, register};
use crate::harness::{Reply, Roost};

#[tokio::test]
async fn a_repeated_use_of_a_mailed_token_with_the_same_key_gets_the_same_response() {
    let (database, node) = node().await;
    register(&node, &json!({"email": "asha@example.com"})).await;
    let token = mailed_token(&node, "asha@example.com", 1).await;
    let body = json!({"token": token});
    let confirmed = with_key(&node, "confirm-email", "k1", &body).await;
    assert_eq!(confirmed.status, 200, "{}", confirmed.json);
    let again = with_key(&node, "confirm-email", "k1", &body).await;
    assert_eq!((again.status, &again.json), (200, &confirmed.json));
    assert_eq!(again.headers["idempotency-replayed"], "true");
    let other = with_key(&node, "confirm-email", "k1", &json!({"token": "x"})).await;
    assert_eq!(other.status, 422, "{}", other.json);
    assert_eq!(other.json["error"]["code"], "idempotency_key_reused");
    let without = post(&node, "confirm-email", &body).await;
    assert_eq!(without.status, 400, "{}", without.json);

    let body = json!({"email": "asha@example.com"});
    for _ in 0..3 {
        let requested = with_key(&node, "password-reset", "k2", &body).await;
        assert_eq!(requested.status, 202, "{}", requested.json);
    }
    let token = mailed_token(&node, "asha@example.com", 2).await;
    let body = json!({"token": token, "new_password": "staple battery horse"});
    let at_once = (0..4).map(|_| with_key(&node, "password-reset/confirm", "k3", &body));
    for reset in futures_util::future::join_all(at_once).await {
        assert_eq!(reset.status, 200, "{}", reset.json);
    }
    Person::sign_in(&node, "asha@example.com", "staple battery horse").await;
    let mails = "SELECT count(*) FROM account_tokens WHERE purpose = 'password_reset'";
    assert_eq!(database.row(mails).await.get::<i64, _>(0), 1, "one mail");
    let changes = "SELECT count(*) FROM events WHERE kind = 'user.password_reset'";
    assert_eq!(database.row(changes).await.get::<i64, _>(0), 1);
}

async fn with_key(node: &Roost, path: &str, key: &str, body: &Value) -> Reply {
    let url = format!("http://{}/api/v1/auth/{path}", node.address());
    let request = reqwest::Client::new()
        .post(url)
        .header("idempotency-key", key);
    let answer = request.json(body).send().await.unwrap();
    Reply {
        status: answer.status().as_u16(),
        headers: answer.headers().clone(),
        json: answer.json().await.unwrap(),
    }
}
