//! How long did something take, over all the times that it was done?

use std::time::Duration;

/// Counts of durations, by how long they were.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Durations {
    counts: [u64; BOUNDS_MS.len() + 1],
    sum: Duration,
}

/// A commit of a few changes takes some milliseconds, one of a large transaction seconds.
const BOUNDS_MS: [u64; 11] = [5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000];

impl Durations {
    /// Counts one more.
    pub fn add(&mut self, duration: Duration) {
        let fits = |&bound_ms: &u64| duration <= Duration::from_millis(bound_ms);
        let at = BOUNDS_MS.iter().position(fits).unwrap_or(BOUNDS_MS.len());
        self.counts[at] += 1;
        self.sum += duration;
    }

    /// How many were counted.
    pub fn count(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// All of them together.
    pub fn sum(&self) -> Duration {
        self.sum
    }

    /// How many were at most so many milliseconds and more than the bound before; the last have no
    /// bound.
    pub fn buckets(&self) -> impl Iterator<Item = (Option<u64>, u64)> {
        let bounds = BOUNDS_MS.into_iter().map(Some).chain([None]);
        bounds.zip(self.counts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_duration_is_counted_once_under_the_next_bound() {
        let mut durations = Durations::default();
        for ms in [0, 5, 6, 10_000, 10_001] {
            durations.add(Duration::from_millis(ms));
        }
        let filled: Vec<_> = durations
            .buckets()
            .filter(|(_, count)| *count > 0)
            .collect();
        let expected = [(Some(5), 2), (Some(10), 1), (Some(10_000), 1), (None, 1)];
        assert_eq!(filled, expected);
        assert_eq!(durations.count(), 5);
        assert_eq!(durations.sum(), Duration::from_millis(20_012));
    }
}
