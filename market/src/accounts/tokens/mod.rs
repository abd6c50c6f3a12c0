//! Tokens, of which the database keeps hashes.

mod account_token;
mod secret;

pub use secret::Secret;

pub(super) use account_token::{AccountToken, Holder, Purpose};
pub(crate) use secret::hash;
