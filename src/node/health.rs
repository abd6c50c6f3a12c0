//! What does the API's health page say of the follower? The API itself does not know it.

use std::pin::Pin;

use roost_api::{CommitReport, Health, HealthReport, Phase, SlotReport, StreamReport};
use roost_engine::Position;
use roost_indexer::{Phase as Following, Progress, Rebuild, Status};

use crate::reindex;

/// The follower's status in the API's words.
pub(crate) struct NodeHealth(pub(crate) Status);

impl Health for NodeHealth {
    fn report(&self) -> HealthReport {
        let progress = self.0.progress();
        HealthReport {
            phase: match &progress.phase {
                Following::Connecting { attempt: 0 } => Phase::Starting,
                Following::Connecting { .. } | Following::Stopped => Phase::Waiting,
                Following::Copying { .. } => Phase::Copying,
                Following::Streaming => Phase::Following,
            },
            ready: progress.is_ready,
            reason: progress.degraded(),
            // How far a server is that does not answer nobody knows.
            lag_bytes: (progress.phase == Following::Streaming && progress.message_at.is_some())
                .then(|| progress.lag_bytes()),
            dead_letters: u64::try_from(progress.dead_letters).unwrap_or(u64::MAX),
            rebuild: rebuild(&progress).as_ref().map(reindex::report),
        }
    }

    fn stream(&self) -> StreamReport {
        stream(&self.0.progress())
    }

    fn reached(&self, position: Position) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(self.0.reached(position))
    }
}

/// What is asked for goes on beside the stream; what has to be made is all that goes on.
fn rebuild(progress: &Progress) -> Option<Rebuild> {
    match progress.phase {
        Following::Copying { table, rows, total } => Some(Rebuild::Copying { table, rows, total }),
        _ => progress.rebuild.clone(),
    }
}

fn stream(progress: &Progress) -> StreamReport {
    let slot = progress.slot.as_ref().map(|slot| SlotReport {
        wal_status: slot.wal_status.clone(),
        retained_wal_bytes: slot.retained_wal_bytes,
        safe_wal_bytes: slot.safe_wal_bytes,
    });
    StreamReport {
        server_position: progress.server,
        received_position: progress.received,
        applied_position: progress.applied,
        committed_position: progress.committed,
        rows: progress.rows,
        commits: CommitReport {
            count: progress.commits.count(),
            total_us: u64::try_from(progress.commits.sum().as_micros()).unwrap_or(u64::MAX),
            buckets: progress.commits.buckets().collect(),
        },
        // What was kept an hour ago says nothing.
        slot: slot.filter(|_| progress.phase == Following::Streaming),
    }
}
