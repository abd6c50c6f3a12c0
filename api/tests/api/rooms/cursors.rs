//! Cursors across the nodes of one service.

use std::sync::Arc;

use roost_engine::Language;
use serde_json::Value;

use crate::service::{IIT_BOMBAY, ROOM_COUNT, Service};

/// Follows cursors from node to node, and returns the ids of all rooms.
async fn follow(nodes: &[Service], query: impl Fn(usize) -> String) -> Vec<Value> {
    let (mut ids, mut cursor) = (Vec::new(), String::new());
    for page in 0.. {
        let node = &nodes[page % nodes.len()];
        let (hits, meta) = node.ok(&format!("{}{cursor}", query(page))).await;
        ids.extend(
            hits.as_array()
                .unwrap()
                .iter()
                .map(|hit| hit["room"]["id"].clone()),
        );
        let Some(next) = meta["next_cursor"].as_str() else {
            break;
        };
        cursor = format!("&cursor={next}");
    }
    ids
}

#[tokio::test]
async fn a_cursor_of_one_node_continues_on_another() {
    let nodes = [Service::start(), Service::start()];
    let query = format!("/api/v1/rooms/search?venue={IIT_BOMBAY}&q=desk&sort=price&limit=7");
    let alone = follow(&nodes[..1], |_| query.clone()).await;
    assert_eq!(alone.len(), ROOM_COUNT);
    assert_eq!(follow(&nodes, |_| query.clone()).await, alone);
}

#[tokio::test]
async fn a_cursor_continues_where_lists_come_in_another_order() {
    let nodes = [Service::start(), Service::start()];
    let orders = ["shared_room,private_room", "private_room,shared_room"];
    let query = |page: usize| {
        format!(
            "/api/v1/rooms/search?limit=7&room_type={}",
            orders[page % 2]
        )
    };
    assert_eq!(follow(&nodes, query).await.len(), 40);
}

#[tokio::test]
async fn a_cursor_continues_on_a_node_that_has_reloaded_its_synonyms() {
    let mut language = Language::new(80);
    language.add_synonyms("room, chamber").unwrap();
    language.add_stop_words("a with the");
    let nodes = [
        Service::start(),
        Service::start().with_language(Arc::new(language)),
    ];
    let query = "/api/v1/rooms/search?q=room&limit=7".to_owned();
    assert_eq!(follow(&nodes, |_| query.clone()).await.len(), ROOM_COUNT);
}
