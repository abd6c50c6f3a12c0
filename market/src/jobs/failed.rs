//! How many jobs have failed for good, for the metrics of a node.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use sqlx::PgPool;
use tokio::time::sleep;

use super::list::{JobFilter, list_jobs};
use crate::action::actor::Actor;

/// Often enough for an alert.
const COUNT_EVERY: Duration = Duration::from_secs(10);

/// More are not counted.
const COUNT_MAX: u32 = 1_000;

/// Before the first count, and while the database is unreachable.
const UNKNOWN: u64 = u64::MAX;

/// The number of jobs that have failed for good.
#[derive(Clone, Debug)]
pub struct FailedJobs(Arc<AtomicU64>);

impl Default for FailedJobs {
    fn default() -> Self {
        Self(Arc::new(AtomicU64::new(UNKNOWN)))
    }
}

impl FailedJobs {
    /// The number, at most 1,000; `None` if it is unknown.
    pub fn count(&self) -> Option<u64> {
        Some(self.0.load(Ordering::Relaxed)).filter(|count| *count != UNKNOWN)
    }

    /// Counts them again and again, without end.
    pub async fn follow(self, pool: PgPool) {
        let filter = JobFilter {
            only_failed: true,
            limit: COUNT_MAX,
            ..JobFilter::default()
        };
        loop {
            let count = match list_jobs(&pool, &Actor::System, &filter).await {
                Ok(jobs) => jobs.len() as u64,
                Err(error) => {
                    tracing::debug!(%error, "cannot count failed jobs");
                    UNKNOWN
                }
            };
            self.0.store(count, Ordering::Relaxed);
            sleep(COUNT_EVERY).await;
        }
    }
}
