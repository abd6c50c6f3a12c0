//! The levels of searches by cost, and the limits that they run with.

use std::time::{Duration, Instant};

use roost_engine::Cost;

/// How costly a search is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    /// Takes less time than to move it to another thread and back costs in throughput.
    Quick,
    /// Takes a few milliseconds.
    Cheap,
    Expensive,
}

/// What a search may do at its level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limit {
    /// A higher estimate exceeds the limit before the search starts.
    cost_max: Cost,
    /// The steps after which a search exceeds the limit. It is higher than `cost_max`, since an
    /// estimate is not exact.
    pub(crate) steps_max: Option<u64>,
}

/// What came of a search under a limit.
#[derive(Debug)]
pub(crate) enum Outcome<T> {
    /// It is complete, or partial because its deadline has passed.
    Done(T),
    /// It costs more than the limit, probably as much as this.
    Exceeds(Cost),
}

/// About half a millisecond.
const QUICK_MAX: Cost = Cost::of_steps(25_000);

/// About five milliseconds.
const CHEAP_MAX: Cost = Cost::of_steps(250_000);

/// How many times its estimate a search may take before it moves to the level below.
const ESTIMATE_ERROR_MAX: u64 = 4;

/// See [`Cost`].
const NANOSECONDS_PER_STEP: u64 = 20;

/// The time that a cost stands for on the reference machine.
pub(super) fn duration_of(cost: Cost) -> Duration {
    Duration::from_nanos(cost.steps.saturating_mul(NANOSECONDS_PER_STEP))
}

impl Level {
    /// The level for an estimate.
    pub(super) fn of(cost: Cost) -> Level {
        if cost <= QUICK_MAX {
            Level::Quick
        } else if cost <= CHEAP_MAX {
            Level::Cheap
        } else {
            Level::Expensive
        }
    }

    /// The name of the threads for these searches, in metrics.
    pub(super) fn name(self) -> &'static str {
        match self {
            Level::Quick | Level::Cheap => "cheap",
            Level::Expensive => "expensive",
        }
    }
}

impl Limit {
    /// Every search exceeds this limit, so it only estimates.
    pub(super) const NOTHING: Limit = Limit {
        cost_max: Cost::of_steps(0),
        steps_max: Some(0),
    };

    pub(super) fn of(level: Level) -> Limit {
        let steps_max = |max: Cost| Some(max.steps * ESTIMATE_ERROR_MAX);
        match level {
            Level::Quick => Limit {
                cost_max: QUICK_MAX,
                steps_max: steps_max(QUICK_MAX),
            },
            Level::Cheap => Limit {
                cost_max: Cost::of_steps(u64::MAX),
                steps_max: steps_max(CHEAP_MAX),
            },
            Level::Expensive => Limit {
                cost_max: Cost::of_steps(u64::MAX),
                steps_max: None,
            },
        }
    }

    /// Whether a search with this estimate may start.
    pub(crate) fn admits(self, cost: Cost) -> bool {
        cost <= self.cost_max && self.steps_max != Some(0)
    }

    /// Whether a search that was cut before its deadline was cut by this limit.
    pub(crate) fn has_cut(self, is_partial: bool, deadline: Instant) -> bool {
        is_partial && self.steps_max.is_some() && Instant::now() < deadline
    }

    /// What a search that this limit has cut probably costs.
    pub(crate) fn exceeded(self) -> Cost {
        Cost::of_steps(self.steps_max.unwrap_or(u64::MAX).max(CHEAP_MAX.steps))
    }
}
