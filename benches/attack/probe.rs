//! The probe: well-behaved clients at the address of the attackers, which measure cheap searches
//! and health checks.
//!
//! Requests start at fixed times, whether or not earlier ones are answered, so that a node that
//! stops for a second delays all requests of that second. An echo over the same loopback, from a
//! thread without any other work, shows at the same time what the machine alone delays.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Result;
use tokio::sync::Semaphore;
use tokio::time::{MissedTickBehavior, interval, timeout};
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::clients::http::get;
use crate::clients::keep_alive::KeepAlive;
use crate::clients::searches::cheap;
use crate::times::Times;

/// A user who waits longer has given up.
pub(crate) const PATIENCE: Duration = Duration::from_secs(2);

/// The number of connections for one kind of request. Requests wait for one of them if all are in
/// use, and this counts.
const CONNECTIONS_MAX: usize = 32;

const SEARCH_INTERVAL: Duration = Duration::from_millis(5);
const HEALTH_INTERVAL: Duration = Duration::from_millis(25);
const ECHO_INTERVAL: Duration = Duration::from_millis(5);

/// What the probe has measured.
#[derive(Default)]
pub(crate) struct Probed {
    pub(crate) searches: Measured,
    pub(crate) health: Measured,
    pub(crate) echoes: Measured,
}

/// The requests of one kind.
#[derive(Default)]
pub(crate) struct Measured {
    pub(crate) sent: u64,
    /// Requests without an answer of status 200.
    pub(crate) failed: u64,
    /// Why the last of these failed.
    pub(crate) last_failure: String,
    /// Times of answers of status 200.
    times: Times,
}

/// A probe that measures until it is dropped.
pub(crate) struct Probe {
    probed: Arc<Mutex<Probed>>,
    _stop: DropGuard,
}

impl Probe {
    /// Starts in a thread of its own, which no hostile client delays.
    pub(crate) fn start(address: SocketAddr) -> Result<Self> {
        let echo = start_echo()?;
        let probed = Arc::new(Mutex::new(Probed::default()));
        let stop = CancellationToken::new();
        let (measured, stopped) = (probed.clone(), stop.clone());
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        thread::spawn(move || {
            let probe = |address, every, path, of| Requests {
                address,
                every,
                path,
                probed: measured.clone(),
                of,
            };
            let health = |_| "/health/live".to_owned();
            let searches = probe(address, SEARCH_INTERVAL, cheap, |probed| {
                &mut probed.searches
            });
            let health = probe(address, HEALTH_INTERVAL, health, |probed| {
                &mut probed.health
            });
            let echoes = probe(echo, ECHO_INTERVAL, cheap, |probed| &mut probed.echoes);
            runtime.block_on(async {
                tokio::select! {
                    () = searches.send() => {}
                    () = health.send() => {}
                    () = echoes.send() => {}
                    () = stopped.cancelled() => {}
                }
            });
        });
        Ok(Self {
            probed,
            _stop: stop.drop_guard(),
        })
    }

    /// What was measured since the last call.
    pub(crate) fn take(&self) -> Probed {
        std::mem::take(&mut lock(&self.probed))
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Requests of one kind, at a constant rate.
struct Requests {
    address: SocketAddr,
    every: Duration,
    path: fn(usize) -> String,
    probed: Arc<Mutex<Probed>>,
    of: fn(&mut Probed) -> &mut Measured,
}

impl Requests {
    async fn send(&self) {
        // Clients that wait for no answer.
        let waiting = Arc::new(Mutex::new(Vec::new()));
        let connections = Arc::new(Semaphore::new(CONNECTIONS_MAX));
        let mut ticks = interval(self.every);
        // A thread that was late sends no burst.
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        for index in 0.. {
            ticks.tick().await;
            let (address, request) = (self.address, get(&(self.path)(index)));
            let (waiting, probed, of) = (waiting.clone(), self.probed.clone(), self.of);
            let connections = connections.clone();
            tokio::spawn(async move {
                let started = Instant::now();
                let answer = match timeout(PATIENCE, connections.acquire()).await {
                    Ok(Ok(_connection)) => {
                        let client = lock(&waiting).pop();
                        let mut client =
                            client.unwrap_or_else(|| KeepAlive::new(address, PATIENCE));
                        let answer = client.request(&request).await;
                        lock(&waiting).push(client);
                        answer
                    }
                    _ => Err(io::Error::other("all connections wait for an answer")),
                };
                let took = started.elapsed();
                let mut probed = lock(&probed);
                let measured = of(&mut probed);
                measured.sent += 1;
                match answer {
                    Ok(response) if response.status == 200 => measured.times.push(took),
                    Ok(response) => measured.fail(format!("status {}", response.status)),
                    Err(error) => measured.fail(error.to_string()),
                }
            });
        }
    }
}

impl Measured {
    /// A percentile of the answers in milliseconds, such as 0.99 for p99; 0 without answers.
    pub(crate) fn percentile_ms(&self, share: f64) -> f64 {
        self.times.percentile_us(share).unwrap_or_default() / 1e3
    }

    fn fail(&mut self, why: String) {
        self.failed += 1;
        self.last_failure = why;
    }
}

/// Starts a server that answers each request with a few bytes, in one thread per connection.
fn start_echo() -> Result<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let address = listener.local_addr()?;
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            thread::spawn(move || echo(stream));
        }
    });
    Ok(address)
}

fn echo(mut stream: TcpStream) -> io::Result<()> {
    let mut request = [0; 1024];
    while stream.read(&mut request)? > 0 {
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")?;
    }
    Ok(())
}
