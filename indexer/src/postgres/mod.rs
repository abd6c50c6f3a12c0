//! Access to Postgres: its catalogs, slots and publication, the replication stream, and liveness.

pub(crate) mod catalog;
pub(crate) mod liveness;
pub(crate) mod publication;
pub(crate) mod shutdown;
pub(crate) mod source;
