//! Interrupted streams: purged, without a publisher, without NATS, or of another database.

use super::*;

#[tokio::test]
async fn a_stream_purged_past_the_index_rebuilds_it_and_logs_why() {
    let (database, nats, mut publisher) = published(&rooms(20)).await;
    let mut node = node(&database, &nats, "a").await;
    node.stop().await;
    database
        .execute("DELETE FROM rooms WHERE title = 'Room 1'")
        .await;
    await_published(&database, &nats).await;
    nats.stream().await.purge().await.unwrap();
    database
        .execute("DELETE FROM rooms WHERE title = 'Room 2'")
        .await;
    node.restart().await;
    assert_equal(&database, &node.data_dir, 18).await;
    let line = node.rebuild_line().unwrap();
    assert!(
        line["reason"]
            .to_string()
            .contains("the changes in between are gone"),
        "{line}"
    );
    // Purging messages that the index already has loses nothing.
    publisher.kill();
    let last = last_position(&nats).await;
    eventually(
        "the index reaches the end of the stream",
        DEADLINE,
        async || (shown_position(&node).await >= last).then_some(()),
    )
    .await;
    nats.stream().await.purge().await.unwrap();
    publisher.restart().await;
    database
        .execute("DELETE FROM rooms WHERE title = 'Room 3'")
        .await;
    node.stop().await;
    node.restart().await;
    assert_equal(&database, &node.data_dir, 17).await;
    node.assert_not_rebuilt();
}

#[tokio::test]
async fn nodes_copy_again_when_their_publisher_lost_its_slot() {
    let (database, nats, mut publisher) = published(&rooms(20)).await;
    let node = node(&database, &nats, "a").await;
    database.execute("UPDATE rooms SET price = 7").await;
    assert_equal(&database, &node.data_dir, 20).await;
    publisher.kill();
    let slot = format!("{}_publish", database.name);
    database.drop_slot(&slot).await;
    database
        .execute("DELETE FROM rooms WHERE title = 'Room 1'")
        .await;
    publisher.restart().await;
    assert!(
        publisher.log().contains("recreating the slot"),
        "{}",
        publisher.log()
    );
    database
        .execute("DELETE FROM rooms WHERE title = 'Room 2'")
        .await;
    eventually("the index is rebuilt", DEADLINE, async || {
        node.rebuild_line().map(|_| ())
    })
    .await;
    assert_equal(&database, &node.data_dir, 18).await;
}

#[tokio::test]
async fn searches_continue_while_nats_is_down_and_the_index_catches_up_afterwards() {
    let (database, mut nats, _publisher) = published(&rooms(10)).await;
    let node = node(&database, &nats, "a").await;
    nats.kill();
    let reason = await_degraded(&node).await;
    assert!(reason.contains("NATS"), "{reason}");
    database
        .execute("DELETE FROM rooms WHERE title = 'Room 3'")
        .await;
    assert_eq!(found(&node).await, 10);
    nats.restart().await;
    assert_equal(&database, &node.data_dir, 9).await;
    await_ready(&node).await;
    node.assert_not_rebuilt();
}

#[tokio::test]
async fn a_node_without_its_publisher_is_degraded_and_reports_the_age_of_its_answers() {
    const OLD_MS: u64 = 3_000;
    let (database, nats, mut publisher) = published(&rooms(10)).await;
    let node = node(&database, &nats, "a").await;
    database.execute("UPDATE rooms SET price = 7").await;
    assert_equal(&database, &node.data_dir, 10).await;
    publisher.kill();
    let reason = await_degraded(&node).await;
    assert!(reason.contains("roost publish"), "{reason}");
    database
        .execute("DELETE FROM rooms WHERE title = 'Room 3'")
        .await;
    eventually("answers report their age", DEADLINE, async || {
        (age_ms(&node).await > OLD_MS).then_some(())
    })
    .await;
    publisher.restart().await;
    assert_equal(&database, &node.data_dir, 9).await;
    await_ready(&node).await;
    eventually("answers are fresh again", DEADLINE, async || {
        (age_ms(&node).await < OLD_MS).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_stream_of_another_database_is_left_alone_and_named() {
    let (database, nats, _publisher) = published(&rooms(3)).await;
    let other = TestDatabase::create().await;
    let second = Publisher::start_unready(&other, &nats);
    eventually("the publisher is rejected", DEADLINE, async || {
        second
            .log()
            .contains("give each a stream of its own")
            .then_some(())
    })
    .await;
    let more = [("ROOST_NATS_URL", &*nats.url())];
    let stranger = Roost::start_unready(&other.url, &other.name, &more).await;
    eventually("the node is rejected", DEADLINE, async || {
        stranger
            .log()
            .contains("carries other changes")
            .then_some(())
    })
    .await;
    let node = node(&database, &nats, "a").await;
    database
        .execute("DELETE FROM rooms WHERE title = 'Room 1'")
        .await;
    assert_equal(&database, &node.data_dir, 2).await;
    assert_unbroken(&nats).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_with_too_little_storage_for_the_stream_is_reported_with_what_to_do() {
    let database = TestDatabase::create().await;
    let nats = NatsServer::start_with_storage("1GB").await;
    let publisher = Publisher::start_unready(&database, &nats);
    eventually("the publisher reports it", DEADLINE, async || {
        let log = publisher.log();
        let reported = log.contains("less storage than the 4 GiB that the stream roost may take");
        reported.then_some(())
    })
    .await;
}
