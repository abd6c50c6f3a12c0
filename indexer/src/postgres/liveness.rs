//! Does the server still talk to us, and what keeps it talking?

use std::time::Duration;

use roost_engine::Position;
use tokio::time::{Interval, MissedTickBehavior, interval, timeout};

use crate::error::SessionError;

/// Whether the server still talks to us.
#[derive(Default)]
pub(crate) struct Liveness {
    /// Looks at the server since the stream last brought anything. Counted rather than timed, since
    /// time also goes by while we do not listen.
    silent_looks: u32,
    /// How far the server said it has come, when it was last asked.
    sent: Option<Position>,
}

/// The content of a logical message that only keeps the stream moving.
pub(crate) const HEARTBEAT_NOTE: &str = "heartbeat";

/// Between two looks at the end of the log, which tell how old the index is.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// After this long without a transaction one is made, so that the slot does not hold back the log
/// that other tables fill; and after this long without changes the checkpoint moves on anyway.
pub(crate) const IDLE: Duration = Duration::from_secs(15);
/// A server that does not answer a small question within this time is gone.
const ANSWER_TIME_MAX: Duration = Duration::from_secs(10);

/// So many heartbeats may fail to come back.
const HEARTBEATS_LOST_MAX: u32 = 4;
/// A server that is farther from the end of its log than this is on its way there.
const FAR_BYTES: u64 = 16 << 20;

/// When to look.
pub(crate) fn looks() -> Interval {
    let mut looks = interval(LOOK_EVERY);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    looks
}

/// Waits for an answer of the server, for as long as a small question may take.
pub(crate) async fn answered<T>(
    doing: &'static str,
    answer: impl Future<Output = Result<T, SessionError>>,
) -> Result<T, SessionError> {
    let limit = ANSWER_TIME_MAX;
    let slow = Err(SessionError::Slow { doing, limit });
    timeout(limit, answer).await.unwrap_or(slow)
}

/// After how long without a transaction a heartbeat is due, where the stream may be silent so long.
pub(crate) fn heartbeat_after(silence_max: Duration) -> Duration {
    IDLE.min(silence_max / HEARTBEATS_LOST_MAX)
}

impl Liveness {
    /// The stream has brought something.
    pub(crate) fn hear(&mut self) {
        self.silent_looks = 0;
    }

    /// A server that reads through a long stretch of log of other tables sends nothing, but moves
    /// on. One that does neither is gone, whatever the connection says; so is one that says it has
    /// sent what we never hear, as heartbeats are.
    pub(crate) fn check(
        &mut self,
        sent: Option<Position>,
        log_end: Position,
        silence_max: Duration,
    ) -> Result<(), SessionError> {
        let is_reading = sent != self.sent
            && sent.is_some_and(|sent| log_end.0.saturating_sub(sent.0) > FAR_BYTES);
        self.sent = sent;
        self.silent_looks = match is_reading {
            true => 0,
            false => self.silent_looks + 1,
        };
        if LOOK_EVERY * self.silent_looks <= silence_max {
            return Ok(());
        }
        Err(SessionError::Slow {
            doing: "waiting for the stream",
            limit: silence_max,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Duration = Duration::from_secs(3);

    #[test]
    fn a_server_that_only_says_that_it_sends_is_given_up() {
        let mut liveness = Liveness::default();
        let mut looks = 0;
        while liveness
            .check(Some(Position(looks)), Position(looks + 100), LIMIT)
            .is_ok()
        {
            looks += 1;
        }
        assert_eq!(looks, 3);
    }

    #[test]
    fn a_server_that_reads_its_way_through_a_long_log_is_waited_for() {
        let mut liveness = Liveness::default();
        let end = Position(100 * FAR_BYTES);
        for at in 1..90 {
            let sent = Some(Position(at * FAR_BYTES));
            assert!(liveness.check(sent, end, LIMIT).is_ok());
        }
        // It no longer moves.
        let stuck = Some(Position(90 * FAR_BYTES));
        assert!((0..5).any(|_| liveness.check(stuck, end, LIMIT).is_err()));
    }
}
