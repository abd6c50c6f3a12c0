//! Graceful shutdown of a session: between two transactions, or after a grace period.

use std::time::{Duration, Instant};

use tokio::time::sleep_until;
use tokio_util::sync::CancellationToken;

/// How long a transaction that is arriving may delay the shutdown.
pub(crate) const GRACE_PERIOD: Duration = Duration::from_secs(5);

/// The shutdown of one session.
pub(crate) struct Shutdown<'a> {
    requested: &'a CancellationToken,
    deadline: Option<Instant>,
}

impl Shutdown<'_> {
    pub(crate) fn new(requested: &CancellationToken) -> Shutdown<'_> {
        Shutdown {
            requested,
            deadline: None,
        }
    }

    /// Whether the session should stop between two transactions.
    pub(crate) fn is_requested(&self) -> bool {
        self.requested.is_cancelled()
    }

    /// Waits for the next step of the shutdown: first for the request, and when called again for
    /// the end of the grace period. Returns whether that period has ended.
    pub(crate) async fn is_overdue(&mut self) -> bool {
        if let Some(deadline) = self.deadline {
            sleep_until(deadline.into()).await;
            return true;
        }
        self.requested.cancelled().await;
        self.deadline = Some(Instant::now() + GRACE_PERIOD);
        false
    }
}
