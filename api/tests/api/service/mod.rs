//! A service over rooms and venues in Mumbai.

mod documents;
mod market;
pub(crate) mod socket;

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::http::response::Parts;
use axum::http::{HeaderMap, Request, StatusCode};
use roost_api::{
    AnonymousAccess, ApiState, CommitReport, Health, HealthReport, InternalRoutes, MemoryState,
    MemoryStateFuture, MemoryStateSource, Origins, Phase, Profiles, SignalState, SlotReport,
    StreamReport, Token, router,
};
use roost_collections::{Declared, built_in, declared, rooms};
use roost_engine::{
    BusyDays, DateRange, Key, Language, Position, Profile, Reader, Signals, Store, StoreOptions,
    Writer,
};
use serde_json::Value;
use tempfile::TempDir;
use tokio::sync::watch;
use tower::ServiceExt;

pub(crate) const IIT_BOMBAY: Key = Key::from_u128(0xA1);
pub(crate) const VJTI: Key = Key::from_u128(0xA2);
pub(crate) const LANDLORD: Key = Key::from_u128(0xB1);
pub(crate) const UNAVAILABLE_LANDLORD: Key = Key::from_u128(0xB2);
pub(crate) const ROOM_COUNT: usize = 60;

/// The WAL position of the index.
const POSITION: Position = Position(0x16_B374_D848);

/// A room of the unavailable landlord, a draft, and a paused room.
pub(crate) const HIDDEN: Key = Key::from_u128(0xC1);
pub(crate) const DRAFT: Key = Key::from_u128(0xC2);
pub(crate) const PAUSED: Key = Key::from_u128(0xC3);

pub(crate) struct Service {
    router: Router,
    pub(crate) state: ApiState,
    /// The token of the internal routes.
    pub(crate) token: Token,
    health: Arc<TestHealth>,
    pub(crate) writer: Mutex<Writer>,
    _folder: TempDir,
}

pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) json: Value,
}

struct TestHealth {
    report: Mutex<HealthReport>,
    reached: watch::Sender<Position>,
}

/// The in-memory state that the service returns.
pub(crate) fn memory_state() -> MemoryState {
    let signals = Signals {
        capacity_total: 4,
        ..Signals::default()
    };
    let window = ("2026-12-01", "2027-12-01");
    let stay =
        |(from, to): (&str, &str)| DateRange::new(from.parse().unwrap(), to.parse().unwrap());
    MemoryState {
        position: POSITION,
        signals: vec![(Key::from_u128(7), signals)],
        days: vec![SignalState {
            collection: "rooms".to_owned(),
            signal: "nights".to_owned(),
            values: BusyDays {
                window: stay(window).unwrap(),
                documents: vec![(
                    Key::from_u128(1),
                    vec![stay(("2026-12-24", "2026-12-27")).unwrap()],
                )],
            },
        }],
        numbers: vec![SignalState {
            collection: "requests".to_owned(),
            signal: "exposure".to_owned(),
            values: vec![(Key::from_u128(3), 1.5)],
        }],
    }
}

struct TestMemoryState;

impl MemoryStateSource for TestMemoryState {
    fn fetch(&self) -> MemoryStateFuture<'_> {
        Box::pin(async { Ok(memory_state()) })
    }
}

impl Health for TestHealth {
    fn report(&self) -> HealthReport {
        self.report.lock().unwrap().clone()
    }

    fn stream(&self) -> StreamReport {
        StreamReport {
            committed_position: POSITION,
            commits: CommitReport {
                count: 3,
                total_us: 30_000,
                buckets: vec![(Some(5), 1), (Some(10), 0), (None, 2)],
            },
            slot: Some(SlotReport {
                wal_status: "reserved".to_owned(),
                retained_wal_bytes: 4096,
                safe_wal_bytes: None,
            }),
            ..StreamReport::default()
        }
    }

    fn reached(&self, position: Position) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(async move {
            let mut receiver = self.reached.subscribe();
            receiver
                .wait_for(|reached| *reached >= position)
                .await
                .unwrap();
        })
    }
}

impl Service {
    pub(crate) fn start() -> Service {
        let folder = tempfile::tempdir().unwrap();
        let (mut writer, reader) =
            Store::open(folder.path(), &built_in(), &StoreOptions::default()).unwrap();
        documents::fill(&mut writer);
        writer.advance_availability_window(rooms::collection(), "2026-12-01".parse().unwrap());
        let health = Arc::new(TestHealth {
            report: Mutex::new(HealthReport {
                phase: Phase::Following,
                ready: true,
                reason: None,
                lag_bytes: Some(0),
                dead_letters: 0,
                rebuild: None,
            }),
            reached: watch::Sender::new(POSITION),
        });
        let near = Profile::new("near", 0.0, roost_engine::DecayShape::Linear, 500.0).unwrap();
        let near = near
            .with_weight(roost_engine::Component::Distance, 1.0)
            .unwrap();
        let token = Token::random();
        let state = ApiState {
            reader,
            collections: declared().into(),
            default_profiles: BTreeMap::new(),
            profiles: Profiles::new([near]),
            typos: roost_engine::Typos::default(),
            relax_below: 20,
            language: watch::channel(language()).1,
            search_timeout: Duration::from_secs(10),
            health: health.clone(),
            anonymous: AnonymousAccess {
                search: true,
                metrics: true,
            },
            market: market::market(),
            cors_origins: Origins::default(),
            internal: InternalRoutes::new(token.clone(), Arc::new(TestMemoryState)),
        };
        Service {
            router: router(state.clone()),
            state,
            token,
            health,
            writer: Mutex::new(writer),
            _folder: folder,
        }
    }

    pub(crate) fn set_health(&self, report: HealthReport) {
        *self.health.report.lock().unwrap() = report;
    }

    /// Reports that the index has reached a position.
    pub(crate) fn reach(&self, position: Position) {
        self.health.reached.send_replace(position);
    }

    /// The same rooms with another follower.
    pub(crate) fn with_health(self, health: Arc<dyn Health>) -> Service {
        let state = ApiState {
            health,
            ..self.state.clone()
        };
        self.with_state(state)
    }

    /// The same rooms with another default deadline.
    pub(crate) fn with_search_timeout(self, search_timeout: Duration) -> Service {
        let state = ApiState {
            search_timeout,
            ..self.state.clone()
        };
        self.with_state(state)
    }

    /// The same rooms with other rights of anonymous callers.
    pub(crate) fn with_anonymous(self, anonymous: AnonymousAccess) -> Service {
        let state = ApiState {
            anonymous,
            ..self.state.clone()
        };
        self.with_state(state)
    }

    /// The same rooms with other synonyms and stop words.
    pub(crate) fn with_language(self, language: Arc<Language>) -> Service {
        let state = ApiState {
            language: watch::channel(language).1,
            ..self.state.clone()
        };
        self.with_state(state)
    }

    /// Another index, with these collections.
    pub(crate) fn with_index(
        self,
        folder: TempDir,
        (writer, reader): (Writer, Reader),
        collections: Arc<[Declared]>,
    ) -> Service {
        let state = ApiState {
            reader,
            collections,
            default_profiles: BTreeMap::new(),
            ..self.state.clone()
        };
        Service {
            writer: Mutex::new(writer),
            _folder: folder,
            ..self.with_state(state)
        }
    }

    /// The same rooms for pages of some origins.
    pub(crate) fn with_cors_origins(self, cors_origins: Origins) -> Service {
        let state = ApiState {
            cors_origins,
            ..self.state.clone()
        };
        self.with_state(state)
    }

    fn with_state(self, state: ApiState) -> Service {
        Service {
            router: router(state.clone()),
            state,
            ..self
        }
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.send(Request::get(path).body(Body::empty()).unwrap())
            .await
    }

    /// Posts a JSON body.
    pub(crate) async fn post(&self, path: &str, body: impl Into<Body>) -> Reply {
        let request = Request::post(path).header("content-type", "application/json");
        self.send(request.body(body.into()).unwrap()).await
    }

    /// Gets an answer that is not JSON.
    pub(crate) async fn get_text(&self, path: &str) -> (HeaderMap, String) {
        let request = Request::get(path).body(Body::empty()).unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.unwrap();
        (parts.headers, String::from_utf8(bytes.into()).unwrap())
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Reply {
        let (parts, bytes) = self.send_for_bytes(request).await;
        Reply {
            status: parts.status,
            headers: parts.headers,
            json: serde_json::from_slice(&bytes).unwrap_or(Value::Null),
        }
    }

    /// The head and body of a response.
    pub(crate) async fn send_for_bytes(&self, request: Request<Body>) -> (Parts, Bytes) {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        (parts, to_bytes(body, usize::MAX).await.unwrap())
    }

    /// The data and meta of a successful answer.
    pub(crate) async fn ok(&self, path: &str) -> (Value, Value) {
        let mut reply = self.get(path).await;
        assert_eq!(reply.status, StatusCode::OK, "{path}: {}", reply.json);
        assert_eq!(reply.json["success"], true);
        assert_eq!(reply.json["error"], Value::Null);
        (reply.json["data"].take(), reply.json["meta"].take())
    }
}

/// Asserts that a reply is an error, and returns the error.
pub(crate) fn rejected(reply: &Reply, status: u16, code: &str) -> Value {
    assert_eq!(reply.status.as_u16(), status, "{}", reply.json);
    assert_eq!(reply.json["success"], false);
    assert_eq!(reply.json["data"], Value::Null);
    assert_eq!(reply.json["meta"], Value::Null);
    assert_eq!(reply.json["error"]["code"], code, "{}", reply.json);
    reply.json["error"].clone()
}

/// A value as a query string contains it.
pub(crate) fn encoded(text: &str) -> String {
    let bytes = text.bytes();
    bytes.map(|byte| format!("%{byte:02X}")).collect()
}

pub(crate) fn room_key(at: usize) -> Key {
    Key::from_u128(0x1000 + at as u128)
}

fn language() -> Arc<Language> {
    let mut language = Language::new(80);
    language
        .add_synonyms("table => desk\ncellar, cafe downstairs")
        .unwrap();
    language.add_stop_words("a with the");
    Arc::new(language)
}
