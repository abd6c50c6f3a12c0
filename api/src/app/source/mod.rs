//! What the node reports about the database that the index follows.

mod health;
mod rebuild;
mod stream;

pub use health::{Health, HealthReport, Phase};
pub use rebuild::{RebuildPhase, RebuildReport};
pub use stream::{CommitReport, SlotReport, StreamReport};
