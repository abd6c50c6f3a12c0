//! Reads new events when the change stream announces some, and passes them on to the listeners.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;
use roost_market::pool::live::{Seen, current, is_live, missed_events, new_events};
use roost_market::{ActionError, PgPool};
use tokio::sync::{Mutex as AsyncMutex, Notify, Semaphore};
use tokio::time::{MissedTickBehavior, interval, sleep};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::listener::LiveBody;
use super::listeners::{Deliveries, Limit, Listeners};
use super::message::{Audience, messages};
use super::queue::{Item, queue};
use super::resume_position::{Origin, ResumePosition};
use crate::app::clock::now_s;
use crate::http::error::ApiError;

/// How often heartbeats are sent to those whose time has come, and new events are looked for if the
/// change stream announces none.
const TICK: Duration = Duration::from_secs(1);

/// The change stream says this often that it is current, unless it is interrupted.
const CURRENT_FOR: Duration = Duration::from_secs(2);

/// Events are looked for at least this often, so that ids of events do not grow old.
const READ_EVERY: Duration = Duration::from_secs(10);

/// The stream can announce a transaction before other sessions see it.
const AGAIN_AFTER: Duration = Duration::from_millis(15);

/// After this pause events are read, so that those of a moment are read together.
const GATHER_FOR: Duration = Duration::from_millis(5);

/// While events cannot be read for longer, no client listens.
const FAILING_FOR_MAX: Duration = Duration::from_secs(30);

/// A client that has missed more events reads its feed again instead.
const MISSED_MAX: u32 = 500;

/// How many clients read at the same time what they have missed.
const RESUMING_MAX: usize = 2;

/// Announced transactions that are not seen yet. With more, any read may miss some.
const ANNOUNCED_MAX: usize = 4_096;

/// The live events of a node. Cheap to clone.
#[derive(Clone)]
pub struct Live(Arc<Shared>);

struct Shared {
    pool: PgPool,
    listeners: Arc<Listeners>,
    /// What was passed on to all listeners; `None` while there are none.
    seen: AsyncMutex<Option<Arc<Seen>>>,
    /// The lower halves of the numbers of transactions that the change stream has announced.
    announced: Mutex<Vec<u32>>,
    current_at: Mutex<Option<Instant>>,
    wake: Notify,
    resuming: Semaphore,
    metrics: Metrics,
}

#[derive(Default)]
struct Metrics {
    listeners: Gauge,
    messages: Counter,
    behind: Counter,
}

/// What a client listens for.
pub(crate) struct Subscription<'c> {
    pub(crate) audience: Audience,
    /// The landlord or student.
    pub(crate) recipient: Uuid,
    /// The subjects on which the rights of the caller depend.
    pub(crate) subjects: Vec<Uuid>,
    /// The id of the last event that the client has received.
    pub(crate) last_event_id: Option<&'c str>,
}

impl Live {
    /// The live events of a database. The pool needs some connections that nothing else keeps.
    pub fn new(pool: PgPool) -> Live {
        Live(Arc::new(Shared {
            pool,
            listeners: Arc::default(),
            seen: AsyncMutex::default(),
            announced: Mutex::default(),
            current_at: Mutex::default(),
            wake: Notify::new(),
            resuming: Semaphore::new(RESUMING_MAX),
            metrics: Metrics::default(),
        }))
    }

    /// Takes note of an event of the change stream. `transaction` is the lower half of the number
    /// of its transaction.
    pub fn announce(&self, kind: &str, subject_kind: &str, transaction: u32) {
        if !is_live(kind, subject_kind) {
            return;
        }
        let mut announced = lock(&self.0.announced);
        if announced.last() != Some(&transaction) && announced.len() < ANNOUNCED_MAX {
            announced.push(transaction);
        }
        drop(announced);
        self.0.wake.notify_one();
    }

    /// Takes note that the change stream is current, and announces events at once.
    pub fn mark_current(&self) {
        *lock(&self.0.current_at) = Some(Instant::now());
    }

    /// Takes note that events may not have been announced.
    pub fn missed(&self) {
        self.0.wake.notify_one();
    }

    /// Passes events on until the node stops, and ends all listeners then.
    pub async fn run(self, shutdown: CancellationToken) {
        shutdown.run_until_cancelled(self.0.pass_on()).await;
        self.0.listeners.close();
    }

    /// The body of the response to a client that listens.
    pub(crate) async fn subscribe(
        &self,
        subscription: Subscription<'_>,
    ) -> Result<LiveBody, ApiError> {
        let shared = &self.0;
        let Subscription {
            audience,
            recipient,
            subjects,
            last_event_id,
        } = subscription;
        let (queue, queue_end) = queue();
        // From here on every event that is passed on reaches the queue. What was passed on before
        // is seen by the snapshot below.
        let registration = shared.listeners.add((audience, recipient), subjects, queue);
        let registration = registration.map_err(at_limit)?;
        shared.start().await?;
        let (seen, database) = current(&shared.pool).await?;
        let now = ResumePosition {
            origin: Origin { audience, database },
            seen,
            as_of_s: now_s(),
            received: Vec::new(),
        };
        let received = match last_event_id {
            Some(id) => ResumePosition::read(id, now.origin, now.as_of_s)?,
            None => now.clone(),
        };
        let missed = match last_event_id {
            Some(_) => shared.missed(&received, &now, recipient).await?,
            None => Vec::new(),
        };
        Ok(LiveBody::new(
            received,
            missed,
            now,
            queue_end,
            registration,
        ))
    }

    /// Adds the metrics of live events.
    pub(crate) fn register(&self, registry: &mut Registry) {
        let metrics = &self.0.metrics;
        registry.register(
            "live_listeners",
            "Clients that listen for live events",
            metrics.listeners.clone(),
        );
        registry.register(
            "live_messages",
            "Live events that were queued for clients",
            metrics.messages.clone(),
        );
        registry.register(
            "live_listeners_behind",
            "Clients that were disconnected because they did not read their live events",
            metrics.behind.clone(),
        );
    }
}

impl Shared {
    /// What a client has missed between two positions.
    async fn missed(
        &self,
        received: &ResumePosition,
        now: &ResumePosition,
        recipient: Uuid,
    ) -> Result<Vec<Item>, ApiError> {
        if !now.seen.includes(&received.seen) {
            return Err(received.unknown());
        }
        // The semaphore is never closed.
        let _turn = self.resuming.acquire().await;
        let (from, until) = (&received.seen, &now.seen);
        let known = u32::try_from(received.received.len()).unwrap_or(u32::MAX);
        let limit = known.saturating_add(MISSED_MAX + 1);
        let events = missed_events(&self.pool, from, until, recipient, limit).await?;
        if events.len() >= limit as usize {
            return Err(received.too_far_behind());
        }
        let to = (now.origin.audience, recipient);
        let items = events.iter().flat_map(|event| {
            let messages = messages(event, |recipient| *recipient == to).into_iter();
            messages.map(|(_, text)| Item::Message {
                id: event.id,
                transaction: event.transaction,
                text: text.into(),
            })
        });
        Ok(items.collect())
    }

    /// Makes sure that events from now on are passed on.
    async fn start(&self) -> Result<(), ActionError> {
        let mut seen = self.seen.lock().await;
        if seen.is_none() {
            *seen = Some(Arc::new(current(&self.pool).await?.0));
        }
        Ok(())
    }

    async fn pass_on(&self) {
        let mut ticks = interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut read_at = Instant::now();
        let mut failing_since = None;
        loop {
            let is_announced = tokio::select! {
                () = self.wake.notified() => true,
                _ = ticks.tick() => false,
            };
            let is_due = is_announced || !self.is_current() || read_at.elapsed() >= READ_EVERY;
            if is_due {
                if is_announced {
                    sleep(GATHER_FOR).await;
                }
                read_at = Instant::now();
                match self.read().await {
                    Ok(()) => failing_since = None,
                    Err(error) => self.fail(&error, &mut failing_since),
                }
            }
            if !is_announced {
                let listening = i64::try_from(self.listeners.len()).unwrap_or(i64::MAX);
                self.metrics.listeners.set(listening);
                self.heartbeat().await;
            }
        }
    }

    /// Ends all listeners once events cannot be read for a while, because too many would arrive at
    /// once afterwards. Their clients resume.
    fn fail(&self, error: &ActionError, failing_since: &mut Option<Instant>) {
        match failing_since {
            None => {
                tracing::warn!(error = %chain(error), "cannot read live events; will try again");
                *failing_since = Some(Instant::now());
            }
            Some(since) if since.elapsed() >= FAILING_FOR_MAX => self.listeners.end_all(),
            Some(_) => {}
        }
    }

    /// Reads new events and passes them on.
    async fn read(&self) -> Result<(), ActionError> {
        let mut seen = self.seen.lock().await;
        if self.listeners.len() == 0 {
            *seen = None;
            lock(&self.announced).clear();
            return Ok(());
        }
        let Some(before) = &*seen else {
            return Ok(());
        };
        let mut deliveries = Deliveries::new();
        let listeners = &self.listeners;
        let now = new_events(&self.pool, before, |event| {
            listeners.collect(&event, &mut deliveries);
        });
        let now = Arc::new(now.await?);
        self.metrics.messages.inc_by(deliveries.len() as u64);
        let behind = listeners.deliver(deliveries, &now, now_s());
        self.metrics.behind.inc_by(behind as u64);
        let is_waiting = {
            let mut announced = lock(&self.announced);
            announced.retain(|&transaction| !now.sees_lower_half(transaction));
            !announced.is_empty()
        };
        *seen = Some(now);
        drop(seen);
        if is_waiting {
            sleep(AGAIN_AFTER).await;
            self.wake.notify_one();
        }
        Ok(())
    }

    async fn heartbeat(&self) {
        let seen = self.seen.lock().await;
        if let Some(seen) = &*seen {
            let behind = self.listeners.heartbeat(seen, now_s());
            self.metrics.behind.inc_by(behind as u64);
        }
    }

    fn is_current(&self) -> bool {
        let current_at = *lock(&self.current_at);
        current_at.is_some_and(|at| at.elapsed() < CURRENT_FOR)
    }
}

fn at_limit(limit: Limit) -> ApiError {
    match limit {
        Limit::OfNode => ApiError::busy(),
        Limit::OfRecipient => ApiError::too_many(Duration::from_secs(10)),
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// An error with its causes, because that of a fault says nothing of them.
fn chain(error: &ActionError) -> String {
    let mut text = error.to_string();
    let mut next = std::error::Error::source(error);
    while let Some(cause) = next {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        next = cause.source();
    }
    text
}
