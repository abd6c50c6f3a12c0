//! From offer to contract: the life of both, payments, jobs, bad input, direct SQL and concurrency.

mod actors;
mod bad_input;
mod bad_payments;
mod concurrent;
mod constraints;
mod instalments;
mod invariants;
mod jobs;
mod life;
pub(super) mod scene;
