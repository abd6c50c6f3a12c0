//! Synonyms and other names of a city find rooms, and a running node reloads its synonyms.

use std::path::Path;
use std::time::Duration;

use crate::harness::{Roost, TestDatabase, eventually};

const DEADLINE: Duration = Duration::from_secs(10);

const ROOMS: &str = "
    WITH host AS (
        INSERT INTO users (role, display_name) VALUES ('landlord', 'Asha') RETURNING id
    ), landlord AS (
        INSERT INTO landlords (user_id, total_capacity) SELECT id, 3 FROM host RETURNING id
    )
    INSERT INTO rooms
        (landlord_id, title, city, country_code, location, currency, occupancy, room_type)
    SELECT landlord.id, title, city, 'IN', 'POINT(77.59 12.97)', 'INR', 1, 'private_room'
    FROM landlord, (VALUES
        ('Flat with a desk', 'Bengaluru'),
        ('Apartment with a balcony', 'Prayagraj')) AS named (title, city)";

async fn titles(node: &Roost, q: &str) -> Vec<String> {
    let path = format!("/api/v1/rooms/search?q={q}&match=all");
    let (status, answer) = node.get(&path).await;
    assert_eq!(status, 200, "{answer}");
    let hits = answer["data"].as_array().unwrap().iter();
    hits.map(|hit| hit["room"]["title"].as_str().unwrap().to_owned())
        .collect()
}

async fn start(database: &TestDatabase, synonyms: &Path) -> Roost {
    let synonyms = synonyms.to_str().unwrap();
    let settings = [("ROOST_SYNONYMS_FILE", synonyms)];
    let node = Roost::start_unready(&database.url, &database.name, &settings).await;
    node.wait_until_ready().await;
    node
}

#[tokio::test]
async fn synonyms_are_reloaded_on_sighup_and_a_bad_file_changes_nothing() {
    let database = TestDatabase::create().await;
    database.execute(ROOMS).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("synonyms.txt");
    std::fs::write(&file, "flat, apartment").unwrap();
    let mut node = start(&database, &file).await;
    assert_eq!(titles(&node, "apartment+").await.len(), 2);

    std::fs::write(&file, "flat, apartment\nflat").unwrap();
    node.signal("HUP");
    let line = eventually("the node logs the error", DEADLINE, async || {
        node.logged("cannot reload the synonyms and stop words; the old ones stay in use")
    })
    .await;
    let error = line["error"].as_str().unwrap();
    assert!(error.contains("line 2 is \"flat\": expected"), "{error}");
    assert_eq!(titles(&node, "apartment+").await.len(), 2);

    std::fs::write(&file, "terrace => balcony").unwrap();
    node.signal("HUP");
    eventually("the new synonym is used", DEADLINE, async || {
        (titles(&node, "terrace+").await.len() == 1).then_some(())
    })
    .await;
    assert_eq!(
        titles(&node, "apartment+").await,
        ["Apartment with a balcony"]
    );
    node.stop().await;
}

#[tokio::test]
async fn a_city_is_found_by_its_alternative_names_and_in_indian_scripts() {
    let database = TestDatabase::create().await;
    database.execute(ROOMS).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("synonyms.txt");
    std::fs::write(&file, "").unwrap();
    let mut node = start(&database, &file).await;
    for name in ["Bangalore+", "bengaluru+", "बंगलौर", "ಬೆಂಗಳೂರು", "bangalor+"]
    {
        assert_eq!(titles(&node, name).await, ["Flat with a desk"], "{name}");
    }
    assert_eq!(
        titles(&node, "allahabad+balcony+").await,
        ["Apartment with a balcony"]
    );
    node.stop().await;
}
