//! Times as JSON has them.

use sqlx::types::chrono::{DateTime, Utc};

/// A time in the format of RFC 3339, in UTC and with milliseconds, such as
/// `2026-12-01T09:30:00.000Z`.
pub fn rfc3339(time: DateTime<Utc>) -> String {
    time.format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}
