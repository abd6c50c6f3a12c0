//! A stay of some months is paid month by month.

use serde_json::{Value, json};

use super::constraints::assert_rejected;
use super::jobs::{move_back, run, until};
use super::scene::{PRICE, Scene, id_of};
use crate::harness::day;
use crate::market::client::rental_request;

/// What each month costs, night by night.
const MONTHS: &str = "
    SELECT string_agg((nights * 80000)::text, ' ' ORDER BY month) FROM (
        SELECT month, count(*) AS nights FROM (
            SELECT (
                SELECT max(month) FROM generate_series(0, 20) month
                WHERE c.check_in + make_interval(months => month) <= night
            ) AS month
            FROM contracts c, generate_series(c.check_in, c.check_out - 1, interval '1 day') night
        ) nights GROUP BY month
    ) months";

/// The number and the amount of each event of an overdue instalment.
const OVERDUE: &str = "
    SELECT coalesce(string_agg(concat_ws(': ', change ->> 'instalment', change ->> 'due_minor'),
        ', ' ORDER BY id), '')
    FROM events WHERE kind = 'payment.overdue'";

/// A pending contract for 75 nights from the tenth day on.
async fn long_contract(scene: &Scene) -> String {
    let mut request = rental_request();
    request["check_out"] = json!(day(85).to_string());
    let request = id_of(&scene.student.post("/requests", request).await);
    scene.contract_of(&request).await
}

async fn contract(scene: &Scene, id: &str) -> Value {
    let reply = scene.student.get(&format!("/contracts/{id}")).await;
    assert_eq!(reply.status, 200, "{}", reply.json);
    reply.json["data"].clone()
}

/// A number of each instalment.
fn amounts(contract: &Value, member: &str) -> Vec<i64> {
    let instalments = contract["instalments"].as_array().unwrap().iter();
    instalments.map(|it| it[member].as_i64().unwrap()).collect()
}

/// Runs the job and waits until it is done.
async fn mark_overdue(scene: &Scene) {
    run(scene, "mark_overdue").await;
    let done = "SELECT count(*)::text FROM list_jobs('mark_overdue', false, 10)";
    until(scene, done, "0").await;
}

#[tokio::test]
async fn a_long_stay_is_due_month_by_month_and_payments_cover_the_earliest_first() {
    let scene = Scene::new(2).await;
    let id = long_contract(&scene).await;
    let seen = contract(&scene, &id).await;
    let months = amounts(&seen, "amount_minor");
    assert_eq!(months.len(), 3);
    let texts: Vec<String> = months.iter().map(i64::to_string).collect();
    assert_eq!(texts.join(" "), scene.text(MONTHS).await);
    assert_eq!(months.iter().sum::<i64>(), PRICE * 75);
    let days = "
        SELECT (string_agg(i.due_on::text, ' ' ORDER BY i.number) = concat_ws(' ',
            (now() AT TIME ZONE 'UTC')::date + 7, (c.check_in + interval '1 month')::date,
            (c.check_in + interval '2 months')::date))::text
        FROM instalments i JOIN contracts c ON c.id = i.contract_id GROUP BY c.id";
    assert_eq!(scene.text(days).await, "true");
    assert_eq!(seen["instalments"][0]["due_on"], seen["due_on"]);

    let part = months[0] + PRICE;
    assert_eq!(scene.pay(&id, part, "first").await.status, 201);
    let seen = contract(&scene, &id).await;
    assert_eq!(amounts(&seen, "paid_minor"), [months[0], PRICE, 0]);

    // Two of the three days pass.
    mark_overdue(&scene).await;
    assert_eq!(scene.text(OVERDUE).await, "");
    move_back(&scene, 50).await;
    mark_overdue(&scene).await;
    mark_overdue(&scene).await;
    let rest = months[1] - PRICE;
    assert_eq!(scene.text(OVERDUE).await, format!("2: {rest}"));
    let seen = contract(&scene, &id).await;
    let overdue = |number: usize| seen["instalments"][number]["overdue_at"].is_string();
    assert_eq!([overdue(0), overdue(1), overdue(2)], [false, true, false]);
    assert!(seen["overdue_at"].is_string());

    assert_eq!(scene.pay(&id, rest - 1, "second").await.status, 201);
    assert!(contract(&scene, &id).await["overdue_at"].is_string());
    assert_eq!(scene.pay(&id, 1, "third").await.status, 201);
    let seen = contract(&scene, &id).await;
    assert_eq!(seen["overdue_at"], Value::Null);
    assert_eq!(seen["instalments"][1]["overdue_at"], Value::Null);

    move_back(&scene, 30).await;
    mark_overdue(&scene).await;
    let both = format!("2: {rest}, 3: {}", months[2]);
    assert_eq!(scene.text(OVERDUE).await, both);
    assert_eq!(scene.pay(&id, months[2], "fourth").await.status, 201);
    assert_eq!(contract(&scene, &id).await["overdue_at"], Value::Null);
}

#[tokio::test]
async fn a_refund_uncovers_the_latest_instalment_and_a_cancelled_contract_owes_none() {
    let scene = Scene::new(2).await;
    let id = long_contract(&scene).await;
    let months = amounts(&contract(&scene, &id).await, "amount_minor");
    let paid = scene.pay(&id, months[0] + months[1], "first").await;
    let payment = id_of(&paid);
    let refund = json!({"reference": "back", "amount_minor": months[1] + 1});
    let path = format!("/payments/{payment}/refund");
    let refunded = scene.landlord.post(&path, refund).await;
    assert_eq!(refunded.status, 201, "{}", refunded.json);
    let seen = contract(&scene, &id).await;
    assert_eq!(amounts(&seen, "paid_minor"), [months[0] - 1, 0, 0]);
    let overdue = "SET session_replication_role = replica;
        UPDATE instalments SET due_on = due_on - 8; RESET session_replication_role";
    scene.database.execute(overdue).await;
    mark_overdue(&scene).await;
    assert_eq!(scene.text(OVERDUE).await, "1: 1");
    let path = format!("/contracts/{id}/cancel");
    assert_eq!(scene.student.post(&path, json!({})).await.status, 200);
    let seen = contract(&scene, &id).await;
    assert_eq!(seen["overdue_at"], Value::Null);
    assert_eq!(seen["instalments"][0]["overdue_at"], Value::Null);
    mark_overdue(&scene).await;
    assert_eq!(scene.text(OVERDUE).await, "1: 1");
}

#[tokio::test]
async fn no_statement_changes_what_is_due_when() {
    let scene = Scene::new(1).await;
    long_contract(&scene).await;
    assert_rejected(
        &scene,
        &[
            (
                "UPDATE instalments SET amount_minor = amount_minor + 1",
                "instalments_fixed",
            ),
            (
                "UPDATE instalments SET due_on = due_on + 1 WHERE number = 2",
                "instalments_fixed",
            ),
            (
                "DELETE FROM instalments WHERE number = 3",
                "instalments_total_check",
            ),
            (
                "INSERT INTO instalments (contract_id, number, due_on, amount_minor)
                SELECT contract_id, 4, due_on, 1 FROM instalments WHERE number = 3",
                "instalments_total_check",
            ),
        ],
    )
    .await;
}
