//! Compares every document, signal and booked night with the rows in Postgres, at one WAL position.

mod documents;
mod memory;
mod overlay;
mod report;
mod run;

pub use report::{Difference, FieldDifference, Part, PartReport, Report};
pub use run::{VerifyConfig, VerifyError, verify};
