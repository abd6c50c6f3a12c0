//! Checks that an existing Postgres meets the requirements of Roost.

use anyhow::{Context, bail};
use sqlx::{Connection, PgConnection};

use super::server::MAJOR_MIN;
use crate::config::without_password;

/// Checks version, `wal_level`, PostGIS and the privileges of the role.
pub(crate) async fn check(database_url: &str) -> anyhow::Result<()> {
    let shown_url = without_password(database_url);
    let mut connection = PgConnection::connect(database_url)
        .await
        .with_context(|| format!("cannot connect to {shown_url}"))?;
    // Not checked at compile time: these are settings of the server, not our schema.
    let (version, wal_level, has_postgis, can_replicate): (i32, String, bool, bool) =
        sqlx::query_as(
            "SELECT current_setting('server_version_num')::int, current_setting('wal_level'),
                    EXISTS (SELECT FROM pg_available_extensions WHERE name = 'postgis'),
                    (SELECT rolsuper OR rolreplication FROM pg_roles WHERE rolname = current_user)",
        )
        .fetch_one(&mut connection)
        .await
        .with_context(|| format!("cannot read the settings of {shown_url}"))?;
    let major = version / 10_000;
    if !u32::try_from(major).is_ok_and(|major| major >= MAJOR_MIN) {
        bail!("{shown_url} is PostgreSQL {major}: expected {MAJOR_MIN} or later");
    }
    if wal_level != "logical" {
        bail!(
            "wal_level of {shown_url} is {wal_level}: expected logical (ALTER SYSTEM SET wal_level \
             = 'logical', then restart the server)"
        );
    }
    if !has_postgis {
        bail!("{shown_url} has no PostGIS: expected the extension postgis to be installable");
    }
    if !can_replicate {
        bail!("the role of {shown_url} may not replicate: expected ALTER ROLE ... REPLICATION");
    }
    connection
        .close()
        .await
        .context("cannot close the connection")
}
