//! Detects a server that no longer sends, and schedules the heartbeats that keep a live one
//! sending.

use std::time::{Duration, Instant};

use roost_engine::Position;
use tokio::time::{Interval, MissedTickBehavior, interval, sleep_until, timeout};

use crate::error::SessionError;

/// Detects a stream that has stopped.
#[derive(Default)]
pub(crate) struct Liveness {
    /// Checks since the last event of the stream. They are counted rather than timed, since time
    /// also passes while no event is received.
    silent_checks: u32,
    /// How far the server had sent the WAL at the last check.
    sent: Option<Position>,
}

/// The interval at which the end of the WAL is read, which shows how old the index is.
const CHECK_EVERY: Duration = Duration::from_secs(1);
/// After this time without a transaction a heartbeat is written, so that the slot does not retain
/// the WAL of other tables. After this time without changes an idle index commits its position.
pub(crate) const IDLE_AFTER: Duration = Duration::from_secs(15);
/// A server that does not answer a short query within this time has failed.
const RESPONSE_TIME_MAX: Duration = Duration::from_secs(10);

/// The number of heartbeats that may be lost.
const HEARTBEATS_LOST_MAX: u32 = 4;
/// A server that is farther from the end of its WAL than this may be reading changes of other
/// tables.
const FAR_BEHIND_BYTES: u64 = 16 << 20;

/// The ticks of the periodic check.
pub(crate) fn check_ticks() -> Interval {
    let mut ticks = interval(CHECK_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}

/// Waits for a moment; without end if there is none.
pub(crate) async fn sleep_until_some(moment: Option<Instant>) {
    match moment {
        Some(moment) => sleep_until(moment.into()).await,
        None => std::future::pending().await,
    }
}

/// Limits the time of a short query.
pub(crate) async fn with_timeout<T>(
    doing: &'static str,
    response: impl Future<Output = Result<T, SessionError>>,
) -> Result<T, SessionError> {
    let limit = RESPONSE_TIME_MAX;
    let expired = Err(SessionError::Timeout { doing, limit });
    timeout(limit, response).await.unwrap_or(expired)
}

/// After this time without a transaction a heartbeat is due.
pub(crate) fn heartbeat_after(silence_max: Duration) -> Duration {
    IDLE_AFTER.min(silence_max / HEARTBEATS_LOST_MAX)
}

impl Liveness {
    /// Records an event of the stream.
    pub(crate) fn record_event(&mut self) {
        self.silent_checks = 0;
    }

    /// Fails if the stream has stopped. A server that reads a long range of WAL of other tables
    /// sends nothing, but its position advances. A server that does neither has failed, whatever
    /// the state of the connection, and so has one that reports sent heartbeats which never arrive.
    pub(crate) fn check(
        &mut self,
        sent: Option<Position>,
        wal_end: Position,
        silence_max: Duration,
    ) -> Result<(), SessionError> {
        let is_reading = sent != self.sent
            && sent.is_some_and(|sent| wal_end.0.saturating_sub(sent.0) > FAR_BEHIND_BYTES);
        self.sent = sent;
        self.silent_checks = match is_reading {
            true => 0,
            false => self.silent_checks + 1,
        };
        if CHECK_EVERY * self.silent_checks <= silence_max {
            return Ok(());
        }
        Err(SessionError::Timeout {
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
    fn a_server_whose_reported_progress_never_arrives_has_failed() {
        let mut liveness = Liveness::default();
        let mut checks = 0;
        while liveness
            .check(Some(Position(checks)), Position(checks + 100), LIMIT)
            .is_ok()
        {
            checks += 1;
        }
        assert_eq!(checks, 3);
    }

    #[test]
    fn a_server_that_reads_a_long_wal_of_other_tables_is_alive() {
        let mut liveness = Liveness::default();
        let end = Position(100 * FAR_BEHIND_BYTES);
        for at in 1..90 {
            let sent = Some(Position(at * FAR_BEHIND_BYTES));
            assert!(liveness.check(sent, end, LIMIT).is_ok());
        }
        // Its position no longer advances.
        let stuck = Some(Position(90 * FAR_BEHIND_BYTES));
        assert!((0..5).any(|_| liveness.check(stuck, end, LIMIT).is_err()));
    }
}
