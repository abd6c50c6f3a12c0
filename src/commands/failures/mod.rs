//! Lists, retries and drops what has failed: rows that could not be converted, and jobs.

pub(super) mod dead_letters;
pub(super) mod jobs;
