//! What is true of offers, contracts, bookings and money at any moment.

use crate::harness::TestDatabase;

/// Queries that count violations, each with what it counts.
const VIOLATIONS: &[(&str, &str)] = &[
    (
        "nights that are sold twice",
        "SELECT count(*) FROM bookings a JOIN bookings b ON a.room_id = b.room_id AND a.id < b.id
        WHERE a.status <> 'cancelled' AND b.status <> 'cancelled'
            AND daterange(a.check_in, a.check_out) && daterange(b.check_in, b.check_out)",
    ),
    (
        "landlords whose contracts are counted wrongly or exceed the capacity",
        "SELECT count(*) FROM landlords l, LATERAL (
            SELECT count(*) FILTER (WHERE status = 'active') AS active,
                count(*) FILTER (WHERE status = 'pending') AS pending
            FROM contracts c WHERE c.landlord_id = l.id
        ) counted
        WHERE active <> active_contracts OR pending <> pending_contracts
            OR active + pending > total_capacity",
    ),
    (
        "landlords who are available although full, or hidden although not",
        "SELECT count(*) FROM landlords
        WHERE is_available <> (active_contracts < total_capacity) OR hidden_when_full = is_available",
    ),
    (
        "requests with two accepted offers, or with one and not matched",
        "SELECT count(*) FROM requests r, LATERAL (
            SELECT count(*) AS accepted FROM offers o
            WHERE o.request_id = r.id AND o.status = 'accepted'
        ) counted
        WHERE accepted > 1 OR (accepted = 1) <> (r.status = 'matched')",
    ),
    (
        "open offers of closed requests",
        "SELECT count(*) FROM offers o JOIN requests r ON r.id = o.request_id
        WHERE o.status = 'open' AND r.status <> 'active'",
    ),
    (
        "accepted offers without a contract, and contracts without one",
        "SELECT count(*) FROM offers o FULL JOIN contracts c ON c.offer_id = o.id
        WHERE (o.status = 'accepted') <> (c.id IS NOT NULL) OR o.id IS NULL",
    ),
    (
        "contracts whose booking has another state",
        "SELECT count(*) FROM contracts c JOIN bookings b ON b.id = c.booking_id
        WHERE b.status <> CASE c.status WHEN 'pending' THEN 'held' WHEN 'active' THEN 'confirmed'
            WHEN 'cancelled' THEN 'cancelled' ELSE b.status END",
    ),
    (
        "currencies in which the ledger does not sum to zero",
        "SELECT count(*) FROM (
            SELECT FROM ledger_entries GROUP BY currency HAVING sum(amount_minor) <> 0
        ) wrong",
    ),
    (
        "ledger transactions that do not sum to zero",
        "SELECT count(*) FROM (
            SELECT FROM ledger_entries GROUP BY transaction_id, contract_id
            HAVING sum(amount_minor) <> 0
        ) wrong",
    ),
    (
        "balances of contracts that differ from their entries",
        "SELECT count(*) FROM contract_balances b, LATERAL (
            SELECT coalesce(sum(amount_minor) FILTER (WHERE account = 'tenant'), 0) AS due,
                coalesce(-sum(amount_minor) FILTER (WHERE account = 'rent'), 0) AS charged,
                coalesce(sum(amount_minor) FILTER (WHERE account = 'received'), 0) AS received
            FROM ledger_entries e WHERE e.contract_id = b.contract_id
        ) summed
        WHERE (due_minor, charged_minor, received_minor) <> (due, charged, received)",
    ),
    (
        "contracts whose balance is not that of their state and payments",
        "SELECT count(*) FROM contracts c JOIN contract_balances b ON b.contract_id = c.id, LATERAL (
            SELECT coalesce(sum(amount_minor * CASE kind WHEN 'payment' THEN 1 ELSE -1 END), 0) AS paid
            FROM payments p WHERE p.contract_id = c.id
        ) summed
        WHERE received_minor <> paid
            OR charged_minor <> CASE c.status WHEN 'cancelled' THEN 0 ELSE c.total_minor END",
    ),
    (
        "contracts whose instalments do not add up to the total",
        "SELECT count(*) FROM contracts c WHERE total_minor IS DISTINCT FROM (
            SELECT sum(amount_minor) FROM instalments WHERE contract_id = c.id
        )",
    ),
    (
        "instalments that are overdue although payments cover them or nothing is charged",
        "SELECT count(*) FROM covered_instalments
        WHERE overdue_at IS NOT NULL AND (paid_minor = amount_minor OR status = 'cancelled')",
    ),
    (
        "balances of students and landlords that differ from those of their contracts",
        "WITH owned AS (
            SELECT 'student' AS party, student_id AS owner_id, id FROM contracts
            UNION ALL SELECT 'landlord', landlord_id, id FROM contracts
        ), summed AS (
            SELECT party, owner_id, sum(charged_minor) AS charged, sum(received_minor) AS received,
                sum(due_minor) AS due
            FROM owned JOIN contract_balances ON contract_id = id GROUP BY party, owner_id
        )
        SELECT count(*) FROM summed s FULL JOIN account_balances a USING (party, owner_id)
        WHERE (charged, received, due) IS DISTINCT FROM (charged_minor, received_minor, due_minor)",
    ),
    (
        "payments whose refunds are counted wrongly",
        "SELECT count(*) FROM payments p FULL JOIN payment_balances b ON b.payment_id = p.id, LATERAL (
            SELECT coalesce(sum(r.amount_minor), 0) AS refunded FROM payments r
            WHERE r.refunded_id = p.id
        ) summed
        WHERE p.id IS NULL OR b.payment_id IS NULL OR refunded <> refunded_minor",
    ),
    (
        "offers without exactly one event for each of their states",
        "SELECT count(*) FROM offers o, LATERAL (
            SELECT count(*) FILTER (WHERE kind = 'offer.made') AS made,
                count(*) FILTER (WHERE kind = 'offer.' || o.status) AS final, count(*) AS all_events
            FROM events e WHERE e.subject_kind = 'offer' AND e.subject_id = o.id
        ) counted
        WHERE made <> 1 OR final <> (o.status <> 'open')::integer OR all_events <> made + final",
    ),
    (
        "contracts without exactly one event for each of their states",
        "SELECT count(*) FROM contracts c, LATERAL (
            SELECT count(*) FILTER (WHERE kind = 'contract.created') AS created,
                count(*) FILTER (WHERE kind = 'contract.activated') AS activated,
                count(*) FILTER (WHERE kind = 'contract.' || c.status) AS closed,
                count(*) AS all_events
            FROM events e WHERE e.subject_kind = 'contract' AND e.subject_id = c.id
                AND e.kind LIKE 'contract.%'
        ) counted
        WHERE created <> 1 OR activated <> (c.activated_at IS NOT NULL)::integer
            OR (c.closed_at IS NOT NULL AND closed <> 1)
            OR all_events <> created + activated + (c.closed_at IS NOT NULL)::integer",
    ),
    (
        "payments without exactly one event",
        "SELECT count(*) FROM payments p, LATERAL (
            SELECT count(*) AS events FROM events e
            WHERE e.subject_kind = 'payment' AND e.subject_id = p.id
                AND e.kind = CASE p.kind WHEN 'payment' THEN 'payment.recorded' ELSE 'payment.refunded' END
        ) counted
        WHERE events <> 1",
    ),
    (
        "requests without exactly one event for each of their states",
        "SELECT count(*) FROM requests r, LATERAL (
            SELECT count(*) FILTER (WHERE kind = 'request.created') AS created,
                count(*) FILTER (WHERE kind = 'request.' || r.status) AS final,
                count(*) FILTER (WHERE kind NOT IN ('request.changed', 'request.ranked')) AS states
            FROM events e WHERE e.subject_kind = 'request' AND e.subject_id = r.id
                AND e.kind LIKE 'request.%'
        ) counted
        WHERE created <> 1 OR final <> (r.status <> 'active')::integer OR states <> created + final",
    ),
    (
        "matches that no event has reported, though the landlord has not viewed or answered first",
        "SELECT count(*) FROM matches m WHERE m.rank IS NOT NULL AND NOT EXISTS (
            SELECT FROM events e, jsonb_array_elements(e.change -> 'landlords') reported
            WHERE e.kind = 'request.ranked' AND e.subject_kind = 'request'
                AND e.subject_id = m.request_id
                AND (reported ->> 'landlord_id')::uuid = m.landlord_id
        ) AND m.viewed_at IS NULL AND m.responded_at IS NULL",
    ),
    (
        "landlords who are reported twice in one ranking",
        "SELECT count(*) FROM events e WHERE e.kind = 'request.ranked' AND (
            SELECT count(*) > count(DISTINCT reported ->> 'landlord_id')
            FROM jsonb_array_elements(e.change -> 'landlords') reported
        )",
    ),
    (
        "events of requests, offers, contracts and payments that do not exist",
        "SELECT count(*) FROM events e WHERE CASE e.subject_kind
            WHEN 'request' THEN NOT EXISTS (SELECT FROM requests r WHERE r.id = e.subject_id)
            WHEN 'offer' THEN NOT EXISTS (SELECT FROM offers o WHERE o.id = e.subject_id)
            WHEN 'contract' THEN NOT EXISTS (SELECT FROM contracts c WHERE c.id = e.subject_id)
            WHEN 'payment' THEN NOT EXISTS (SELECT FROM payments p WHERE p.id = e.subject_id)
            ELSE false END",
    ),
];

/// The invariants that are violated, with the number of violations.
pub(super) async fn violations(database: &TestDatabase) -> Vec<(&'static str, i64)> {
    let mut violated = Vec::new();
    for (what, sql) in VIOLATIONS {
        let count: i64 = sqlx::Row::get(&database.row(sql).await, 0);
        if count > 0 {
            violated.push((*what, count));
        }
    }
    violated
}
