//! One attack: many clients at the same time, and what the node answered to them.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout_at};

use super::http::{Connection, Response};

/// A client that was rejected comes back after this time, as if it were a network away.
const PAUSE: Duration = Duration::from_millis(10);

/// The time between the first connections of two clients.
const STAGGER: Duration = Duration::from_micros(500);

/// The node under attack, and the end of the attack. Clones share the tally.
#[derive(Clone)]
pub(crate) struct Attack {
    pub(crate) address: SocketAddr,
    pub(crate) until: Instant,
    tally: Arc<Mutex<Tally>>,
}

/// What the node answered to the clients of an attack.
#[derive(Clone, Default)]
pub(crate) struct Tally {
    /// The number of responses with each status.
    pub(crate) statuses: BTreeMap<u16, u64>,
    /// Connections that the node closed or did not accept.
    pub(crate) closed: u64,
    /// What must not happen and did.
    pub(crate) problems: Vec<String>,
    /// What else a reader of the report should know.
    pub(crate) notes: Vec<String>,
}

/// The same problem need not be reported for each of a thousand requests.
const PROBLEMS_MAX: usize = 5;

impl Attack {
    pub(crate) fn new(address: SocketAddr, duration: Duration) -> Self {
        Self {
            address,
            until: Instant::now() + duration,
            tally: Arc::default(),
        }
    }

    /// Runs clients at the same time until the attack ends.
    pub(crate) async fn run<C>(&self, count: usize, client: impl Fn(Attack, usize) -> C)
    where
        C: Future<Output = io::Result<()>> + Send + 'static,
    {
        let mut clients = JoinSet::new();
        for index in 0..count {
            let attack = self.clone();
            let client = client(self.clone(), index);
            clients.spawn(async move {
                // The system drops connections that arrive faster than a node can accept them, and
                // tries again only after a second.
                sleep(STAGGER * u32::try_from(index).unwrap_or_default()).await;
                // A client that ends early has lost its connection.
                if let Ok(Err(_)) = timeout_at(attack.until, client).await {
                    attack.record_closed();
                }
            });
        }
        clients.join_all().await;
    }

    /// Runs clients that start again whenever they end, on a new connection each time.
    pub(crate) async fn repeat<C>(
        &self,
        count: usize,
        client: impl Fn(Attack, Connection, usize) -> C + Clone + Send + Sync + 'static,
    ) where
        C: Future<Output = io::Result<()>> + Send + 'static,
    {
        self.run(count, |attack, index| {
            let client = client.clone();
            async move {
                for round in 0.. {
                    let connection = Connection::open(attack.address).await;
                    let done = match connection {
                        Ok(open) => client(attack.clone(), open, index + round * count).await,
                        Err(error) => Err(error),
                    };
                    if done.is_err() {
                        attack.record_closed();
                        sleep(PAUSE).await;
                    }
                }
                Ok(())
            }
        })
        .await;
    }

    /// Sends requests in a loop over this number of connections, and reads every response.
    pub(crate) async fn flood(
        &self,
        count: usize,
        request: impl Fn(usize) -> Vec<u8> + Clone + Send + Sync + 'static,
    ) {
        self.repeat(count, move |attack, mut connection, index| {
            let request = request.clone();
            async move {
                for round in 0.. {
                    let bytes = request(index.wrapping_mul(31).wrapping_add(round));
                    let response = connection.request(&bytes).await?;
                    attack.record(&response);
                    if response.is_last {
                        break;
                    }
                    if response.status != 200 {
                        sleep(PAUSE).await;
                    }
                }
                Ok(())
            }
        })
        .await;
    }

    pub(crate) fn record(&self, response: &Response) {
        let status = response.status;
        *self.tally().statuses.entry(status).or_default() += 1;
        let is_defect = status >= 500 && ![503, 504].contains(&status);
        if is_defect {
            let body = String::from_utf8_lossy(&response.body[..response.body.len().min(200)]);
            self.problem(format!("status {status}: {body}"));
        }
    }

    pub(crate) fn record_closed(&self) {
        self.tally().closed += 1;
    }

    /// Records what must not happen.
    pub(crate) fn problem(&self, problem: String) {
        let problems = &mut self.tally().problems;
        if problems.len() < PROBLEMS_MAX && !problems.contains(&problem) {
            problems.push(problem);
        }
    }

    /// Records what a reader of the report should know.
    pub(crate) fn note(&self, note: String) {
        self.tally().notes.push(note);
    }

    /// What the node has answered so far.
    pub(crate) fn result(&self) -> Tally {
        self.tally().clone()
    }

    fn tally(&self) -> std::sync::MutexGuard<'_, Tally> {
        self.tally.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One line: the number of responses by status, and of closed connections.
impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let statuses = self.statuses.iter();
        let mut parts: Vec<String> = statuses
            .map(|(status, count)| format!("{count} x {status}"))
            .collect();
        if self.closed > 0 {
            parts.push(format!("{} closed", self.closed));
        }
        if parts.is_empty() {
            parts.push("no answers".to_owned());
        }
        parts.extend(self.notes.iter().cloned());
        f.write_str(&parts.join(", "))
    }
}
