//! API keys: what services may do, and the keys that they create themselves.

mod access;
mod authenticate;
mod ceiling;
mod create;
mod key;
mod list;
mod revoke;
mod rotate;
mod secret;

pub use authenticate::{AuthenticatedKey, actor_of_key, record_use};
pub use create::{FILTER_CHARS_MAX, NewKey, create_key};
pub use key::Key;
pub use list::{get_key, list_keys};
pub use revoke::revoke_key;
pub use rotate::{OVERLAP_S_MAX, rotate_key};
pub use secret::{SECRET_PREFIX, secret_hash};
