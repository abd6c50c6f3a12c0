//! The delay between two attempts to connect.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::Duration;

/// The delay after a failed attempt. It doubles from 200 ms up to ten seconds, and is ten seconds
/// at once if an operator must act. Up to a quarter is subtracted at random, so that several
/// followers do not connect at the same moment.
pub(crate) fn retry_delay(attempt: u32, needs_operator: bool) -> Duration {
    const MIN: Duration = Duration::from_millis(200);
    const MAX: Duration = Duration::from_secs(10);
    let delay = if needs_operator {
        MAX
    } else {
        MIN.saturating_mul(1 << attempt.saturating_sub(1).min(10))
            .min(MAX)
    };
    // The standard library has no other source of random numbers.
    let random = RandomState::new().build_hasher().finish() % 256;
    delay - delay / 1024 * u32::try_from(random).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_grow_up_to_ten_seconds() {
        let range = |attempt, needs_operator| {
            let delays: Vec<Duration> = (0..64)
                .map(|_| retry_delay(attempt, needs_operator))
                .collect();
            (*delays.iter().min().unwrap(), *delays.iter().max().unwrap())
        };
        let (shortest, longest) = range(1, false);
        assert!(shortest >= Duration::from_millis(150) && longest <= Duration::from_millis(200));
        assert!(shortest < longest, "the delay is not random");
        for attempt in [7, 50, u32::MAX] {
            let (shortest, longest) = range(attempt, false);
            assert!(shortest >= Duration::from_millis(7_500) && longest <= Duration::from_secs(10));
        }
        assert!(range(1, true).0 >= Duration::from_millis(7_500));
    }
}
