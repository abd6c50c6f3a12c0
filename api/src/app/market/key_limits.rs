//! Limits of requests by API key, on this node.
//!
//! A request counts for its key and for every key that this one descends from, so that creating
//! keys never raises a limit.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use governor::clock::{Clock, DefaultClock};
use governor::middleware::{StateInformationMiddleware, StateSnapshot};
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use roost_market::{ActionError, KeyActor, KeyLimit};
use uuid::Uuid;

/// The window of a limit. A key that has not been used for so long has its whole quota.
const WINDOW: Duration = Duration::from_secs(60);

/// After this many requests, keys that have their whole quota again are forgotten.
const SWEEP_EVERY: usize = 10_000;

type Limiter = RateLimiter<NotKeyed, InMemoryState, DefaultClock, StateInformationMiddleware>;

/// Counts the requests of keys on this node.
pub(super) struct KeyLimits {
    keys: Mutex<HashMap<Uuid, Arc<Limited>>>,
    counted: AtomicUsize,
    started: Instant,
}

/// The requests of one key and those that descend from it.
struct Limited {
    limiter: Limiter,
    /// Seconds from the start of the node to the last request.
    used_at_s: AtomicU64,
    /// The same for the last one that was recorded.
    recorded_at_s: AtomicU64,
    was_recorded: AtomicBool,
}

/// Counts the requests of one caller with a key. Cheap to clone.
#[derive(Clone)]
pub(crate) struct KeyMeter {
    /// Its own limit, then those of the keys that it descends from.
    limits: Arc<[Arc<Limited>]>,
    last: Arc<Mutex<KeyQuota>>,
}

/// What a caller has left.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct KeyQuota {
    /// Requests in a window.
    pub(crate) limit: u32,
    /// Requests that are accepted now.
    pub(crate) remaining: u32,
    /// After this time, without requests, all are accepted again.
    pub(crate) reset_s: u64,
}

impl KeyLimits {
    pub(super) fn new() -> KeyLimits {
        KeyLimits {
            keys: Mutex::default(),
            counted: AtomicUsize::new(0),
            started: Instant::now(),
        }
    }

    /// The meter of a request, and whether the use of the key is to be recorded, which is once a
    /// minute.
    pub(super) fn meter(&self, key: &KeyActor) -> (KeyMeter, bool) {
        let now_s = self.started.elapsed().as_secs();
        let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        if (self.counted.fetch_add(1, Ordering::Relaxed) + 1).is_multiple_of(SWEEP_EVERY) {
            keys.retain(|_, limited| !limited.is_unused(now_s));
        }
        let limits = key.limits.iter().map(|limit| {
            let limited = keys.entry(limit.key);
            let limited = limited.or_insert_with(|| Arc::new(Limited::new(*limit)));
            limited.used_at_s.store(now_s, Ordering::Relaxed);
            Arc::clone(limited)
        });
        let limits: Arc<[Arc<Limited>]> = limits.collect();
        let is_due = limits.first().is_some_and(|own| own.is_due(now_s));
        let meter = KeyMeter {
            limits,
            last: Arc::default(),
        };
        (meter, is_due)
    }
}

impl Limited {
    fn new(limit: KeyLimit) -> Limited {
        let burst = NonZeroU32::new(limit.requests_per_minute).unwrap_or(NonZeroU32::MIN);
        let limiter = RateLimiter::direct(Quota::per_minute(burst));
        Limited {
            limiter: limiter.with_middleware(),
            used_at_s: AtomicU64::new(0),
            recorded_at_s: AtomicU64::new(0),
            was_recorded: AtomicBool::new(false),
        }
    }

    fn is_unused(&self, now_s: u64) -> bool {
        let unused_s = now_s.saturating_sub(self.used_at_s.load(Ordering::Relaxed));
        unused_s > WINDOW.as_secs()
    }

    /// Whether the use is to be recorded again. Of concurrent requests only one records it.
    fn is_due(&self, now_s: u64) -> bool {
        let before_s = self.recorded_at_s.load(Ordering::Relaxed);
        let is_first = !self.was_recorded.swap(true, Ordering::Relaxed);
        let is_due = is_first || now_s.saturating_sub(before_s) > WINDOW.as_secs();
        let exchange = || {
            let (set, get) = (Ordering::Relaxed, Ordering::Relaxed);
            let recorded_at_s = &self.recorded_at_s;
            recorded_at_s.compare_exchange(before_s, now_s, set, get)
        };
        is_due && exchange().is_ok()
    }
}

impl KeyMeter {
    /// Counts one request, or rejects it. A request beyond the limit of the key itself does not
    /// count for those that it descends from.
    pub(crate) fn count(&self) -> Result<(), ActionError> {
        let mut tightest: Option<KeyQuota> = None;
        let mut outcome = Ok(());
        for limited in self.limits.iter() {
            let quota = match limited.limiter.check() {
                Ok(state) => KeyQuota::of(&state),
                Err(until) => {
                    let clock = DefaultClock::default();
                    let retry_after = until.wait_time_from(clock.now());
                    outcome = Err(ActionError::TooMany { retry_after });
                    KeyQuota::exhausted(until.quota())
                }
            };
            if tightest.is_none_or(|tightest| quota.remaining < tightest.remaining) {
                tightest = Some(quota);
            }
            if outcome.is_err() {
                break;
            }
        }
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        *last = tightest.unwrap_or_default();
        outcome
    }

    /// What was left after the last count: the least of all limits.
    pub(crate) fn quota(&self) -> KeyQuota {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl KeyQuota {
    fn of(state: &StateSnapshot) -> KeyQuota {
        KeyQuota::new(
            state.quota().burst_size().get(),
            state.remaining_burst_capacity(),
        )
    }

    fn exhausted(quota: Quota) -> KeyQuota {
        KeyQuota::new(quota.burst_size().get(), 0)
    }

    fn new(limit: u32, remaining: u32) -> KeyQuota {
        let used = u64::from(limit.saturating_sub(remaining));
        KeyQuota {
            limit,
            remaining,
            reset_s: (used * WINDOW.as_secs()).div_ceil(u64::from(limit).max(1)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(limits: &[(u128, u32)]) -> KeyActor {
        let limits = limits.iter().map(|&(key, requests_per_minute)| KeyLimit {
            key: Uuid::from_u128(key),
            requests_per_minute,
        });
        KeyActor {
            limits: limits.collect(),
            ..KeyActor::default()
        }
    }

    #[test]
    fn a_key_has_its_limit_and_the_answer_says_what_is_left() {
        let limits = KeyLimits::new();
        let (meter, _) = limits.meter(&key(&[(1, 3)]));
        for remaining in [2, 1, 0] {
            meter.count().unwrap();
            assert_eq!(meter.quota().remaining, remaining);
        }
        let Err(ActionError::TooMany { retry_after }) = meter.count() else {
            panic!("the fourth request is rejected");
        };
        assert!(retry_after > Duration::from_secs(15) && retry_after <= Duration::from_secs(20));
        let quota = KeyQuota {
            limit: 3,
            remaining: 0,
            reset_s: 60,
        };
        assert_eq!(meter.quota(), quota);
        assert!(limits.meter(&key(&[(2, 3)])).0.count().is_ok());
    }

    #[test]
    fn keys_that_descend_from_one_share_its_limit_and_do_not_use_it_up_beyond_their_own() {
        let limits = KeyLimits::new();
        let (first, second) = (key(&[(2, 2), (1, 5)]), key(&[(3, 5), (1, 5)]));
        let count = |key: &KeyActor| limits.meter(key).0.count();
        assert!(count(&first).is_ok() && count(&first).is_ok());
        // Rejected by its own limit, and therefore not counted for its parent.
        assert!((0..5).all(|_| count(&first).is_err()));
        assert!((0..3).all(|_| count(&second).is_ok()));
        let (meter, _) = limits.meter(&second);
        assert!(meter.count().is_err());
        assert_eq!((meter.quota().limit, meter.quota().remaining), (5, 0));
    }

    #[test]
    fn the_use_of_a_key_is_recorded_once_a_minute() {
        let limits = KeyLimits::new();
        let key = key(&[(1, 100)]);
        let due = (0..5).filter(|_| limits.meter(&key).1).count();
        assert_eq!(due, 1);
        let limited = Limited::new(key.limits[0]);
        let times = [0, 30, 60, 61, 100, 121, 122];
        let due = times.map(|now_s| limited.is_due(now_s));
        assert_eq!(due, [true, false, false, true, false, false, true]);
    }
}
