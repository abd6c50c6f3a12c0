//! API keys: services create, list, rotate and revoke them, and so do the people they belong to.

mod body;
pub(crate) mod create;
pub(crate) mod item;
mod key;
pub(crate) mod list;
pub(crate) mod rotate;
