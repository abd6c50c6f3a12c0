//! Rooms in a Postgres of their own, and in an engine that follows it.

use std::path::Path;

use anyhow::{Context, Result};
use roost_engine::Reader;
use tempfile::TempDir;

use crate::cluster::{self, Postgres};
use crate::sql::Sql;
use crate::{city, copy};

/// The rooms of the demo that is searched for cities.
const DEMO_ROOMS: &str = "20000";

/// Loaded rooms. Everything that they need is stopped and deleted when they are dropped.
pub(crate) struct DataSet {
    pub(crate) reader: Reader,
    pub(crate) sql: Sql,
    _postgres: Postgres,
    _folder: TempDir,
}

impl DataSet {
    /// The listings of a public file, with the venues of another.
    pub(crate) async fn of_files(listings: &Path, venues: &Path) -> Result<DataSet> {
        let (listings, venues) = (path(listings)?, path(venues)?);
        DataSet::load(&[
            &["inside-airbnb", listings],
            &["venues", venues, "--country", "US"],
        ])
        .await
    }

    /// The generated city.
    pub(crate) async fn of_city() -> Result<DataSet> {
        let folder = tempfile::tempdir()?;
        let (listings, venues) = (folder.path().join("city.csv"), folder.path().join("venues"));
        std::fs::write(&listings, city::listings())?;
        std::fs::write(&venues, city::venues())?;
        DataSet::of_files(&listings, &venues).await
    }

    /// The rooms of the demo, which are in the cities of India.
    pub(crate) async fn of_demo() -> Result<DataSet> {
        DataSet::load(&[&["shipped", "--rooms", DEMO_ROOMS]]).await
    }

    async fn load(imports: &[&[&str]]) -> Result<DataSet> {
        let folder = tempfile::tempdir()?;
        let postgres = Postgres::start(folder.path()).await?;
        for import in imports {
            let arguments = [&["import"], *import, &["--database-url", &postgres.url]];
            cluster::roost(&arguments.concat()).await?;
        }
        Ok(DataSet {
            reader: copy::copy(folder.path(), &postgres.url).await?,
            sql: Sql::prepare(&postgres.url).await?,
            _postgres: postgres,
            _folder: folder,
        })
    }
}

fn path(file: &Path) -> Result<&str> {
    let path = file.to_str();
    path.context("the path of a file is not valid UTF-8")
}
