//! Scheduled jobs: offers expire, contracts close, and payments become overdue.

use std::time::Duration;

use serde_json::json;

use super::scene::{PRICE, Scene};
use crate::harness::eventually;

const DEADLINE: Duration = Duration::from_secs(60);

/// Runs a job now, which its schedule does later.
pub(super) async fn run(scene: &Scene, task: &str) {
    let job = format!("SELECT enqueue_job('{task}', '{{}}', 5, NULL)");
    scene.database.execute(&job).await;
}

/// Waits until a query returns a text.
pub(super) async fn until(scene: &Scene, sql: &str, expected: &str) {
    eventually(expected, DEADLINE, async || {
        (scene.text(sql).await == expected).then_some(())
    })
    .await;
}

/// Moves the nights and the days of payment of all contracts to the past, as time would.
pub(super) async fn move_back(scene: &Scene, days: i32) {
    let moved = format!(
        "SET session_replication_role = replica;
        UPDATE requests SET check_in = check_in - {days}, check_out = check_out - {days};
        UPDATE offers SET check_in = check_in - {days}, check_out = check_out - {days};
        UPDATE bookings SET check_in = check_in - {days}, check_out = check_out - {days};
        UPDATE contracts SET check_in = check_in - {days}, check_out = check_out - {days},
            due_on = due_on - {days};
        UPDATE instalments SET due_on = due_on - {days};
        RESET session_replication_role"
    );
    scene.database.execute(&moved).await;
}

#[tokio::test]
async fn an_offer_that_is_not_answered_in_time_expires_with_one_event() {
    let scene = Scene::new(1).await;
    let request = scene.request().await;
    let offer = scene.offer(&request).await;
    let over = "UPDATE offers SET valid_until = created_at + interval '1 millisecond'";
    scene.database.execute(over).await;
    run(&scene, "expire_offers").await;
    run(&scene, "expire_offers").await;
    until(&scene, "SELECT status FROM offers", "expired").await;
    let reply = scene
        .student
        .post(&format!("/offers/{offer}/accept"), json!({}))
        .await;
    assert_eq!(reply.status, 409, "{}", reply.json);
    assert_eq!(scene.events().await, "offer.made offer.expired");
    // The landlord can offer the room again.
    scene.offer(&request).await;
}

#[tokio::test]
async fn a_contract_ends_after_its_last_night_and_an_unpaid_one_is_cancelled() {
    let scene = Scene::new(3).await;
    let paid = scene.contract().await;
    assert_eq!(scene.pay(&paid, PRICE, "first").await.status, 201);
    let request = scene.request_from(20).await;
    scene.contract_of(&request).await;
    move_back(&scene, 21).await;
    run(&scene, "close_contracts").await;
    let states =
        "SELECT string_agg(concat_ws(' ', c.status, c.closed_by, c.cancel_reason, b.status),
            ', ' ORDER BY c.check_in)
        FROM contracts c JOIN bookings b ON b.id = c.booking_id";
    let expected = "ended system confirmed, \
                    cancelled system nothing was paid before the first night cancelled";
    until(&scene, states, expected).await;
    let landlord = scene
        .landlord_is("active_contracts, pending_contracts, is_available")
        .await;
    assert_eq!(landlord, "0 0 t");
    assert!(
        scene
            .events()
            .await
            .ends_with("contract.ended contract.cancelled")
    );
}

#[tokio::test]
async fn a_payment_is_marked_overdue_once_and_no_longer_once_it_is_paid() {
    let scene = Scene::new(3).await;
    let contract = scene.contract().await;
    assert_eq!(scene.pay(&contract, PRICE, "first").await.status, 201);
    run(&scene, "mark_overdue").await;
    move_back(&scene, 8).await;
    run(&scene, "mark_overdue").await;
    run(&scene, "mark_overdue").await;
    until(
        &scene,
        "SELECT (overdue_at IS NOT NULL)::text FROM contracts",
        "true",
    )
    .await;
    let done = "SELECT count(*)::text FROM graphile_worker._private_jobs j
        JOIN graphile_worker._private_tasks t ON t.id = j.task_id WHERE t.identifier = 'mark_overdue'";
    until(&scene, done, "0").await;
    let overdue = "SELECT string_agg(change ->> 'due_minor', ' ') FROM events
        WHERE kind = 'payment.overdue'";
    assert_eq!(scene.text(overdue).await, PRICE.to_string());
    assert_eq!(scene.pay(&contract, PRICE, "second").await.status, 201);
    let seen = scene.student.get(&format!("/contracts/{contract}")).await;
    assert_eq!(seen.json["data"]["overdue_at"], json!(null));
}
