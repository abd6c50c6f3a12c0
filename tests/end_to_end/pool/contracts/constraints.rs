//! The database rejects invalid states whichever program writes them.

use sqlx::{AssertSqlSafe, Executor};

use super::scene::{PRICE, Scene, id_of, offer};
use crate::market::client::room;

/// Runs statements in one transaction and returns the constraint that rejects them, or the SQLSTATE
/// of an error without one.
async fn rejected_by(scene: &Scene, statements: &str) -> String {
    let mut transaction = scene.database.pool.begin().await.unwrap();
    let sql = sqlx::raw_sql(AssertSqlSafe(statements.to_owned()));
    let outcome = match transaction.execute(sql).await {
        Ok(_) => transaction.commit().await,
        Err(error) => Err(error),
    };
    let error = outcome.expect_err(statements);
    let error = error.as_database_error().unwrap();
    match error.constraint() {
        Some(constraint) => constraint.to_owned(),
        None => error.code().unwrap().into_owned(),
    }
}

pub(super) async fn assert_rejected(scene: &Scene, attacks: &[(&str, &str)]) {
    for (statements, constraint) in attacks {
        assert_eq!(
            rejected_by(scene, statements).await,
            *constraint,
            "{statements}"
        );
    }
}

/// Another offer of the same kind as the only one.
const ANOTHER_OFFER: &str =
    "INSERT INTO offers (request_id, landlord_id, room_id, check_in, check_out, price_minor,
        currency, valid_until)
    SELECT request_id, landlord_id, room_id, check_in, check_out, price_minor, currency, valid_until
    FROM offers LIMIT 1";

#[tokio::test]
async fn no_statement_breaks_the_rules_of_offers() {
    let scene = Scene::new(2).await;
    let request = scene.request().await;
    scene.offer(&request).await;
    let second_room = scene.landlord.create_listed(&scene.admin, &room()).await;
    id_of(&offer(&scene.landlord, &request, &second_room).await);
    assert_rejected(
        &scene,
        &[
            (ANOTHER_OFFER, "offers_open_key"),
            (
                "UPDATE requests SET status = 'cancelled'",
                "offers_request_active",
            ),
            (
                "UPDATE offers SET status = 'accepted', answered_at = now()",
                "offers_accepted_key",
            ),
            (
                "UPDATE requests SET status = 'matched';
                UPDATE offers SET status = 'declined', answered_at = now();
                UPDATE offers SET status = 'open', answered_at = NULL",
                "offers_status_check",
            ),
            (
                "UPDATE offers SET status = 'declined', answered_at = now()
                    WHERE id = (SELECT min(id::text)::uuid FROM offers);
                UPDATE offers SET status = 'accepted', answered_at = now() WHERE status = 'open'",
                "offers_request_matched",
            ),
            (
                "UPDATE offers SET status = 'declined', answered_at = now()
                    WHERE id = (SELECT min(id::text)::uuid FROM offers);
                UPDATE offers SET status = 'accepted', answered_at = now() WHERE status = 'open';
                UPDATE requests SET status = 'matched'",
                "contracts_offer_check",
            ),
            ("UPDATE offers SET price_minor = 1", "offers_terms_fixed"),
            ("UPDATE offers SET status = 'expired'", "offers_check2"),
            (
                "UPDATE offers SET message = repeat('a', 2001)",
                "offers_message_check",
            ),
        ],
    )
    .await;
    let cancel = format!("/requests/{request}/cancel");
    scene.student.post(&cancel, serde_json::json!({})).await;
    assert_rejected(&scene, &[(ANOTHER_OFFER, "offers_request_active")]).await;
}

#[tokio::test]
async fn no_statement_breaks_the_rules_of_contracts_and_bookings() {
    let scene = Scene::new(1).await;
    let contract = scene.contract().await;
    assert_rejected(
        &scene,
        &[
            (
                "UPDATE contracts SET status = 'active', activated_at = now()",
                "contracts_paid_check",
            ),
            (
                "UPDATE contracts SET total_minor = 1",
                "contracts_terms_fixed",
            ),
            (
                "UPDATE bookings SET status = 'cancelled'",
                "contracts_booking_check",
            ),
            (
                "UPDATE bookings SET check_out = check_out + 1",
                "contracts_booking_check",
            ),
            (
                "INSERT INTO bookings (room_id, student_id, check_in, check_out)
                SELECT room_id, student_id, check_in, check_out FROM bookings",
                "bookings_one_a_night",
            ),
            (
                "UPDATE contracts SET status = 'cancelled', closed_at = now(), closed_by = 'admin'",
                "contracts_booking_check",
            ),
            (
                "UPDATE contracts SET status = 'cancelled'",
                "contracts_check3",
            ),
            (
                "UPDATE landlords SET total_capacity = 1, active_contracts = 1",
                "landlords_capacity_check",
            ),
            (
                "UPDATE landlords SET pending_contracts = 2",
                "landlords_capacity_check",
            ),
            (
                "DELETE FROM contracts",
                "ledger_entries_contract_id_currency_fkey",
            ),
        ],
    )
    .await;
    assert_eq!(scene.pay(&contract, PRICE, "first").await.status, 201);
    assert_rejected(
        &scene,
        &[
            (
                "UPDATE bookings SET status = 'held'",
                "contracts_booking_check",
            ),
            (
                "UPDATE contracts SET status = 'pending', activated_at = NULL",
                "contracts_status_check",
            ),
        ],
    )
    .await;
}

/// Statements, and the constraint that rejects each.
fn attacks_on_the_ledger() -> Vec<(String, &'static str)> {
    let payment = |kind: &str, refunded: &str, amount: i64, currency: &str, reference: &str| {
        format!(
            "INSERT INTO payments
                (contract_id, kind, refunded_id, amount_minor, currency, method, reference)
            SELECT id, '{kind}', {refunded}, {amount}, '{currency}', 'cash', '{reference}'
            FROM contracts"
        )
    };
    let first = "(SELECT id FROM payments)";
    let entry = |amount: i64, currency: &str| {
        format!(
            "INSERT INTO ledger_entries
                (transaction_id, line, contract_id, reason, account, amount_minor, currency)
            SELECT uuid_v7(), 1, id, 'charge', 'tenant', {amount}, '{currency}' FROM contracts"
        )
    };
    let append_only = "23001";
    vec![
        (
            payment("payment", "NULL", PRICE + 1, "INR", "a"),
            "payments_due_check",
        ),
        (
            payment("payment", "NULL", 5, "INR", "first"),
            "payment_balances_reference_key",
        ),
        (
            payment("payment", "NULL", 5, "EUR", "a"),
            "payments_contract_id_currency_fkey",
        ),
        (
            payment("payment", "NULL", -5, "INR", "a"),
            "payment_balances_refunded_check",
        ),
        (
            payment("refund", first, PRICE + 1, "INR", "a"),
            "payment_balances_refunded_check",
        ),
        (
            payment("refund", "uuid_v7()", 5, "INR", "a"),
            "payments_refunded_fkey",
        ),
        (entry(5, "INR"), "ledger_entries_zero_sum"),
        (entry(5, "EUR"), "ledger_entries_contract_id_currency_fkey"),
        ("DELETE FROM payments".to_owned(), append_only),
        (
            "UPDATE payments SET amount_minor = 1".to_owned(),
            append_only,
        ),
        ("TRUNCATE payments".to_owned(), append_only),
        ("DELETE FROM ledger_entries".to_owned(), append_only),
        (
            "UPDATE ledger_entries SET amount_minor = 1".to_owned(),
            append_only,
        ),
        ("TRUNCATE rooms CASCADE".to_owned(), append_only),
        (
            "UPDATE contract_balances SET due_minor = 0".to_owned(),
            append_only,
        ),
        ("DELETE FROM account_balances".to_owned(), append_only),
        (
            "UPDATE payment_balances SET refunded_minor = 1".to_owned(),
            append_only,
        ),
    ]
}

#[tokio::test]
async fn no_statement_breaks_the_ledger_and_the_balances() {
    let scene = Scene::new(1).await;
    let contract = scene.contract().await;
    assert_eq!(scene.pay(&contract, PRICE, "first").await.status, 201);
    for (statement, constraint) in attacks_on_the_ledger() {
        assert_eq!(
            rejected_by(&scene, &statement).await,
            constraint,
            "{statement}"
        );
    }
    let sums = "SELECT concat_ws(' ', sum(amount_minor), count(*)) FROM ledger_entries";
    assert_eq!(scene.text(sums).await, "0 4");
}
