//! What actions need, over a database that cannot be reached.

use std::sync::Arc;

use roost_api::{AccessTokens, AuthenticationCache, Live, Market, SigningKey};
use roost_market::PgPool;
use roost_market::accounts::{Cost, Passwords};
use roost_market::jobs::FailedJobs;
use tokio::sync::watch;

/// A market whose database cannot be reached.
pub(super) fn market() -> Market {
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
