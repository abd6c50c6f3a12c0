//! What jobs do.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use graphile_worker::{IntoTaskHandlerResult, TaskHandler, WorkerContext};
use serde::{Deserialize, Serialize};
use sqlx::PgPool;
use uuid::Uuid;

use super::maintenance::delete_expired;
use crate::accounts::{MailSender, SEND_MAIL};
use crate::action::event::create_event_partitions;
use crate::action::matching::{MATCH_REQUEST, MATCH_ROOMS};
use crate::pool::matches::{
    Ranker, create_match_partitions, drop_match_partitions, match_requests, match_rooms,
};
use crate::pool::payments::create_ledger_partitions;
use crate::pool::requests::expire_requests;

/// Enough for nodes that do not run for some months.
const MONTHS_AHEAD: u8 = 12;

/// What tasks need of their node.
#[derive(Clone, Debug)]
pub(super) struct Resources {
    pub(super) pool: PgPool,
    pub(super) mail: MailSender,
    /// What matches requests with landlords.
    pub(super) ranker: Option<Arc<dyn Ranker>>,
}

/// Sends a mail of the outbox.
#[derive(Serialize, Deserialize)]
pub(super) struct SendMail {
    mail: i64,
}

/// Creates the partitions of events, payments and the ledger ahead.
#[derive(Serialize, Deserialize)]
pub(super) struct CreateEventPartitions {}

/// Deletes what has expired.
#[derive(Serialize, Deserialize)]
pub(super) struct DeleteExpired {}

/// Expires rental requests whose time has passed.
#[derive(Serialize, Deserialize)]
pub(super) struct ExpireRequests {}

/// Ranks the landlords for requests of the queue.
#[derive(Serialize, Deserialize)]
pub(super) struct MatchRequest {}

/// Enqueues the requests that the rooms of a landlord fit.
#[derive(Serialize, Deserialize)]
pub(super) struct MatchRooms {
    landlord: Uuid,
}

/// Creates the partitions of matches ahead, and drops those that are not kept any more.
#[derive(Serialize, Deserialize)]
pub(super) struct TendMatchPartitions {}

/// Why a task failed. The library stores its `Debug` text.
pub(super) struct Failure(String);

impl TaskHandler for SendMail {
    const IDENTIFIER: &'static str = SEND_MAIL;

    async fn run(self, context: WorkerContext) -> impl IntoTaskHandlerResult {
        let Resources { mail, .. } = resources(&context)?;
        mail.send(self.mail).await.map_err(|error| {
            let attempts = context.job().attempts();
            tracing::warn!(mail = self.mail, attempts, %error, "a mail cannot be sent");
            Failure::of(&error)
        })
    }
}

impl TaskHandler for CreateEventPartitions {
    const IDENTIFIER: &'static str = "create_event_partitions";

    async fn run(self, context: WorkerContext) -> impl IntoTaskHandlerResult {
        let Resources { pool, .. } = resources(&context)?;
        let created = create_event_partitions(pool, MONTHS_AHEAD).await;
        let created = created.map_err(|error| {
            tracing::warn!(%error, "cannot create partitions of events");
            Failure::of(&error)
        })?;
        let of_ledger = create_ledger_partitions(pool, MONTHS_AHEAD).await;
        let of_ledger = of_ledger.map_err(|error| {
            tracing::warn!(%error, "cannot create partitions of payments and the ledger");
            Failure::of(&error)
        })?;
        tracing::debug!(created, of_ledger, "created partitions");
        Ok::<(), Failure>(())
    }
}

impl TaskHandler for DeleteExpired {
    const IDENTIFIER: &'static str = "delete_expired";

    async fn run(self, context: WorkerContext) -> impl IntoTaskHandlerResult {
        let Resources { pool, .. } = resources(&context)?;
        let deleted = delete_expired(pool).await.map_err(|error| {
            tracing::warn!(%error, "cannot delete what has expired");
            Failure::of(&error)
        })?;
        tracing::debug!(deleted, "deleted what has expired");
        Ok::<(), Failure>(())
    }
}

impl TaskHandler for ExpireRequests {
    const IDENTIFIER: &'static str = "expire_requests";

    async fn run(self, context: WorkerContext) -> impl IntoTaskHandlerResult {
        let Resources { pool, .. } = resources(&context)?;
        let expired = expire_requests(pool).await.map_err(|error| {
            tracing::warn!(%error, "cannot expire rental requests");
            Failure::of(&error)
        })?;
        tracing::debug!(expired, "expired rental requests");
        Ok::<(), Failure>(())
    }
}

impl TaskHandler for MatchRequest {
    const IDENTIFIER: &'static str = MATCH_REQUEST;

    async fn run(self, context: WorkerContext) -> impl IntoTaskHandlerResult {
        let resources = resources(&context)?;
        let ranker = resources.ranker()?;
        let matched = match_requests(&resources.pool, ranker).await;
        let matched = matched.map_err(|error| {
            tracing::warn!(%error, "requests cannot be matched");
            Failure::of(&error)
        })?;
        tracing::debug!(matched, "matched requests");
        Ok::<(), Failure>(())
    }
}

impl TaskHandler for MatchRooms {
    const IDENTIFIER: &'static str = MATCH_ROOMS;

    async fn run(self, context: WorkerContext) -> impl IntoTaskHandlerResult {
        let resources = resources(&context)?;
        let (ranker, landlord) = (resources.ranker()?, self.landlord);
        let enqueued = match_rooms(&resources.pool, ranker, landlord).await;
        let enqueued = enqueued.map_err(|error| {
            tracing::warn!(%landlord, %error, "the rooms of a landlord cannot be matched");
            Failure::of(&error)
        })?;
        tracing::debug!(%landlord, enqueued, "found the requests for a landlord");
        Ok::<(), Failure>(())
    }
}

impl TaskHandler for TendMatchPartitions {
    const IDENTIFIER: &'static str = "tend_match_partitions";

    async fn run(self, context: WorkerContext) -> impl IntoTaskHandlerResult {
        let Resources { pool, .. } = resources(&context)?;
        let tended = async {
            let created = create_match_partitions(pool, MONTHS_AHEAD).await?;
            Ok((created, drop_match_partitions(pool).await?))
        };
        let (created, dropped) = tended.await.map_err(|error: sqlx::Error| {
            tracing::warn!(%error, "cannot create and drop partitions of matches");
            Failure::of(&error)
        })?;
        tracing::debug!(created, dropped, "tended the partitions of matches");
        Ok::<(), Failure>(())
    }
}

impl Resources {
    fn ranker(&self) -> Result<&dyn Ranker, Failure> {
        let none = || Failure("the worker has no ranker".to_owned());
        self.ranker.as_deref().ok_or_else(none)
    }
}

pub(super) fn resources(context: &WorkerContext) -> Result<&Resources, Failure> {
    let resources = context.get_ext::<Resources>();
    resources.ok_or_else(|| Failure("the worker has no resources".to_owned()))
}

impl Failure {
    pub(super) fn of(error: &dyn Error) -> Failure {
        Failure(error.to_string())
    }

    /// The same, with a warning in the log.
    pub(super) fn logged(task: &str, error: &dyn Error) -> Failure {
        tracing::warn!(task, %error, "a job has failed");
        Failure::of(error)
    }
}

impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
