//! The signed-in landlord.

mod areas;
pub(crate) mod me;
