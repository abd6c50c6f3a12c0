//! Which Postgres do the demo and the tests work on?
//!
//! A private cluster that this command makes and stops, or the one that the configuration names.

mod account;
mod cluster;
mod folder;
mod install;
mod server;

pub(crate) use cluster::{Cluster, Durability};

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Subcommand;
use sqlx::{Connection, PgConnection};

use crate::config::without_password;

/// Where the private cluster is kept when nobody says otherwise.
pub(crate) const DEFAULT_FOLDER: &str = ".roost/postgres";

/// The database in a private cluster.
pub(crate) const DATABASE: &str = "roost";

/// What can be done with a private cluster.
#[derive(Debug, Subcommand)]
pub(crate) enum Action {
    /// Start the cluster, making it first if needed, and print its URL
    #[command(
        after_help = "Prints nothing but the URL to stdout, so a script can keep it:\n  \
                            DATABASE_URL=$(roost postgres start) roost migrate"
    )]
    Start {
        #[command(flatten)]
        place: Place,
        /// For tests: do not wait for the disk; a power cut may then break the cluster
        #[arg(long)]
        throwaway: bool,
    },
    /// Stop the cluster; its data stays
    Stop {
        #[command(flatten)]
        place: Place,
        /// Delete the cluster with all its data after that
        #[arg(long)]
        delete: bool,
    },
    /// Print the URL of the running cluster
    Url {
        #[command(flatten)]
        place: Place,
    },
}

/// Where a private cluster is kept.
#[derive(Debug, clap::Args)]
pub(crate) struct Place {
    /// The folder of the cluster
    #[arg(long, value_name = "FOLDER", default_value = DEFAULT_FOLDER)]
    dir: PathBuf,
}

/// Runs `roost postgres`.
pub(crate) async fn run(action: Action) -> anyhow::Result<()> {
    match action {
        Action::Start { place, throwaway } => {
            let durability = if throwaway {
                Durability::Throwaway
            } else {
                Durability::Full
            };
            say!("{}", start(&place.dir, durability).await?.url(DATABASE));
        }
        Action::Stop { place, delete } => {
            let folder = std::path::absolute(&place.dir)?;
            let was_running = Cluster::stop(&folder)?;
            if delete {
                Cluster::delete(&folder)?;
            }
            let what = if was_running {
                "stopped"
            } else {
                "was not running"
            };
            let then = if delete { " and is deleted" } else { "" };
            note!("The cluster in {} {what}{then}.", place.dir.display());
        }
        Action::Url { place } => match Cluster::running(&std::path::absolute(&place.dir)?)? {
            Some(cluster) => say!("{}", cluster.url(DATABASE)),
            None => bail!(
                "no cluster runs in {}: `roost postgres start` starts one",
                place.dir.display()
            ),
        },
    }
    Ok(())
}

/// Starts the private cluster of a folder and makes sure that our database is in it.
pub(crate) async fn start(folder: &Path, durability: Durability) -> anyhow::Result<Cluster> {
    let folder = std::path::absolute(folder)?;
    let cluster = Cluster::start(&folder, durability)?;
    if let Err(error) = create_database(&cluster).await {
        if !cluster.was_running {
            Cluster::stop(&folder)?;
        }
        return Err(error);
    }
    Ok(cluster)
}

/// Stops the private cluster of a folder.
pub(crate) fn stop(folder: &Path) -> anyhow::Result<()> {
    Cluster::stop(&std::path::absolute(folder)?).map(drop)
}

/// Checks that a Postgres which we did not set up can do what we need of it.
pub(crate) async fn check(database_url: &str) -> anyhow::Result<()> {
    let shown = without_password(database_url);
    let mut connection = PgConnection::connect(database_url)
        .await
        .with_context(|| format!("cannot connect to {shown}"))?;
    // Unchecked, as the four checks of this module ask about the server and not about our schema.
    let (version, wal_level, has_postgis, can_replicate): (i32, String, bool, bool) =
        sqlx::query_as(
            "SELECT current_setting('server_version_num')::int, current_setting('wal_level'),
                    EXISTS (SELECT FROM pg_available_extensions WHERE name = 'postgis'),
                    (SELECT rolsuper OR rolreplication FROM pg_roles WHERE rolname = current_user)",
        )
        .fetch_one(&mut connection)
        .await
        .with_context(|| format!("cannot ask {shown} about itself"))?;
    let major = version / 10_000;
    if !u32::try_from(major).is_ok_and(|major| major >= server::MAJOR_MIN) {
        bail!(
            "{shown} is PostgreSQL {major}: expected {} or later",
            server::MAJOR_MIN
        );
    }
    if wal_level != "logical" {
        bail!(
            "wal_level of {shown} is {wal_level}: expected logical (ALTER SYSTEM SET wal_level = \
             'logical', then restart the server)"
        );
    }
    if !has_postgis {
        bail!("{shown} has no PostGIS: expected the extension postgis to be installable");
    }
    if !can_replicate {
        bail!("the role of {shown} may not replicate: expected ALTER ROLE ... REPLICATION");
    }
    connection
        .close()
        .await
        .context("cannot close the connection")
}

async fn create_database(cluster: &Cluster) -> anyhow::Result<()> {
    let mut connection = PgConnection::connect(&cluster.url("postgres"))
        .await
        .context("cannot connect to the private cluster")?;
    // Unchecked: the macros know one database, and this one is made here.
    let exists: bool =
        sqlx::query_scalar("SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)")
            .bind(DATABASE)
            .fetch_one(&mut connection)
            .await?;
    if !exists {
        sqlx::raw_sql("CREATE DATABASE roost")
            .execute(&mut connection)
            .await?;
    }
    connection
        .close()
        .await
        .context("cannot close the connection")
}

/// 32 hexadecimal digits that nobody can guess.
fn secret() -> anyhow::Result<String> {
    let mut bytes = [0; 16];
    File::open("/dev/urandom")
        .and_then(|mut source| source.read_exact(&mut bytes))
        .context("cannot read /dev/urandom")?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
