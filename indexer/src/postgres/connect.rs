//! Connects to Postgres for SQL.

use std::time::Duration;

use sqlx::{ConnectOptions, PgConnection};
use tokio::time::timeout;

use crate::config::DatabaseUrl;
use crate::error::SessionError;

/// Opens a connection with this application name.
pub(crate) async fn connect(
    database: &DatabaseUrl,
    application: &str,
) -> Result<PgConnection, SessionError> {
    const LIMIT: Duration = Duration::from_secs(15);
    let doing = "connecting to Postgres";
    let options = database.sql_options(application);
    timeout(LIMIT, options.connect())
        .await
        .map_err(|_| SessionError::Timeout {
            doing,
            limit: LIMIT,
        })?
        .map_err(SessionError::sql(doing))
}
