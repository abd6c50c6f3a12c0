//! Jobs: what is done once, with retries, or at certain times.
//!
//! Actions enqueue jobs in their own transactions. A worker runs them with `graphile_worker`, which
//! keeps them in a schema of its own. `docs/decisions/0036-jobs.md` says why.

mod contracts;
mod failed;
mod list;
mod maintenance;
mod schedule;
mod schema;
mod statistics;
mod tasks;
mod worker;

pub use failed::FailedJobs;
pub use list::{Job, JobFilter, drop_jobs, list_jobs, retry_jobs};
pub use maintenance::delete_expired;
pub use schema::{MigrateJobsError, migrate_jobs};
pub use worker::{Worker, WorkerError};
