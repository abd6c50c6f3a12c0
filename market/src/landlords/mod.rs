//! Landlords: what they edit of themselves, and their activity.

mod activity;
mod areas;
mod landlord;
mod me;

pub use areas::Areas;
pub use landlord::Landlord;
pub use me::{CAPACITY_EXPECTED, LandlordPatch, change_landlord, own_landlord};

pub(crate) use activity::record_activity;
pub(crate) use landlord::id_of_user;
