//! What actions need on this node: connections, keys for access tokens, mail, and jobs.

mod connections;
mod jobs;
mod live_events;
mod mail;
mod revocations;
mod token_keys;

use std::sync::Arc;
use std::thread::available_parallelism;

use anyhow::Context;
use roost_api::{AccessTokens, AuthenticationCache, Live, Market};
use roost_indexer::{Events, Status};
use roost_market::accounts::{Cost, Passwords};
use roost_market::jobs::FailedJobs;
use roost_market::pool::matches::Ranker;
use roost_market::pool::payments::{PaymentProvider, Sandbox};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::config::Config;
use token_keys::TokenKeys;

pub(crate) use connections::pool;

/// One reads new events, and others what clients have missed.
const LIVE_CONNECTIONS: u32 = 4;

/// Prepares actions and starts the tasks behind them, which end with `shutdown`, and returns the
/// task of the jobs. No connection is opened yet, because a node also starts while Postgres is
/// unreachable.
pub(super) fn start(
    config: &Config,
    database_url: &str,
    events: &Events,
    matching: (Arc<dyn Ranker>, Status),
    shutdown: &CancellationToken,
) -> anyhow::Result<(Market, JoinHandle<()>)> {
    let pool = pool(database_url, config.write_connections_max)?;
    let (keys, receiver) = TokenKeys::open(config.token_keys_file())?;
    let passwords = passwords().context("cannot hash passwords")?;
    let authentication = AuthenticationCache::new();
    tokio::spawn(revocations::follow(
        authentication.clone(),
        events.subscribe(),
        receiver.clone(),
        shutdown.clone(),
    ));
    tokio::spawn(keys.keep(shutdown.clone()));
    let live = Live::new(connections::pool(database_url, LIVE_CONNECTIONS)?);
    tokio::spawn(live.clone().run(shutdown.clone()));
    let follow = live_events::follow(live.clone(), events.subscribe(), shutdown.clone());
    tokio::spawn(follow);
    let jobs = jobs::start(
        config,
        database_url,
        mail::mailer(config)?,
        matching,
        shutdown,
    )?;
    let failed_jobs = FailedJobs::default();
    let count = failed_jobs.clone().follow(pool.clone());
    tokio::spawn(shutdown.clone().run_until_cancelled_owned(count));
    let market = Market {
        pool,
        passwords,
        access_tokens: AccessTokens::new(receiver),
        authentication,
        live,
        failed_jobs,
        payment_provider: config
            .payment_sandbox
            .then(|| Arc::new(Sandbox) as Arc<dyn PaymentProvider>),
    };
    Ok((market, jobs))
}

/// Hashes passwords on half of the processors, so that sign-ins leave the others to searches.
pub(crate) fn passwords() -> anyhow::Result<Passwords> {
    let processors = available_parallelism().map_or(1, std::num::NonZero::get);
    Ok(Passwords::new(Cost::default(), (processors / 2).max(1))?)
}
