//! Rooms: their life from draft to removal, and what their landlords write of them.

mod access;
mod change;
mod constraints;
mod create;
mod details;
pub mod fields;
mod lists;
mod patch;
mod room;
mod status;
mod steps;

pub use change::change_room;
pub use create::{NewRoom, create_room};
pub use details::RoomDetails;
pub use lists::{QueueCursor, own_room, own_rooms, review_queue};
pub use patch::RoomPatch;
pub use room::Room;
pub use status::Status;
pub use steps::{pause_room, reject_room, remove_room, resume_room, submit_room, verify_room};
