//! Runs jobs on a node.

use std::sync::Arc;
use std::time::Duration;

use graphile_worker::{
    Cron, TaskHandler, WorkerOptions, WorkerRecoveryConfig, WorkerShutdownConfig,
};
use serde_json::json;
use sqlx::PgPool;

use super::contracts::{CloseContracts, ExpireOffers, MarkOverdue};
use super::schedule::scheduled;
use super::schema::{SCHEMA, exists};
use super::statistics;
use super::tasks::{
    CreateEventPartitions, DeleteExpired, ExpireRequests, MatchRequest, MatchRooms, Resources,
    SendMail, TendMatchPartitions,
};
use crate::accounts::MailSender;
use crate::action::job::Job;
use crate::pool::matches::Ranker;

/// Jobs that run when the worker stops get this long. Others start again on another node.
const GRACE_PERIOD: Duration = Duration::from_secs(5);

/// Jobs of a node that gives no sign of life for this long are run by another one.
const SILENCE_MAX: Duration = Duration::from_secs(90);

/// New jobs are announced; this finds the ones whose time has come, and those that were announced
/// while all workers were busy or no node was running. It finds one for each worker at a time, so
/// with a longer interval a backlog of a thousand jobs would take many minutes.
const POLL_EVERY: Duration = Duration::from_millis(200);

/// A fraction of [`SILENCE_MAX`].
const HEARTBEAT_EVERY: Duration = Duration::from_secs(20);

/// Runs the jobs of a database. Several workers share the work.
pub struct Worker {
    resources: Resources,
    concurrency: usize,
}

/// Why a worker has stopped.
#[derive(Debug, thiserror::Error)]
pub enum WorkerError {
    /// The tables of jobs do not exist.
    #[error("there are no tables of jobs: run `roost migrate`")]
    NotMigrated,
    /// The database is unreachable, or a privilege is missing.
    #[error("the database of jobs")]
    Sql(#[from] sqlx::Error),
    /// The library has failed, usually for the same reasons.
    #[error("the worker: {0}")]
    Library(String),
}

impl Worker {
    /// A worker that runs this many jobs at a time, at least 1. The pool needs three more
    /// connections.
    pub fn new(pool: PgPool, mail: MailSender, concurrency: usize) -> Self {
        Self {
            resources: Resources {
                pool,
                mail,
                ranker: None,
            },
            concurrency: concurrency.max(1),
        }
    }

    /// Also matches requests with landlords.
    #[must_use]
    pub fn with_ranker(mut self, ranker: Arc<dyn Ranker>) -> Self {
        self.resources.ranker = Some(ranker);
        self
    }

    /// Runs jobs until `shutdown` is ready.
    ///
    /// # Errors
    ///
    /// Ends with an error if the database becomes unreachable. No job is lost.
    pub async fn run(
        &self,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> Result<(), WorkerError> {
        let pool = &self.resources.pool;
        // Otherwise the library would create them.
        if !exists(pool).await? {
            return Err(WorkerError::NotMigrated);
        }
        self.enqueue_maintenance().await?;
        let library = |error: &dyn std::error::Error| WorkerError::Library(error.to_string());
        let nightly = Cron::daily_at::<CreateEventPartitions>(3, 17);
        let hourly = Cron::hourly_at::<DeleteExpired>(41);
        let close_contracts = Cron::hourly_at::<CloseContracts>(11);
        let mark_overdue = Cron::daily_at::<MarkOverdue>(0, 20);
        let tended = Cron::daily_at::<TendMatchPartitions>(3, 27);
        let options = WorkerOptions::default()
            .pg_pool(pool.clone())
            .schema(SCHEMA.to_owned())
            .concurrency(self.concurrency)
            .poll_interval(POLL_EVERY)
            .define_job::<SendMail>()
            .define_job::<CreateEventPartitions>()
            .define_job::<DeleteExpired>()
            .define_job::<ExpireRequests>()
            .define_job::<TendMatchPartitions>()
            .define_job::<ExpireOffers>()
            .define_job::<CloseContracts>()
            .define_job::<MarkOverdue>()
            .with_cron(scheduled(nightly.map_err(|error| library(&error))?))
            .with_cron(scheduled(hourly.map_err(|error| library(&error))?))
            .with_cron(scheduled(Cron::every_minute::<ExpireRequests>()))
            .with_cron(scheduled(tended.map_err(|error| library(&error))?))
            .with_cron(scheduled(Cron::every_minute::<ExpireOffers>()))
            .with_cron(scheduled(close_contracts.map_err(|error| library(&error))?))
            .with_cron(scheduled(mark_overdue.map_err(|error| library(&error))?));
        let mut options = statistics::schedule(options)
            .map_err(|error| library(&error))?
            .add_extension(self.resources.clone())
            .worker_recovery(
                WorkerRecoveryConfig::default()
                    .heartbeat_interval(HEARTBEAT_EVERY)
                    .sweep_interval(HEARTBEAT_EVERY)
                    .sweep_threshold(SILENCE_MAX)
                    .recovery_delay(Duration::from_secs(1)),
            )
            .worker_shutdown(
                WorkerShutdownConfig::default()
                    .listen_os_shutdown_signals(false)
                    .grace_period(GRACE_PERIOD)
                    .shutdown_signal(shutdown),
            );
        if self.resources.ranker.is_some() {
            // Each minute, for requests that a killed node has left in the queue.
            options = options
                .define_job::<MatchRequest>()
                .define_job::<MatchRooms>()
                .with_cron(scheduled(Cron::every_minute::<MatchRequest>()));
        }
        let worker = options.init().await.map_err(|error| library(&error))?;
        worker.run().await.map_err(|error| library(&error))
    }

    /// A node that starts does not wait for the next time of the schedule. The keys leave one job
    /// for all nodes that start.
    async fn enqueue_maintenance(&self) -> Result<(), sqlx::Error> {
        let mut connection = self.resources.pool.acquire().await?;
        let maintenance = [
            CreateEventPartitions::IDENTIFIER,
            DeleteExpired::IDENTIFIER,
            ExpireRequests::IDENTIFIER,
            TendMatchPartitions::IDENTIFIER,
        ];
        for task in maintenance.into_iter().chain(statistics::AT_START) {
            let job = Job {
                task,
                payload: json!({}),
                attempts_max: 5,
                key: Some(task.to_owned()),
            };
            job.enqueue(&mut connection).await?;
        }
        Ok(())
    }
}
