//! Lists, retries and drops jobs.

use serde_json::Value;
use sqlx::PgPool;

use crate::action::actor::Actor;
use crate::action::error::ActionError;
use crate::fields::time::Time;

/// A job that waits, runs or has failed for good. Finished jobs are deleted.
#[derive(Clone, Debug, PartialEq)]
pub struct Job {
    /// Its id.
    pub id: i64,
    /// What is done, such as `send_mail`.
    pub task: String,
    /// With what.
    pub payload: Value,
    /// When it was enqueued.
    pub created_at: Time,
    /// When the next attempt is due; of a failed job, when it would have been.
    pub run_at: Time,
    /// How many attempts have started.
    pub attempts: i32,
    /// After how many attempts it has failed for good.
    pub attempts_max: i32,
    /// Why the last attempt failed.
    pub last_error: Option<String>,
    /// Whether a worker runs it now.
    pub is_running: bool,
}

/// Which jobs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JobFilter {
    /// Only jobs of this task.
    pub task: Option<String>,
    /// Only jobs without further attempts.
    pub only_failed: bool,
    /// At most this many, the newest first.
    pub limit: u32,
}

impl Job {
    /// Whether it has failed for good.
    pub fn has_failed(&self) -> bool {
        self.attempts >= self.attempts_max && !self.is_running
    }
}

/// Lists jobs, the newest first.
///
/// # Errors
///
/// Those of [`Actor::require_admin`], and `Internal`.
pub async fn list_jobs(
    pool: &PgPool,
    actor: &Actor,
    filter: &JobFilter,
) -> Result<Vec<Job>, ActionError> {
    actor.require_admin()?;
    let jobs = sqlx::query_as!(
        Job,
        r#"
        SELECT id AS "id!", task AS "task!", payload AS "payload!", created_at AS "created_at!",
            run_at AS "run_at!", attempts AS "attempts!", attempts_max AS "attempts_max!",
            last_error, is_running AS "is_running!"
        FROM list_jobs($1, $2, $3)
        "#,
        filter.task,
        filter.only_failed,
        i64::from(filter.limit)
    );
    Ok(jobs.fetch_all(pool).await?)
}

/// Runs jobs now, with all of their attempts, and returns how many. Running ones are left alone.
///
/// # Errors
///
/// Those of [`Actor::require_admin`], and `Internal`.
pub async fn retry_jobs(pool: &PgPool, actor: &Actor, ids: &[i64]) -> Result<u64, ActionError> {
    actor.require_admin()?;
    let retried = sqlx::query_scalar!(r#"SELECT retry_jobs($1) AS "count!""#, ids);
    Ok(retried.fetch_one(pool).await?.unsigned_abs())
}

/// Deletes jobs, and returns how many. Running ones are left alone.
///
/// # Errors
///
/// Those of [`Actor::require_admin`], and `Internal`.
pub async fn drop_jobs(pool: &PgPool, actor: &Actor, ids: &[i64]) -> Result<u64, ActionError> {
    actor.require_admin()?;
    let dropped = sqlx::query_scalar!(r#"SELECT drop_jobs($1) AS "count!""#, ids);
    Ok(dropped.fetch_one(pool).await?.unsigned_abs())
}
