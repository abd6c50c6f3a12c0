//! Payments and refunds that are rejected with a clear rule, and write nothing.

use serde_json::{Value, json};

use super::scene::{PRICE, Scene, TOTAL, cash, id_of, message};
use crate::market::client::{count, rejected};

/// A payment that replaces the usual members, with the status, code and start of the message.
fn payments() -> Vec<(Value, u16, &'static str, &'static str)> {
    let invalid = "invalid_parameter";
    vec![
        (
            json!({"currency": "EUR"}),
            400,
            invalid,
            "currency must be INR, the currency of the",
        ),
        (
            json!({"amount_minor": TOTAL + 1}),
            400,
            invalid,
            "amount_minor must be at most 160000",
        ),
        (
            json!({"amount_minor": PRICE - 1}),
            400,
            invalid,
            "amount_minor must be at least 80000",
        ),
        (
            json!({"amount_minor": 0}),
            400,
            invalid,
            "amount_minor must be a whole number",
        ),
        (
            json!({"amount_minor": -5}),
            400,
            invalid,
            "amount_minor must be a whole number",
        ),
        (
            json!({"amount_minor": "5"}),
            400,
            invalid,
            "amount_minor must be a whole number",
        ),
        (
            json!({"method": "card"}),
            400,
            invalid,
            "method must be one of cash, transfer, provider",
        ),
        (
            json!({"reference": ""}),
            400,
            invalid,
            "reference must be 1 to 100",
        ),
        (
            json!({"reference": null}),
            400,
            "missing_parameter",
            "reference is missing",
        ),
        (
            json!({"provider_token": "secret"}),
            400,
            invalid,
            "provider_token must be absent",
        ),
    ]
}

#[tokio::test]
async fn an_invalid_payment_names_the_rule_and_leaves_the_balance() {
    let scene = Scene::new(1).await;
    let contract = scene.contract().await;
    let path = format!("/contracts/{contract}/payments");
    let events = count(&scene.database, "events").await;
    for (members, status, code, start) in payments() {
        let mut body = cash(PRICE, "first");
        body.as_object_mut()
            .unwrap()
            .extend(members.as_object().unwrap().clone());
        let reply = scene.landlord.post(&path, body).await;
        let text = message(&reply, status, code);
        assert!(
            text.starts_with(start) && !text.contains("secret"),
            "{members}: {text}"
        );
    }
    for (token, status, code) in [
        ("sandbox_declined", 409, "conflict"),
        ("sandbox_unreachable", 503, "overloaded"),
    ] {
        let body = json!({
            "amount_minor": PRICE, "currency": "INR", "method": "provider", "reference": "a",
            "provider_token": token,
        });
        let reply = scene.student.post(&path, body).await;
        let text = message(&reply, status, code);
        assert!(!text.contains(token), "{text}");
    }
    let end = format!("/contracts/{contract}/end");
    let reply = scene.landlord.post(&end, json!({})).await;
    let text = message(&reply, 409, "conflict");
    assert!(
        text.starts_with("the contract is pending and cannot become ended"),
        "{text}"
    );
    assert_eq!(count(&scene.database, "events").await, events);
    assert_eq!(count(&scene.database, "payments").await, 0);
}

#[tokio::test]
async fn an_invalid_refund_names_the_rule_and_a_stay_ends_only_after_its_start() {
    let scene = Scene::new(1).await;
    let contract = scene.contract().await;
    let paid = id_of(&scene.pay(&contract, TOTAL, "first").await);
    let reply = scene.pay(&contract, 1, "second").await;
    assert_eq!(
        message(&reply, 409, "conflict"),
        "the contract is paid, so nothing is due"
    );
    let reply = scene
        .landlord
        .post(&format!("/contracts/{contract}/end"), json!({}))
        .await;
    let text = message(&reply, 409, "conflict");
    assert!(text.starts_with("the stay begins on"), "{text}");
    let path = format!("/payments/{paid}/refund");
    let refund = |amount: i64| json!({"amount_minor": amount, "reference": "back"});
    for amount in [0, TOTAL + 1] {
        let reply = scene.landlord.post(&path, refund(amount)).await;
        let text = message(&reply, 400, "invalid_parameter");
        assert!(
            text.starts_with("amount_minor must be from 1 to 160000"),
            "{text}"
        );
    }
    rejected(
        &scene.student.post(&path, refund(5)).await,
        403,
        "forbidden",
    );
    let refunded = id_of(&scene.landlord.post(&path, refund(TOTAL)).await);
    let reply = scene.landlord.post(&path, refund(5)).await;
    let text = message(&reply, 409, "conflict");
    assert!(
        text.starts_with("the reference \"back\" was used"),
        "{text}"
    );
    let other = json!({"reference": "back again"});
    let reply = scene.landlord.post(&path, other.clone()).await;
    assert_eq!(
        message(&reply, 409, "conflict"),
        "the payment is refunded as a whole"
    );
    let path = format!("/payments/{refunded}/refund");
    let reply = scene.landlord.post(&path, other).await;
    assert_eq!(
        message(&reply, 409, "conflict"),
        "this is a refund, and no payment"
    );
}
