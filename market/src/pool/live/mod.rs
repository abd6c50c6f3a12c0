//! Reads the events that live feeds consist of, each exactly once.
//!
//! What a reader has seen is a Postgres snapshot: events of transactions that it does not see are
//! new. `docs/decisions/0039-live-events.md` says why.

mod event;
mod read;
mod seen;

pub use event::{LiveEvent, is_live};
pub use read::{current, landlord_of, missed_events, new_events, student_of};
pub use seen::{Seen, SeenError};
