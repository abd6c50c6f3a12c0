//! Enqueues jobs in the transaction of an action.

use serde_json::Value;
use sqlx::PgConnection;

/// Work to be done once, with retries, after the transaction has committed.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Job {
    /// What a worker does.
    pub(crate) task: &'static str,
    /// With what: a JSON object without secrets and addresses, because workers log it.
    pub(crate) payload: Value,
    /// After this many attempts the job stays as failed, until an operator retries or drops it. The
    /// pauses between attempts grow by a factor of e, from 3 s to 6 h.
    pub(crate) attempts_max: u16,
    /// Replaces a waiting job with the same key.
    pub(crate) key: Option<String>,
}

impl Job {
    /// Adds the job.
    pub(crate) async fn enqueue(&self, sql: &mut PgConnection) -> Result<(), sqlx::Error> {
        sqlx::query!(
            "SELECT enqueue_job($1, $2, $3, $4)",
            self.task,
            &self.payload,
            i32::from(self.attempts_max),
            self.key.as_deref()
        )
        .fetch_one(sql)
        .await?;
        Ok(())
    }
}
