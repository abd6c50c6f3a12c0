//! The deadline of a search, and the statistics of what the search has done so far.

use std::time::Instant;

/// What a search may still do. Every loop of a search spends its steps here and stops when it gets
/// an error.
pub(crate) struct SearchBudget {
    pub(crate) statistics: SearchStatistics,
    deadline: Option<Instant>,
    /// Steps until the clock is read again, which costs as much as several steps.
    steps_left: u32,
    is_exhausted: bool,
}

/// What a search has done so far.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct SearchStatistics {
    pub(crate) nodes_visited: u64,
    pub(crate) documents_scored: u64,
}

/// The deadline has passed: the search returns the best of what it has visited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct DeadlinePassed;

/// A step is a node or a document and takes some dozens of nanoseconds, so a search notices its
/// deadline within some dozens of microseconds.
const STEPS_PER_CLOCK_READ: u32 = 512;

impl SearchBudget {
    pub(crate) fn until(deadline: Option<Instant>) -> SearchBudget {
        SearchBudget {
            statistics: SearchStatistics::default(),
            deadline,
            // The first step reads the clock, so that a search that starts too late does nothing.
            steps_left: 0,
            is_exhausted: false,
        }
    }

    /// Whether the deadline has passed, as of the last time the clock was read.
    pub(crate) fn is_exhausted(&self) -> bool {
        self.is_exhausted
    }

    pub(crate) fn step(&mut self) -> Result<(), DeadlinePassed> {
        self.spend(1)
    }

    pub(crate) fn spend(&mut self, steps: u32) -> Result<(), DeadlinePassed> {
        if self.steps_left >= steps {
            self.steps_left -= steps;
        } else if let Some(deadline) = self.deadline {
            self.steps_left = STEPS_PER_CLOCK_READ;
            self.is_exhausted |= Instant::now() >= deadline;
        }
        if self.is_exhausted {
            Err(DeadlinePassed)
        } else {
            Ok(())
        }
    }

    pub(crate) fn visit_node(&mut self) -> Result<(), DeadlinePassed> {
        self.visit_nodes(1)
    }

    pub(crate) fn visit_nodes(&mut self, nodes: usize) -> Result<(), DeadlinePassed> {
        self.statistics.nodes_visited += nodes as u64;
        self.spend(u32::try_from(nodes).unwrap_or(u32::MAX))
    }
}
