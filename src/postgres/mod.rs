//! The Postgres of the demo and the tests: a private cluster, or a configured database.

mod account;
mod check;
mod cluster;
mod folder;
mod process;
mod secret;
mod server;

pub(crate) use check::check;
pub(crate) use cluster::Cluster;
pub(crate) use folder::Durability;
