//! Invitations of officials and admins by mail.

use serde_json::{Value, json};

use super::scene::{Scene, venue};
use crate::accounts::people::{PASSWORD, Person, mailed_token, mails_now, post};
use crate::market::client::{Client, count, rejected};

const EMAIL: &str = "registrar@example.edu";

fn acceptance(token: &str) -> Value {
    json!({"token": token, "display_name": "Dr. Meera Iyer", "password": PASSWORD})
}

#[tokio::test]
async fn an_invited_official_chooses_a_password_and_writes_for_its_university() {
    let scene = Scene::start().await;
    let invitation = json!({
        "email": EMAIL, "role": "official", "university_id": scene.university
    });
    let reply = scene.admin.post("/auth/invitations", invitation).await;
    assert_eq!(reply.status, 202, "{}", reply.json);
    let token = mailed_token(&scene.node, EMAIL, 1).await;
    let accepted = post(&scene.node, "invitations/accept", &acceptance(&token)).await;
    assert_eq!(accepted.status, 200, "{}", accepted.json);
    let user = &accepted.json["data"];
    assert_eq!(
        (&user["role"], &user["email"]),
        (&json!("official"), &json!(EMAIL))
    );
    assert_eq!(user["university_id"], *scene.university);
    let official = Person::sign_in(&scene.node, EMAIL, PASSWORD).await;
    let official = Client::of(&scene.node, official);
    assert_eq!(official.post("/venues", venue("Ruia")).await.status, 201);

    let again = post(&scene.node, "invitations/accept", &acceptance(&token)).await;
    assert_eq!(rejected(&again, 400, "invalid_parameter")["field"], "token");
    assert_eq!(count(&scene.database, "invitations").await, 0);
    for kind in ["invitation.created", "user.created"] {
        let events = format!("events WHERE kind = '{kind}' AND change ->> 'role' = 'official'");
        assert!(count(&scene.database, &events).await > 0, "{kind}");
    }
    let named = format!("events WHERE change::text LIKE '%{token}%'");
    assert_eq!(count(&scene.database, &named).await, 0);
}

#[tokio::test]
async fn only_admins_invite_and_only_officials_and_admins_are_invited() {
    let scene = Scene::start().await;
    let invitation = json!({"email": EMAIL, "role": "admin"});
    let student = Client::student(&scene.node, "nina@example.com").await;
    for client in [&scene.official, &student] {
        let reply = client.post("/auth/invitations", invitation.clone()).await;
        rejected(&reply, 403, "forbidden");
    }
    let anonymous = Client::anonymous(&scene.node);
    let reply = anonymous.post("/auth/invitations", invitation).await;
    rejected(&reply, 401, "unauthorized");
    let absent = "00000000-0000-7000-8000-000000000001";
    for (body, status, field) in [
        (json!({"email": EMAIL, "role": "student"}), 400, "role"),
        (json!({"email": EMAIL, "role": "boss"}), 400, "role"),
        (json!({"email": EMAIL}), 400, "role"),
        (json!({"email": "x", "role": "admin"}), 400, "email"),
        (
            json!({"email": EMAIL, "role": "official"}),
            400,
            "university_id",
        ),
        (
            json!({"email": EMAIL, "role": "official", "university_id": absent}),
            400,
            "university_id",
        ),
        (
            json!({"email": EMAIL, "role": "admin", "university_id": scene.university}),
            400,
            "university_id",
        ),
    ] {
        let reply = scene.admin.post("/auth/invitations", body).await;
        assert_eq!(reply.status, status, "{}", reply.json);
        assert_eq!(reply.json["error"]["field"], field, "{}", reply.json);
    }
    let known = json!({"email": "Nina@example.com", "role": "admin"});
    let reply = scene.admin.post("/auth/invitations", known).await;
    rejected(&reply, 409, "conflict");
    assert_eq!(count(&scene.database, "invitations").await, 0);
    assert!(mails_now(&scene.node, EMAIL).is_empty());
}

#[tokio::test]
async fn another_invitation_replaces_the_first_and_its_token_is_for_nothing_else() {
    let scene = Scene::start().await;
    let invitation = json!({"email": EMAIL, "role": "admin"});
    scene
        .admin
        .post("/auth/invitations", invitation.clone())
        .await;
    let first = mailed_token(&scene.node, EMAIL, 1).await;
    scene.admin.post("/auth/invitations", invitation).await;
    let second = mailed_token(&scene.node, EMAIL, 2).await;
    let replaced = post(&scene.node, "invitations/accept", &acceptance(&first)).await;
    rejected(&replaced, 400, "invalid_parameter");
    for (path, body) in [
        ("confirm-email", json!({"token": second})),
        (
            "password-reset/confirm",
            json!({"token": second, "new_password": PASSWORD}),
        ),
    ] {
        rejected(
            &post(&scene.node, path, &body).await,
            400,
            "invalid_parameter",
        );
    }
    let mut short = acceptance(&second);
    short["password"] = json!("short");
    let error = post(&scene.node, "invitations/accept", &short).await;
    let error = rejected(&error, 400, "invalid_parameter");
    assert_eq!(
        (&error["field"], &error["value"]),
        (&json!("password"), &json!(null))
    );
    // Of concurrent uses, one creates the user.
    let uses = (0..4).map(|_| acceptance(&second)).collect::<Vec<_>>();
    let replies = futures_util::future::join_all(
        uses.iter()
            .map(|body| post(&scene.node, "invitations/accept", body)),
    );
    let mut statuses: Vec<u16> = replies.await.iter().map(|reply| reply.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 400, 400, 400]);
}

#[tokio::test]
async fn an_admin_lists_and_revokes_invitations() {
    let scene = Scene::start().await;
    for email in [EMAIL, "second@example.edu"] {
        let invitation = json!({"email": email, "role": "admin"});
        scene.admin.post("/auth/invitations", invitation).await;
    }
    let token = mailed_token(&scene.node, EMAIL, 1).await;
    let listed = scene.admin.get("/auth/invitations?limit=1").await;
    assert_eq!(listed.json["data"][0]["email"], "second@example.edu");
    let next = listed.json["meta"]["next_cursor"].as_str().unwrap();
    let path = format!("/auth/invitations?limit=1&cursor={next}");
    let listed = scene.admin.get(&path).await;
    assert_eq!(listed.json["data"][0]["email"], EMAIL);
    assert!(listed.json["meta"]["next_cursor"].is_null());
    let id = listed.json["data"][0]["id"].as_str().unwrap();
    let path = format!("/auth/invitations/{id}");
    let anonymous = Client::anonymous(&scene.node);
    for (client, status, code) in [
        (&scene.official, 403, "forbidden"),
        (&anonymous, 401, "unauthorized"),
    ] {
        rejected(&client.get("/auth/invitations").await, status, code);
        rejected(&client.delete(&path).await, status, code);
    }
    let revoked = scene.admin.delete(&path).await;
    assert_eq!(revoked.status, 200, "{}", revoked.json);
    rejected(&scene.admin.delete(&path).await, 404, "not_found");
    let reply = post(&scene.node, "invitations/accept", &acceptance(&token)).await;
    rejected(&reply, 400, "invalid_parameter");
    let events = "events WHERE kind = 'invitation.revoked'";
    assert_eq!(count(&scene.database, events).await, 1);
}

#[tokio::test]
async fn an_invitation_that_has_expired_is_rejected() {
    let scene = Scene::start().await;
    let invitation = json!({"email": EMAIL, "role": "admin"});
    scene.admin.post("/auth/invitations", invitation).await;
    let token = mailed_token(&scene.node, EMAIL, 1).await;
    let expire = "UPDATE account_tokens SET expires_at = now() WHERE purpose = 'invitation'";
    scene.database.execute(expire).await;
    let reply = post(&scene.node, "invitations/accept", &acceptance(&token)).await;
    rejected(&reply, 400, "invalid_parameter");
}
