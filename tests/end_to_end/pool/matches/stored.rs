//! The matches that jobs store, through changes of landlords and rooms.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};
use sqlx::Row;

use super::fresh::{ENQUEUE_ALL, assert_reported_once, assert_stored_are_fresh, settle};
use super::world::{Landlord, World, texts};
use crate::harness::{Roost, TestDatabase, eventually};
use crate::market::client::{Client, rejected};

const DEADLINE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn stored_matches_are_those_of_a_fresh_ranking() {
    let world = World::new(0.3).await;
    world.database.execute(ENQUEUE_ALL).await;
    world.settle().await;
    world.check_stored().await;
    let events = assert_reported_once(&world.database).await;

    // Another ranking of the same finds nothing new.
    world.database.execute(ENQUEUE_ALL).await;
    world.settle().await;
    world.check_stored().await;
    assert_eq!(assert_reported_once(&world.database).await, events);

    let landlord = world.matched_landlord().await;
    let before = world.matched(landlord).await;
    let viewed = before.first().unwrap();
    world.check_view(landlord, viewed).await;

    // A landlord who is not available is matched with nothing, but what it has viewed stays known.
    let patch = landlord
        .client
        .patch("/landlords/me", json!({"is_available": false}));
    assert_eq!(patch.await.status, 200);
    eventually("the landlord is not matched", DEADLINE, async || {
        world.matched(landlord).await.is_empty().then_some(())
    })
    .await;
    world.settle().await;
    world.check_stored().await;
    let (entries, meta) = world.all(&landlord.client, "/landlords/me/feed?").await;
    assert_eq!(
        (entries.len(), &meta["empty_because"]),
        (0, &"unavailable".into())
    );

    let patch = landlord
        .client
        .patch("/landlords/me", json!({"is_available": true}));
    assert_eq!(patch.await.status, 200);
    eventually("the landlord is matched again", DEADLINE, async || {
        (world.matched(landlord).await == before).then_some(())
    })
    .await;
    world.settle().await;
    world.check_stored().await;
    let (entries, _) = world.all(&landlord.client, "/landlords/me/feed?").await;
    let seen = entries.iter().filter(|entry| entry["viewed"] == true);
    let seen: Vec<Value> = seen.cloned().collect();
    assert_eq!(texts(&seen, "/request/id"), [viewed.as_str()]);
    let (unseen, _) = world
        .all(&landlord.client, "/landlords/me/feed?unseen=true")
        .await;
    let unseen: BTreeSet<String> = texts(&unseen, "/request/id").into_iter().collect();
    assert!(!unseen.contains(viewed));
    assert_eq!(unseen.len() + 1, entries.len());

    // A smaller area keeps the requests within it.
    let around = json!([
        [72.86, 19.06],
        [72.9, 19.06],
        [72.9, 19.1],
        [72.86, 19.1],
        [72.86, 19.06]
    ]);
    let areas = json!({"preferred_areas": {"type": "Polygon", "coordinates": [around]}});
    let patch = landlord.client.patch("/landlords/me", areas).await;
    assert_eq!(patch.status, 200, "{}", patch.json);
    let expected = world
        .fitting("request_id", "landlord_id", &landlord.id)
        .await;
    eventually("the areas narrow the matches", DEADLINE, async || {
        (world.matched(landlord).await == expected).then_some(())
    })
    .await;
    world.settle().await;
    world.check_stored().await;
    let (entries, _) = world.all(&landlord.client, "/landlords/me/feed?").await;
    let entries: BTreeSet<String> = texts(&entries, "/request/id").into_iter().collect();
    assert_eq!(entries, expected);
}

#[tokio::test]
async fn a_request_is_matched_with_the_best_hundred_landlords_who_want_it() {
    let database = TestDatabase::create().await;
    database
        .execute(
            "INSERT INTO users (id, role, display_name)
            SELECT lpad(n::text, 32, '0')::uuid, 'landlord', 'Asha' FROM generate_series(1, 400) n;
            INSERT INTO landlords (id, user_id, total_capacity, active_contracts, last_active_at,
                preferred_areas)
            SELECT id, id, 100, CASE WHEN n % 5 = 0 THEN 100 ELSE n % 97 END,
                now() - interval '10 days', CASE WHEN n % 4 > 0 THEN ST_Multi(
                    ST_MakeEnvelope(72 + n % 3, 19, 73 + n % 3, 20, 4326))::geography END
            FROM (
                SELECT id, row_number() OVER (ORDER BY id)::int AS n FROM users
                WHERE role = 'landlord'
            ) landlords;
            INSERT INTO rooms (landlord_id, title, country_code, location, currency, occupancy,
                room_type)
            SELECT id, 'Room', 'IN', ST_MakePoint(72.5, 19.5)::geography, 'INR', 1, 'private_room'
            FROM landlords;
            WITH student AS (
                INSERT INTO users (role, display_name) VALUES ('student', 'Ravi') RETURNING id
            )
            INSERT INTO requests (student_id, title, location, reach_m, check_in, check_out,
                currency, expires_at)
            SELECT id, 'Request', ST_MakePoint(72.5, 19.5)::geography, 5000, current_date + 10,
                current_date + 12, 'INR', now() + interval '14 days'
            FROM student",
        )
        .await;
    let node = Roost::start(&database).await;
    let admin = Client::admin(&database, &node).await;
    database.execute(ENQUEUE_ALL).await;
    eventually("the request is matched", DEADLINE, async || {
        let stored = database.row("SELECT count(*) FROM matches").await;
        (stored.get::<i64, _>(0) > 0).then_some(())
    })
    .await;
    // Not full, and either without areas or with the first one.
    let best = "
        WITH best AS (
            SELECT m.id, m.landlord_id FROM rooms m JOIN landlords l ON l.id = m.landlord_id
            WHERE l.active_contracts < 100 AND
                (l.preferred_areas IS NULL OR ST_Covers(l.preferred_areas, m.location))
            ORDER BY l.active_contracts, m.id LIMIT 100
        )";
    let wrong = format!(
        "{best} SELECT count(*) FROM best FULL JOIN matches s ON s.landlord_id = best.landlord_id
            WHERE best.id IS DISTINCT FROM s.room_id"
    );
    assert_eq!(database.row(&wrong).await.get::<i64, _>(0), 0);
    let count = format!("{best} SELECT count(*) FROM best");
    assert_eq!(database.row(&count).await.get::<i64, _>(0), 100);
    let request = database.row("SELECT id::text FROM requests").await;
    let path = format!(
        "/requests/{}/matches?limit=100",
        request.get::<String, _>(0)
    );
    let reply = admin.get(&path).await;
    assert_eq!(reply.json["meta"]["total"], 100, "{}", reply.json);
    let listed = texts(reply.json["data"].as_array().unwrap(), "/landlord_id");
    let stored = "SELECT string_agg(landlord_id::text, ' ' ORDER BY rank) FROM matches";
    let stored: String = database.row(stored).await.get(0);
    assert_eq!(listed, stored.split(' ').collect::<Vec<_>>());
}

impl World {
    /// Waits until no request is to be matched any more.
    async fn settle(&self) {
        settle(&self.database).await;
    }

    /// Compares the stored matches of every request with those that the API ranks.
    async fn check_stored(&self) {
        assert_stored_are_fresh(&self.database, &self.admin, "true").await;
    }

    /// A landlord with an account that is matched with requests.
    async fn matched_landlord(&self) -> &Landlord {
        for landlord in &self.landlords {
            if self.matched(landlord).await.len() > 1 {
                return landlord;
            }
        }
        panic!("no landlord is matched: choose another seed");
    }

    /// The requests that a landlord is matched with.
    async fn matched(&self, landlord: &Landlord) -> BTreeSet<String> {
        let sql = format!(
            "SELECT request_id::text FROM matches WHERE landlord_id = '{}' AND rank IS NOT NULL",
            landlord.id
        );
        self.column(&sql).await.into_iter().collect()
    }

    /// Views a request twice, and one that does not fit. Only students see the landlords for one.
    async fn check_view(&self, landlord: &Landlord, request: &str) {
        let matches = format!("/requests/{request}/matches");
        rejected(&landlord.client.get(&matches).await, 403, "forbidden");
        let view = async |request: &str| {
            let path = format!("/landlords/me/feed/{request}/view");
            landlord.client.send("POST", &path, &[], None).await
        };
        let first = view(request).await;
        assert_eq!(first.status, 200, "{}", first.json);
        assert_eq!(first.json["data"]["landlord_id"], landlord.id.as_str());
        let again = view(request).await;
        assert_eq!(again.json["data"], first.json["data"]);
        let sql = format!(
            "SELECT count(*) FROM events WHERE kind = 'match.viewed' AND subject_id = '{request}'
                AND change ->> 'landlord_id' = '{}'",
            landlord.id
        );
        assert_eq!(self.database.row(&sql).await.get::<i64, _>(0), 1);
        let others = format!(
            "SELECT id::text FROM requests WHERE id NOT IN
                (SELECT request_id FROM pairs WHERE landlord_id = '{}') LIMIT 1",
            landlord.id
        );
        let other = self.column(&others).await.remove(0);
        let error = view(&other).await;
        let error = rejected(&error, 404, "not_found");
        assert_eq!(
            (&error["field"], &error["value"]),
            (&"id".into(), &other.as_str().into())
        );
    }
}
