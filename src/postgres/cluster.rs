//! Creates, starts, finds and stops a private cluster.
//!
//! Nothing outside of its folder is read or changed, so no other cluster on the machine is
//! affected.

use std::fs::File;
use std::path::Path;

use anyhow::Context;
use sqlx::{Connection, PgConnection};

use super::account;
use super::folder::{Durability, Folder, ROLE};
use super::server;

/// The database of Roost in a private cluster.
const DATABASE: &str = "roost";

/// A running private cluster.
#[derive(Debug)]
pub(crate) struct Cluster {
    port: u16,
    password: String,
    /// Whether it already ran before this process started it.
    was_running: bool,
}

impl Cluster {
    /// The folder of the cluster unless a flag names another.
    pub(crate) const DEFAULT_FOLDER: &str = ".roost/postgres";

    /// Starts the cluster in a folder, creating cluster and database if necessary.
    pub(crate) async fn start(folder: &Path, durability: Durability) -> anyhow::Result<Self> {
        let folder = std::path::absolute(folder)?;
        let cluster = Self::start_server(&folder, durability)?;
        if let Err(error) = cluster.create_database().await {
            if !cluster.was_running {
                Self::stop(&folder)?;
            }
            return Err(error);
        }
        Ok(cluster)
    }

    /// Returns the cluster in a folder if it is running.
    pub(crate) fn running(folder: &Path) -> anyhow::Result<Option<Self>> {
        let Some(location) = account::existing(&std::path::absolute(folder)?)? else {
            return Ok(None);
        };
        let folder = Folder::open(location)?;
        if folder.is_running()? {
            Self::of(&folder, true).map(Some)
        } else {
            Ok(None)
        }
    }

    /// Stops the cluster in a folder, and returns whether it was running.
    pub(crate) fn stop(folder: &Path) -> anyhow::Result<bool> {
        let path = std::path::absolute(folder)?;
        let _lock = lock(&path)?;
        let Some(location) = account::existing(&path)? else {
            return Ok(false);
        };
        let folder = Folder::open(location)?;
        let was_running = folder.is_running()?;
        if was_running {
            folder.stop()?;
        }
        Ok(was_running)
    }

    /// Stops the cluster in a folder and deletes it with all its data.
    pub(crate) fn delete(folder: &Path) -> anyhow::Result<()> {
        let path = std::path::absolute(folder)?;
        Self::stop(&path)?;
        if let Some(location) = account::existing(&path)? {
            Folder::open(location)?.delete()?;
        }
        account::remove_link(&path)
    }

    /// The URL of the database of Roost.
    pub(crate) fn url(&self) -> String {
        self.url_of(DATABASE)
    }

    fn url_of(&self, database: &str) -> String {
        format!(
            "postgres://{ROLE}:{}@127.0.0.1:{}/{database}",
            self.password, self.port
        )
    }

    fn start_server(path: &Path, durability: Durability) -> anyhow::Result<Self> {
        let _lock = lock(path)?;
        let location = match account::existing(path)? {
            Some(location) => location,
            None => {
                // Checked first, so that a missing server leaves no folder behind.
                server::newest()?;
                account::create(path)?
            }
        };
        let folder = Folder::open(location)?;
        folder.initialize()?;
        let was_running = folder.is_running()?;
        if !was_running {
            folder.start(durability)?;
        }
        Self::of(&folder, was_running)
    }

    async fn create_database(&self) -> anyhow::Result<()> {
        let mut connection = PgConnection::connect(&self.url_of("postgres"))
            .await
            .context("cannot connect to the private cluster")?;
        // Not checked at compile time: the query macros know one database, which is created here.
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

    fn of(folder: &Folder, was_running: bool) -> anyhow::Result<Self> {
        Ok(Self {
            port: folder.port()?,
            password: folder.password()?,
            was_running,
        })
    }
}

/// Locks out other processes that start or stop the same cluster, until the file is dropped.
fn lock(path: &Path) -> anyhow::Result<File> {
    let path = path.with_extension("lock");
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent)
            .with_context(|| format!("cannot create {}", parent.display()))?;
    }
    let file = File::create(&path).with_context(|| format!("cannot create {}", path.display()))?;
    file.lock()
        .with_context(|| format!("cannot lock {}", path.display()))?;
    Ok(file)
}
