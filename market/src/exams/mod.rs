//! Exams: universities, their sessions and venues, and which student sits an exam where.

mod access;
mod assignments;
mod lookups;
mod sessions;
mod status;
mod universities;
mod venues;

pub(crate) use assignments::own_assignment_in;
pub use assignments::{
    Assignment, AssignmentFilter, Import, Imported, ImportedRow, OwnAssignment, ROWS_MAX,
    assignment, assignments, change_assignment, import_assignments, own_assignment,
    own_assignments, remove_assignment,
};
pub use sessions::{
    Session, SessionFilter, SessionPatch, change_session, create_session, session, sessions,
};
pub use status::Status;
pub use universities::{
    University, UniversityFilter, UniversityPatch, change_university, create_university,
    universities, university,
};
pub use venues::{
    Venue, VenueFilter, VenuePatch, Warning, change_venue, create_venue, venue, venues,
};

/// The fields of universities, sessions and venues, with the values that each accepts.
pub mod fields {
    pub use super::sessions::fields::{ENDS_ON, STARTS_ON};
    pub use super::universities::fields::{ALIASES, CITY, NAME, STATE};
    pub use super::venues::fields::{ADDRESS, POSTAL_CODE, SEATS, VENUE_STATE};
}
