//! Runs jobs as long as the node runs.

use std::sync::Arc;
use std::time::Duration;

use roost_indexer::Status;
use roost_market::accounts::MailSender;
use roost_market::jobs::{Worker, WorkerError};
use roost_market::mail::Mailer;
use roost_market::pool::matches::Ranker;
use tokio::task::JoinHandle;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::connections::pool;
use crate::config::Config;

/// The worker listens on a connection, reports that it is alive, and looks at its schedule.
const OWN_CONNECTIONS: u32 = 3;

/// The database is probably back by then.
const RETRY_EVERY: Duration = Duration::from_secs(10);

/// Starts the workers of a node, if it is to have any. They have connections of their own, so that
/// slow jobs do not keep actions waiting. The task ends after `shutdown`, when running jobs have
/// ended or were returned to other nodes.
pub(super) fn start(
    config: &Config,
    database_url: &str,
    mailer: Mailer,
    matching: (Arc<dyn Ranker>, Status),
    shutdown: &CancellationToken,
) -> anyhow::Result<JoinHandle<()>> {
    if config.workers == 0 {
        return Ok(tokio::spawn(async {}));
    }
    let pool = pool(database_url, config.workers + OWN_CONNECTIONS)?;
    let concurrency = usize::try_from(config.workers)?;
    let mail = MailSender::new(pool.clone(), mailer);
    let worker = Worker::new(pool, mail, concurrency);
    let (ranker, status) = matching;
    Ok(tokio::spawn(run(worker, ranker, status, shutdown.clone())))
}

/// Runs jobs. Requests are matched once the index is ready: until then this node leaves them to
/// others, or they wait.
async fn run(worker: Worker, ranker: Arc<dyn Ranker>, status: Status, shutdown: CancellationToken) {
    let ready = shutdown.child_token();
    let is_ready = ready.clone();
    let wait = async move {
        status.wait_until(|progress| progress.is_ready).await;
        is_ready.cancel();
    };
    tokio::spawn(shutdown.clone().run_until_cancelled_owned(wait));
    run_until(&worker, &ready).await;
    run_until(&worker.with_ranker(ranker), &shutdown).await;
}

async fn run_until(worker: &Worker, end: &CancellationToken) {
    let mut last_error = None;
    while !end.is_cancelled() {
        let Err(error) = worker.run(end.clone().cancelled_owned()).await else {
            continue;
        };
        let error = chain(error);
        if last_error.as_ref() != Some(&error) {
            tracing::warn!(error, "cannot run jobs; will try again");
            last_error = Some(error);
        }
        let pause = sleep(RETRY_EVERY);
        end.run_until_cancelled(pause).await;
    }
}

fn chain(error: WorkerError) -> String {
    format!("{:#}", anyhow::Error::from(error))
}
