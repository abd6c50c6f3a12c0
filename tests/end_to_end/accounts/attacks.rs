//! Attacks on accounts: guessing, probing for addresses, and malformed bodies.

use std::time::Instant;

use serde_json::{Value, json};

use super::people::{PASSWORD, Person, mails, mails_now, node, post, register, sign_in};
use crate::harness::Reply;

#[tokio::test]
async fn no_answer_reveals_whether_an_address_has_an_account() {
    let (_database, node) = node().await;
    Person::student(&node, "asha@example.com").await;
    let (known, unknown) = ("asha@example.com", "nina@example.com");

    let replies = [known, unknown].map(|email| json!({"email": email}));
    for path in ["register", "password-reset"] {
        let mut answers = Vec::new();
        for body in &replies {
            let reply = match path {
                "register" => register(&node, body).await,
                path => post(&node, path, body).await,
            };
            answers.push((reply.status, reply.json));
        }
        assert_eq!(answers[0], answers[1], "{path}");
        assert_eq!(answers[0].0, 202, "{path}: {}", answers[0].1);
    }
    let wrong = sign_in(&node, known, "wrong password").await;
    let absent = sign_in(&node, unknown, PASSWORD).await;
    assert_eq!(wrong.status, 401);
    assert_eq!((wrong.status, wrong.json), (absent.status, absent.json));

    // Only the mail says so: the owner learns of the account, and an address without one gets its
    // confirmation and no reset.
    let mails = mails(&node, known, 3).await;
    let subjects = [
        "Confirm your e-mail",
        "You have an account",
        "Set a new password",
    ];
    for subject in subjects {
        let with_subject = mails.iter().filter(|mail| mail.contains(subject));
        assert_eq!(with_subject.count(), 1, "{subject}");
    }
    let others = mails_now(&node, unknown);
    assert!(
        others
            .iter()
            .all(|mail| mail.contains("Confirm your e-mail")),
        "{others:?}"
    );
}

#[tokio::test]
async fn an_unknown_address_takes_as_long_to_reject_as_a_wrong_password() {
    let (_database, node) = node().await;
    Person::student(&node, "asha@example.com").await;
    let mut times = [Vec::new(), Vec::new()];
    for round in 0..8 {
        let unknown = format!("guess-{round}@example.com");
        for (times, email) in times.iter_mut().zip(["asha@example.com", &unknown]) {
            let start = Instant::now();
            assert_eq!(sign_in(&node, email, "wrong password").await.status, 401);
            times.push(start.elapsed().as_secs_f64());
        }
    }
    let [known, unknown] = times.map(|mut times| {
        times.sort_by(f64::total_cmp);
        times[times.len() / 2]
    });
    // Without the comparison of a password it would take a fraction of that.
    assert!(
        unknown > known / 2.0 && unknown < known * 2.0,
        "{known} s, {unknown} s"
    );
}

#[tokio::test]
async fn guessing_passwords_is_limited_for_each_account() {
    let (_database, node) = node().await;
    let asha = Person::student(&node, "asha@example.com").await;
    let mut replies = Vec::new();
    for _ in 0..12 {
        replies.push(sign_in(&node, "Asha@Example.com", "wrong password").await);
    }
    let limited: Vec<&Reply> = replies.iter().filter(|reply| reply.status == 429).collect();
    assert!(!limited.is_empty());
    for reply in limited {
        assert_eq!(
            reply.json["error"]["code"], "too_many_requests",
            "{}",
            reply.json
        );
        let retry_after_s: u64 = reply.headers["retry-after"]
            .to_str()
            .unwrap()
            .parse()
            .unwrap();
        assert!((1..=30).contains(&retry_after_s), "{retry_after_s}");
    }
    // The right password waits as well, or the limit would tell which one it is.
    assert_eq!(sign_in(&node, &asha.email, PASSWORD).await.status, 429);
    assert_eq!(
        sign_in(&node, "ravi@example.com", PASSWORD).await.status,
        401
    );
    assert_eq!(asha.status(&node).await, 200);
}

#[tokio::test]
async fn mail_to_one_address_is_limited() {
    let (_database, node) = node().await;
    let body = json!({"email": "asha@example.com"});
    let mut statuses = Vec::new();
    for _ in 0..7 {
        statuses.push(post(&node, "password-reset", &body).await.status);
    }
    assert_eq!(statuses, [202, 202, 202, 202, 202, 429, 429]);
}

/// A field of a registration, a value as JSON, and the start of the error.
const MALFORMED: &[(&str, &str, &str)] = &[
    ("email", "5", "email must be an e-mail address such as "),
    (
        "email",
        "\"asha\"",
        "email must be an e-mail address such as ",
    ),
    (
        "email",
        "null",
        "email is missing: expected an e-mail address",
    ),
    (
        "password",
        "\"hunter2\"",
        "password must be a password of 10 to 200 characters",
    ),
    (
        "password",
        "[\"hunter2\"]",
        "password must be a password of 10 to 200 characters",
    ),
    (
        "pasword",
        "\"hunter2\"",
        "there is no parameter \"pasword\" here; did you mean password?",
    ),
    (
        "role",
        "\"admin\"",
        "role must be student or landlord, not \"admin\"",
    ),
    (
        "role",
        "\"tenant\"",
        "role must be student or landlord, not \"tenant\"",
    ),
    (
        "display_name",
        "\"a\\u0000b\"",
        "display_name must be a line of 1 to 200 characters",
    ),
    (
        "display_name",
        "\"\"",
        "display_name must be a line of 1 to 200 characters",
    ),
    (
        "total_capacity",
        "3",
        "total_capacity must be absent: only landlords have a capacity",
    ),
    (
        "total_capacity",
        "-1",
        "total_capacity must be a whole number from 1 to 1000000",
    ),
];

#[tokio::test]
async fn a_malformed_body_is_rejected_by_name_and_no_password_is_repeated() {
    let (_database, node) = node().await;
    let with = |field: &str, value: Value| {
        let mut body = json!({"email": "asha@example.com", "password": PASSWORD});
        body["role"] = json!("student");
        body["display_name"] = json!("Asha");
        body[field] = value;
        body
    };
    for (field, value, message) in MALFORMED {
        let body = with(field, serde_json::from_str(value).unwrap());
        let reply = post(&node, "register", &body).await;
        assert_eq!(reply.status, 400, "{body}: {}", reply.json);
        let error = &reply.json["error"];
        assert_eq!(error["field"], *field, "{error}");
        assert!(
            error["message"].as_str().unwrap().starts_with(message),
            "{error}"
        );
        assert!(!error.to_string().contains("hunter2"), "{error}");
    }
    let array = post(&node, "register", &json!([])).await;
    assert_eq!(
        array.json["error"]["message"],
        "the body is not a JSON object"
    );
    let large = with("display_name", json!("a".repeat(10_000_000)));
    assert_eq!(post(&node, "register", &large).await.status, 413);
    assert_eq!(node.get("/health/live").await.0, 200);
}
