//! Imports of assignments: rows that are rejected, partial imports, repeated and concurrent ones.

use serde_json::{Value, json};

use super::scene::{Scene, import};
use crate::accounts::people::Person;
use crate::harness::Reply;
use crate::market::client::{Client, count, header, rejected};

const ABSENT: &str = "00000000-0000-7000-8000-000000000001";

/// Line, column and field of each error.
fn places(rows: &Value) -> Vec<(u64, Option<u64>, &str)> {
    let rows = rows.as_array().unwrap().iter();
    rows.map(|row| {
        let field = row["field"].as_str().unwrap();
        (row["line"].as_u64().unwrap(), row["column"].as_u64(), field)
    })
    .collect()
}

fn counts(reply: &Reply) -> [u64; 4] {
    assert_eq!(reply.status, 200, "{}", reply.json);
    let data = &reply.json["data"];
    ["created", "moved", "unchanged", "rejected"].map(|name| data[name].as_u64().unwrap())
}

#[tokio::test]
async fn each_rejected_row_has_line_column_and_reason_and_nothing_is_written() {
    let scene = Scene::start().await;
    let (session, venue) = (scene.session(30, 32).await, scene.venue("Ruia").await);
    let ended = scene.venue("Ended").await;
    let end = json!({"status": "inactive"});
    scene.official.patch(&format!("/venues/{ended}"), end).await;
    let csv = format!(
        "name,venue_id,student_email\n\
         Asha,{venue},asha@example.com\n\
         Ravi,{venue},ravi\n\
         \n\
         Nina,IIT Bombay,nina@example.com\n\
         Omar,{ABSENT},omar@example.com\n\
         Ida,{ended},ida@example.com\n\
         Asha again,{venue},ASHA@example.com\n\
         Too short,{venue}\n\
         \"Verma, R.\",{venue},ravi@example.com\n"
    );
    let events = count(&scene.database, "events").await;
    let reply = scene.import(&session, "", &csv).await;
    let error = rejected(&reply, 400, "invalid_rows");
    let expected = [
        (3, Some(3), "student_email"),
        (5, Some(2), "venue_id"),
        (6, Some(2), "venue_id"),
        (7, Some(2), "venue_id"),
        (8, Some(3), "student_email"),
        (9, None, "the row"),
    ];
    assert_eq!(places(&error["rows"]), expected, "{error}");
    let row = &error["rows"][1];
    assert_eq!(row["value"], "IIT Bombay");
    assert!(
        row["message"]
            .as_str()
            .unwrap()
            .starts_with("line 5: venue_id must be")
    );
    assert!(
        error["rows"][3]["expected"]
            .as_str()
            .unwrap()
            .contains("inactive")
    );
    assert!(
        error["rows"][4]["expected"]
            .as_str()
            .unwrap()
            .contains("line 2")
    );
    assert!(
        error["message"]
            .as_str()
            .unwrap()
            .starts_with("6 rows are not accepted")
    );
    assert_eq!(count(&scene.database, "venue_assignments").await, 0);
    assert_eq!(count(&scene.database, "events").await, events);

    let reply = scene.import(&session, "?partial=true", &csv).await;
    assert_eq!(counts(&reply), [2, 0, 0, 6]);
    assert_eq!(places(&reply.json["data"]["errors"]), expected);
    assert_eq!(count(&scene.database, "venue_assignments").await, 2);
    let created = "events WHERE kind = 'assignment.created' AND change ? 'venue_id'";
    assert_eq!(count(&scene.database, created).await, 2);
}

#[tokio::test]
async fn a_repeated_import_changes_nothing_and_another_venue_moves_the_student() {
    let scene = Scene::start().await;
    let session = scene.session(30, 32).await;
    let (ruia, xavier) = (scene.venue("Ruia").await, scene.venue("Xavier").await);
    let first = format!("student_email,venue_id\na@example.com,{ruia}\nb@example.com,{ruia}\n");
    assert_eq!(
        counts(&scene.import(&session, "", &first).await),
        [2, 0, 0, 0]
    );
    let events = count(&scene.database, "events").await;
    assert_eq!(
        counts(&scene.import(&session, "", &first).await),
        [0, 0, 2, 0]
    );
    assert_eq!(count(&scene.database, "events").await, events);
    let items = json!({"assignments": [
        {"student_email": "A@Example.com", "venue_id": xavier},
        {"student_email": "c@example.com", "venue_id": ruia},
    ]});
    let path = format!("/exam-sessions/{session}/assignments");
    let second = scene.official.post(&path, items).await;
    assert_eq!(counts(&second), [1, 1, 0, 0]);
    header(&second, "roost-position");
    assert_eq!(count(&scene.database, "venue_assignments").await, 3);
    let moved = "events WHERE kind = 'assignment.changed'";
    assert_eq!(count(&scene.database, moved).await, 1);
    // Nothing in the events is the address of a student.
    let named = "events WHERE change::text LIKE '%example.com%'";
    assert_eq!(count(&scene.database, named).await, 0);
}

#[tokio::test]
async fn no_answer_reveals_whether_a_student_has_an_account() {
    let scene = Scene::start().await;
    let session = scene.session(30, 32).await;
    let venue = scene.venue("Ruia").await;
    Person::student(&scene.node, "known@example.com").await;
    Client::landlord(&scene.node, "landlord@example.com").await;
    let mut answers = Vec::new();
    for email in [
        "known@example.com",
        "landlord@example.com",
        "absent@example.com",
    ] {
        let csv = format!("student_email,venue_id\n{email},{venue}\n");
        let imported = scene.import(&session, "", &csv).await;
        let path = format!("/exam-sessions/{session}/assignments?student_email={email}");
        let mut listed = scene.official.get(&path).await.json;
        let item = listed["data"][0].as_object_mut().unwrap();
        assert_eq!(item["student_email"], email);
        for own in ["id", "student_email", "created_at", "updated_at"] {
            item.remove(own);
        }
        answers.push((imported.json, listed));
    }
    assert!(
        answers.windows(2).all(|pair| pair[0] == pair[1]),
        "{answers:?}"
    );
}

#[tokio::test]
async fn only_an_official_of_the_university_imports_and_only_into_an_active_session() {
    let scene = Scene::start().await;
    let session = scene.session(30, 32).await;
    let venue = scene.venue("Ruia").await;
    let student = Client::student(&scene.node, "nina@example.com").await;
    let csv = format!("student_email,venue_id\nnina@example.com,{venue}\n");
    for client in [&scene.foreign, &student] {
        rejected(&import(client, &session, "", &csv).await, 403, "forbidden");
        let path = format!("/exam-sessions/{session}/assignments");
        rejected(&client.get(&path).await, 403, "forbidden");
    }
    let anonymous = Client::anonymous(&scene.node);
    rejected(
        &import(&anonymous, &session, "", &csv).await,
        401,
        "unauthorized",
    );
    rejected(&scene.import(ABSENT, "", &csv).await, 404, "not_found");
    assert_eq!(
        counts(&import(&scene.admin, &session, "", &csv).await),
        [1, 0, 0, 0]
    );
    let end = json!({"status": "inactive"});
    scene
        .official
        .patch(&format!("/exam-sessions/{session}"), end)
        .await;
    rejected(&scene.import(&session, "", &csv).await, 409, "conflict");
}

#[tokio::test]
async fn a_file_that_is_too_large_of_another_type_or_without_rows_is_rejected() {
    let scene = Scene::start().await;
    let session = scene.session(30, 32).await;
    let path = format!("/exam-sessions/{session}/assignments");
    let rows = |count: usize| {
        let rows = (0..count).map(|n| format!("{n}@b.cd,1\n"));
        format!("student_email,venue_id\n{}", rows.collect::<String>())
    };
    let too_many = scene.import(&session, "", &rows(5_001)).await;
    let error = rejected(&too_many, 400, "invalid_parameter");
    assert_eq!(error["value"], "5001 rows");
    let many = scene.import(&session, "", &rows(5_000)).await;
    let error = rejected(&many, 400, "invalid_rows");
    assert_eq!(error["rows"].as_array().unwrap().len(), 100);
    assert!(
        error["message"]
            .as_str()
            .unwrap()
            .starts_with("5000 rows are not accepted")
    );
    let large = scene.import(&session, "", &"x".repeat(300_000)).await;
    rejected(&large, 413, "body_too_large");
    let none = scene
        .import(&session, "", "student_email,venue_id\n\n")
        .await;
    assert_eq!(rejected(&none, 400, "invalid_parameter")["value"], "0 rows");
    let misspelt = scene.import(&session, "", "student_email,venu_id\n").await;
    let message = &rejected(&misspelt, 400, "invalid_rows")["message"];
    assert!(
        message.as_str().unwrap().ends_with("is it venu_id?"),
        "{message}"
    );
    let filtered = format!("{path}?student_email=a%00@b.cd");
    let filtered = scene.official.get(&filtered).await;
    rejected(&filtered, 400, "invalid_parameter");
    let invalid = scene.import(&session, "?partial=perhaps", &rows(1)).await;
    rejected(&invalid, 400, "invalid_parameter");
    for (media_type, body, status, code) in [
        ("text/plain", rows(1), 415, "unsupported_media_type"),
        ("application/json", rows(1), 400, "bad_request"),
        (
            "application/json",
            "{}".to_owned(),
            400,
            "missing_parameter",
        ),
    ] {
        let headers = [("content-type", media_type)];
        let reply = scene
            .official
            .send("POST", &path, &headers, Some(body))
            .await;
        rejected(&reply, status, code);
    }
    assert_eq!(count(&scene.database, "venue_assignments").await, 0);
}

#[tokio::test]
async fn a_key_stands_for_one_file_and_its_parameter() {
    let scene = Scene::start().await;
    let session = scene.session(30, 32).await;
    let venue = scene.venue("Ruia").await;
    let csv = format!("student_email,venue_id\na@example.com,{venue}\n");
    let send = async |query: &str| {
        let path = format!("/exam-sessions/{session}/assignments{query}");
        let headers = [("content-type", "text/csv"), ("idempotency-key", "k")];
        scene
            .official
            .send("POST", &path, &headers, Some(csv.clone()))
            .await
    };
    let (first, second) = (send("").await, send("").await);
    assert_eq!(counts(&first), [1, 0, 0, 0]);
    assert_eq!(first.json, second.json);
    rejected(&send("?partial=true").await, 422, "idempotency_key_reused");
}

#[tokio::test]
async fn concurrent_imports_of_the_same_students_follow_each_other() {
    let scene = Scene::start().await;
    let session = scene.session(30, 32).await;
    let (ruia, xavier) = (scene.venue("Ruia").await, scene.venue("Xavier").await);
    let file = |venue: &str, order: &mut dyn Iterator<Item = usize>| {
        let rows = order.map(|n| format!("s{n}@example.com,{venue}\n"));
        format!("student_email,venue_id\n{}", rows.collect::<String>())
    };
    let files = [
        file(&ruia, &mut (0..500)),
        file(&xavier, &mut (0..500).rev()),
    ];
    let mut imports = tokio::task::JoinSet::new();
    for round in 0..6 {
        let (client, session) = (scene.official.clone(), session.clone());
        let csv = files[round % 2].clone();
        imports.spawn(async move { counts(&import(&client, &session, "", &csv).await) });
    }
    let done = imports.join_all().await;
    assert!(
        done.iter().all(|it| it[..3].iter().sum::<u64>() == 500),
        "{done:?}"
    );
    assert_eq!(done.iter().filter(|it| it[0] == 500).count(), 1, "{done:?}");
    assert_eq!(count(&scene.database, "venue_assignments").await, 500);
    let venues = "(SELECT DISTINCT exam_venue_id FROM venue_assignments) AS it";
    assert_eq!(count(&scene.database, venues).await, 1);
}
