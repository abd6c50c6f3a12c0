//! How the pool does: the exposure of requests, the signals of landlords, and statistics.
//!
//! `docs/decisions/0042-exposure-and-statistics.md` says why.

mod availability;
mod decay;
mod exposure;
mod extent;
mod landlords;
mod pool;
mod progress;
mod read;

pub use availability::settle_availability;
pub use decay::decay_exposure;
pub use exposure::exposure;
pub use extent::Extent;
pub use landlords::update_landlord_signals;
pub use pool::update_pool_statistics;
pub use read::{PoolStatistics, StatisticsFilter, StatisticsReport, pool_totals, read_statistics};
