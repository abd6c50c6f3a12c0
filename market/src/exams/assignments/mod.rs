//! Assignments: which student sits an exam at which venue.
//!
//! A university knows its students by their addresses. An assignment belongs to the student who has
//! confirmed that address, also if that happens later, and no answer to the university differs by
//! whether there is an account.

mod assignment;
mod change;
mod import;
mod own;

pub use assignment::{Assignment, AssignmentFilter, assignment, assignments};
pub use change::{change_assignment, remove_assignment};
pub use import::{Import, Imported, ImportedRow, ROWS_MAX, import_assignments};
pub use own::{OwnAssignment, own_assignment, own_assignments};

pub(crate) use own::own_assignment_in;
