//! Which requests the rooms of a landlord fit, and which landlords have a room that fits a request:
//! one score in both directions.

pub(crate) mod areas;
pub(crate) mod best_room;
pub(crate) mod index_ranker;
pub(crate) mod landlords;
pub(crate) mod reason;
pub(crate) mod rooms;
