//! Connections to NATS are encrypted, and servers of an unknown authority are rejected.

use super::DEADLINE;
use crate::harness::{NatsServer, Publisher, Roost, TestDatabase, assert_equal, eventually, rooms};

#[tokio::test]
async fn changes_arrive_over_tls_with_a_configured_certificate_authority() {
    let database = TestDatabase::create().await;
    database.execute(&rooms(30)).await;
    let nats = NatsServer::start_encrypted().await;
    let (url, ca_file) = (nats.url(), nats.ca_file());
    let ca = [("ROOST_NATS_CA_FILE", ca_file.to_str().unwrap())];
    let publisher = Publisher::start_with(&database, &nats, &ca);
    publisher.wait_until_it_publishes().await;
    let settings = [("ROOST_NATS_URL", &*url), ca[0]];
    let node = Roost::start_unready(&database.url, &database.name, &settings).await;
    node.wait_until_ready().await;
    database.execute("UPDATE rooms SET price = 7").await;
    assert_equal(&database, &node.data_dir, 30).await;
}

#[tokio::test]
async fn a_server_with_an_unknown_certificate_authority_is_rejected_with_the_reason() {
    let database = TestDatabase::create().await;
    let nats = NatsServer::start_encrypted().await;
    let other = NatsServer::start_encrypted().await;
    let ca_file = other.ca_file();
    let of_other = [("ROOST_NATS_CA_FILE", ca_file.to_str().unwrap())];
    for trusted in [&of_other[..], &[]] {
        let publisher = Publisher::start_with(&database, &nats, trusted);
        let error = eventually("the connection fails", DEADLINE, async || {
            let line = publisher.logged("not publishing; will try again")?;
            Some(line["error"].as_str()?.to_owned())
        });
        let error = error.await;
        assert!(error.contains("connecting to NATS"), "{error}");
        assert!(error.contains("certificate"), "{error}");
    }
}
