//! The status of the follower: its phase, positions, and reasons why answers may be outdated.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use roost_engine::{DiskSpace, Durations, Position};
use tokio::sync::{Notify, watch};
use tokio::time::timeout;

use crate::wal::row::RowError;

/// A handle to the progress of the follower. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Status {
    progress: Arc<watch::Sender<Progress>>,
    awaited: Arc<AwaitedPosition>,
}

/// The highest position that callers wait for although the stream does not get there by itself.
#[derive(Debug, Default)]
struct AwaitedPosition {
    /// Zero for none.
    position: AtomicU64,
    is_set: Notify,
}

/// What the follower does now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Phase {
    /// It connects.
    Connecting {
        /// Attempts since the last session, including this one; 0 before the first attempt.
        attempt: u32,
    },
    /// It copies the tables.
    Copying {
        /// The table that is being copied.
        table: &'static str,
        /// The number of its rows that are copied.
        rows: u64,
        /// An estimate of the number of its rows, not below `rows`.
        total: u64,
    },
    /// It applies changes.
    Streaming,
    /// It has stopped.
    Stopped,
}

/// A rebuild: a new index that is built beside the current one, and replaces it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rebuild {
    /// It starts when the follower streams.
    Requested,
    /// The tables are being copied.
    Copying {
        /// The table that is being copied.
        table: &'static str,
        /// The number of its rows that are copied.
        rows: u64,
        /// An estimate of the number of its rows, not below `rows`.
        total: u64,
    },
    /// Changes since the copy are being applied.
    CatchingUp,
    /// Searches use the new index.
    Done,
    /// It failed for this reason; searches use the current index.
    Failed(String),
}

/// The progress of the follower.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// What the follower does now.
    pub phase: Phase,
    /// The initial copy is complete and the signals are loaded. It stays true when the connection
    /// is lost, since searches continue.
    pub is_ready: bool,
    /// Why the last session ended, with all causes; `None` while a session runs.
    pub error: Option<String>,
    /// The end of the last received transaction.
    pub received: Position,
    /// Searches see every change up to here, of documents and of signals.
    pub searchable: Position,
    /// Every transaction up to here is applied: signals are visible, documents with the next
    /// commit.
    pub applied: Position,
    /// The position of the last commit of the index.
    pub committed: Position,
    /// The last known end of the server's WAL.
    pub server: Position,
    /// When the server last sent a transaction or answered a query.
    pub message_at: Option<SystemTime>,
    /// Rows that were rejected since the start.
    pub rows_rejected: u64,
    /// The last rejected row, and why.
    pub last_rejected_row: Option<RowError>,
    /// Rows that are dead letters now.
    pub dead_letters: usize,
    /// Rows that were copied or changed, since the start.
    pub rows: u64,
    /// The durations of commits of the index since the start.
    pub commits: Durations,
    /// The state of the slot; `None` before it is read.
    pub slot: Option<SlotState>,
    /// The last rebuild; `None` if none was requested since the start.
    pub rebuild: Option<Rebuild>,
    /// The disk space, if it may be insufficient for the index that is being copied while there is
    /// no other.
    pub low_disk_space: Option<DiskSpace>,
}

/// The state of a slot, and the WAL that the server retains for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlotState {
    /// `reserved`, `extended`, `unreserved` or `lost`.
    pub wal_status: String,
    /// Retained WAL.
    pub retained_wal_bytes: u64,
    /// WAL that can be written before the slot is in danger; `None` without a limit.
    pub safe_wal_bytes: Option<i64>,
    /// A session streams from the slot.
    pub is_active: bool,
}

/// A stream that receives changes reaches the position of a commit within this time.
const PATIENCE: Duration = Duration::from_millis(20);

/// The interval at which a caller repeats that it waits, in case a session ended meanwhile.
const REPEAT_EVERY: Duration = Duration::from_secs(1);

impl Status {
    pub(crate) fn new() -> Status {
        let (sender, _) = watch::channel(Progress {
            phase: Phase::Connecting { attempt: 0 },
            is_ready: false,
            error: None,
            received: Position(0),
            searchable: Position(0),
            applied: Position(0),
            committed: Position(0),
            server: Position(0),
            message_at: None,
            rows_rejected: 0,
            last_rejected_row: None,
            dead_letters: 0,
            rows: 0,
            commits: Durations::default(),
            slot: None,
            rebuild: None,
            low_disk_space: None,
        });
        Status {
            progress: Arc::new(sender),
            awaited: Arc::default(),
        }
    }

    /// The current progress.
    pub fn progress(&self) -> Progress {
        self.progress.borrow().clone()
    }

    /// Whether the index is complete: see [`Progress::is_ready`].
    pub fn is_ready(&self) -> bool {
        self.progress.borrow().is_ready
    }

    /// Why answers may be outdated, as a text; `None` while the index is current.
    pub fn degraded(&self) -> Option<String> {
        self.progress.borrow().degraded()
    }

    /// Waits until the progress satisfies a condition.
    pub async fn wait_until(&self, fits: impl FnMut(&Progress) -> bool) -> Progress {
        let mut receiver = self.progress.subscribe();
        match receiver.wait_for(fits).await {
            Ok(progress) => progress.clone(),
            // The sender lives as long as `self`.
            Err(_) => self.progress(),
        }
    }

    /// Waits until searches see every change up to a position. The stream sends only flushed WAL,
    /// and may stay before the position for as long as nothing else is committed. Then this asks
    /// the follower to move the stream past the position.
    pub async fn reached(&self, position: Position) {
        let end = end_of_record(position);
        let reached = self.wait_until(|progress| progress.searchable >= end);
        tokio::pin!(reached);
        let mut patience = PATIENCE;
        while timeout(patience, &mut reached).await.is_err() {
            self.awaited.set(end);
            patience = REPEAT_EVERY;
        }
    }

    /// The next position that callers wait for in vain, unless it is reached by then.
    pub(crate) async fn awaited(&self) -> Position {
        self.awaited.next().await
    }

    pub(crate) fn subscribe(&self) -> watch::Receiver<Progress> {
        self.progress.subscribe()
    }

    pub(crate) fn update(&self, change: impl FnOnce(&mut Progress)) {
        self.progress.send_modify(change);
    }
}

impl AwaitedPosition {
    fn set(&self, position: Position) {
        self.position.fetch_max(position.0, Ordering::Relaxed);
        self.is_set.notify_one();
    }

    async fn next(&self) -> Position {
        loop {
            self.is_set.notified().await;
            match self.position.swap(0, Ordering::Relaxed) {
                0 => {}
                position => return Position(position),
            }
        }
    }
}

impl Rebuild {
    /// Whether it is requested or running.
    pub fn is_pending(&self) -> bool {
        !matches!(self, Rebuild::Done | Rebuild::Failed(_))
    }
}

impl Progress {
    /// Bytes of WAL that searches do not reflect yet, including those of other tables.
    pub fn lag_bytes(&self) -> u64 {
        self.server.0.saturating_sub(self.searchable.0)
    }

    /// Why answers may be outdated, as a text; `None` while the index is current.
    pub fn degraded(&self) -> Option<String> {
        let error = self.error.as_deref();
        let why = match &self.phase {
            Phase::Streaming => self.slot.as_ref().and_then(SlotState::danger),
            Phase::Stopped => Some("the follower has stopped".to_owned()),
            Phase::Connecting { attempt } => Some(match error {
                None => "connecting to Postgres".to_owned(),
                Some(error) if *attempt == 0 => format!("stopped following Postgres: {error}"),
                Some(error) => format!("not following Postgres (attempt {attempt}): {error}"),
            }),
            Phase::Copying { table, rows, total } => {
                Some(format!("copying {table}: {rows} of {total} rows"))
            }
        };
        match (why, &self.low_disk_space) {
            (Some(why), Some(space)) => Some(format!("{why}; {}", insufficient(space))),
            (why, _) => why,
        }
    }
}

fn insufficient(space: &DiskSpace) -> String {
    const MEGABYTE: u64 = 1_000_000;
    format!(
        "the disk of the index has {} MB free, and may need {} MB",
        space.free_bytes / MEGABYTE,
        space.needed_bytes.div_ceil(MEGABYTE)
    )
}

/// The end of the last WAL record before a position. If the WAL ends with a page, the server
/// reports the position after the next page's header, which the stream reaches only with the next
/// record.
fn end_of_record(position: Position) -> Position {
    const PAGE_BYTES: u64 = 8192;
    const HEADER_BYTES: u64 = 24;
    let within_page = position.0 % PAGE_BYTES;
    match within_page <= HEADER_BYTES {
        true => Position(position.0 - within_page),
        false => position,
    }
}

impl SlotState {
    pub(crate) fn danger(&self) -> Option<String> {
        let is_leaving = matches!(self.wal_status.as_str(), "unreserved" | "lost");
        if is_leaving {
            return Some(format!(
                "Postgres is about to remove WAL that the index still needs (its slot is {} and \
                 retains {} bytes): raise max_slot_wal_keep_size",
                self.wal_status, self.retained_wal_bytes
            ));
        }
        let idle = "no session streams from the slot that the index depends on: is `roost publish` \
                    running?";
        (!self.is_active).then(|| idle.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_status_says_why_answers_may_be_outdated() {
        let status = Status::new();
        assert!(!status.is_ready());
        status.update(|progress| {
            progress.phase = Phase::Connecting { attempt: 3 };
            progress.error = Some("connection refused".to_owned());
        });
        let reason = status.degraded().unwrap();
        assert!(
            reason.contains("attempt 3") && reason.contains("connection refused"),
            "{reason}"
        );
        status.update(|progress| progress.phase = Phase::Streaming);
        assert_eq!(status.degraded(), None);
        for (wal_status, is_active, is_degraded) in [
            ("extended", true, false),
            ("extended", false, true),
            ("unreserved", true, true),
        ] {
            let slot = SlotState {
                wal_status: wal_status.to_owned(),
                retained_wal_bytes: 7,
                safe_wal_bytes: None,
                is_active,
            };
            status.update(|progress| progress.slot = Some(slot));
            assert_eq!(status.degraded().is_some(), is_degraded, "{wal_status}");
        }
    }

    #[test]
    fn a_position_after_a_page_header_is_reached_with_the_page_before() {
        for (requested, end) in [
            (8192, 8192),
            (8216, 8192),
            (8217, 8217),
            (8191, 8191),
            (24, 0),
        ] {
            assert_eq!(end_of_record(Position(requested)), Position(end));
        }
    }

    #[test]
    fn the_lag_never_falls_below_zero() {
        let status = Status::new();
        status.update(|progress| {
            progress.server = Position(100);
            progress.searchable = Position(70);
        });
        assert_eq!(status.progress().lag_bytes(), 30);
        status.update(|progress| progress.searchable = Position(130));
        assert_eq!(status.progress().lag_bytes(), 0);
    }
}
