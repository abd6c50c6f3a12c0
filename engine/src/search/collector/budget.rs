//! How much has a search done, and is there time for more?

use std::time::Instant;

/// What a search has done so far. Every loop of a search reports here and asks whether to go on.
pub(crate) struct Effort {
    pub(crate) nodes_visited: u64,
    pub(crate) documents_scored: u64,
    deadline: Option<Instant>,
    /// Steps until the next look at the clock, which costs as much as some steps.
    steps_left: u32,
    is_over: bool,
}

/// A step is a node or a document: some dozens of nanoseconds, so that a deadline is noticed
/// within some dozens of microseconds.
const STEPS_BETWEEN_LOOKS: u32 = 512;

impl Effort {
    pub(crate) fn until(deadline: Option<Instant>) -> Effort {
        Effort {
            nodes_visited: 0,
            documents_scored: 0,
            deadline,
            // A deadline that has passed already is noticed at once.
            steps_left: 0,
            is_over: false,
        }
    }

    /// Whether the deadline has passed, as far as was noticed.
    pub(crate) fn is_over(&self) -> bool {
        self.is_over
    }

    /// Goes a step. `true` if there is no time for it.
    pub(crate) fn step(&mut self) -> bool {
        self.steps(1)
    }

    pub(crate) fn steps(&mut self, steps: u32) -> bool {
        if self.steps_left >= steps {
            self.steps_left -= steps;
        } else if let Some(deadline) = self.deadline {
            self.steps_left = STEPS_BETWEEN_LOOKS;
            self.is_over |= Instant::now() >= deadline;
        }
        self.is_over
    }

    /// Visits a node. `true` if there is no time for it.
    pub(crate) fn visit_node(&mut self) -> bool {
        self.visit_nodes(1)
    }

    pub(crate) fn visit_nodes(&mut self, nodes: usize) -> bool {
        self.nodes_visited += nodes as u64;
        self.steps(u32::try_from(nodes).unwrap_or(u32::MAX))
    }
}
