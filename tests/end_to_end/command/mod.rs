//! The `roost` command: its usage and errors, the demo, imports and the private Postgres.

mod demo;
mod environment;
mod first_start;
mod import;
mod killed_import;
mod migrate;
mod postgres;
pub(crate) mod usage;
