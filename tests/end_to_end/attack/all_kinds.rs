//! Every kind of `make attack` against a node, for a short time and with the same clients.
//!
//! Tests share machines with other work, so they require conditions and no times: everyone else is
//! answered, the follower follows, and nothing panics.

use super::clients::KINDS;
use super::clients::attack::Attack;
use super::clients::connections::{half_sent, silent};
use super::survivor::Survivor;

#[tokio::test]
async fn a_node_survives_connections_that_are_silent_slow_or_do_not_read() {
    let mut node = Survivor::start().await;
    node.survives("silent", async |attack| silent(attack, 500).await)
        .await;
    node.survives_kinds(&[
        "slow_headers",
        "slow_bodies",
        "not_reading",
        "not_reading_pages",
        "pipelining",
        "churn",
    ])
    .await;
    node.stop().await;
}

#[tokio::test]
async fn a_node_survives_requests_that_violate_the_protocol() {
    let mut node = Survivor::start().await;
    node.survives_kinds(&[
        "http2_rapid_reset",
        "http2_continuation",
        "http2_header_bomb",
        "http2_control_flood",
        "header_floods",
        "compression_bombs",
        "oversized_bodies",
        "malformed_chunks",
        "garbage",
    ])
    .await;
    node.stop().await;
}

#[tokio::test]
async fn a_node_survives_the_most_expensive_searches() {
    let mut node = Survivor::start().await;
    node.survives_kinds(&[
        "misspelt_64",
        "misspelt_256",
        "multi_search_4",
        "multi_search_32",
        "multi_search_128",
        "polygons",
        "deep_pages",
        "facets",
        "groups",
        "suggestions",
        "heat_maps",
        "partial_answers",
    ])
    .await;
    node.stop().await;
}

#[tokio::test]
async fn half_sent_requests_do_not_delay_the_stop_of_a_node() {
    let mut node = Survivor::start().await;
    node.survives("half_sent", async |attack| half_sent(attack).await)
        .await;
    node.stop_during(100, async |attack: &Attack| half_sent(attack).await)
        .await;
}

/// Every kind of `make attack` is in one of the tests above.
#[test]
fn every_kind_of_attack_is_tested() {
    let tests = include_str!("all_kinds.rs");
    for kind in KINDS {
        // The tests open fewer silent connections, since a test may have few descriptors.
        let name = kind.name.replace("idle", "silent");
        assert!(tests.contains(&format!("\"{name}\"")), "{name}");
    }
}
