//! Applies changes of rows to the index: documents through its writer, signals in memory.

mod applier;
mod busy_rows;
mod documents;
mod load;
pub(crate) mod memory_state;
mod pg_snapshot;
mod row_change;
mod signal_rows;
mod signals;
mod verify_responder;

pub(crate) use applier::Applier;
pub(crate) use load::load_signals;
pub(crate) use pg_snapshot::PgSnapshot;
pub(crate) use row_change::SignalChange;
pub(crate) use signal_rows::not_over;
pub(crate) use signals::first_night;
pub(crate) use verify_responder::VerifyResponder;
