//! Passwords and their hashes.

mod hashing;
mod password;

pub use hashing::{Cost, Passwords};
pub use password::Password;

pub(super) use hashing::Verified;
