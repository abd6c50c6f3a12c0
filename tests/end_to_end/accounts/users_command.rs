//! `roost users` manages accounts.

use serde_json::Value;
use sqlx::Row;

use super::people::{Person, node, refresh, sign_in};
use crate::harness::{TestDatabase, roost, stderr, stdout};

/// Runs `roost users` over a database, and returns its exit code and what it printed.
fn users(database: &TestDatabase, arguments: &[&str]) -> (i32, String) {
    let url = ["--database-url", &database.url];
    let output = roost(&[&["users"], arguments, &url].concat());
    let printed = stdout(&output) + &stderr(&output);
    (output.status.code().unwrap(), printed)
}

/// Creates a user, and returns the printed password.
fn create(database: &TestDatabase, arguments: &[&str]) -> String {
    let (code, printed) = users(database, &[&["create"], arguments].concat());
    assert_eq!(code, 0, "{printed}");
    let password = printed
        .lines()
        .find_map(|line| line.strip_prefix("Password, shown only now: "));
    password.unwrap_or_else(|| panic!("{printed}")).to_owned()
}

#[tokio::test]
async fn a_created_user_signs_in_with_the_printed_password() {
    let (database, node) = node().await;
    let admin = ["ada@example.com", "--role", "admin", "--name", "Ada"];
    let password = create(&database, &admin);
    let ada = Person::sign_in(&node, "ada@example.com", &password).await;
    let me = ada.send(&node, "GET", "me", &Value::Null).await;
    assert_eq!(me.json["data"]["role"], "admin", "{}", me.json);
    let (code, printed) = users(&database, &["list", "--role", "admin"]);
    assert_eq!(code, 0);
    assert!(printed.contains("ada@example.com"), "{printed}");
    assert!(!printed.contains(&password), "{printed}");
    let (code, printed) = users(&database, &["list", "--role", "student"]);
    assert_eq!((code, printed.trim()), (0, "No users."));
    let created = "SELECT actor_kind FROM events WHERE kind = 'user.created'";
    assert_eq!(database.row(created).await.get::<String, _>(0), "system");
}

#[tokio::test]
async fn a_disabled_user_is_signed_out_at_once_and_cannot_sign_in() {
    let (database, node) = node().await;
    let asha = Person::student(&node, "asha@example.com").await;
    let (code, printed) = users(&database, &["disable", "asha@example.com"]);
    assert_eq!(code, 0, "{printed}");
    assert_eq!(asha.status(&node).await, 401);
    assert_eq!(refresh(&node, &asha.refresh).await.status, 401);
    let reply = sign_in(&node, &asha.email, super::people::PASSWORD).await;
    assert_eq!(reply.status, 403, "{}", reply.json);
    // Only the right password learns that the account is disabled.
    assert_eq!(
        sign_in(&node, &asha.email, "wrong password").await.status,
        401
    );
    assert_eq!(users(&database, &["disable", "asha@example.com"]).0, 0);
}

#[tokio::test]
async fn a_role_changes_unless_rows_depend_on_it() {
    let (database, node) = node().await;
    let asha = Person::student(&node, "asha@example.com").await;
    let (code, printed) = users(&database, &["set-role", "asha@example.com", "landlord"]);
    assert_eq!(code, 0, "{printed}");
    // Tokens of the old role stop working.
    assert_eq!(asha.status(&node).await, 401);
    let landlords = format!(
        "SELECT count(*) FROM landlords WHERE user_id = '{}'",
        asha.id
    );
    assert_eq!(database.row(&landlords).await.get::<i64, _>(0), 1);
    let (code, printed) = users(&database, &["set-role", "asha@example.com", "student"]);
    assert_eq!(code, 1);
    assert!(
        printed.contains("the user is a landlord or has requests, bookings or assignments"),
        "{printed}"
    );
}

/// Arguments of `roost users`, separated by spaces, and a part of the error.
const INVALID: &[(&str, &str)] = &[
    (
        "create ada --role admin --name A",
        "email must be an e-mail address",
    ),
    (
        "create ADA@example.com --role admin --name A",
        "another account has this e-mail address",
    ),
    (
        "create b@example.com --role admin --name=",
        "display_name must be a line of 1 to 200",
    ),
    (
        "create b@example.com --role tenant --name B",
        "\"tenant\" is not one of student, landlord",
    ),
    (
        "create b@example.com --role admin --name B --university ID",
        "university_id must be absent",
    ),
    (
        "create b@example.com --role official --name B --university ID",
        "university_id must be the id",
    ),
    (
        "create b@example.com --role student --name B --capacity 2",
        "total_capacity must be absent",
    ),
    (
        "create b@example.com --role landlord --name B --capacity 0",
        "total_capacity must be a whole",
    ),
    (
        "disable nina@example.com",
        "email is \"nina@example.com\": expected the address of a user",
    ),
];

#[tokio::test]
async fn invalid_users_are_rejected_by_field() {
    let (database, _node) = node().await;
    create(
        &database,
        &["ada@example.com", "--role", "admin", "--name", "Ada"],
    );
    for (arguments, expected) in INVALID {
        let arguments = arguments.replace("ID", "00000000-0000-7000-8000-0000000000a1");
        let arguments: Vec<&str> = arguments.split(' ').collect();
        let (code, printed) = users(&database, &arguments);
        assert_ne!(code, 0, "{printed}");
        assert!(printed.contains(expected), "{expected}: {printed}");
    }
    assert_eq!(users(&database, &["list"]).1.lines().count(), 2);
}
