//! The subcommands that call a running node.

pub(super) mod reindex;
pub(super) mod status;
pub(super) mod verify;
