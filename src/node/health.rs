//! The status of the follower in the API's terms. The API does not know the indexer.

use std::pin::Pin;

use roost_api::{CommitReport, Health, HealthReport, Phase, SlotReport, StreamReport};
use roost_engine::Position;
use roost_indexer::{Phase as Following, Progress, Rebuild, Status};

use super::rebuild;

/// Reports the status of the follower to the API.
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
            // The lag behind a server that does not answer is unknown.
            lag_bytes: (progress.phase == Following::Streaming && progress.message_at.is_some())
                .then(|| progress.lag_bytes()),
            dead_letters: u64::try_from(progress.dead_letters).unwrap_or(u64::MAX),
            rebuild: current_rebuild(&progress).as_ref().map(rebuild::report),
        }
    }

    fn stream(&self) -> StreamReport {
        stream(&self.0.progress())
    }

    fn reached(&self, position: Position) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(self.0.reached(position))
    }
}

/// The initial copy counts as a rebuild. A requested rebuild runs beside the stream.
fn current_rebuild(progress: &Progress) -> Option<Rebuild> {
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
        // Only current while the stream is connected.
        slot: slot.filter(|_| progress.phase == Following::Streaming),
    }
}
