//! When does a session end that is asked to stop?
//!
//! Between two transactions at once, and with what has arrived by then kept. A transaction that is
//! arriving may end first, but not for ever.

use std::time::{Duration, Instant};

use tokio::time::sleep_until;
use tokio_util::sync::CancellationToken;

/// So long a session may go on that is asked to stop.
pub(crate) const GRACE: Duration = Duration::from_secs(5);

/// A session's time.
pub(crate) struct Grace<'a> {
    asked: &'a CancellationToken,
    until: Option<Instant>,
}

impl Grace<'_> {
    pub(crate) fn new(asked: &CancellationToken) -> Grace<'_> {
        Grace { asked, until: None }
    }

    /// Whether the session is asked to stop.
    pub(crate) fn is_asked(&self) -> bool {
        self.asked.is_cancelled()
    }

    /// Waits until the session is asked to stop; waited for again, until its time is up. Says whether it is.
    pub(crate) async fn is_up(&mut self) -> bool {
        if let Some(until) = self.until {
            sleep_until(until.into()).await;
            return true;
        }
        self.asked.cancelled().await;
        self.until = Some(Instant::now() + GRACE);
        false
    }
}
