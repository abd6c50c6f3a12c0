//! The turns of a connection among all connections of a thread.

use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering::Relaxed;

/// Ends the turn of a connection after one request. Otherwise a client that sends many requests at
/// once would keep the thread until all of them are answered.
#[derive(Debug, Default)]
pub(super) struct Turn {
    requests: AtomicU32,
}

impl Turn {
    /// The task of the connection is polled.
    pub(super) fn begin(&self) {
        self.requests.store(0, Relaxed);
    }

    /// Counts a request; returns whether it must wait for the next turn.
    pub(super) fn is_used_up(&self) -> bool {
        self.requests.fetch_add(1, Relaxed) > 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_request_of_a_turn_waits_for_the_next() {
        let turn = Turn::default();
        for _ in 0..2 {
            turn.begin();
            assert!(!turn.is_used_up());
            assert!(turn.is_used_up());
        }
    }
}
