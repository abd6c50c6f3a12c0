//! The state that all handlers share, and the routes for the commands of the same node.

pub(crate) mod caller;
pub(crate) mod clock;
pub(crate) mod internal;
pub(crate) mod live;
pub(crate) mod market;
pub(crate) mod metrics;
pub(crate) mod profiles;
pub(crate) mod source;
pub(crate) mod state;
#[cfg(test)]
pub(crate) mod testing;
