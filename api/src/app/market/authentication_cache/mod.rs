//! A cache of authenticated credentials, which the events of the market invalidate.
//!
//! A credential in the cache is accepted without a signature check and without the database. An
//! event whose subject the caller depends on, such as its session, removes it on every node. While
//! the events are not known to be current, the cache is not used.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use moka::sync::Cache;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::registry::Registry;
use roost_market::{ActionError, Actor, PgPool, Snapshot};
use uuid::Uuid;

/// A revocation takes effect within this time even if the stream of events stops at that moment.
const CURRENT_FOR: Duration = Duration::from_millis(900);

/// A change that a program makes without an event takes effect within this time.
const ENTRY_VALID: Duration = Duration::from_secs(60);

/// About 300 bytes each. Beyond that the least used ones are removed.
const ENTRIES_MAX: u64 = 100_000;

/// With more revocations within the time of an entry, all entries are removed instead.
const REVOCATIONS_MAX: usize = 100_000;

/// The kinds of subjects on which the rights of a caller depend.
const KINDS: [&str; 3] = ["session", "user", "key"];

/// SHA-256 of a credential, so that the cache contains no secret.
pub(crate) type CredentialHash = [u8; 32];

/// The authenticated callers of this node. Cheap to clone.
#[derive(Clone)]
pub struct AuthenticationCache(Arc<Shared>);

struct Shared {
    entries: Cache<CredentialHash, Arc<Entry>>,
    revocations: RwLock<Revocations>,
    /// Counts the revocations. It is increased after they are recorded.
    generation: AtomicU64,
    started: Instant,
    /// Microseconds from `started` to the moment as of which all events are known; 0 for never.
    current_as_of_us: AtomicU64,
    hits: Counter,
    reads: Counter,
}

#[derive(Default)]
struct Revocations {
    by_subject: HashMap<Uuid, Revocation>,
    generation: u64,
    /// Entries of earlier generations are invalid.
    first_valid: u64,
}

/// What is known of a subject that has changed.
#[derive(Clone, Copy)]
struct Revocation {
    /// The generation since this node has changed the subject itself.
    local: Option<u64>,
    /// The highest number of a transaction that has changed it.
    transaction: Option<u32>,
    at: Instant,
}

/// A caller that has proved who it is.
#[derive(Clone, Debug)]
pub(crate) struct Authenticated {
    pub(crate) actor: Actor,
    /// Until when the credential is valid; `None` for one without an expiry.
    pub(crate) valid_for: Option<Duration>,
}

/// What was known when the database was read.
#[derive(Clone, Copy)]
struct Reading {
    generation: u64,
    snapshot: Snapshot,
    at: Instant,
}

struct Entry {
    actor: Actor,
    subjects: Vec<Uuid>,
    reading: Reading,
    valid_until: Instant,
    /// The last generation at which no revocation was found.
    checked: AtomicU64,
}

impl Default for AuthenticationCache {
    fn default() -> AuthenticationCache {
        AuthenticationCache::new()
    }
}

impl AuthenticationCache {
    /// An empty cache. It is not used before it is marked as current.
    pub fn new() -> AuthenticationCache {
        let entries = Cache::builder()
            .max_capacity(ENTRIES_MAX)
            .time_to_live(ENTRY_VALID);
        AuthenticationCache(Arc::new(Shared {
            entries: entries.build(),
            revocations: RwLock::default(),
            generation: AtomicU64::new(0),
            started: Instant::now(),
            current_as_of_us: AtomicU64::new(0),
            hits: Counter::default(),
            reads: Counter::default(),
        }))
    }

    /// Takes note of an event: who depends on its subject is read again. `transaction` is the lower
    /// half of the number of its transaction.
    pub fn apply_event(&self, subject_kind: &str, subject: Uuid, transaction: u32) {
        if KINDS.contains(&subject_kind) {
            self.0.revoke(&[subject], Some(transaction));
        }
    }

    /// Takes note that this node has committed a change of subjects.
    pub(crate) fn revoke(&self, subjects: &[Uuid]) {
        self.0.revoke(subjects, None);
    }

    /// Takes note that all events of transactions that committed before this moment have been
    /// applied.
    pub fn mark_current(&self, as_of: Instant) {
        let since = as_of.saturating_duration_since(self.0.started);
        let since_us = u64::try_from(since.as_micros()).unwrap_or(u64::MAX);
        self.0.current_as_of_us.store(since_us, Ordering::Release);
    }

    /// Removes everything, and stops the use of the cache until it is marked as current again:
    /// events may be missing, or the keys of access tokens have changed.
    pub fn clear(&self) {
        self.0.current_as_of_us.store(0, Ordering::Release);
        self.0.write(|revocations| {
            revocations.first_valid = revocations.generation;
            revocations.by_subject.clear();
        });
        self.0.entries.invalidate_all();
    }

    /// The caller with a credential, if it is known to be current.
    pub(crate) fn cached(&self, credential: &CredentialHash) -> Option<Actor> {
        let now = Instant::now();
        let actor = self
            .0
            .get(credential, now)
            .filter(|_| self.0.is_current(now));
        if actor.is_some() {
            self.0.hits.inc();
        }
        actor
    }

    /// The caller with a credential that is not cached, as `read` finds it in the database. The
    /// caller has rejected before whatever can be rejected without it.
    pub(crate) async fn read(
        &self,
        credential: CredentialHash,
        pool: &PgPool,
        read: impl AsyncFnOnce() -> Result<Authenticated, ActionError>,
    ) -> Result<Actor, ActionError> {
        self.0.reads.inc();
        let now = Instant::now();
        if !self.0.is_current(now) {
            return Ok(read().await?.actor);
        }
        let generation = self.0.generation.load(Ordering::Acquire);
        let snapshot = Snapshot::now(pool).await?;
        let found = read().await?;
        let reading = Reading {
            generation,
            snapshot,
            at: now,
        };
        self.0.insert(credential, &found, reading);
        Ok(found.actor)
    }

    pub(crate) fn register(&self, registry: &mut Registry) {
        registry.register(
            "authentications_cached",
            "Requests whose credential was in the cache",
            self.0.hits.clone(),
        );
        registry.register(
            "authentications_read",
            "Requests whose credential was read from Postgres",
            self.0.reads.clone(),
        );
    }
}

impl Shared {
    fn is_current(&self, now: Instant) -> bool {
        let as_of_us = self.current_as_of_us.load(Ordering::Acquire);
        let as_of = self.started + Duration::from_micros(as_of_us);
        as_of_us > 0 && now.saturating_duration_since(as_of) < CURRENT_FOR
    }

    fn get(&self, credential: &CredentialHash, now: Instant) -> Option<Actor> {
        let entry = self.entries.get(credential)?;
        if now < entry.valid_until && self.is_valid(&entry) {
            return Some(entry.actor.clone());
        }
        self.entries.invalidate(credential);
        None
    }

    fn insert(&self, credential: CredentialHash, found: &Authenticated, reading: Reading) {
        let valid_for = found
            .valid_for
            .map_or(ENTRY_VALID, |it| it.min(ENTRY_VALID));
        let entry = Entry {
            subjects: subjects(&found.actor),
            actor: found.actor.clone(),
            valid_until: reading.at + valid_for,
            reading,
            // Revocations may have been recorded since the reading began.
            checked: AtomicU64::new(u64::MAX),
        };
        if !entry.subjects.is_empty() {
            self.entries.insert(credential, Arc::new(entry));
        }
    }

    /// Whether an entry reflects every revocation. Looks only if there was one since the last look.
    fn is_valid(&self, entry: &Entry) -> bool {
        let generation = self.generation.load(Ordering::Acquire);
        if entry.checked.load(Ordering::Acquire) == generation {
            return true;
        }
        let revocations = self.revocations.read();
        let revocations = revocations.unwrap_or_else(PoisonError::into_inner);
        let is_valid = revocations.allow(entry);
        if is_valid {
            entry
                .checked
                .store(revocations.generation, Ordering::Release);
        }
        is_valid
    }

    fn revoke(&self, subjects: &[Uuid], transaction: Option<u32>) {
        self.write(|revocations| revocations.add(subjects, transaction));
    }

    fn write(&self, change: impl FnOnce(&mut Revocations)) {
        let revocations = self.revocations.write();
        let mut revocations = revocations.unwrap_or_else(PoisonError::into_inner);
        revocations.generation += 1;
        change(&mut revocations);
        self.generation
            .store(revocations.generation, Ordering::Release);
    }
}

impl Revocations {
    fn add(&mut self, subjects: &[Uuid], transaction: Option<u32>) {
        let now = Instant::now();
        if self.by_subject.len() + subjects.len() > REVOCATIONS_MAX {
            // Older entries have expired.
            self.by_subject
                .retain(|_, it| now.saturating_duration_since(it.at) <= 2 * ENTRY_VALID);
        }
        if self.by_subject.len() + subjects.len() > REVOCATIONS_MAX {
            self.first_valid = self.generation;
            self.by_subject.clear();
        }
        for &subject in subjects {
            let known = self.by_subject.get(&subject);
            let local = match transaction {
                None => Some(self.generation),
                Some(_) => known.and_then(|it| it.local),
            };
            let transaction = [known.and_then(|it| it.transaction), transaction];
            let revocation = Revocation {
                local,
                transaction: transaction.into_iter().flatten().reduce(later),
                at: now,
            };
            self.by_subject.insert(subject, revocation);
        }
    }

    /// Whether an entry was read when all that is known here had taken effect.
    fn allow(&self, entry: &Entry) -> bool {
        let Reading {
            generation,
            snapshot,
            ..
        } = entry.reading;
        let mut revocations = entry.subjects.iter();
        generation >= self.first_valid
            && revocations.all(|subject| match self.by_subject.get(subject) {
                None => true,
                Some(revocation) => {
                    revocation.local.is_none_or(|since| generation >= since)
                        && revocation
                            .transaction
                            .is_none_or(|xid| snapshot.surely_sees(xid))
                }
            })
    }
}

/// The higher of two numbers of transactions of one time, which may have wrapped around.
fn later(a: u32, b: u32) -> u32 {
    match a.wrapping_sub(b).cast_signed() >= 0 {
        true => a,
        false => b,
    }
}

/// The subjects whose events can change what a caller may do.
pub(crate) fn subjects(actor: &Actor) -> Vec<Uuid> {
    match actor {
        Actor::User(user) => vec![user.id, user.session],
        Actor::Key(key) => {
            let owner = key.owner.iter().map(|owner| owner.id);
            owner.chain([key.id]).collect()
        }
        Actor::Anonymous | Actor::System => Vec::new(),
    }
}

#[cfg(test)]
mod tests;
