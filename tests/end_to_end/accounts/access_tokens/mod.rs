//! Access tokens that a node under test has not issued.

mod forged;
pub(crate) mod key;
