//! Sends requests at a fixed rate, and measures the latency of each from the moment it was due.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Result;
use tokio::sync::{Mutex, mpsc};
use tokio::task::JoinSet;

use crate::node::http::Http;
use crate::requests::Requests;
use crate::times::Times;

/// With this many requests in progress another one waits, and its wait counts as latency.
const CONNECTIONS: usize = 64;

/// Requests at a fixed rate.
pub(crate) struct Load {
    pub(crate) address: SocketAddr,
    pub(crate) per_second: u64,
    pub(crate) requests: Requests,
}

/// The responses to a load.
#[derive(Default)]
pub(crate) struct Answered {
    pub(crate) times: Times,
    /// Responses with another status than 200.
    pub(crate) failed: u64,
    /// The status of one of these, with its body.
    pub(crate) failure: Option<String>,
}

/// A request that is due.
struct Due {
    at: Instant,
    request: Vec<u8>,
}

impl Load {
    /// Sends requests for a time, and waits for the last response.
    pub(crate) async fn run(self, duration: Duration) -> Result<Answered> {
        let (sender, receiver) = mpsc::unbounded_channel();
        let receiver = Arc::new(Mutex::new(receiver));
        let mut clients = JoinSet::new();
        for _ in 0..CONNECTIONS {
            clients.spawn(answer_all(self.address, Arc::clone(&receiver)));
        }
        // On a thread of its own, because timers of the runtime have a resolution of a millisecond.
        let pacing = tokio::task::spawn_blocking(move || self.pace(duration, &sender));
        let mut answered = Answered::default();
        while let Some(client) = clients.join_next().await {
            answered.add(client??);
        }
        pacing.await?;
        Ok(answered)
    }

    /// Passes each request on when it is due. Late ones follow at once.
    fn pace(&self, duration: Duration, sender: &mpsc::UnboundedSender<Due>) {
        let started = Instant::now();
        for n in 0.. {
            let after = Duration::from_nanos(n * 1_000_000_000 / self.per_second.max(1));
            if after >= duration || self.per_second == 0 {
                return;
            }
            let request = (self.requests)(n);
            let at = started + after;
            std::thread::sleep(at.saturating_duration_since(Instant::now()));
            if sender.send(Due { at, request }).is_err() {
                // The clients have failed.
                return;
            }
        }
    }
}

impl Answered {
    pub(crate) fn add(&mut self, other: Answered) {
        self.times.extend(other.times);
        self.failed += other.failed;
        self.failure = self.failure.take().or(other.failure);
    }

    /// Takes note of a response to a request that was due at a moment.
    pub(crate) fn record(&mut self, since: Instant, status: u16, body: &[u8]) {
        self.times.push(since.elapsed());
        if status != 200 {
            self.failed += 1;
            let body = String::from_utf8_lossy(body);
            self.failure
                .get_or_insert_with(|| format!("{status}: {body}"));
        }
    }
}

/// Sends requests over one connection until there are no more.
async fn answer_all(
    address: SocketAddr,
    requests: Arc<Mutex<mpsc::UnboundedReceiver<Due>>>,
) -> Result<Answered> {
    let mut http = Http::connect(address).await?;
    let mut answered = Answered::default();
    loop {
        let due = requests.lock().await.recv().await;
        let Some(Due { at, request }) = due else {
            return Ok(answered);
        };
        let response = http.send(&request).await?;
        answered.record(at, response.status, response.body);
    }
}
