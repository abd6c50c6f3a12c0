//! Tests of health, metrics and the internal routes.

mod health;
mod internal;
mod metrics;
