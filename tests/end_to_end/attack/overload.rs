//! Expensive searches: what they cost, who has to wait for them, and that their answers are honest.

use std::net::{IpAddr, Ipv4Addr};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::harness::{Roost, TestDatabase, eventually};

/// Rooms within 20 km, with 60,000 different words in their titles.
const MANY_WORDS: &str = "
    WITH host AS (
        INSERT INTO users (role, display_name) VALUES ('landlord', 'Asha') RETURNING id
    ), landlord AS (
        INSERT INTO landlords (user_id, total_capacity) SELECT id, 3 FROM host RETURNING id
    )
    INSERT INTO rooms
        (landlord_id, title, country_code, city, location, currency, occupancy, room_type)
    SELECT
        landlord.id,
        (
            SELECT string_agg(
                left(translate(md5(n || '-' || at), '0123456789', 'ghijklmnop'), 9), ' '
            )
            FROM generate_series(1, 6) at
        ),
        'IN', 'City ' || n % 7,
        ST_MakePoint(72.8 + n % 150 * 0.002, 19 + n / 150 * 0.002)::geography, 'INR', 1,
        'private_room'
    FROM landlord, generate_series(1, 10000) n";

/// A place in the middle of these rooms.
const HERE: &str = "lat=19.1&lng=72.95";

/// Longer than a search waits for its turn or until its deadline, and far shorter than the searches
/// of a test take one after the other.
const SOON: Duration = Duration::from_secs(8);

async fn node() -> (TestDatabase, Roost) {
    let database = TestDatabase::create().await;
    database.execute(MANY_WORDS).await;
    let node = Roost::start(&database).await;
    (database, node)
}

/// Thirty words of the characters of the titles, which hardly any title contains, each with two
/// typos allowed.
fn misspelt(number: usize) -> String {
    let words = (0..30).map(|at| {
        let mut seed = (number * 30 + at + 1) as u64;
        let characters = (0..10).map(|_| {
            // Knuth's linear congruential generator.
            seed = seed
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            char::from(b"abcdefghijklmnop"[(seed >> 60) as usize])
        });
        characters.collect::<String>()
    });
    words.collect::<Vec<String>>().join("+")
}

fn search(number: usize, more: &str) -> String {
    let q = misspelt(number);
    format!("/api/v1/rooms/search?{HERE}&radius_m=25000&q={q}{more}")
}

/// A client that sends from an address of its own.
fn client_at(last: u8) -> reqwest::Client {
    let address = IpAddr::V4(Ipv4Addr::new(127, 0, 0, last));
    let client = reqwest::Client::builder().local_address(address);
    client.build().unwrap()
}

async fn get(client: &reqwest::Client, node: &Roost, path: &str) -> (u16, Value) {
    let url = format!("http://{}{path}", node.address());
    let response = client.get(url).send().await.unwrap();
    let status = response.status().as_u16();
    (status, response.json().await.unwrap_or(Value::Null))
}

/// Sends each path once, all at the same time, from one address. Returns the tasks, which end with
/// the status and the duration of the request.
fn send_all(
    paths: impl Iterator<Item = String>,
    node: &Roost,
    from: u8,
) -> JoinSet<(u16, Duration)> {
    let client = client_at(from);
    let mut sent = JoinSet::new();
    for path in paths {
        let request = client.get(format!("http://{}{path}", node.address()));
        sent.spawn(async move {
            let started = Instant::now();
            let response = request.send().await.unwrap();
            (response.status().as_u16(), started.elapsed())
        });
    }
    sent
}

#[tokio::test(flavor = "multi_thread")]
async fn many_misspelt_searches_delay_neither_health_nor_their_own_deadlines() {
    let (_database, mut node) = node().await;
    let paths = (0..64).map(|number| search(number, "&timeout_ms=1000"));
    let mut attack = send_all(paths, &node, 2);
    let client = client_at(1);
    while !attack.is_empty() {
        let started = Instant::now();
        assert_eq!(get(&client, &node, "/health/live").await.0, 200);
        assert!(started.elapsed() < SOON, "{:?}", started.elapsed());
        while let Some(ended) = attack.try_join_next() {
            let (status, took) = ended.unwrap();
            assert!([200, 503].contains(&status), "{status}");
            assert!(took < SOON, "{took:?}");
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    node.stop().await;
}

/// The answer of a search of misspelt words that started before its deadline, which came before all
/// words were expanded.
async fn cut_short(node: &Roost, more: &str) -> Value {
    for timeout_ms in [5, 20, 80, 320, 640] {
        let path = search(1, &format!("{more}&timeout_ms={timeout_ms}"));
        let (status, answer) = node.get(&path).await;
        // A search that could not start in time is rejected.
        if status != 503 {
            assert_eq!(status, 200, "{answer}");
            return answer;
        }
    }
    panic!("no search started within 640 ms");
}

#[tokio::test]
async fn an_answer_that_is_cut_short_claims_nothing_to_be_exact() {
    let (_database, mut node) = node().await;
    for more in ["", "&group_by=landlord", "&group_by=landlord&match=all"] {
        let answer = cut_short(&node, &format!("&count=exact&facets=city{more}")).await;
        let meta = &answer["meta"];
        assert_eq!(meta["partial"], true, "{answer}");
        assert_eq!(meta["total_is"], "at_least", "{answer}");
        assert_eq!(meta["facets"]["city"]["partial"], true, "{answer}");
        assert_eq!(meta["optional_words"], Value::Null, "{answer}");
        if more.contains("group_by") {
            assert_eq!(meta["groups_total_is"], "at_least", "{answer}");
        }
    }
    node.stop().await;
}

#[tokio::test]
async fn a_deadline_ends_the_expansion_of_terms() {
    let (_database, mut node) = node().await;
    let q = misspelt(1);
    let paths = [
        search(1, "&timeout_ms=1"),
        format!("/api/v1/rooms/heatmap?{HERE}&q={q}&timeout_ms=1"),
        format!("/api/v1/rooms/search?q={q}&timeout_ms=1&explain=true&highlight=all"),
    ];
    for path in paths {
        let (status, answer) = node.get(&path).await;
        // A search that could not even start in time is rejected.
        if status != 503 {
            assert_eq!(answer["meta"]["partial"], true, "{answer}");
            let took_us = answer["meta"]["took_us"].as_u64().unwrap();
            assert!(took_us < 400_000, "{path} {answer}");
        }
    }
    node.stop().await;
}

/// A multi-search of fifty expensive searches.
fn expensive(timeout_ms: u32) -> Value {
    let searches: Vec<Value> = (0..50)
        .map(|number| json!({"q": misspelt(number).replace('+', " ")}))
        .collect();
    json!({"searches": searches, "timeout_ms": timeout_ms})
}

#[tokio::test(flavor = "multi_thread")]
async fn long_multi_searches_reject_no_cheap_search() {
    let (_database, mut node) = node().await;
    let mut attack = JoinSet::new();
    let client = client_at(1);
    // As many as run at the same time.
    for _ in 0..4 {
        let url = format!("http://{}/api/v1/multi-search", node.address());
        let request = client.post(url).header("content-type", "application/json");
        let request = request.body(expensive(3_000).to_string());
        attack.spawn(async move { request.send().await.unwrap().status().as_u16() });
    }
    let mut cheap = 0;
    while attack.len() == 4 {
        let path = format!("/api/v1/rooms/search?{HERE}&radius_m=5000");
        let (status, answer) = get(&client, &node, &path).await;
        assert_eq!(status, 200, "{answer}");
        cheap += 1;
        while let Some(ended) = attack.try_join_next() {
            assert_eq!(ended.unwrap(), 200);
        }
    }
    assert!(cheap > 20, "{cheap}");
    while let Some(ended) = attack.join_next().await {
        assert_eq!(ended.unwrap(), 200);
    }
    node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_does_not_wait_for_all_searches_of_another() {
    let (_database, mut node) = node().await;
    let paths = (0..40).map(|number| search(number, "&timeout_ms=10000"));
    let mut attack = send_all(paths, &node, 2);
    // Some of them are rejected, since they would wait for too long.
    while attack.join_next().await.unwrap().unwrap().0 != 503 {}
    let (status, answer) = get(&client_at(3), &node, &search(99, "&timeout_ms=10000")).await;
    assert_eq!(status, 200, "{answer}");
    assert!(!attack.is_empty());
    drop(attack);
    node.stop().await;
}

#[tokio::test]
async fn a_multi_search_for_too_many_hits_is_rejected_before_it_starts() {
    let (_database, mut node) = node().await;
    let body = json!({"searches": vec![json!({"limit": 100}); 50]});
    let (status, answer) = node.post("/api/v1/multi-search", &body).await;
    assert_eq!(status, 400, "{answer}");
    assert_eq!(answer["error"]["code"], "invalid_parameter");
    assert_eq!(answer["error"]["field"], "searches[10].limit");
    assert_eq!(answer["error"]["value"], "100");
    let expected = answer["error"]["expected"].as_str().unwrap();
    assert!(expected.starts_with("at most 0 hits here"), "{expected}");
    let body = json!({"searches": vec![json!({"limit": 100}); 10]});
    let (status, answer) = node.post("/api/v1/multi-search", &body).await;
    assert_eq!(status, 200, "{answer}");
    node.stop().await;
}

#[tokio::test]
async fn metrics_show_what_waits_runs_and_is_rejected() {
    let (_database, mut node) = node().await;
    node.get(&search(1, "&timeout_ms=10000")).await;
    let url = format!("http://{}/metrics", node.address());
    let lines = [
        "roost_search_queue_seconds_count{class=\"expensive\"} 1",
        "roost_searches_running{class=\"expensive\"} 0",
        "roost_searches_waiting{class=\"expensive\"} 0",
        "roost_search_budget_used_ratios_count 1",
    ];
    // The thread of the search ends it a moment after the answer is sent.
    eventually("the metrics count one search", SOON, async || {
        let metrics = reqwest::get(&url).await.unwrap().text().await.unwrap();
        let all = lines.iter().all(|line| metrics.contains(line));
        all.then_some(())
    })
    .await;
    node.stop().await;
}
