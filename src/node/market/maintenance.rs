//! Creates partitions of events ahead and deletes what has expired, as long as the node runs.

use std::time::Duration;

use roost_market::{PgPool, create_event_partitions, delete_expired};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

/// Enough for a node that does not run for some months.
const MONTHS_AHEAD: u8 = 12;

const EVERY: Duration = Duration::from_secs(6 * 3600);

/// The database is probably back by then.
const RETRY_EVERY: Duration = Duration::from_secs(60);

/// Runs until the node stops.
pub(super) async fn run(pool: PgPool, shutdown: CancellationToken) {
    let mut has_warned = false;
    let run = async {
        loop {
            match maintain(&pool).await {
                Ok(()) => {
                    has_warned = false;
                    sleep(EVERY).await;
                }
                Err(error) => {
                    if !has_warned {
                        tracing::warn!(%error, "cannot maintain the tables of events and accounts");
                        has_warned = true;
                    }
                    sleep(RETRY_EVERY).await;
                }
            }
        }
    };
    shutdown.run_until_cancelled(run).await;
}

async fn maintain(pool: &PgPool) -> Result<(), sqlx::Error> {
    let created = create_event_partitions(pool, MONTHS_AHEAD).await?;
    let deleted = delete_expired(pool).await?;
    tracing::debug!(
        created,
        deleted,
        "maintained the tables of events and accounts"
    );
    Ok(())
}
