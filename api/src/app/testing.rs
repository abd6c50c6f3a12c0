//! A shared state over an index for unit tests.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use roost_collections::declared;
use roost_engine::{Language, Position, Reader, Typos};
use roost_market::PgPool;
use roost_market::accounts::{Cost, Passwords};
use roost_market::jobs::FailedJobs;
use tokio::sync::watch;

use super::live::Live;
use super::market::{AccessTokens, AuthenticationCache, Market, SigningKey};
use super::profiles::Profiles;
use super::state::{AnonymousAccess, ApiState};
use crate::app::internal::{InternalRoutes, MemoryStateFuture, MemoryStateSource, Token};
use crate::app::source::{Health, HealthReport, Phase, StreamReport};
use crate::http::origins::Origins;

/// A follower that is ready and has reached every position.
struct Ready;

impl MemoryStateSource for Ready {
    fn fetch(&self) -> MemoryStateFuture<'_> {
        Box::pin(std::future::pending())
    }
}

impl Health for Ready {
    fn report(&self) -> HealthReport {
        HealthReport {
            phase: Phase::Following,
            ready: true,
            reason: None,
            lag_bytes: None,
            dead_letters: 0,
            rebuild: None,
        }
    }

    fn stream(&self) -> StreamReport {
        StreamReport::default()
    }

    fn reached(&self, _: Position) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(std::future::ready(()))
    }
}

pub(crate) fn state(reader: Reader) -> ApiState {
    ApiState {
        reader,
        collections: declared().into(),
        default_profiles: BTreeMap::new(),
        profiles: Profiles::default(),
        typos: Typos::default(),
        relax_below: 20,
        language: watch::channel(Arc::new(Language::new(90))).1,
        search_timeout: Duration::from_secs(10),
        health: Arc::new(Ready),
        anonymous: AnonymousAccess {
            search: true,
            metrics: true,
        },
        market: market(),
        cors_origins: Origins::default(),
        internal: InternalRoutes::new(Token::random(), Arc::new(Ready)),
    }
}

/// A market whose database cannot be reached.
fn market() -> Market {
    let cost = Cost {
        memory_kib: 64,
        passes: 1,
    };
    let keys = [SigningKey::new("test", &[7; 32], 0)];
    let pool = PgPool::connect_lazy("postgres://127.0.0.1:1/none").unwrap();
    Market {
        live: Live::new(pool.clone()),
        pool,
        passwords: Passwords::new(cost, 1).unwrap(),
        access_tokens: AccessTokens::new(watch::channel(Arc::from(keys)).1),
        authentication: AuthenticationCache::new(),
        failed_jobs: FailedJobs::default(),
        payment_provider: None,
    }
}
