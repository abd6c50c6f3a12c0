//! A client resumes without gap and duplicate: after a restart of the node, and on another one.

use std::time::{Duration, Instant};

use super::stream::{FEED, REQUESTS, Stream, request};
use super::{own_id, rank, ranked};
use crate::harness::{Roost, TestDatabase, eventually};
use crate::market::client::Client;

/// Two nodes over one database. The second one accepts the tokens of the first.
async fn two_nodes() -> (TestDatabase, Roost, Roost) {
    let database = TestDatabase::create().await;
    let first = Roost::start(&database).await;
    let slot = format!("{}_b", database.name);
    let keys = first.data_dir.join("token_keys.json");
    // Mail is written into the folder of the first node, which sends it.
    let settings = [
        ("ROOST_TOKEN_KEYS_FILE", keys.to_str().unwrap()),
        ("ROOST_WORKERS", "0"),
    ];
    let second = Roost::start_unready(&database.url, &slot, &settings).await;
    second.wait_until_ready().await;
    (database, first, second)
}

#[tokio::test]
async fn a_client_resumes_after_a_restart_and_on_another_node() {
    let (database, mut first, second) = two_nodes().await;
    let asha = Client::landlord(&first, "asha@example.com").await;
    let token = asha.token();
    let landlord = own_id(&asha, "/landlords/me").await;
    let mut feed = Stream::open(&first, FEED, token).await;
    rank(&database, &landlord, 0..10).await;
    assert_eq!(feed.scores(4).await, [0, 1, 2, 3]);
    // The client has read four of ten. The node is killed, and more events follow meanwhile.
    first.kill();
    let last_id = feed.last_id.clone();
    rank(&database, &landlord, 10..13).await;
    let mut on_second = Stream::resume(&second, FEED, token, &last_id).await;
    assert_eq!(on_second.scores(9).await, (4..13).collect::<Vec<_>>());
    rank(&database, &landlord, 13..15).await;
    assert_eq!(on_second.scores(1).await, [13]);
    let last_id = on_second.last_id.clone();
    drop(on_second);
    first.restart().await;
    let mut on_first = Stream::resume(&first, FEED, token, &last_id).await;
    on_first.expect_score(14).await;
    rank(&database, &landlord, 15..16).await;
    on_first.expect_score(15).await;
    // From long before, everything once more.
    let mut all = Stream::resume(&second, FEED, token, &feed.last_id).await;
    assert_eq!(all.scores(12).await, (4..16).collect::<Vec<_>>());
}

#[tokio::test]
async fn clients_that_reconnect_all_the_time_while_events_are_written_miss_and_repeat_none() {
    const EVENTS: u32 = 480;
    const WRITERS: u32 = 6;
    let (database, first, second) = two_nodes().await;
    let asha = Client::landlord(&first, "asha@example.com").await;
    let landlord = own_id(&asha, "/landlords/me").await;
    let start = Stream::open(&first, FEED, asha.token()).await.last_id;
    let mut writers = tokio::task::JoinSet::new();
    for writer in 0..WRITERS {
        let (pool, landlord) = (database.pool.clone(), landlord.clone());
        writers.spawn(async move {
            for n in 0..EVENTS / WRITERS {
                // Some transactions are open while others commit.
                let mut transaction = pool.begin().await.unwrap();
                let insert = ranked(&landlord, n * WRITERS + writer);
                let insert = sqlx::query(sqlx::AssertSqlSafe(insert));
                insert.execute(&mut *transaction).await.unwrap();
                tokio::time::sleep(Duration::from_millis(u64::from(n % 7))).await;
                transaction.commit().await.unwrap();
            }
        });
    }
    let mut scores = Vec::new();
    let (mut last_id, mut connections) = (start, 0);
    let deadline = Instant::now() + Duration::from_secs(120);
    while scores.len() < EVENTS as usize {
        assert!(Instant::now() < deadline, "{} of {EVENTS}", scores.len());
        let node = [&first, &second][connections % 2];
        let mut stream = Stream::resume(node, FEED, asha.token(), &last_id).await;
        connections += 1;
        let left = EVENTS as usize - scores.len();
        scores.extend(stream.scores(left.min(1 + connections % 23)).await);
        last_id = stream.last_id;
    }
    writers.join_all().await;
    scores.sort_unstable();
    assert_eq!(scores, (0..u64::from(EVENTS)).collect::<Vec<_>>());
    println!("{EVENTS} events over {connections} connections to two nodes");
}

#[tokio::test]
async fn an_id_of_another_stream_or_database_or_an_old_one_is_rejected() {
    let (database, first, _second) = two_nodes().await;
    let asha = Client::landlord(&first, "asha@example.com").await;
    let ravi = Client::student(&first, "ravi@example.com").await;
    let landlord = own_id(&asha, "/landlords/me").await;
    let id = Stream::open(&first, FEED, asha.token()).await.last_id;
    let of_requests = Stream::open(&first, REQUESTS, ravi.token()).await.last_id;
    let parts: Vec<String> = id.split('.').map(str::to_owned).collect();
    let with = |at: usize, text: String| {
        let mut parts = parts.clone();
        parts[at] = text;
        parts.join(".")
    };
    let taken_at: i64 = id.split('.').nth(2).unwrap().parse().unwrap();
    let old = with(2, (taken_at - 8 * 24 * 3600).to_string());
    let elsewhere = with(1, "00000000000000a1".to_owned());
    let unknown = with(3, "999999999:999999999:".to_owned());
    for (bad, status, code) in [
        ("17", 400, "invalid_parameter"),
        (&of_requests, 400, "invalid_parameter"),
        (&elsewhere, 400, "invalid_parameter"),
        (&unknown, 400, "invalid_parameter"),
        (&old, 410, "gone"),
    ] {
        let response = request(&first, FEED, asha.token(), bad).await;
        assert_eq!(response.status(), status, "{bad}");
        let json: serde_json::Value = response.json().await.unwrap();
        let error = &json["error"];
        assert_eq!(error["code"], code, "{error}");
        assert_eq!(error["field"], "last-event-id");
        let expected = "the id of an event of this stream, at most 7 days old";
        assert_eq!(error["expected"], expected);
    }
    // One that has missed too much reads its feed instead.
    let many = format!(
        "INSERT INTO events (actor_kind, kind, subject_kind, subject_id, change)
        SELECT 'system', 'request.ranked', 'request', uuid_v7(),
            jsonb_build_object('landlords', jsonb_build_array(
                jsonb_build_object('landlord_id', '{landlord}')))
        FROM generate_series(1, 501)"
    );
    database.execute(&many).await;
    let response = request(&first, FEED, asha.token(), &id).await;
    assert_eq!(response.status(), 410);
    // Nothing is left of the clients that were rejected.
    eventually("no client listens", Duration::from_secs(30), async || {
        let listeners = first.metric("roost_live_listeners").await;
        (listeners == Some(0.0)).then_some(())
    })
    .await;
}
