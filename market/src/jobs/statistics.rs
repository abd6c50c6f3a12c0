//! Jobs that keep signals and statistics up to date.

use graphile_worker::{
    Cron, CrontabTimerError, IntoTaskHandlerResult, TaskHandler, WorkerContext, WorkerOptions,
};
use serde::{Deserialize, Serialize};

use super::schedule::scheduled;
use super::tasks::{Failure, Resources, resources};
use crate::pool::statistics::{
    Extent, decay_exposure, settle_availability, update_landlord_signals, update_pool_statistics,
};

/// Computes acceptance rates and response times from new events.
#[derive(Serialize, Deserialize)]
struct UpdateLandlordSignals {}

/// Computes the statistics of the pool from new events.
#[derive(Serialize, Deserialize)]
struct UpdatePoolStatistics {}

/// Computes all of both again.
#[derive(Serialize, Deserialize)]
struct RecomputeStatistics {}

/// Lets the views of requests count less.
#[derive(Serialize, Deserialize)]
struct DecayExposure {}

/// Makes landlords available or not by their capacity.
#[derive(Serialize, Deserialize)]
struct SettleAvailability {}

/// The tasks that a node enqueues when it starts.
pub(super) const AT_START: [&str; 3] = [
    UpdateLandlordSignals::IDENTIFIER,
    UpdatePoolStatistics::IDENTIFIER,
    SettleAvailability::IDENTIFIER,
];

/// Adds the jobs with their schedule to a worker.
pub(super) fn schedule(worker: WorkerOptions) -> Result<WorkerOptions, CrontabTimerError> {
    Ok(worker
        .define_job::<UpdateLandlordSignals>()
        .define_job::<UpdatePoolStatistics>()
        .define_job::<RecomputeStatistics>()
        .define_job::<DecayExposure>()
        .define_job::<SettleAvailability>()
        .with_cron(scheduled(Cron::hourly_at::<UpdateLandlordSignals>(7)?))
        .with_cron(scheduled(Cron::every_n_minutes::<UpdatePoolStatistics>(5)?))
        .with_cron(scheduled(Cron::daily_at::<RecomputeStatistics>(3, 47)?))
        .with_cron(scheduled(Cron::hourly_at::<DecayExposure>(23)?))
        .with_cron(scheduled(Cron::daily_at::<SettleAvailability>(2, 37)?)))
}

impl TaskHandler for UpdateLandlordSignals {
    const IDENTIFIER: &'static str = "update_landlord_signals";

    async fn run(self, context: WorkerContext) -> impl IntoTaskHandlerResult {
        let Resources { pool, .. } = resources(&context)?;
        let updated = update_landlord_signals(pool, Extent::New).await;
        let landlords = updated.map_err(|error| Failure::logged(Self::IDENTIFIER, &error))?;
        tracing::debug!(landlords, "computed acceptance rates and response times");
        Ok::<(), Failure>(())
    }
}

impl TaskHandler for UpdatePoolStatistics {
    const IDENTIFIER: &'static str = "update_pool_statistics";

    async fn run(self, context: WorkerContext) -> impl IntoTaskHandlerResult {
        let Resources { pool, .. } = resources(&context)?;
        let updated = update_pool_statistics(pool, Extent::New).await;
        let requests = updated.map_err(|error| Failure::logged(Self::IDENTIFIER, &error))?;
        tracing::debug!(requests, "computed the statistics of the request pool");
        Ok::<(), Failure>(())
    }
}

impl TaskHandler for RecomputeStatistics {
    const IDENTIFIER: &'static str = "recompute_statistics";

    async fn run(self, context: WorkerContext) -> impl IntoTaskHandlerResult {
        let Resources { pool, .. } = resources(&context)?;
        let failed = |error| Failure::logged(Self::IDENTIFIER, &error);
        let landlords = update_landlord_signals(pool, Extent::All).await;
        let landlords = landlords.map_err(failed)?;
        let requests = update_pool_statistics(pool, Extent::All).await;
        let requests = requests.map_err(failed)?;
        tracing::debug!(landlords, requests, "computed all statistics again");
        Ok::<(), Failure>(())
    }
}

impl TaskHandler for DecayExposure {
    const IDENTIFIER: &'static str = "decay_exposure";

    async fn run(self, context: WorkerContext) -> impl IntoTaskHandlerResult {
        let Resources { pool, .. } = resources(&context)?;
        let changed = decay_exposure(pool).await;
        let changed = changed.map_err(|error| Failure::logged(Self::IDENTIFIER, &error))?;
        tracing::debug!(changed, "let the exposure of requests decay");
        Ok::<(), Failure>(())
    }
}

impl TaskHandler for SettleAvailability {
    const IDENTIFIER: &'static str = "settle_availability";

    async fn run(self, context: WorkerContext) -> impl IntoTaskHandlerResult {
        let Resources { pool, .. } = resources(&context)?;
        let settled = settle_availability(pool).await;
        let settled = settled.map_err(|error| Failure::logged(Self::IDENTIFIER, &error))?;
        tracing::debug!(settled, "settled the availability of landlords");
        Ok::<(), Failure>(())
    }
}
