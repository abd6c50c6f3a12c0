//! The `roost` command: its usage and errors, the demo, imports and the private Postgres.

mod demo;
mod import;
mod killed_import;
mod postgres;
pub(crate) mod usage;
