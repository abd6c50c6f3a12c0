//! `roost migrate`: migrates the tables to this version's schema.

use anyhow::Context;
use roost_indexer::ServerSettings;
use roost_market::jobs::migrate_jobs;
use sqlx::migrate::Migrator;
use sqlx::{Connection, PgConnection};

use crate::config::{Config, without_password};
use crate::node::market;

/// The files of `migrations/`, built into the binary.
static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");

/// Runs `roost migrate`.
pub(crate) async fn run(config: &Config) -> anyhow::Result<()> {
    migrate(config.database_url()?).await
}

/// Runs the migrations that the database has not had yet.
pub(crate) async fn migrate(database_url: &str) -> anyhow::Result<()> {
    let shown_url = without_password(database_url);
    let mut connection = PgConnection::connect(database_url)
        .await
        .with_context(|| format!("cannot connect to {shown_url}"))?;
    let settings = ServerSettings::read(&mut connection).await?;
    settings
        .check_database()
        .with_context(|| format!("cannot migrate {shown_url}"))?;
    MIGRATIONS
        .run(&mut connection)
        .await
        .with_context(|| format!("cannot migrate {shown_url}"))?;
    let pool = market::pool(database_url, 1)?;
    migrate_jobs(&pool)
        .await
        .with_context(|| format!("cannot migrate {shown_url}"))?;
    pool.close().await;
    tracing::info!(
        migrations = MIGRATIONS.iter().count(),
        "the schema is up to date"
    );
    // The tables do not need it, and the server may be restarted later.
    if let Err(error) = settings.check_wal_level() {
        tracing::warn!(%error, "no node can follow this server yet");
    }
    connection
        .close()
        .await
        .context("cannot close the connection")
}
