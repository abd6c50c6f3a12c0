//! Access to Postgres: its server, slots and publication, the replication stream, and liveness.

pub(crate) mod backoff;
pub(crate) mod change_source;
pub(crate) mod connect;
pub(crate) mod copy;
pub(crate) mod liveness;
pub(crate) mod messages;
pub(crate) mod privileges;
pub(crate) mod publication;
pub(crate) mod replication;
pub(crate) mod schema;
pub(crate) mod server;
pub(crate) mod shutdown;
pub(crate) mod slots;
