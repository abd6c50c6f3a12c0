//! Connections for writes. Requests with the same idempotency key wait for each other without one.
//!
//! Postgres would let them wait as well, but each with a connection of the pool, so that a client
//! which repeats a slow request would keep those of everyone. Across nodes Postgres alone orders
//! them, which takes one connection of each node.

use std::collections::HashMap;
use std::ops::Deref;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use roost_market::{IdempotencyKey, PgPool};
use tokio::sync::{Mutex as AsyncMutex, OwnedMutexGuard};

/// With this many keys, those without a request are forgotten.
const KEYS_MIN: usize = 64;

/// A pool of connections, with the requests in progress that have an idempotency key.
pub(crate) struct WritePool {
    pool: PgPool,
    keys: Mutex<Keys>,
}

/// The turn of a request among those with the same key. Dropping it passes the turn on.
pub(super) type Turn = OwnedMutexGuard<()>;

#[derive(Default)]
struct Keys {
    /// By caller and key.
    in_progress: HashMap<(String, String), Weak<AsyncMutex<()>>>,
    forget_at: usize,
}

impl WritePool {
    pub(crate) fn new(pool: PgPool) -> WritePool {
        WritePool {
            pool,
            keys: Mutex::default(),
        }
    }

    /// Waits until no earlier request with this key is in progress on this node.
    pub(super) async fn turn(&self, key: &IdempotencyKey) -> Turn {
        let requests = {
            let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
            keys.requests(key)
        };
        requests.lock_owned().await
    }
}

impl Keys {
    fn requests(&mut self, key: &IdempotencyKey) -> Arc<AsyncMutex<()>> {
        if self.in_progress.len() >= self.forget_at.max(KEYS_MIN) {
            self.in_progress.retain(|_, it| it.strong_count() > 0);
            self.forget_at = 2 * self.in_progress.len();
        }
        let key = (key.caller.clone(), key.key.clone());
        let entry = self.in_progress.entry(key).or_default();
        entry.upgrade().unwrap_or_else(|| {
            let requests = Arc::new(AsyncMutex::new(()));
            *entry = Arc::downgrade(&requests);
            requests
        })
    }
}

impl Deref for WritePool {
    type Target = PgPool;

    fn deref(&self) -> &PgPool {
        &self.pool
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    fn key(caller: &str, key: &str) -> IdempotencyKey {
        IdempotencyKey {
            caller: caller.to_owned(),
            key: key.to_owned(),
            request_hash: [0; 32],
        }
    }

    fn pool() -> WritePool {
        WritePool::new(PgPool::connect_lazy("postgres://127.0.0.1:1/none").unwrap())
    }

    #[tokio::test]
    async fn requests_with_one_key_take_turns_and_others_do_not_wait() {
        let pool = pool();
        let first = pool.turn(&key("asha", "a")).await;
        assert!(pool.turn(&key("asha", "b")).now_or_never().is_some());
        assert!(pool.turn(&key("ravi", "a")).now_or_never().is_some());
        let same = key("asha", "a");
        let mut second = Box::pin(pool.turn(&same));
        assert!(second.as_mut().now_or_never().is_none());
        drop(first);
        assert!(second.now_or_never().is_some());
    }

    #[tokio::test]
    async fn keys_without_a_request_are_forgotten() {
        let pool = pool();
        let kept = pool.turn(&key("asha", "kept")).await;
        for n in 0..10 * KEYS_MIN {
            pool.turn(&key("asha", &n.to_string())).await;
        }
        let known = pool.keys.lock().unwrap().in_progress.len();
        assert!(known <= KEYS_MIN, "{known}");
        assert!(pool.turn(&key("asha", "kept")).now_or_never().is_none());
        drop(kept);
    }
}
