//! A node under attack, with the conditions that it must meet.

use std::time::Duration;

use serde_json::Value;
use tokio::time::Instant;

use super::clients::attack::Attack;
use super::clients::http::get;
use super::clients::keep_alive::KeepAlive;
use super::clients::{KINDS, searches};
use crate::harness::{Roost, TestDatabase, assert_equal, command, eventually, stderr};

/// How long each kind of attack lasts.
const ATTACK: Duration = Duration::from_millis(800);

/// Long enough for a busy machine; a passing test never waits this long.
const DEADLINE: Duration = Duration::from_secs(60);

const ROOMS: u64 = 1_000;

/// The message of a node that gives up on open requests when it stops.
const ABORTED: &str = "open requests were aborted";

/// A node over generated rooms, which survives.
pub(super) struct Survivor {
    node: Roost,
    database: TestDatabase,
    /// A well-behaved client at the address of the attackers.
    client: KeepAlive,
    inserted: u64,
}

impl Survivor {
    pub(super) async fn start() -> Self {
        let database = TestDatabase::create().await;
        let mut import = command();
        import.args(["import", "shipped", "--rooms", &ROOMS.to_string()]);
        import.args(["--database-url", &database.url]);
        let imported = tokio::task::spawn_blocking(move || import.output());
        let imported = imported.await.unwrap().unwrap();
        assert!(imported.status.success(), "{}", stderr(&imported));
        let node = Roost::start(&database).await;
        let mut client = KeepAlive::new(node.address(), DEADLINE);
        // The attacks below repeat these requests, which must be valid to cost anything.
        for request in searches::one_of_each() {
            let response = client.request(&request).await.unwrap();
            let shown = String::from_utf8_lossy(&request).into_owned();
            assert_eq!(response.status, 200, "{shown}");
        }
        Self {
            client,
            node,
            database,
            inserted: 0,
        }
    }

    /// Attacks with these kinds, one after the other.
    pub(super) async fn survives_kinds(&mut self, names: &[&str]) {
        for name in names {
            let kind = KINDS.iter().find(|kind| kind.name == *name).unwrap();
            self.survives(name, async |attack| kind.run(attack).await)
                .await;
        }
    }

    /// Attacks, and asserts that meanwhile others are answered and a new row is found.
    pub(super) async fn survives(&mut self, name: &str, clients: impl AsyncFn(&Attack)) {
        let attack = Attack::new(self.node.address(), ATTACK);
        let (cheap, ()) = tokio::join!(self.cheap_searches(attack.until), clients(&attack));
        let result = attack.result();
        println!("{name}: {cheap} cheap searches; answers: {result}");
        assert_eq!(result.problems, [""; 0], "{name}");
        self.finds_a_new_row(name).await;
        self.is_answered(name, "/health/live").await;
        let log = self.node.log();
        assert!(!log.contains("panicked"), "{name}: {log}");
    }

    /// Stops the node, and compares its index with the tables.
    pub(super) async fn stop(mut self) {
        let rooms = ROOMS + self.inserted;
        assert_equal(&self.database, &self.node.data_dir, rooms).await;
        self.node.stop().await;
    }

    /// Stops the node in the middle of an attack, once it has this many connections. Then compares
    /// its index with the tables.
    pub(super) async fn stop_during(mut self, connections: u32, clients: impl AsyncFn(&Attack)) {
        let attack = Attack::new(self.node.address(), DEADLINE);
        tokio::select! {
            () = async {
                clients(&attack).await;
                std::future::pending().await
            } => {}
            () = async {
                let are_open = |open| open >= f64::from(connections);
                self.node.await_metric("roost_connections", are_open).await;
                self.node.stop().await;
            } => {}
        }
        let log = self.node.log();
        assert!(!log.contains(ABORTED), "{log}");
        let rooms = ROOMS + self.inserted;
        assert_equal(&self.database, &self.node.data_dir, rooms).await;
    }

    /// Sends cheap searches until a moment, and until one is answered.
    async fn cheap_searches(&mut self, until: Instant) -> usize {
        let mut answered = 0;
        for index in 0.. {
            let request = get(&searches::cheap(index));
            let answer = self.client.request(&request).await;
            answered += usize::from(answer.is_ok_and(|response| response.status == 200));
            let is_over = Instant::now() > until;
            if is_over && answered > 0 {
                break;
            }
            assert!(
                Instant::now() < until + DEADLINE,
                "no cheap search is answered"
            );
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        answered
    }

    async fn finds_a_new_row(&mut self, name: &str) {
        self.inserted += 1;
        let title = format!("Attackrow{}", self.inserted);
        self.database
            .execute(&format!(
                "INSERT INTO rooms
                    (landlord_id, title, country_code, location, currency, occupancy, room_type)
                SELECT id, '{title}', 'IN', ST_MakePoint(72.9, 19.1)::geography, 'INR', 1,
                    'private_room'
                FROM landlords WHERE is_available LIMIT 1"
            ))
            .await;
        let request = get(&format!("/api/v1/rooms/search?q={title}&match=all"));
        let client = &mut self.client;
        eventually(name, DEADLINE, async || {
            let response = client.request(&request).await.ok()?;
            let answer: Value = serde_json::from_slice(&response.body).ok()?;
            (answer["meta"]["total"] == 1).then_some(())
        })
        .await;
    }

    async fn is_answered(&mut self, name: &str, path: &str) {
        let response = self.client.request(&get(path)).await;
        let status = response.map(|response| response.status);
        assert_eq!(status.ok(), Some(200), "{name}");
    }
}
