//! A bounded set of threads that run searches, and the fair queue in front of them.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;
use tokio::time::timeout_at;

use super::client::Client;
use super::fair_queue::{Entry, FairQueue, Rejection};
use super::level::Level;
use super::metrics::AdmissionMetrics;
use super::priority::Priority;
use crate::http::error::ApiError;

/// All clients have the same weight.
const WEIGHT: f64 = 1.0;

/// Threads for the searches of one level. They start when they are first needed and end when this
/// is dropped.
pub(super) struct Threads(Arc<Shared>);

/// A search that wants a thread.
pub(super) struct Entrant {
    pub(super) client: Client,
    /// The estimated duration.
    pub(super) cost: Duration,
    pub(super) start_before: Instant,
}

struct Shared {
    level: Level,
    threads_max: usize,
    priority: Priority,
    metrics: AdmissionMetrics,
    state: Mutex<State>,
    ready: Condvar,
}

struct State {
    queue: FairQueue<Client, Job>,
    threads: usize,
    idle: usize,
    is_closed: bool,
}

struct Job {
    stage: Arc<Stage>,
    queued_at: Instant,
    run: Box<dyn FnOnce() + Send>,
}

/// Whether a job has started. Its client may leave before it has.
struct Stage(AtomicU8);

const WAITING: u8 = 0;
const STARTED: u8 = 1;
const ABANDONED: u8 = 2;

/// Abandons a job that has not started when its client leaves.
struct AbandonOnDrop(Arc<Stage>);

impl Threads {
    pub(super) fn new(
        level: Level,
        (threads_max, waiting_max): (usize, usize),
        priority: Priority,
        metrics: AdmissionMetrics,
    ) -> Threads {
        Threads(Arc::new(Shared {
            level,
            threads_max,
            priority,
            metrics,
            state: Mutex::new(State {
                queue: FairQueue::new(waiting_max),
                threads: 0,
                idle: 0,
                is_closed: false,
            }),
            ready: Condvar::new(),
        }))
    }

    /// Runs a search on one of the threads once it is its turn. A search that probably has to wait
    /// for too long is rejected at once.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        entrant: Entrant,
        search: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, ApiError> {
        let (sender, mut receiver) = oneshot::channel();
        let stage = Arc::new(Stage(AtomicU8::new(WAITING)));
        let job = Job {
            stage: Arc::clone(&stage),
            queued_at: Instant::now(),
            run: Box::new(move || {
                let outcome = catch_unwind(AssertUnwindSafe(search));
                let outcome = outcome.map_err(|_| ApiError::internal("a search panicked"));
                let _ = sender.send(outcome);
            }),
        };
        let start_before = entrant.start_before;
        self.push(entrant, job)?;
        let abandon = AbandonOnDrop(stage);
        let outcome = match timeout_at(start_before.into(), &mut receiver).await {
            Ok(outcome) => outcome,
            // A search that has started ends by its deadline.
            Err(_) if abandon.0.is_started() => receiver.await,
            Err(_) => return Err(self.0.reject("wait_timeout", Duration::ZERO)),
        };
        // A job that is dropped has made way for another.
        outcome.map_err(|_| self.0.reject("queue_full", Duration::ZERO))?
    }

    fn push(&self, entrant: Entrant, job: Job) -> Result<(), ApiError> {
        let shared = &self.0;
        let mut state = shared.lock();
        let entry = Entry {
            job,
            cost: entrant.cost,
            start_before: entrant.start_before,
        };
        let client = (entrant.client, WEIGHT);
        let pushed = state
            .queue
            .push(client, entry, shared.threads_max, Instant::now());
        let waiting = state.queue.len();
        shared.metrics.set_waiting(shared.level, waiting);
        if let Err(rejection) = pushed {
            drop(state);
            return Err(match rejection {
                Rejection::Full => shared.reject("queue_full", Duration::ZERO),
                Rejection::WaitTooLong(wait) => shared.reject("wait_too_long", wait),
            });
        }
        if state.idle < waiting && state.threads < shared.threads_max {
            state.threads += 1;
            drop(state);
            self.start_thread();
        } else {
            drop(state);
            shared.ready.notify_one();
        }
        Ok(())
    }

    fn start_thread(&self) {
        let shared = Arc::clone(&self.0);
        let name = format!("search-{}", shared.level.name());
        let started = thread::Builder::new().name(name).spawn(move || {
            shared.priority.apply();
            shared.work();
        });
        if let Err(error) = started {
            // The jobs wait for another thread, or until their time is over.
            tracing::error!(%error, "cannot start a thread for searches");
            self.0.lock().threads -= 1;
        }
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        self.0.lock().is_closed = true;
        self.0.ready.notify_all();
    }
}

impl Shared {
    /// Runs jobs until the end.
    fn work(&self) {
        let mut state = self.lock();
        while !state.is_closed {
            let now = Instant::now();
            let next = state.queue.pop(now, |job| !job.stage.is_abandoned());
            self.metrics.set_waiting(self.level, state.queue.len());
            let Some((client, Entry { job, cost, .. })) = next else {
                state.idle += 1;
                state = self
                    .ready
                    .wait(state)
                    .unwrap_or_else(PoisonError::into_inner);
                state.idle -= 1;
                continue;
            };
            drop(state);
            let mut took = Duration::ZERO;
            if job.stage.start() {
                self.metrics.start(self.level, now - job.queued_at);
                (job.run)();
                took = now.elapsed();
                self.metrics.end(self.level);
            }
            state = self.lock();
            state.queue.settle(client, cost, took, Instant::now());
        }
    }

    fn reject(&self, reason: &'static str, wait: Duration) -> ApiError {
        self.metrics.reject(reason);
        ApiError::overloaded(wait)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Stage {
    /// Starts the job; `false` if its client has left.
    fn start(&self) -> bool {
        self.leave_queue(STARTED)
    }

    fn is_started(&self) -> bool {
        self.0.load(Ordering::Acquire) == STARTED
    }

    fn is_abandoned(&self) -> bool {
        self.0.load(Ordering::Acquire) == ABANDONED
    }

    fn leave_queue(&self, to: u8) -> bool {
        let changed = self
            .0
            .compare_exchange(WAITING, to, Ordering::AcqRel, Ordering::Acquire);
        changed.is_ok()
    }
}

impl Drop for AbandonOnDrop {
    fn drop(&mut self) {
        self.0.leave_queue(ABANDONED);
    }
}
