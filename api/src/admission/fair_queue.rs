//! Weighted fair queue: the waiting client with the least recently used time comes first.
//!
//! Each client has a FIFO queue and an account of the time that its jobs have used, over its
//! weight. Used time decays, so only the recent past counts. The queue is bounded: when it is full,
//! the last job of the client that is furthest over its share makes way. Time is passed in, so that
//! tests choose it.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;
use std::time::{Duration, Instant};

/// The time after which used time counts half.
const HALF_LIFE_S: f64 = 10.0;

/// Accounts to keep of clients without a waiting job.
const IDLE_CLIENTS_MAX: usize = 4_096;

/// Used time that is too short to remember.
const FORGOTTEN_S: f64 = 0.001;

/// Jobs that wait, by client.
pub(super) struct FairQueue<Client, Job> {
    clients: HashMap<Client, Account<Job>>,
    waiting: usize,
    waiting_max: usize,
    /// The number of jobs so far, which orders clients with equal accounts.
    pushed: u64,
}

/// A job to wait.
pub(super) struct Entry<Job> {
    pub(super) job: Job,
    /// The estimated duration.
    pub(super) cost: Duration,
    /// A job that has not started by then has waited in vain.
    pub(super) start_before: Instant,
}

/// Why a job may not wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rejection {
    /// The queue is full of jobs that come first.
    Full,
    /// It would probably wait this long, until after `start_before`.
    WaitTooLong(Duration),
}

struct Account<Job> {
    /// Seconds used over the weight, as of `as_of`.
    used_s: f64,
    as_of: Instant,
    weight: f64,
    waiting: VecDeque<(u64, Entry<Job>)>,
    /// The estimated duration of all waiting jobs, in seconds over the weight.
    waiting_s: f64,
}

impl<Client: Copy + Eq + Hash, Job> FairQueue<Client, Job> {
    pub(super) fn new(waiting_max: usize) -> FairQueue<Client, Job> {
        FairQueue {
            clients: HashMap::new(),
            waiting: 0,
            waiting_max,
            pushed: 0,
        }
    }

    /// The number of waiting jobs.
    pub(super) fn len(&self) -> usize {
        self.waiting
    }

    /// Adds a job of a client with a weight above 0, to be served by some workers. A job that makes
    /// way for it is dropped.
    pub(super) fn push(
        &mut self,
        (client, weight): (Client, f64),
        entry: Entry<Job>,
        workers: usize,
        now: Instant,
    ) -> Result<(), Rejection> {
        self.forget_idle_clients(now);
        let account = self.clients.entry(client).or_insert_with(|| Account {
            used_s: 0.0,
            as_of: now,
            weight,
            waiting: VecDeque::new(),
            waiting_s: 0.0,
        });
        account.weight = weight;
        let cost_s = entry.cost.as_secs_f64() / weight;
        let wait = self.expected_wait(client, workers, now);
        if now + wait > entry.start_before {
            return Err(Rejection::WaitTooLong(wait));
        }
        if self.waiting >= self.waiting_max {
            self.make_way_for(client, cost_s, now)?;
        }
        self.pushed += 1;
        self.waiting += 1;
        if let Some(account) = self.clients.get_mut(&client) {
            account.waiting.push_back((self.pushed, entry));
            account.waiting_s += cost_s;
        }
        Ok(())
    }

    /// Takes the next job, and charges its client for the estimated duration. Jobs that are not
    /// needed any more are dropped.
    pub(super) fn pop(
        &mut self,
        now: Instant,
        is_needed: impl Fn(&Job) -> bool,
    ) -> Option<(Client, Entry<Job>)> {
        loop {
            let waiting = self.clients.iter_mut();
            let waiting = waiting.filter_map(|(client, account)| {
                account.decay(now);
                let (number, _) = account.waiting.front()?;
                Some((account.used_s, *number, *client))
            });
            let first = waiting.min_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
            let (_, _, client) = first?;
            let account = self.clients.get_mut(&client)?;
            let (_, entry) = account.waiting.pop_front()?;
            self.waiting -= 1;
            let cost_s = entry.cost.as_secs_f64() / account.weight;
            account.waiting_s = (account.waiting_s - cost_s).max(0.0);
            if entry.start_before > now && is_needed(&entry.job) {
                account.used_s += cost_s;
                return Some((client, entry));
            }
        }
    }

    /// Corrects the account of a client whose job has ended: it was charged for the estimate.
    pub(super) fn settle(
        &mut self,
        client: Client,
        estimated: Duration,
        took: Duration,
        now: Instant,
    ) {
        if let Some(account) = self.clients.get_mut(&client) {
            account.decay(now);
            let more_s = took.as_secs_f64() - estimated.as_secs_f64();
            account.used_s = (account.used_s + more_s / account.weight).max(0.0);
        }
    }

    /// The time that a new job of a client probably waits: for its own jobs, and for those of each
    /// other client until that has used as much.
    fn expected_wait(&mut self, client: Client, workers: usize, now: Instant) -> Duration {
        for account in self.clients.values_mut() {
            account.decay(now);
        }
        let Some(own) = self.clients.get(&client) else {
            return Duration::ZERO;
        };
        let turn_s = own.used_s + own.waiting_s;
        let ahead = self.clients.iter().map(|(other, account)| {
            if *other == client {
                return own.waiting_s * own.weight;
            }
            let until_turn_s = (turn_s - account.used_s).max(0.0);
            account.waiting_s.min(until_turn_s) * account.weight
        });
        #[expect(clippy::cast_precision_loss, reason = "there are few workers")]
        let wait_s = ahead.sum::<f64>() / workers.max(1) as f64;
        Duration::try_from_secs_f64(wait_s).unwrap_or(Duration::MAX)
    }

    /// Drops the last job of the client whose turn comes last, unless the new job comes even later.
    fn make_way_for(&mut self, client: Client, cost_s: f64, now: Instant) -> Result<(), Rejection> {
        let turn_of = |account: &Account<Job>| account.used_s + account.waiting_s;
        let own = self.clients.get_mut(&client);
        let own_turn = own.map_or(0.0, |account| {
            account.decay(now);
            turn_of(account) + cost_s
        });
        let others = self.clients.values_mut();
        let last = others
            .filter(|account| !account.waiting.is_empty())
            .max_by(|a, b| turn_of(a).total_cmp(&turn_of(b)))
            .filter(|last| turn_of(last) > own_turn)
            .ok_or(Rejection::Full)?;
        if let Some((_, dropped)) = last.waiting.pop_back() {
            last.waiting_s = (last.waiting_s - dropped.cost.as_secs_f64() / last.weight).max(0.0);
            self.waiting -= 1;
        }
        Ok(())
    }

    fn forget_idle_clients(&mut self, now: Instant) {
        if self.clients.len() < self.waiting + IDLE_CLIENTS_MAX {
            return;
        }
        self.clients.retain(|_, account| {
            account.decay(now);
            !account.waiting.is_empty() || account.used_s > FORGOTTEN_S
        });
        if self.clients.len() >= self.waiting + IDLE_CLIENTS_MAX {
            self.clients
                .retain(|_, account| !account.waiting.is_empty());
        }
    }
}

impl<Job> Account<Job> {
    fn decay(&mut self, now: Instant) {
        let passed_s = now.saturating_duration_since(self.as_of).as_secs_f64();
        self.used_s *= (-passed_s / HALF_LIFE_S).exp2();
        self.as_of = now;
    }
}
