//! How is the follower doing?

use std::sync::Arc;
use std::time::SystemTime;

use roost_engine::{DiskSpace, Durations, Position};
use tokio::sync::watch;

use crate::wal::table::RowError;

/// A view of the follower that can be looked at from anywhere. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Status(Arc<watch::Sender<Progress>>);

/// What the follower is at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Phase {
    /// It is not connected.
    Connecting {
        /// Tries since the last session, this one included; 0 while none has begun.
        attempt: u32,
    },
    /// It copies the tables as they are.
    Copying {
        /// The table that is copied now.
        table: &'static str,
        /// Rows of it that are copied.
        rows: u64,
        /// Rows that it has.
        total: u64,
    },
    /// It follows the changes.
    Streaming,
    /// It has ended.
    Stopped,
}

/// A new index that is made beside the one that searches see, to take its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rebuild {
    /// It begins once changes are followed.
    Requested,
    /// The tables are copied.
    Copying {
        /// The table that is copied now.
        table: &'static str,
        /// Rows of it that are copied.
        rows: u64,
        /// Rows that it has.
        total: u64,
    },
    /// What changed since then is applied.
    CatchingUp,
    /// Searches see it.
    Done,
    /// It came to nothing, for this reason; searches see the old one.
    Failed(String),
}

/// How far the follower has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// What it is at.
    pub phase: Phase,
    /// The first copy is done and the signals are loaded: searches find everything. Stays true
    /// when the connection is lost, since searches go on.
    pub is_ready: bool,
    /// Why the last session ended, with its causes; `None` while all is well.
    pub error: Option<String>,
    /// The end of the last transaction that has arrived.
    pub received: Position,
    /// Searches find every change up to here, of documents and of signals.
    pub searchable: Position,
    /// Every transaction up to here is applied; signals show it, documents with the next commit.
    pub applied: Position,
    /// What the last commit of the index goes on from.
    pub committed: Position,
    /// The server's last known end of the log.
    pub server: Position,
    /// When the server last sent anything, or was asked and answered.
    pub message_at: Option<SystemTime>,
    /// Rows that the index could not take, since the start.
    pub rows_rejected: u64,
    /// The last of them, and why.
    pub last_rejected_row: Option<RowError>,
    /// Rows that are left out now and kept in the table of dead letters.
    pub dead_letters: usize,
    /// Rows that were copied or changed, since the start.
    pub rows: u64,
    /// How long commits of the index took, since the start.
    pub commits: Durations,
    /// What the server keeps for the slot; `None` while nobody has asked.
    pub slot: Option<SlotState>,
    /// The new index that was asked for last; `None` if none was since the start.
    pub rebuild: Option<Rebuild>,
    /// What is left of the disk where that may be too little for the index that is made now, while there
    /// is no other.
    pub low_disk_space: Option<DiskSpace>,
}

/// How much log the server keeps for a slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlotState {
    /// `reserved`, `extended`, `unreserved` or `lost`.
    pub wal_status: String,
    /// Log that is kept for it.
    pub retained_wal_bytes: u64,
    /// Log that may be written before it is in danger; `None` without a limit.
    pub safe_wal_bytes: Option<i64>,
    /// Somebody reads the changes from it.
    pub is_active: bool,
}

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
        Status(Arc::new(sender))
    }

    /// How far it has come by now.
    pub fn progress(&self) -> Progress {
        self.0.borrow().clone()
    }

    /// Whether searches find everything that was there at the start.
    pub fn is_ready(&self) -> bool {
        self.0.borrow().is_ready
    }

    /// For a person: why answers may be older than usual; `None` while all is well.
    pub fn degraded(&self) -> Option<String> {
        self.0.borrow().degraded()
    }

    /// Waits until the progress fits.
    pub async fn wait_until(&self, fits: impl FnMut(&Progress) -> bool) -> Progress {
        let mut receiver = self.0.subscribe();
        match receiver.wait_for(fits).await {
            Ok(progress) => progress.clone(),
            // The sender lives as long as `self`.
            Err(_) => self.progress(),
        }
    }

    /// Waits until searches find every change up to a position.
    pub async fn reached(&self, position: Position) {
        let end = end_of_record(position);
        self.wait_until(|progress| progress.searchable >= end).await;
    }

    pub(crate) fn subscribe(&self) -> watch::Receiver<Progress> {
        self.0.subscribe()
    }

    pub(crate) fn update(&self, change: impl FnOnce(&mut Progress)) {
        self.0.send_modify(change);
    }
}

impl Rebuild {
    /// Whether it is asked for or under way.
    pub fn is_to_come(&self) -> bool {
        !matches!(self, Rebuild::Done | Rebuild::Failed(_))
    }
}

impl Progress {
    /// Bytes of the log that searches do not reflect yet; those of other tables count too.
    pub fn lag_bytes(&self) -> u64 {
        self.server.0.saturating_sub(self.searchable.0)
    }

    /// For a person: why answers may be older than usual; `None` while all is well.
    pub fn degraded(&self) -> Option<String> {
        let error = self.error.as_deref();
        let why = match &self.phase {
            Phase::Streaming => self.slot.as_ref().and_then(SlotState::danger),
            Phase::Stopped => Some("the index no longer follows Postgres".to_owned()),
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
            (Some(why), Some(room)) => Some(format!("{why}; {}", too_little(room))),
            (why, _) => why,
        }
    }
}

fn too_little(room: &DiskSpace) -> String {
    const MEGABYTE: u64 = 1_000_000;
    format!(
        "the disk of the index has {} MB free, and may need {} MB",
        room.free_bytes / MEGABYTE,
        room.needed_bytes.div_ceil(MEGABYTE)
    )
}

/// Where the last record before a position ends. A server whose log ends with a page names the place
/// behind the next page's header, which the stream comes to only with the next record.
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
                "Postgres is about to remove log that the index still needs (its slot is {} and \
                 holds {} bytes): raise max_slot_wal_keep_size",
                self.wal_status, self.retained_wal_bytes
            ));
        }
        let idle = "nobody reads the changes from the slot that the index depends on: is `roost \
                    publish` running?";
        (!self.is_active).then(|| idle.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_is_told_why_answers_may_be_old() {
        let status = Status::new();
        assert!(!status.is_ready());
        status.update(|progress| {
            progress.phase = Phase::Connecting { attempt: 3 };
            progress.error = Some("connection refused".to_owned());
        });
        let reason = status.degraded().unwrap();
        assert!(
            reason.contains("attempt 3") && reason.contains("refused"),
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
    fn a_position_behind_a_page_header_is_reached_with_the_page_before() {
        for (asked, end) in [
            (8192, 8192),
            (8216, 8192),
            (8217, 8217),
            (8191, 8191),
            (24, 0),
        ] {
            assert_eq!(end_of_record(Position(asked)), Position(end));
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
