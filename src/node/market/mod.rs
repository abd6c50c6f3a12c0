//! What actions need on this node: connections, keys for access tokens, mail, and maintenance.

mod mail;
mod maintenance;
mod revocations;
mod token_keys;

use std::sync::Arc;
use std::thread::available_parallelism;
use std::time::Duration;

use anyhow::Context;
use roost_api::{AccessTokens, AuthenticationCache, Market};
use roost_indexer::EventSubscription;
use roost_market::PgPool;
use roost_market::accounts::{Cost, Passwords};
use sqlx::postgres::PgPoolOptions;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::config::Config;
use token_keys::TokenKeys;

/// An action that waits this long for a connection is answered as busy.
const CONNECTION_WAIT_MAX: Duration = Duration::from_secs(3);

/// Prepares actions and starts the tasks behind them, which end with `shutdown`. No connection is
/// opened yet, because a node also starts while Postgres is unreachable.
pub(super) fn start(
    config: &Config,
    database_url: &str,
    events: EventSubscription,
    shutdown: &CancellationToken,
) -> anyhow::Result<Market> {
    let pool = pool(database_url, config.write_connections_max)?;
    let (keys, receiver) = TokenKeys::open(config.token_keys_file())?;
    let mailer = mail::mailer(config)?;
    let wake = Arc::new(Notify::new());
    let passwords = passwords().context("cannot hash passwords")?;
    let authentication = AuthenticationCache::new();
    tokio::spawn(revocations::follow(
        authentication.clone(),
        events,
        receiver.clone(),
        shutdown.clone(),
    ));
    tokio::spawn(keys.keep(shutdown.clone()));
    tokio::spawn(mail::send(
        pool.clone(),
        mailer,
        Arc::clone(&wake),
        shutdown.clone(),
    ));
    tokio::spawn(maintenance::run(pool.clone(), shutdown.clone()));
    Ok(Market {
        pool,
        passwords,
        access_tokens: AccessTokens::new(receiver),
        authentication,
        mail: wake,
    })
}

/// Connections to the database of a URL, which are opened when they are needed.
pub(crate) fn pool(database_url: &str, connections_max: u32) -> anyhow::Result<PgPool> {
    let options = PgPoolOptions::new()
        .max_connections(connections_max)
        .acquire_timeout(CONNECTION_WAIT_MAX);
    let pool = options.connect_lazy(database_url);
    pool.context("database_url is no URL of Postgres")
}

/// Hashes passwords on half of the processors, so that sign-ins leave the others to searches.
pub(crate) fn passwords() -> anyhow::Result<Passwords> {
    let processors = available_parallelism().map_or(1, std::num::NonZero::get);
    Ok(Passwords::new(Cost::default(), (processors / 2).max(1))?)
}
