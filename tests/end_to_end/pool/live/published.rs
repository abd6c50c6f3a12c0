//! Nodes that follow a publisher serve live events as well.

use std::time::Instant;

use super::stream::{FEED, Stream};
use super::{own_id, rank};
use crate::harness::{NatsServer, Publisher, Roost, TestDatabase};
use crate::market::client::Client;

/// Two nodes that read changes from NATS. The second one accepts the tokens of the first.
async fn two_nodes(database: &TestDatabase, nats: &NatsServer) -> (Roost, Roost) {
    let url = nats.url();
    let url = ("ROOST_NATS_URL", &*url);
    let name = |node: &str| format!("{}_{node}", database.name);
    let first = Roost::start_unready(&database.url, &name("a"), &[url]).await;
    first.wait_until_ready().await;
    let keys = first.data_dir.join("token_keys.json");
    let keys = ("ROOST_TOKEN_KEYS_FILE", keys.to_str().unwrap());
    // Mail is written into the folder of the first node, which sends it.
    let settings = [url, keys, ("ROOST_WORKERS", "0")];
    let second = Roost::start_unready(&database.url, &name("b"), &settings).await;
    second.wait_until_ready().await;
    (first, second)
}

#[tokio::test]
async fn an_event_reaches_the_listeners_of_all_nodes_that_follow_a_publisher() {
    const EVENTS: u32 = 15;
    let database = TestDatabase::create().await;
    let nats = NatsServer::start().await;
    let _publisher = Publisher::start(&database, &nats).await;
    let (first, second) = two_nodes(&database, &nats).await;
    let asha = Client::landlord(&first, "asha@example.com").await;
    let landlord = own_id(&asha, "/landlords/me").await;
    let mut feeds = [
        Stream::open(&first, FEED, asha.token()).await,
        Stream::open(&second, FEED, asha.token()).await,
    ];
    let mut took = Vec::new();
    for score in 0..EVENTS {
        let started = Instant::now();
        rank(&database, &landlord, score..score + 1).await;
        for feed in &mut feeds {
            feed.expect_score(u64::from(score)).await;
        }
        took.push(started.elapsed());
    }
    took.sort_unstable();
    // Without the stream a node looks once a second.
    println!(
        "events over NATS: median {:?}, at most {:?}",
        took[took.len() / 2],
        took.last()
    );
}

#[tokio::test]
async fn a_client_resumes_on_another_node_while_the_publisher_and_its_node_are_gone() {
    let database = TestDatabase::create().await;
    let nats = NatsServer::start().await;
    let mut publisher = Publisher::start(&database, &nats).await;
    let (mut first, second) = two_nodes(&database, &nats).await;
    let asha = Client::landlord(&first, "asha@example.com").await;
    let landlord = own_id(&asha, "/landlords/me").await;
    let mut feed = Stream::open(&first, FEED, asha.token()).await;
    rank(&database, &landlord, 0..6).await;
    assert_eq!(feed.scores(3).await, [0, 1, 2]);
    first.kill();
    publisher.kill();
    rank(&database, &landlord, 6..9).await;
    let mut on_second = Stream::resume(&second, FEED, asha.token(), &feed.last_id).await;
    assert_eq!(on_second.scores(6).await, [3, 4, 5, 6, 7, 8]);
    // Nothing announces these; the node looks for them.
    rank(&database, &landlord, 9..11).await;
    assert_eq!(on_second.scores(2).await, [9, 10]);
    publisher.restart().await;
    first.restart().await;
    rank(&database, &landlord, 11..13).await;
    let mut on_first = Stream::resume(&first, FEED, asha.token(), &on_second.last_id).await;
    for feed in [&mut on_first, &mut on_second] {
        assert_eq!(feed.scores(2).await, [11, 12]);
    }
}
