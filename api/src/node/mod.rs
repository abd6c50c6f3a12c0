//! The node itself: health, status and metrics.

pub(crate) mod health;
pub(crate) mod metrics;
pub(crate) mod status;
