//! Tests of health and metrics.

mod health;
mod metrics;
