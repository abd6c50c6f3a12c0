//! Values are read the same under every setting of the database or the role.

use std::time::Duration;

use serde_json::Value;
use sqlx::Row;

use crate::harness::{Roost, TestDatabase, assert_equal, eventually, rooms};

/// Settings that change the text form of values or limit the time of a session.
const SETTINGS: [(&str, &str); 8] = [
    ("DateStyle", "'SQL, DMY'"),
    ("IntervalStyle", "'iso_8601'"),
    ("TimeZone", "'Pacific/Kiritimati'"),
    ("extra_float_digits", "-15"),
    ("bytea_output", "'escape'"),
    ("statement_timeout", "'1ms'"),
    ("lock_timeout", "'1ms'"),
    ("idle_in_transaction_session_timeout", "'1ms'"),
];

#[tokio::test]
async fn values_are_read_the_same_whatever_the_settings_of_database_and_role() {
    let database = TestDatabase::create().await;
    database.execute(&rooms(40)).await;
    let year = "SELECT to_char(now() + interval '10 months', 'YYYY')";
    let year: String = database.row(year).await.get(0);
    let student = "INSERT INTO users (role, display_name) VALUES ('student', 'Ravi')";
    database.execute(student).await;
    // The first room is copied, the second is streamed.
    describe(&database, 1, &year).await;
    for (name, value) in SETTINGS {
        let (name_of_database, role) = (&database.name, "CURRENT_USER");
        database
            .execute(&format!(
                "ALTER DATABASE {name_of_database} SET {name} = {value};
                ALTER ROLE {role} IN DATABASE {name_of_database} SET {name} = {value}"
            ))
            .await;
    }
    let node = Roost::start(&database).await;
    describe(&database, 2, &year).await;
    let rated = eventually("both are rated", Duration::from_secs(30), async || {
        let (_, answer) = node
            .get("/api/v1/rooms/search?verified=true&sort=rating")
            .await;
        (answer["meta"]["total"] == 2).then_some(answer)
    })
    .await;
    for hit in rated["data"].as_array().unwrap() {
        assert_eq!(hit["room"]["rating_average"], 4.123456789012345, "{hit}");
    }
    // 4 March, not 3 April.
    for (check_in, check_out, free) in [
        ("03-03", "03-04", 40),
        ("03-04", "03-05", 38),
        ("03-05", "03-06", 40),
        ("04-03", "04-04", 40),
    ] {
        let path = format!(
            "/api/v1/rooms/search?count=exact&check_in={year}-{check_in}&check_out={year}-{check_out}"
        );
        let (status, answer) = node.get(&path).await;
        assert_eq!(status, 200, "{answer}");
        assert_eq!(answer["meta"]["total"], free, "{check_in}: {answer}");
    }
    let (_, health) = node.get("/health/ready").await;
    assert_eq!(health["data"]["dead_letters"], Value::from(0));
    assert_equal(&database, &node.data_dir, 40).await;
}

/// Rates, verifies and books the n-th room.
async fn describe(database: &TestDatabase, n: usize, year: &str) {
    database
        .execute(&format!(
            "SET statement_timeout = 0;
            UPDATE rooms SET rating_average = 4.123456789012345, review_count = 3, verified_at = now()
            WHERE title = 'Room {n}';
            INSERT INTO bookings (room_id, student_id, check_in, check_out)
            SELECT rooms.id, users.id, make_date({year}, 3, 4), make_date({year}, 3, 5)
            FROM rooms, users WHERE title = 'Room {n}' AND role = 'student'"
        ))
        .await;
}
