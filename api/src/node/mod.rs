//! The node itself: health, status, metrics, and routes for its own commands.

pub(crate) mod health;
pub(crate) mod internal;
pub(crate) mod metrics;
pub(crate) mod status;
