//! Clients that sign in: again and again, or all at once.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::Result;
use tokio::task::JoinSet;
use tokio::time::sleep_until;

use crate::accounts::Accounts;
use crate::load::Answered;
use crate::node::http::Http;

/// Signs in over as many connections at the same time for a while. Only a few accounts sign in more
/// than once, so that no limit of attempts is reached.
pub(crate) async fn run(
    accounts: &Accounts,
    address: SocketAddr,
    clients: usize,
    duration: Duration,
) -> Result<Answered> {
    let until = Instant::now() + duration;
    let mut tasks = JoinSet::new();
    for client in 0..clients {
        let mut requests = accounts.logins(client, clients);
        tasks.spawn(async move {
            let mut http = Http::connect(address).await?;
            let mut answered = Answered::default();
            while Instant::now() < until {
                let request = requests.next().unwrap_or_default();
                let sent = Instant::now();
                let response = http.send(&request).await?;
                answered.record(sent, response.status, response.body);
            }
            anyhow::Ok(answered)
        });
    }
    all(tasks).await
}

/// The time from one burst to the next.
pub(crate) const BURST_EVERY: Duration = Duration::from_secs(5);

/// Signs in over as many connections at one moment, and again some seconds later.
pub(crate) async fn bursts(
    accounts: &Accounts,
    address: SocketAddr,
    clients: usize,
    duration: Duration,
) -> Result<Answered> {
    let started = Instant::now();
    let mut tasks = JoinSet::new();
    for client in 0..clients {
        let mut requests = accounts.logins(client, clients);
        tasks.spawn(async move {
            let mut http = Http::connect(address).await?;
            let mut answered = Answered::default();
            let mut burst = started + BURST_EVERY / 10;
            while burst < started + duration {
                sleep_until(burst.into()).await;
                let response = http.send(&requests.next().unwrap_or_default()).await?;
                answered.record(burst, response.status, response.body);
                burst += BURST_EVERY;
            }
            anyhow::Ok(answered)
        });
    }
    all(tasks).await
}

async fn all(mut tasks: JoinSet<Result<Answered>>) -> Result<Answered> {
    let mut answered = Answered::default();
    while let Some(client) = tasks.join_next().await {
        answered.add(client??);
    }
    Ok(answered)
}
