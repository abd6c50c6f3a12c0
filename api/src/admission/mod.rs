//! Admission control: decides which search runs when, on which thread, and which is rejected.
//!
//! Searches form a multilevel feedback queue. A search that its estimate calls quick runs at once
//! on the thread of its connection. A cheap one runs on a thread for cheap searches, any other on a
//! thread for expensive ones, which yields to everything else. An estimate may be wrong, so quick
//! and cheap searches run with a limit of steps; one that exceeds it moves down a level. Where
//! searches wait, clients share the threads fairly.

mod client;
mod fair_queue;
mod level;
mod metrics;
mod priority;
mod slots;
#[cfg(test)]
mod tests;
mod threads;

use std::num::NonZero;
use std::sync::Arc;
use std::time::{Duration, Instant};

use roost_engine::{Cost, Reader};

pub(crate) use self::client::Client;
pub(crate) use self::level::{Level, Limit, Outcome};
pub(crate) use self::metrics::AdmissionMetrics;
pub(crate) use self::priority::Priority;
pub(crate) use self::slots::Slot;
use self::slots::{NoSlot, Slots};
use self::threads::{Entrant, Threads};
use crate::http::error::ApiError;
use crate::http::rejections::Rejections;

/// Searches that wait, at each level.
const WAITING_MAX: usize = 256;

/// A single search waits at most this long for its turn, so that overload does not slow down every
/// search.
const WAIT_MAX: Duration = Duration::from_secs(1);

/// A request that has used more than this runs the rest of its searches as expensive ones.
const CHEAP_TIME_MAX: Duration = Duration::from_millis(10);

/// Admits searches.
pub(crate) struct Admission {
    cheap: Threads,
    expensive: Threads,
    slots: Slots,
    metrics: AdmissionMetrics,
}

/// Who wants to search, and until when.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ticket {
    client: Client,
    started: Instant,
    deadline: Instant,
    /// A search that has not started by then is rejected.
    start_before: Instant,
    /// The time that the search may take once it has started.
    timeout: Duration,
    /// The time that the request has used on earlier searches.
    used: Duration,
}

impl Ticket {
    /// A ticket for a request of one search, which arrived at `started`.
    pub(crate) fn new(client: Client, started: Instant, deadline: Instant) -> Ticket {
        Ticket {
            client,
            started,
            deadline,
            start_before: deadline.min(Instant::now() + WAIT_MAX),
            timeout: deadline.saturating_duration_since(started),
            used: Duration::ZERO,
        }
    }

    /// A ticket for one of many searches of a request, which has used some time on the others. It
    /// may wait until its deadline, since the request takes long anyway.
    pub(crate) fn of_many(self, used: Duration) -> Ticket {
        Ticket {
            start_before: self.deadline,
            used,
            ..self
        }
    }

    /// The same for a search that may take at most this long.
    pub(crate) fn with_timeout(self, timeout: Duration) -> Ticket {
        let timeout = timeout.min(self.timeout);
        Ticket { timeout, ..self }
    }

    /// The first level that the search may run at.
    fn level(&self) -> Level {
        match self.used > CHEAP_TIME_MAX {
            true => Level::Expensive,
            false => Level::Quick,
        }
    }
}

impl Admission {
    /// Admission that counts what it rejects.
    pub(crate) fn new(rejections: Rejections) -> Admission {
        let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
        let metrics = AdmissionMetrics::new(rejections);
        let threads = |level, threads_max, priority| {
            let metrics = metrics.clone();
            Threads::new(level, (threads_max, WAITING_MAX), priority, metrics)
        };
        // Expensive searches leave a core to everything else.
        let expensive_max = cores.saturating_sub(1).max(1);
        Admission {
            cheap: threads(Level::Cheap, cores, Priority::Normal),
            expensive: threads(Level::Expensive, expensive_max, Priority::Low),
            slots: Slots::new(),
            metrics,
        }
    }

    pub(crate) fn metrics(&self) -> &AdmissionMetrics {
        &self.metrics
    }

    /// Waits until a request of many searches may run. It may run until the slot is dropped.
    pub(crate) async fn begin_many(&self, client: Client) -> Result<Slot, ApiError> {
        let slot = self.slots.get(client, Instant::now() + WAIT_MAX).await;
        slot.map_err(|reason| {
            self.metrics.reject(match reason {
                NoSlot::Full => "queue_full",
                NoSlot::Timeout => "wait_timeout",
            });
            ApiError::overloaded(Duration::ZERO)
        })
    }

    /// Runs a search over a pinned reader at the first level whose limit it keeps. `search` gets
    /// the limit, compares its estimate with it, and is called again at the level below if it
    /// exceeds the limit.
    pub(crate) async fn run<T, Search>(
        &self,
        ticket: Ticket,
        reader: &Reader,
        search: Search,
    ) -> Result<T, ApiError>
    where
        T: Send + 'static,
        Search: Fn(&Reader, Limit) -> Result<Outcome<T>, ApiError> + Send + Sync + 'static,
    {
        let first = ticket.level();
        let limit = match first {
            Level::Quick => Limit::of(Level::Quick),
            _ => Limit::NOTHING,
        };
        let mut cost = match search(&reader.pinned(), limit)? {
            Outcome::Done(answer) => {
                self.metrics.record_use(ticket.started, ticket.deadline);
                return Ok(answer);
            }
            Outcome::Exceeds(cost) => cost,
        };
        let search = Arc::new(search);
        let mut level = first.max(Level::of(cost));
        loop {
            let outcome = self
                .run_at(level, cost, ticket, reader.clone(), Arc::clone(&search))
                .await?;
            match (outcome, level) {
                (Outcome::Done(answer), _) => {
                    self.metrics.record_use(ticket.started, ticket.deadline);
                    return Ok(answer);
                }
                (Outcome::Exceeds(_), Level::Expensive) => {
                    return Err(ApiError::internal("a search exceeded no limit"));
                }
                (Outcome::Exceeds(more), _) => (cost, level) = (more, Level::Expensive),
            }
        }
    }

    async fn run_at<T, Search>(
        &self,
        level: Level,
        cost: Cost,
        ticket: Ticket,
        reader: Reader,
        search: Arc<Search>,
    ) -> Result<Outcome<T>, ApiError>
    where
        T: Send + 'static,
        Search: Fn(&Reader, Limit) -> Result<Outcome<T>, ApiError> + Send + Sync + 'static,
    {
        let threads = match level {
            Level::Expensive => &self.expensive,
            Level::Quick | Level::Cheap => &self.cheap,
        };
        let entrant = Entrant {
            client: ticket.client,
            cost: level::duration_of(cost).min(ticket.timeout),
            start_before: ticket.start_before,
        };
        let span = tracing::Span::current();
        threads
            .run(entrant, move || {
                span.in_scope(|| search(&reader.pinned(), Limit::of(level)))
            })
            .await?
    }
}
