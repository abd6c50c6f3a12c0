//! Statistics that are computed from new events equal those that are computed from everything, and
//! both equal what the facts say.

use std::collections::BTreeMap;
use std::time::Duration;

use roost_market::pool::statistics::{
    Extent, decay_exposure, exposure, update_landlord_signals, update_pool_statistics,
};
use sqlx::Row;
use sqlx::postgres::PgPool;

use super::rows::{LANDLORDS, REQUESTS, landlord_id, request_id};
use super::scene::{Expected, Scene};

const STEPS: usize = 400;

#[tokio::test]
async fn statistics_from_new_events_equal_those_of_everything() {
    for seed in [1, 2] {
        let mut scene = Scene::start(seed).await;
        for step in 0..STEPS {
            scene.step().await;
            if step % 37 == 0 {
                update(&scene, Extent::New).await;
                assert_correct(&scene).await;
            }
        }
        update(&scene, Extent::New).await;
        assert_correct(&scene).await;
        update(&scene, Extent::All).await;
        assert_correct(&scene).await;
        // Nothing is new.
        let pool = &scene.database.pool;
        assert_eq!(update_pool_statistics(pool, Extent::New).await.unwrap(), 0);
        assert_eq!(update_landlord_signals(pool, Extent::New).await.unwrap(), 0);
    }
}

#[tokio::test]
async fn an_event_that_commits_late_is_counted_as_well() {
    let mut scene = Scene::start(3).await;
    update(&scene, Extent::New).await;
    let mut late = scene.database.pool.begin().await.unwrap();
    let insert = format!(
        "INSERT INTO events (actor_kind, kind, subject_kind, subject_id, change)
        VALUES ('system', 'request.changed', 'request', '{}', '{{}}')",
        request_id(0)
    );
    sqlx::query(sqlx::AssertSqlSafe(insert))
        .execute(&mut *late)
        .await
        .unwrap();
    // Later transactions commit and are computed first.
    for _ in 0..20 {
        scene.step().await;
    }
    update(&scene, Extent::New).await;
    late.commit().await.unwrap();
    let pool = &scene.database.pool;
    assert_eq!(update_pool_statistics(pool, Extent::New).await.unwrap(), 1);
    assert_eq!(update_pool_statistics(pool, Extent::New).await.unwrap(), 0);
}

#[tokio::test]
async fn exposure_follows_offers_and_views_and_decays() {
    let mut scene = Scene::start(4).await;
    for _ in 0..STEPS {
        scene.step().await;
    }
    assert_exposure(&scene).await;
    // As if much time had passed.
    scene
        .database
        .execute("UPDATE request_exposure SET drawn = drawn + 1 WHERE drawn > 0")
        .await;
    let exposed = "SELECT count(*) FROM request_exposure e JOIN requests r ON r.id = e.request_id
        WHERE drawn > 0 AND status = 'active'";
    let exposed: i64 = scene.database.row(exposed).await.get(0);
    let changed = decay_exposure(&scene.database.pool).await.unwrap();
    assert!(exposed > 5, "{exposed}");
    assert_eq!(changed, exposed.unsigned_abs());
    let closed = "UPDATE request_exposure e SET drawn = request_exposure_drawn(e.request_id, now())
        FROM requests r WHERE r.id = e.request_id AND r.status <> 'active'";
    scene.database.execute(closed).await;
    assert_exposure(&scene).await;
    assert_eq!(decay_exposure(&scene.database.pool).await.unwrap(), 0);
}

#[tokio::test]
async fn concurrent_offers_for_the_same_requests_do_not_deadlock_and_all_count() {
    let scene = Scene::start(5).await;
    let pool = &scene.database.pool;
    for _ in 0..10 {
        let actors = (0..LANDLORDS).map(|landlord| offer_for_all(pool, landlord));
        futures_util::future::try_join_all(actors).await.unwrap();
        let drawn = "SELECT min(drawn), max(drawn) FROM request_exposure";
        let drawn = scene.database.row(drawn).await;
        let expected = f64::from(u32::try_from(LANDLORDS).unwrap());
        let drawn: (f64, f64) = (drawn.get(0), drawn.get(1));
        assert_eq!(drawn, (expected, expected));
        let withdraw = "UPDATE offers SET status = 'withdrawn', answered_at = now()
            WHERE status = 'open'";
        scene.database.execute(withdraw).await;
        let left = "SELECT coalesce(max(drawn), 0) FROM request_exposure";
        assert_eq!(scene.database.row(left).await.get::<f64, _>(0), 0.0);
    }
}

/// Offers a room for all requests in one transaction, in an order that depends on the landlord.
async fn offer_for_all(pool: &PgPool, landlord: usize) -> Result<(), sqlx::Error> {
    let mut transaction = pool.begin().await?;
    for n in 0..REQUESTS {
        let request = match landlord % 2 {
            0 => n,
            _ => REQUESTS - 1 - n,
        };
        let (request, landlord) = (request_id(request), landlord_id(landlord));
        let offer = format!(
            "INSERT INTO offers (request_id, landlord_id, room_id, check_in, check_out, price_minor,
                currency, valid_until)
            SELECT id, '{landlord}', '{landlord}', check_in, check_out, 50000, currency,
                now() + interval '1 day'
            FROM requests WHERE id = '{request}'"
        );
        sqlx::query(sqlx::AssertSqlSafe(offer))
            .execute(&mut *transaction)
            .await?;
    }
    transaction.commit().await
}

async fn update(scene: &Scene, extent: Extent) {
    let pool = &scene.database.pool;
    update_landlord_signals(pool, extent).await.unwrap();
    update_pool_statistics(pool, extent).await.unwrap();
}

async fn assert_correct(scene: &Scene) {
    let rows = sqlx::query(
        "SELECT id::text, acceptance_rate, response_time_s_average FROM landlords
        WHERE acceptance_rate > 0 OR id IN (
            SELECT landlord_id FROM matches WHERE viewed_at IS NOT NULL OR responded_at IS NOT NULL
        )",
    );
    let rows = rows.fetch_all(&scene.database.pool).await.unwrap();
    let landlords: BTreeMap<String, (f64, Option<f64>)> = rows
        .into_iter()
        .map(|row| (row.get(0), (row.get(1), row.get(2))))
        .collect();
    let expected = scene.expected_landlords();
    assert_eq!(
        landlords.keys().collect::<Vec<_>>(),
        expected.keys().collect::<Vec<_>>()
    );
    for (landlord, (rate, response_s)) in &expected {
        assert_close(Some(landlords[landlord].0), Some(*rate));
        assert_close(landlords[landlord].1, *response_s);
    }
    let (pool, expected) = (stored(scene).await, scene.expected_pool());
    assert_eq!(
        pool.keys().collect::<Vec<_>>(),
        expected.keys().collect::<Vec<_>>()
    );
    for (group, expected) in expected {
        let stored = &pool[&group];
        assert_eq!(stored.counts, expected.counts, "{group:?}");
        for (stored, expected) in stored.numbers.iter().zip(expected.numbers) {
            assert_close(*stored, expected);
        }
    }
}

async fn stored(scene: &Scene) -> BTreeMap<(String, String), Expected> {
    let rows = sqlx::query(
        "SELECT coalesce(city, ''), coalesce(week, ''), requests, active, contracted, matches, matched,
            never_shown, exposure_gini, first_offer_s_p50, first_offer_s_p90, contract_s_p50,
            contract_s_p90
        FROM pool_statistics",
    );
    let rows = rows.fetch_all(&scene.database.pool).await.unwrap();
    let rows = rows.into_iter().map(|row| {
        let expected = Expected {
            counts: std::array::from_fn(|at| row.get(2 + at)),
            numbers: std::array::from_fn(|at| row.get(8 + at)),
        };
        ((row.get(0), row.get(1)), expected)
    });
    rows.collect()
}

/// The stored exposure is that of a short while ago; the function is compared at one moment.
async fn assert_exposure(scene: &Scene) {
    let now_s = "SELECT extract(epoch FROM now())::bigint";
    let now_s: i64 = scene.database.row(now_s).await.get(0);
    for request in 0..REQUESTS {
        let (open, views) = scene.open_and_views(request);
        let ages = views.iter().map(|viewed_s| now_s - viewed_s);
        let ages = ages.map(|age_s| Duration::from_secs(age_s.unsigned_abs()));
        let expected = exposure(open, ages);
        let id = request_id(request);
        let sql = format!(
            "SELECT request_exposure_drawn('{id}', to_timestamp({now_s})), coalesce(
                (SELECT drawn FROM request_exposure WHERE request_id = '{id}'), 0)"
        );
        let row = scene.database.row(&sql).await;
        assert_close(Some(row.get(0)), Some(expected));
        let stored: f64 = row.get(1);
        assert!(
            (stored - expected).abs() < 0.01,
            "{id}: {stored} {expected}"
        );
    }
}

fn assert_close(found: Option<f64>, expected: Option<f64>) {
    match (found, expected) {
        (Some(found), Some(expected)) => {
            let difference = (found - expected).abs();
            assert!(
                difference <= 1e-9 * expected.abs().max(1.0),
                "{found} {expected}"
            );
        }
        _ => assert_eq!(found, expected),
    }
}
