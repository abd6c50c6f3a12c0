//! Booked rooms are not found for their nights, through restarts and lost connections.

use std::time::Duration;

use crate::harness::{Roost, assert_equal, booking, day, eventually, three_rooms_and_a_student};

const DEADLINE: Duration = Duration::from_secs(30);

/// The rooms without a booking between two days, counted from today.
async fn free(node: &Roost, from: i32, to: i32) -> Vec<String> {
    let (check_in, check_out) = (day(from), day(to));
    let path =
        format!("/api/v1/rooms/search?check_in={check_in}&check_out={check_out}&count=exact");
    let (status, answer) = node.get(&path).await;
    assert_eq!(status, 200, "{answer}");
    let hits = answer["data"].as_array().unwrap().iter();
    let titles = hits.map(|hit| hit["room"]["title"].as_str().unwrap().to_owned());
    let mut titles: Vec<String> = titles.collect();
    titles.sort();
    assert_eq!(answer["meta"]["total"], titles.len());
    titles
}

async fn eventually_free(node: &Roost, (from, to): (i32, i32), rooms: &[&str]) {
    let what = format!("{rooms:?} are free");
    eventually(&what, DEADLINE, async || {
        (free(node, from, to).await == rooms).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_booked_room_is_not_found_for_its_nights_until_the_booking_is_cancelled_or_deleted() {
    let database = three_rooms_and_a_student().await;
    let node = Roost::start(&database).await;
    assert_eq!(free(&node, 10, 12).await.len(), 3);
    database.execute(&booking("Room 1", 10, 12)).await;
    database.execute(&booking("Room 2", 11, 14)).await;
    eventually_free(&node, (11, 12), &["Room 3"]).await;
    assert_eq!(free(&node, 10, 11).await, ["Room 2", "Room 3"]);
    assert_eq!(free(&node, 12, 20).await, ["Room 1", "Room 3"]);
    assert_eq!(free(&node, 14, 20).await.len(), 3);

    let cancel = "UPDATE bookings SET status = 'cancelled'
        WHERE room_id = (SELECT id FROM rooms WHERE title = 'Room 1')";
    database.execute(cancel).await;
    eventually_free(&node, (11, 12), &["Room 1", "Room 3"]).await;
    database
        .execute("DELETE FROM bookings WHERE status = 'held'")
        .await;
    eventually_free(&node, (11, 12), &["Room 1", "Room 2", "Room 3"]).await;
    assert_equal(&database, &node.data_dir, 3).await;
}

#[tokio::test]
async fn a_booking_that_moves_to_other_nights_or_another_room_frees_the_old_ones() {
    let database = three_rooms_and_a_student().await;
    let node = Roost::start(&database).await;
    database.execute(&booking("Room 1", 10, 12)).await;
    eventually_free(&node, (10, 12), &["Room 2", "Room 3"]).await;
    let later = format!(
        "UPDATE bookings SET check_in = '{}', check_out = '{}'",
        day(20),
        day(22)
    );
    database.execute(&later).await;
    eventually_free(&node, (20, 21), &["Room 2", "Room 3"]).await;
    assert_eq!(free(&node, 10, 12).await.len(), 3);
    database
        .execute(
            "UPDATE bookings SET id = uuid_v7(),
                room_id = (SELECT id FROM rooms WHERE title = 'Room 2')",
        )
        .await;
    eventually_free(&node, (20, 21), &["Room 1", "Room 3"]).await;
    // In one transaction, another booking takes the same night and rooms change their keys.
    let swap = format!(
        "BEGIN; DELETE FROM bookings; {}; UPDATE rooms SET id = uuid_v7(); COMMIT",
        booking("Room 2", 21, 23)
    );
    database.execute(&swap).await;
    eventually_free(&node, (22, 23), &["Room 1", "Room 3"]).await;
    assert_eq!(free(&node, 20, 21).await.len(), 3);
    assert_equal(&database, &node.data_dir, 3).await;
}

#[tokio::test]
async fn a_restarted_node_knows_the_bookings_made_before_and_after_it_was_killed() {
    let database = three_rooms_and_a_student().await;
    let mut node = Roost::start(&database).await;
    database.execute(&booking("Room 1", 10, 12)).await;
    eventually_free(&node, (10, 12), &["Room 2", "Room 3"]).await;
    node.kill();
    database.execute(&booking("Room 2", 10, 12)).await;
    node.restart().await;
    assert_eq!(free(&node, 10, 12).await, ["Room 3"]);
    node.kill();
    database
        .execute("UPDATE bookings SET status = 'cancelled'")
        .await;
    database.execute(&booking("Room 3", 11, 12)).await;
    node.restart().await;
    assert_eq!(free(&node, 10, 12).await, ["Room 1", "Room 2"]);
}

#[tokio::test]
async fn a_terminated_session_misses_no_booking() {
    let database = three_rooms_and_a_student().await;
    let node = Roost::start(&database).await;
    let slot = &database.name;
    for round in 0..3 {
        let cut = format!(
            "SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots
            WHERE slot_name = '{slot}' AND active"
        );
        database.execute(&cut).await;
        let nights = (10 + round, 11 + round);
        database.execute("DELETE FROM bookings").await;
        database
            .execute(&booking("Room 1", nights.0, nights.1))
            .await;
        eventually_free(&node, nights, &["Room 2", "Room 3"]).await;
        assert_eq!(free(&node, nights.1, nights.1 + 1).await.len(), 3);
    }
}

#[tokio::test]
async fn truncating_the_bookings_frees_every_room() {
    let database = three_rooms_and_a_student().await;
    let node = Roost::start(&database).await;
    for room in ["Room 1", "Room 2", "Room 3"] {
        database.execute(&booking(room, 10, 40)).await;
    }
    eventually_free(&node, (39, 40), &[]).await;
    let replace = format!(
        "BEGIN; TRUNCATE bookings CASCADE; {}; COMMIT",
        booking("Room 2", 39, 40)
    );
    database.execute(&replace).await;
    eventually_free(&node, (39, 40), &["Room 1", "Room 3"]).await;
    database.execute("TRUNCATE bookings CASCADE").await;
    eventually_free(&node, (10, 40), &["Room 1", "Room 2", "Room 3"]).await;
}

#[tokio::test]
async fn postgres_rejects_two_bookings_of_a_room_for_the_same_night() {
    let database = three_rooms_and_a_student().await;
    database.execute(&booking("Room 1", 10, 12)).await;
    database.execute(&booking("Room 1", 12, 14)).await;
    database.execute(&booking("Room 2", 10, 14)).await;
    let rejected = [
        (booking("Room 1", 11, 13), "bookings_one_a_night"),
        (booking("Room 1", 9, 20), "bookings_one_a_night"),
        (booking("Room 1", 20, 20), "bookings_nights_check"),
        (booking("Room 1", 20, 387), "bookings_nights_check"),
        (
            "DELETE FROM rooms WHERE title = 'Room 1'".to_owned(),
            "bookings_room_id_fkey",
        ),
        (
            "UPDATE bookings SET check_in = '-infinity'".to_owned(),
            "bookings_check_in_check",
        ),
    ];
    for (statement, constraint) in rejected {
        let error = sqlx::query(sqlx::AssertSqlSafe(&*statement))
            .execute(&database.pool)
            .await
            .unwrap_err();
        let rejected_by = error
            .as_database_error()
            .and_then(|error| error.constraint());
        assert_eq!(rejected_by, Some(constraint), "{statement}: {error}");
    }
    database
        .execute("UPDATE bookings SET status = 'cancelled'")
        .await;
    database.execute(&booking("Room 1", 9, 20)).await;
}

#[tokio::test]
async fn bookings_are_added_to_a_publication_that_lacks_them() {
    let database = three_rooms_and_a_student().await;
    database
        .execute("CREATE PUBLICATION roost FOR TABLE rooms, exam_venues, requests, landlords")
        .await;
    database.execute(&booking("Room 1", 10, 12)).await;
    let node = Roost::start(&database).await;
    assert_eq!(free(&node, 10, 12).await, ["Room 2", "Room 3"]);
    database.execute(&booking("Room 2", 10, 12)).await;
    eventually_free(&node, (10, 12), &["Room 3"]).await;
}
