//! A histogram of durations.

use std::time::Duration;

/// A histogram of durations.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Durations {
    counts: [u64; BOUNDS_MS.len() + 1],
    sum: Duration,
}

/// The upper bounds of the buckets. A commit of a few changes takes milliseconds, one of a large
/// transaction seconds.
const BOUNDS_MS: [u64; 11] = [5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000];

impl Durations {
    /// Adds a duration.
    pub fn add(&mut self, duration: Duration) {
        let fits = |&bound_ms: &u64| duration <= Duration::from_millis(bound_ms);
        let at = BOUNDS_MS.iter().position(fits).unwrap_or(BOUNDS_MS.len());
        self.counts[at] += 1;
        self.sum += duration;
    }

    /// The number of durations.
    pub fn count(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// The sum of all durations.
    pub fn sum(&self) -> Duration {
        self.sum
    }

    /// The buckets: an upper bound in milliseconds, and the durations above the bound before. The
    /// last bucket has no bound.
    pub fn buckets(&self) -> impl Iterator<Item = (Option<u64>, u64)> {
        let bounds = BOUNDS_MS.into_iter().map(Some).chain([None]);
        bounds.zip(self.counts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_duration_counts_once_in_the_first_bucket_that_fits() {
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
