//! Exam sessions: the days on which a university holds an exam.

mod actions;
pub(super) mod fields;
mod session;

pub use actions::{change_session, create_session, session, sessions};
pub use session::{Session, SessionFilter, SessionPatch};
