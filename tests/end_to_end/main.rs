//! Does Roost as a whole do what its users are told? The real command over a real Postgres.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod command;
mod demo;
mod docs;
mod follow;
mod harness;
mod layering;
mod oracle;
mod postgres;
mod queries;
mod serve;
mod verify;
