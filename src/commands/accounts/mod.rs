//! The subcommands that manage who may do what.

pub(super) mod keys;
mod pool;
pub(super) mod users;
