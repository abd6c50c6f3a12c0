//! Rows that tests write: rooms and bookings.

use std::time::SystemTime;

use roost_engine::Date;

use super::TestDatabase;

/// The statement that inserts rooms of one new landlord, called Room 1, Room 2 and so on.
pub(crate) fn rooms(count: u32) -> String {
    format!(
        "WITH host AS (
            INSERT INTO users (role, display_name) VALUES ('landlord', 'Asha') RETURNING id
        ), landlord AS (
            INSERT INTO landlords (user_id, total_capacity) SELECT id, 3 FROM host RETURNING id
        )
        INSERT INTO rooms
            (landlord_id, title, country_code, location, currency, occupancy, room_type)
        SELECT
            id, 'Room ' || n, 'IN', ST_MakePoint(72.9 + n / 1e5, 19.1)::geography, 'INR', 1,
            'private_room'
        FROM landlord, generate_series(1, {count}) n"
    )
}

/// A database with three rooms and a student.
pub(crate) async fn three_rooms_and_a_student() -> TestDatabase {
    let database = TestDatabase::create().await;
    database.execute(&rooms(3)).await;
    database
        .execute("INSERT INTO users (role, display_name) VALUES ('student', 'Ravi')")
        .await;
    database
}

/// The statement that books a room from one day from today to another.
pub(crate) fn booking(room: &str, from: i32, to: i32) -> String {
    format!(
        "INSERT INTO bookings (room_id, student_id, check_in, check_out)
        SELECT rooms.id, users.id, '{}', '{}' FROM rooms, users
        WHERE title = '{room}' AND role = 'student'",
        day(from),
        day(to)
    )
}

/// The date that is some days from today.
pub(crate) fn day(from_today: i32) -> Date {
    let since_1970 = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let today = Date::of_moment(since_1970.unwrap().as_secs().cast_signed());
    today.plus_days(from_today)
}
