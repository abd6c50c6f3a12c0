//! Jobs that run at certain times.

use graphile_worker::{CronBuilder, TaskHandler};
use serde_json::json;

/// A scheduled job, whose payload would be null otherwise, of which no task can be read. The key
/// leaves one job while the workers are busy.
pub(super) fn scheduled<T: TaskHandler>(cron: CronBuilder<T>) -> CronBuilder<T> {
    cron.payload_value(json!({})).job_key(T::IDENTIFIER)
}
