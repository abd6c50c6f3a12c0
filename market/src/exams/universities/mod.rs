//! Universities: the bodies that hold exams.

mod actions;
pub(super) mod fields;
mod university;

pub use actions::{change_university, create_university, universities, university};
pub use university::{University, UniversityFilter, UniversityPatch};
