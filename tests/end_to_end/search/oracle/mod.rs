//! Compares the ranking over real listings with one SQL query on PostGIS.
//!
//! For each hit, the test compares key, order, distance and score with a query that filters,
//! scores and sorts in Postgres. Both sides share only the tokenizer of the engine, because no
//! function of Postgres splits texts the same way; counting, weighing and ranking are separate.
//! Facets are compared with counts in SQL.

mod facets;
mod searches;

use std::collections::HashMap;
use std::path::PathBuf;

use serde_json::Value;
use sqlx::Row;
use tantivy::fieldnorm::FieldNormReader;
use uuid::Uuid;

use searches::{Search, WEIGHTS, filtered_searches, searches, searches_by_condition};

use crate::harness::{Roost, TestDatabase, command, repository, stderr};

const RANKING: &str = include_str!("oracle.sql");

#[tokio::test(flavor = "multi_thread")]
async fn ranking_agrees_with_sql_on_postgis_over_real_listings() {
    let Some(listings) = listings() else {
        println!("skipped: the New York listings are not beside this repository");
        return;
    };
    let database = TestDatabase::create().await;
    let imported = command()
        .args(["import", "inside-airbnb", "--database-url", &database.url])
        .arg(listings)
        .output()
        .unwrap();
    assert!(imported.status.success(), "{}", stderr(&imported));
    // The listings have no ratings, so those with reviews get made-up ones.
    database
        .execute(
            "UPDATE rooms SET rating_average = 2.5 + abs(hashtext(external_id)) % 26 / 10.0
             WHERE review_count > 0",
        )
        .await;
    // Nor do they have amenities.
    database
        .execute(
            "UPDATE rooms SET amenities = ARRAY(
                SELECT name FROM unnest(ARRAY['desk', 'fan', 'kitchen', 'pool', 'wifi']) AS name
                WHERE abs(hashtext(external_id || name)) % 3 <> 0
             )",
        )
        .await;
    database
        .execute(
            "UPDATE rooms SET verified_at = now() WHERE abs(hashtext(external_id)) % 3 = 0;
                  UPDATE rooms SET floor = abs(hashtext(external_id)) % 5 WHERE price < 100",
        )
        .await;
    let busiest = database
        .row("SELECT landlord_id FROM rooms GROUP BY landlord_id ORDER BY count(*) DESC LIMIT 1")
        .await;
    load_words(&database).await;
    let node = Roost::start(&database).await;
    let mut compared = 0;
    let filtered = filtered_searches(busiest.get(0));
    let filtered = filtered.into_iter().chain(searches_by_condition());
    for search in searches().into_iter().chain(filtered) {
        compared += compare(&database, &node, &search).await;
    }
    assert!(compared > 500, "only {compared} hits were compared");
    let counted = facets::compare(&database, &node).await;
    assert!(counted > 300, "only {counted} counts were compared");
}

fn listings() -> Option<PathBuf> {
    let file = repository()
        .parent()?
        .join("shared/data/nyc/nyc_listings_2019.csv.gz");
    file.exists().then_some(file)
}

/// Loads what the ranking in SQL needs besides the tables: the frequency of each word in each room,
/// and the length of the texts of a room without its amenities, rounded as tantivy rounds lengths.
async fn load_words(database: &TestDatabase) {
    database
        .execute(
            "CREATE TABLE oracle_words (room uuid, word text, tf float8);
             CREATE TABLE oracle_lengths (room uuid PRIMARY KEY, length float8)",
        )
        .await;
    let rooms =
        sqlx::query("SELECT id, title, locality, city, address, amenities, description FROM rooms")
            .fetch_all(&database.pool)
            .await
            .unwrap();
    let (mut words, mut lengths) = (String::new(), String::new());
    for room in &rooms {
        let id: Uuid = room.get("id");
        let amenities: Vec<String> = room.get("amenities");
        let amenities = amenities.join(" ").replace('_', " ");
        let of_amenities = u32::try_from(roost_engine::words(&amenities).count()).unwrap();
        let text = |name| room.get::<String, _>(name);
        let weighted = [
            (3, text("title")),
            (2, text("locality")),
            (2, text("city")),
            (1, text("address")),
            (1, amenities),
            (1, text("description")),
        ];
        let mut counts: HashMap<String, u32> = HashMap::new();
        for (weight, text) in &weighted {
            for word in roost_engine::words(text) {
                *counts.entry(word).or_default() += weight;
            }
        }
        let rounded =
            |words| FieldNormReader::id_to_fieldnorm(FieldNormReader::fieldnorm_to_id(words));
        let length = rounded(rounded(counts.values().sum()) - of_amenities);
        lengths += &format!("{id}\t{length}\n");
        for (word, tf) in counts {
            words += &format!("{id}\t{word}\t{tf}\n");
        }
    }
    copy(database, "oracle_lengths", &lengths).await;
    copy(database, "oracle_words", &words).await;
    database
        .execute("CREATE INDEX ON oracle_words (word, room); ANALYZE")
        .await;
}

async fn copy(database: &TestDatabase, table: &str, rows: &str) {
    let statement = format!("COPY {table} FROM STDIN");
    let mut connection = database.pool.acquire().await.unwrap();
    let mut sink = connection.copy_in_raw(&statement).await.unwrap();
    sink.send(rows.as_bytes()).await.unwrap();
    sink.finish().await.unwrap();
}

/// Compares one search and returns its number of hits.
async fn compare(database: &TestDatabase, node: &Roost, search: &Search) -> usize {
    let path = search.path();
    let (status, answer) = node.get(&path).await;
    assert_eq!(status, 200, "{path}: {answer}");
    let hits = answer["data"].as_array().unwrap();
    let words: Vec<String> = roost_engine::words(search.text).collect();
    let weights = search.weights.unwrap_or(WEIGHTS.map(|(_, weight)| weight));
    let expected = sqlx::query(RANKING)
        .bind(&words)
        .bind(search.lng)
        .bind(search.lat)
        .bind(search.radius_m)
        .bind(search.price_max)
        .bind(search.room_type)
        .bind(search.amenity)
        .bind(search.preferred_amenity)
        .bind(&weights[..])
        .bind(search.verified)
        .bind(search.landlord)
        .bind(search.radius_min_m)
        .bind(search.polygon_text())
        .bind(search.bbox.as_ref().map(|bbox| &bbox[..]))
        .bind(search.filter)
        .fetch_all(&database.pool)
        .await
        .unwrap();
    assert_eq!(
        answer["meta"]["total"],
        Value::from(expected.len()),
        "{path}"
    );
    assert_eq!(hits.len(), expected.len().min(50), "{path}");
    let scores: HashMap<String, f64> = expected
        .iter()
        .map(|row| (row.get::<Uuid, _>("id").to_string(), row.get("score")))
        .collect();
    for (hit, row) in hits.iter().zip(&expected) {
        let id = hit["room"]["id"].as_str().unwrap();
        let score = hit["match_score"].as_f64().unwrap();
        let (expected_id, expected_score) = (row.get::<Uuid, _>("id"), row.get::<f64, _>("score"));
        assert_near(score, expected_score, &path);
        assert_near(score, scores[id], &path);
        if id != expected_id.to_string() {
            // Two systems round the last bits of a sum differently, so only such ties may swap.
            assert!(
                (scores[id] - expected_score).abs() < 1e-9,
                "{path}: {id} for {expected_id}"
            );
        } else {
            let distance_m: f64 = row.get("distance_m");
            let shown_m = hit["distance_m"].as_f64().unwrap();
            assert!(
                (shown_m - distance_m).abs() <= 0.051,
                "{path}: {shown_m} for {distance_m}"
            );
        }
    }
    hits.len()
}

fn assert_near(found: f64, expected: f64, path: &str) {
    assert!(
        (found - expected).abs() <= 1e-6 * expected.abs(),
        "{path}: {found} for {expected}"
    );
}
