//! How does a database get this version's schema?

use anyhow::Context;
use sqlx::migrate::Migrator;
use sqlx::{Connection, PgConnection};

use crate::config::{Config, without_password};

/// Everything in `migrations/`, built into the command.
static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");

/// Runs `roost migrate`.
pub(crate) async fn run(config: &Config) -> anyhow::Result<()> {
    migrate(config.database_url()?).await
}

/// Runs what the database has not seen yet.
pub(crate) async fn migrate(database_url: &str) -> anyhow::Result<()> {
    let shown = without_password(database_url);
    let mut connection = PgConnection::connect(database_url)
        .await
        .with_context(|| format!("cannot connect to {shown}"))?;
    MIGRATIONS
        .run(&mut connection)
        .await
        .with_context(|| format!("cannot migrate {shown}"))?;
    tracing::info!(
        migrations = MIGRATIONS.iter().count(),
        "the schema is up to date"
    );
    connection
        .close()
        .await
        .context("cannot close the connection")
}
