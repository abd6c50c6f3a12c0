//! Feeds and the landlords for requests against an oracle, and against each other.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::world::{World, texts};

/// Components that do not depend on other landlords' offers or on words.
const SHARED: &str = "distance:30,capacity:5,activity:5,performance:5,amenity:15,price:30";

#[tokio::test]
async fn feeds_and_matches_are_those_of_all_pairs_in_both_directions() {
    for seed in ["0.1", "0.7"] {
        check(&World::new(seed.parse().unwrap()).await).await;
    }
}

async fn check(world: &World) {
    // A landlord that reads its feed is active, so the signals do not change any more after this.
    for landlord in &world.landlords {
        world.all(&landlord.client, "/landlords/me/feed?").await;
    }
    let mut feeds: BTreeMap<(String, String), Value> = BTreeMap::new();
    for landlord in &world.landlords {
        let path = format!("/landlords/me/feed?weights={SHARED}");
        let (entries, meta) = world.all(&landlord.client, &path).await;
        let expected = world
            .fitting("request_id", "landlord_id", &landlord.id)
            .await;
        let found = texts(&entries, "/request/id");
        assert_eq!(found.len(), expected.len(), "{meta}");
        assert_eq!(found.iter().cloned().collect::<BTreeSet<_>>(), expected);
        assert_eq!(meta["total"], expected.len());
        assert_eq!(
            meta["empty_because"],
            world.closed(&landlord.id).await,
            "{meta}"
        );
        assert_sorted(&entries);
        for entry in entries {
            assert_explained(&entry);
            let request = entry["request"]["id"].as_str().unwrap().to_owned();
            feeds.insert((request, landlord.id.clone()), entry);
        }
    }
    assert!(!feeds.is_empty());
    let mut pairs = 0;
    for request in world
        .column("SELECT id::text FROM requests ORDER BY id")
        .await
    {
        let path = format!("/requests/{request}/matches?");
        let (landlords, meta) = world.all(&world.admin, &path).await;
        let expected = world.fitting("landlord_id", "request_id", &request).await;
        let found = texts(&landlords, "/landlord_id");
        assert_eq!(found.len(), expected.len(), "{request}: {meta}");
        assert_eq!(found.into_iter().collect::<BTreeSet<_>>(), expected);
        assert_sorted(&landlords);
        world.check_scores(&request, &landlords).await;

        let path =
            format!("/requests/{request}/matches?profile=room&weights={SHARED}&explain=true");
        let (landlords, _) = world.all(&world.admin, &path).await;
        for landlord in landlords {
            let key = (
                request.clone(),
                landlord["landlord_id"].as_str().unwrap().to_owned(),
            );
            if let Some(entry) = feeds.get(&key) {
                assert_same(entry, &landlord);
                pairs += 1;
            }
        }
    }
    assert_eq!(pairs, feeds.len());
}

/// Checks that a pair has the same bits in both directions. A request without a budget or preferred
/// amenities has no such component in the forward direction, so that another room may be the best.
fn assert_same(entry: &Value, landlord: &Value) {
    let values = |hit: &Value| -> BTreeMap<String, f64> {
        let parts = hit["components"].as_array().unwrap().iter();
        let value = |part: &Value| (part["component"].clone(), part["value"].as_f64().unwrap());
        let named = parts.map(value);
        named
            .map(|(name, value)| (name.as_str().unwrap().to_owned(), value))
            .collect()
    };
    let (reverse, forward) = (values(entry), values(landlord));
    let have_all = reverse.len() == forward.len();
    if have_all {
        for same in ["match_score", "components"] {
            assert_eq!(entry[same], landlord[same], "{entry}\n{landlord}");
        }
    }
    if have_all || entry["room"] == landlord["room"] {
        for same in ["room", "distance_m"] {
            assert_eq!(entry[same], landlord[same], "{entry}\n{landlord}");
        }
        for (name, value) in forward {
            assert_eq!(reverse[&name].to_bits(), value.to_bits(), "{name}: {entry}");
        }
    }
}

fn assert_sorted(hits: &[Value]) {
    let scores = hits.iter().map(|hit| hit["match_score"].as_f64().unwrap());
    assert!(scores.collect::<Vec<_>>().is_sorted_by(|a, b| a >= b));
}

fn assert_explained(entry: &Value) {
    let parts = entry["components"].as_array().unwrap().iter();
    let base = entry["base"].as_f64().unwrap();
    let score = parts.fold(base, |sum, part| sum + part["points"].as_f64().unwrap());
    // JSON is not read to the last bit.
    let difference = score - entry["match_score"].as_f64().unwrap();
    assert!(difference.abs() < 1e-9, "{entry}");
    let reason = entry["reason"].as_str().unwrap();
    assert!(reason.contains("away"), "{reason}");
    assert_eq!(
        (&entry["viewed"], &entry["responded"]),
        (&false.into(), &false.into())
    );
}

impl World {
    /// Why a landlord gets no requests, as the tables have it.
    async fn closed(&self, landlord: &str) -> Value {
        let sql = format!(
            "SELECT CASE WHEN active_contracts >= total_capacity THEN 'full'
                WHEN NOT is_available THEN 'unavailable'
                WHEN NOT EXISTS (
                    SELECT FROM rooms r WHERE r.landlord_id = l.id AND r.status = 'listed'
                ) THEN 'no_listed_rooms' ELSE '' END
            FROM landlords l WHERE id = '{landlord}'"
        );
        match self.column(&sql).await.remove(0) {
            reason if reason.is_empty() => Value::Null,
            reason => reason.into(),
        }
    }

    /// Compares the scores of the landlords for a request with the original formula.
    async fn check_scores(&self, request: &str, landlords: &[Value]) {
        let sql = format!(
            "SELECT landlord_id || ' ' || score FROM scores WHERE request_id = '{request}'"
        );
        let expected: BTreeMap<String, f64> = self
            .column(&sql)
            .await
            .iter()
            .map(|row| row.split_once(' ').unwrap())
            .map(|(landlord, score)| (landlord.to_owned(), score.parse().unwrap()))
            .collect();
        for landlord in landlords {
            let score = landlord["match_score"].as_f64().unwrap();
            let expected = expected[landlord["landlord_id"].as_str().unwrap()];
            assert!((score - expected).abs() < 1e-9, "{landlord}, {expected}");
        }
    }
}
