//! A search at the position of a write always reflects it.

use serde_json::json;

use super::client::{landlord_and_admin, room};

#[tokio::test]
async fn a_search_at_the_position_of_a_write_reflects_it() {
    write_then_search(12).await;
}

#[tokio::test]
#[ignore = "a thousand writes take minutes"]
async fn a_search_at_the_position_of_a_write_reflects_it_a_thousand_times() {
    write_then_search(334).await;
}

/// Changes, pauses and resumes a room, and searches at the position of each of these writes.
async fn write_then_search(rounds: u32) {
    let (_database, _node, landlord, admin) = landlord_and_admin().await;
    let id = landlord.create_listed(&admin, &room()).await;
    let path = format!("/rooms/{id}");
    for round in 0..rounds {
        let patch = json!({"title": format!("Lighthouse {round}"), "price": round});
        let changed = landlord.patch(&path, patch).await;
        assert_eq!(changed.status, 200, "{}", changed.json);
        let query = format!("q=lighthouse+{round}+&match=all&typos=0&price_min={round}");
        assert_eq!(
            landlord.found_after(&changed, &query).await,
            [&*id],
            "round {round}"
        );
        let paused = landlord.post(&format!("{path}/pause"), json!({})).await;
        assert_eq!(paused.status, 200, "{}", paused.json);
        assert!(
            landlord
                .found_after(&paused, "q=lighthouse")
                .await
                .is_empty()
        );
        let resumed = landlord.post(&format!("{path}/resume"), json!({})).await;
        assert_eq!(landlord.found_after(&resumed, "q=lighthouse").await, [&*id]);
    }
}
