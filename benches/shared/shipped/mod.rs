//! Loads the generated dataset into a database.

use anyhow::Result;
use sqlx::Connection;
use sqlx::postgres::PgConnection;

use super::cluster;

/// Loads rooms and rental requests. The requests wait for no matching, which would take processors
/// from what is measured.
pub(crate) async fn load(database_url: &str, rooms: u64, seed: u64) -> Result<()> {
    let (rooms, seed) = (rooms.to_string(), seed.to_string());
    let flags = ["--rooms", &rooms, "--seed", &seed];
    let database = ["--database-url", database_url];
    cluster::roost(&[&["import", "shipped"], &flags[..], &database].concat()).await?;
    let mut connection = PgConnection::connect(database_url).await?;
    let clear = sqlx::raw_sql("DELETE FROM matching_queue");
    clear.execute(&mut connection).await?;
    connection.close().await?;
    Ok(())
}
