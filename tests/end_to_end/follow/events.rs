//! Events of the market reach subscribers in the order of their commits, once, after restarts too.

use std::path::Path;
use std::time::Duration;

use roost_collections::built_in;
use roost_engine::{Position, Store, StoreOptions};
use roost_indexer::{
    CommittedEvent, EventNotice, EventSubscription, FollowConfig, Follower, NatsConfig,
};
use sqlx::types::Uuid;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::harness::{NatsServer, Publisher, TestDatabase, rooms};

const DEADLINE: Duration = Duration::from_secs(40);

#[tokio::test]
async fn events_arrive_once_in_the_order_of_commits_and_after_a_restart() {
    let database = TestDatabase::create().await;
    database.execute(&rooms(3)).await;
    let folder = tempfile::tempdir().unwrap();
    // The copy leaves out what happened before it.
    database.execute(&insert("before")).await;
    let mut following = Following::start(&database, folder.path());
    following.until_current().await;
    let mut late = PgConnection::connect(&database.url).await.unwrap();
    let mut late = late.begin().await.unwrap();
    late.execute(AssertSqlSafe(insert("late"))).await.unwrap();
    let both = format!("BEGIN; {}; {}; COMMIT", insert("a"), insert("b"));
    database.execute(&both).await;
    let undone = format!("BEGIN; {}; ROLLBACK", insert("undone"));
    database.execute(&undone).await;
    late.commit().await.unwrap();
    let events = following.events(3).await;
    assert_eq!(names(&events), ["a", "b", "late"]);
    assert_eq!(events[0].position, events[1].position);
    assert!(events[2].position > events[1].position);
    assert_ne!(events[0].transaction, events[2].transaction);
    assert_eq!(events[0].subject_kind, "room");
    assert_eq!(events[0].subject_id, Uuid::from_u128(7));
    assert_eq!(
        (&*events[0].actor_kind, events[0].actor_id),
        ("system", None)
    );
    let position = following.until_current().await;
    assert!(position >= events[2].position);
    following.stop().await;

    for name in ["c", "d"] {
        database.execute(&insert(name)).await;
    }
    let mut following = Following::start(&database, folder.path());
    let again = following.events(2).await;
    assert_eq!(names(&again), ["c", "d"]);
    following.stop().await;
}

#[tokio::test]
async fn events_reach_a_node_that_follows_a_publisher() {
    let database = TestDatabase::create().await;
    let nats = NatsServer::start().await;
    let mut publisher = Publisher::start(&database, &nats).await;
    let folder = tempfile::tempdir().unwrap();
    let mut following = Following::start_with(&database, folder.path(), |config| FollowConfig {
        nats: Some(NatsConfig {
            url: nats.url().parse().unwrap(),
            stream: "roost".parse().unwrap(),
            ca_file: None,
        }),
        ..config
    });
    following.until_current().await;
    database.execute(&insert("a")).await;
    assert_eq!(names(&following.events(1).await), ["a"]);
    // Without its publisher the node is not current.
    publisher.kill();
    following.drain().await;
    database.execute(&insert("b")).await;
    publisher.restart().await;
    let EventNotice::Event(event) = following.next().await else {
        panic!("a current stream without the event");
    };
    assert_eq!(names(&[CommittedEvent::clone(&event)]), ["b"]);
    following.until_current().await;
    following.stop().await;
}

#[tokio::test]
async fn a_publication_without_events_gets_them_and_a_partition_that_is_created_later() {
    let database = TestDatabase::create().await;
    database
        .execute(
            "CREATE PUBLICATION roost FOR TABLE rooms, exam_venues, requests, landlords, bookings,
                request_exposure, events",
        )
        .await;
    let folder = tempfile::tempdir().unwrap();
    let mut following = Following::start(&database, folder.path());
    following.until_current().await;
    database
        .execute(
            "CREATE TABLE events_2001_01 (LIKE events INCLUDING ALL);
            ALTER TABLE events ATTACH PARTITION events_2001_01
                FOR VALUES FROM ('2001-01-01 00:00:00+00') TO ('2001-02-01 00:00:00+00')",
        )
        .await;
    database
        .execute(
            "INSERT INTO events (occurred_at, actor_kind, kind, subject_kind, subject_id, change)
            VALUES ('2001-01-05 00:00:00+00', 'system', 'room.created', 'room', uuid_v7(),
                '{\"name\": \"old\"}')",
        )
        .await;
    assert_eq!(names(&following.events(1).await), ["old"]);
    following.stop().await;
}

/// A follower in this process.
struct Following {
    events: EventSubscription,
    shutdown: CancellationToken,
    follower: JoinHandle<()>,
}

impl Following {
    fn start(database: &TestDatabase, folder: &Path) -> Self {
        Self::start_with(database, folder, |config| config)
    }

    fn start_with(
        database: &TestDatabase,
        folder: &Path,
        change: impl FnOnce(FollowConfig) -> FollowConfig,
    ) -> Self {
        let store = Store::open(folder, &built_in(), &StoreOptions::default());
        let config = FollowConfig {
            slot: database.name.parse().unwrap(),
            ..FollowConfig::new(database.url.parse().unwrap())
        };
        let follower = Follower::new(change(config), store.unwrap().0);
        let events = follower.events().subscribe();
        let shutdown = CancellationToken::new();
        let ends = shutdown.clone();
        let follower = tokio::spawn(async move { follower.run(ends).await.unwrap() });
        Self {
            events,
            shutdown,
            follower,
        }
    }

    async fn next(&mut self) -> EventNotice {
        let next = timeout(DEADLINE, self.events.next()).await;
        next.expect("a notice arrives").expect("the follower runs")
    }

    /// Waits until a second brings no notice, four times as long as a current stream takes.
    async fn drain(&mut self) {
        while let Ok(notice) = timeout(Duration::from_secs(1), self.events.next()).await {
            assert!(notice.is_some(), "the follower runs");
        }
    }

    /// The next events; whatever may be missed is missed before the first.
    async fn events(&mut self, count: usize) -> Vec<CommittedEvent> {
        let mut events = Vec::new();
        while events.len() < count {
            match self.next().await {
                EventNotice::Event(event) => events.push(CommittedEvent::clone(&event)),
                EventNotice::Current { .. } => {}
                EventNotice::Missed => assert!(events.is_empty(), "{events:?}"),
            }
        }
        events
    }

    /// Waits until the stream is current, without an event until then.
    async fn until_current(&mut self) -> Position {
        loop {
            match self.next().await {
                EventNotice::Current { position, .. } => return position,
                EventNotice::Missed => {}
                EventNotice::Event(event) => panic!("{event:?}"),
            }
        }
    }

    async fn stop(mut self) {
        self.shutdown.cancel();
        self.follower.await.unwrap();
        while let Some(notice) = self.events.next().await {
            assert!(matches!(notice, EventNotice::Current { .. }), "{notice:?}");
        }
    }
}

fn insert(name: &str) -> String {
    let room = Uuid::from_u128(7);
    format!(
        "INSERT INTO events (actor_kind, kind, subject_kind, subject_id, change)
        VALUES ('system', 'room.created', 'room', '{room}', '{{\"name\": \"{name}\"}}')"
    )
}

fn names(events: &[CommittedEvent]) -> Vec<String> {
    let name = |event: &CommittedEvent| {
        let change: serde_json::Value = serde_json::from_str(&event.change).unwrap();
        change["name"].as_str().unwrap().to_owned()
    };
    events.iter().map(name).collect()
}
