//! What landlords do with their rooms, and admins with those that wait for their review.

mod body;
pub(crate) mod change;
pub(crate) mod create;
mod list;
mod own_room;
pub(crate) mod own_rooms;
pub(crate) mod review;
mod schema;
pub(crate) mod steps;
