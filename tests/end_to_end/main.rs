//! End-to-end tests: the `roost` command over a real Postgres, as its users see it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod accounts;
mod attack;
mod command;
mod crash;
mod follow;
mod harness;
mod many_nodes;
mod market;
mod node;
mod pool;
mod schema;
mod search;
mod structure;
