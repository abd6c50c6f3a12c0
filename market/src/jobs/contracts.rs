//! Scheduled jobs of offers, contracts and payments.

use graphile_worker::{IntoTaskHandlerResult, TaskHandler, WorkerContext};
use serde::{Deserialize, Serialize};

use super::tasks::{Failure, resources};
use crate::action::error::ActionError;
use crate::pool::contracts::close_contracts;
use crate::pool::offers::expire_offers;
use crate::pool::payments::mark_overdue;

/// Expires offers that were not answered in time.
#[derive(Serialize, Deserialize)]
pub(super) struct ExpireOffers {}

/// Ends contracts whose stay is over, and cancels those that were not paid before their stay.
#[derive(Serialize, Deserialize)]
pub(super) struct CloseContracts {}

/// Marks contracts whose payment is overdue.
#[derive(Serialize, Deserialize)]
pub(super) struct MarkOverdue {}

impl TaskHandler for ExpireOffers {
    const IDENTIFIER: &'static str = "expire_offers";

    async fn run(self, context: WorkerContext) -> impl IntoTaskHandlerResult {
        let pool = &resources(&context)?.pool;
        report("expired offers", expire_offers(pool).await)
    }
}

impl TaskHandler for CloseContracts {
    const IDENTIFIER: &'static str = "close_contracts";

    async fn run(self, context: WorkerContext) -> impl IntoTaskHandlerResult {
        let pool = &resources(&context)?.pool;
        report("closed contracts", close_contracts(pool).await)
    }
}

impl TaskHandler for MarkOverdue {
    const IDENTIFIER: &'static str = "mark_overdue";

    async fn run(self, context: WorkerContext) -> impl IntoTaskHandlerResult {
        let pool = &resources(&context)?.pool;
        report("marked overdue payments", mark_overdue(pool).await)
    }
}

/// Logs the outcome of a job that did something to a number of rows.
fn report(done: &'static str, outcome: Result<u64, ActionError>) -> Result<(), Failure> {
    match outcome {
        Ok(count) => {
            tracing::debug!(done, count, "ran a scheduled job");
            Ok(())
        }
        Err(error) => {
            tracing::warn!(job = done, %error, "a scheduled job has failed");
            Err(Failure::of(&error))
        }
    }
}
