//! The budget of a search: its deadline, the steps that it may take, and the statistics of what it
//! has done so far.
//!
//! A request has one budget. Every loop of every phase spends its steps here, from the expansion of
//! the terms to the last facet, and stops when it gets an error. An exhausted budget stays
//! exhausted, so whatever follows is cut as well, and the whole answer is partial.

use std::time::Instant;

/// What a search may still do.
pub(crate) struct SearchBudget {
    pub(crate) statistics: SearchStatistics,
    deadline: Option<Instant>,
    steps_max: u64,
    /// The steps granted so far, including `steps_left`.
    steps_granted: u64,
    /// Steps until the limits are checked again. Reading the clock costs as much as several steps.
    steps_left: u32,
    is_exhausted: bool,
}

/// What a search has done so far.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct SearchStatistics {
    pub(crate) nodes_visited: u64,
    pub(crate) documents_scored: u64,
}

/// The deadline has passed, or all steps are spent: the search returns the best of what it has
/// visited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BudgetExhausted;

/// A step is a node or a document and takes some dozens of nanoseconds, so a search notices its
/// deadline within some dozens of microseconds.
const STEPS_PER_CHECK: u32 = 512;

impl SearchBudget {
    /// A budget that ends at a deadline, and after about this many steps.
    pub(crate) fn new(deadline: Option<Instant>, steps_max: Option<u64>) -> SearchBudget {
        SearchBudget {
            statistics: SearchStatistics::default(),
            deadline,
            steps_max: steps_max.unwrap_or(u64::MAX),
            steps_granted: 0,
            // The first step reads the clock, so that a search that starts too late does nothing.
            steps_left: 0,
            is_exhausted: false,
        }
    }

    /// Whether a limit was reached, as of the last check.
    pub(crate) fn is_exhausted(&self) -> bool {
        self.is_exhausted
    }

    /// The steps spent so far.
    pub(crate) fn steps_used(&self) -> u64 {
        self.steps_granted - u64::from(self.steps_left)
    }

    #[inline]
    pub(crate) fn step(&mut self) -> Result<(), BudgetExhausted> {
        self.spend(1)
    }

    /// Spends the steps of work that takes as long as that many of them.
    #[inline]
    pub(crate) fn spend(&mut self, steps: u32) -> Result<(), BudgetExhausted> {
        if self.steps_left >= steps && !self.is_exhausted {
            self.steps_left -= steps;
            return Ok(());
        }
        self.check(steps)
    }

    /// Counts the steps of work that is done even if the budget is exhausted.
    pub(crate) fn note(&mut self, steps: u32) {
        self.steps_granted += u64::from(steps);
    }

    /// Spends the steps of one node.
    pub(crate) fn visit_node(&mut self, steps: u32) -> Result<(), BudgetExhausted> {
        self.visit_nodes(1, steps)
    }

    /// Spends the steps of some nodes, which are this many for each.
    #[inline]
    pub(crate) fn visit_nodes(
        &mut self,
        nodes: usize,
        steps_per_node: u32,
    ) -> Result<(), BudgetExhausted> {
        self.statistics.nodes_visited += nodes as u64;
        let nodes = u32::try_from(nodes).unwrap_or(u32::MAX);
        self.spend(nodes.saturating_mul(steps_per_node))
    }

    /// Checks the limits, and grants the steps until the next check.
    #[cold]
    fn check(&mut self, steps: u32) -> Result<(), BudgetExhausted> {
        if self.is_exhausted {
            return Err(BudgetExhausted);
        }
        self.steps_granted += u64::from(steps - self.steps_left.min(steps));
        self.steps_left = 0;
        self.is_exhausted = self.steps_granted > self.steps_max
            || self
                .deadline
                .is_some_and(|deadline| Instant::now() >= deadline);
        if self.is_exhausted {
            return Err(BudgetExhausted);
        }
        self.steps_granted += u64::from(STEPS_PER_CHECK);
        self.steps_left = STEPS_PER_CHECK;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_without_limits_counts_its_steps() {
        let mut budget = SearchBudget::new(None, None);
        for steps in [1, 511, 1, 100_000, 3] {
            assert_eq!(budget.spend(steps), Ok(()));
        }
        assert_eq!(budget.steps_used(), 100_516);
        assert!(!budget.is_exhausted());
    }

    #[test]
    fn an_exhausted_budget_stays_exhausted() {
        let mut by_steps = SearchBudget::new(None, Some(1_000));
        assert_eq!(by_steps.spend(900), Ok(()));
        assert!((0..1_000).any(|_| by_steps.step().is_err()));
        let mut by_time = SearchBudget::new(Some(Instant::now()), None);
        for budget in [&mut by_steps, &mut by_time] {
            assert_eq!(budget.step(), Err(BudgetExhausted));
            assert_eq!(budget.spend(0), Err(BudgetExhausted));
            assert!(budget.is_exhausted());
        }
    }
}
