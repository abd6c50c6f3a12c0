//! The unit of estimates.

use std::iter::Sum;
use std::ops::Add;

/// An amount of work, in steps of the search budget.
///
/// A step is a node of a tree or a document that is checked, and anything else is counted as the
/// number of steps that take as long. A release build takes about 20 ns for one on the machine of
/// `docs/performance.md`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cost {
    /// The number of steps.
    pub steps: u64,
}

impl Cost {
    /// That many steps.
    pub const fn of_steps(steps: u64) -> Cost {
        Cost { steps }
    }
}

impl Add for Cost {
    type Output = Cost;

    fn add(self, other: Cost) -> Cost {
        Cost::of_steps(self.steps.saturating_add(other.steps))
    }
}

impl Sum for Cost {
    fn sum<I: Iterator<Item = Cost>>(costs: I) -> Cost {
        costs.fold(Cost::default(), Cost::add)
    }
}
