//! Connections to Postgres for actions and jobs.

use std::time::Duration;

use anyhow::Context;
use roost_market::PgPool;
use sqlx::postgres::PgPoolOptions;

/// An action that waits this long for a connection is answered as busy.
const CONNECTION_WAIT_MAX: Duration = Duration::from_secs(3);

/// Connections to the database of a URL, which are opened when they are needed.
pub(crate) fn pool(database_url: &str, connections_max: u32) -> anyhow::Result<PgPool> {
    let options = PgPoolOptions::new()
        .max_connections(connections_max)
        .acquire_timeout(CONNECTION_WAIT_MAX);
    let pool = options.connect_lazy(database_url);
    pool.context("database_url is no URL of Postgres")
}
