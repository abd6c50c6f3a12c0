//! Unit tests of admission.

mod fair_queue;
mod levels;
