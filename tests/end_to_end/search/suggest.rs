//! Suggestions follow the rows: cities, localities, words and venues.

use serde_json::Value;

use crate::harness::{Roost, SIXTY_ROOMS, TestDatabase, VENUE};

/// The suggestions of an index that has everything written so far.
async fn suggested(node: &Roost, database: &TestDatabase, query: &str) -> Vec<Value> {
    let position = database.wal_end().await;
    let path = format!("/api/v1/suggest?{query}&at_least={position}");
    let (status, answer) = node.get(&path).await;
    assert_eq!(status, 200, "{path}: {answer}");
    answer["data"].as_array().unwrap().clone()
}

/// The type, text and number of rooms of each suggestion.
fn summary(suggestions: &[Value]) -> Vec<(&str, &str, Option<u64>)> {
    let suggestions = suggestions.iter();
    suggestions
        .map(|one| {
            let text = |name: &str| one[name].as_str().unwrap();
            (text("type"), text("text"), one["rooms"].as_u64())
        })
        .collect()
}

#[tokio::test]
async fn suggestions_follow_the_rows() {
    let database = TestDatabase::create().await;
    database.execute(SIXTY_ROOMS).await;
    database.execute("SET synchronous_commit = on").await;
    let mut node = Roost::start(&database).await;

    let venue = suggested(&node, &database, "q=iit+bom").await;
    assert_eq!(venue[0]["venue_id"], VENUE);
    assert_eq!(venue[0]["text"], "Indian Institute of Technology Bombay");
    for typed in ["mum", "mubmai"] {
        let city = suggested(&node, &database, &format!("q={typed}&types=city")).await;
        assert_eq!(summary(&city), [("city", "Mumbai", Some(60))], "{typed}");
        let latitude = city[0]["location"]["lat"].as_f64().unwrap();
        assert!((19.13..19.22).contains(&latitude), "{latitude}");
    }
    let words = suggested(&node, &database, "q=sof&types=word").await;
    assert_eq!(summary(&words), [("word", "sofa", Some(6))]);
    let locality = "q=pow&types=locality";
    assert!(suggested(&node, &database, locality).await.is_empty());

    database
        .execute(
            "UPDATE rooms SET locality = 'Powai' WHERE price >= 500;
             DELETE FROM rooms WHERE title LIKE '%sofa' AND price < 500;
             UPDATE exam_venues SET name = 'Powai Campus', aliases = '{}'",
        )
        .await;
    let powai = suggested(&node, &database, locality).await;
    assert_eq!(summary(&powai), [("locality", "Powai", Some(10))]);
    assert_eq!(powai[0]["city"], "Mumbai");
    let words = suggested(&node, &database, "q=sof&types=word").await;
    assert_eq!(summary(&words), [("word", "sofa", Some(1))]);
    let city = suggested(&node, &database, "q=mum&types=city").await;
    assert_eq!(summary(&city), [("city", "Mumbai", Some(55))]);
    let venue = suggested(&node, &database, "q=powai+camp&types=venue").await;
    assert_eq!(summary(&venue), [("venue", "Powai Campus", None)]);
    let gone = suggested(&node, &database, "q=iit+bom&types=venue").await;
    assert!(gone.is_empty(), "{gone:?}");
    node.stop().await;
}
