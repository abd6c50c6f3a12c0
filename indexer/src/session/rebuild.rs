//! Rebuilds the index in the background, while the current one is followed.
//!
//! The new index has a session of its own, with a temporary slot. When it is close behind the
//! current one, the current one stops. The new one applies the rest up to there, and then replaces
//! the current index and continues with its slot.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use roost_engine::{IndexGenerations, Key, Position, Writer};
use tokio::runtime::Handle;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::checkpoint::{Origin, application_name};
use super::event_relay::EventRelay;
use super::initial_copy::copy_documents;
use super::resume::Session;
use super::stream::Stream;
use crate::apply::{Applier, VerifyResponder, load_signals};
use crate::config::{FollowConfig, Name};
use crate::error::SessionError;
use crate::postgres::connect::connect;
use crate::postgres::messages::{CHECKPOINT, emit_message};
use crate::postgres::replication::{PostgresSource, SlotLifetime};
use crate::postgres::schema::read_schema;
use crate::status::{Phase, Progress, Rebuild, Status};

/// Requests rebuilds from a follower.
#[derive(Clone, Debug)]
pub struct RebuildHandle {
    requested: Arc<Notify>,
    status: Status,
}

/// A rebuild in the background. It continues while the current index reconnects.
pub(super) struct RebuildTask {
    status: Status,
    task: JoinHandle<Result<Applier, SessionError>>,
    stop: CancellationToken,
}

/// The distance from which the new index catches up almost at once.
const CLOSE_BYTES: u64 = 1 << 20;
/// The longest time without a followed index, while the new one replaces the current one.
const REPLACE_TIME_MAX: Duration = Duration::from_secs(30);

impl RebuildHandle {
    pub(super) fn new(status: Status) -> RebuildHandle {
        RebuildHandle {
            requested: Arc::default(),
            status,
        }
    }

    /// Requests a rebuild. Has no effect while one is requested or running.
    pub fn request(&self) {
        let rebuild = self.status.progress().rebuild;
        if !rebuild.as_ref().is_some_and(Rebuild::is_pending) {
            let requested = Some(Rebuild::Requested);
            self.status.update(|progress| progress.rebuild = requested);
            self.requested.notify_one();
        }
    }

    /// The state of the last requested rebuild.
    pub fn last(&self) -> Option<Rebuild> {
        self.status.progress().rebuild
    }

    /// Waits until a rebuild is requested, starts it, and waits until it is close behind the
    /// current index. The rebuild continues if this future is dropped.
    pub(super) async fn next(
        &self,
        running: &mut Option<RebuildTask>,
        config: &FollowConfig,
        generations: &IndexGenerations,
        index: Key,
    ) -> Result<(), SessionError> {
        let task = match running {
            Some(task) => task,
            None => {
                self.requested.notified().await;
                running.insert(RebuildTask::start(config, generations, index)?)
            }
        };
        let close = task.close_behind(&self.status).await;
        if close.is_err() {
            *running = None;
        }
        close
    }

    /// Reports that a rebuild has failed.
    pub(super) fn fail(&self, error: &SessionError) {
        let text = error.chain();
        tracing::error!(
            error = text,
            "the rebuild failed; the current index stays in use"
        );
        let failed = Some(Rebuild::Failed(text));
        self.status.update(|progress| progress.rebuild = failed);
    }
}

impl RebuildTask {
    /// Starts a rebuild under the identity of the current index.
    fn start(
        config: &FollowConfig,
        generations: &IndexGenerations,
        index: Key,
    ) -> Result<RebuildTask, SessionError> {
        generations
            .check_disk_space()
            .map_err(SessionError::NewIndex)?;
        let writer = Writer::of_new_index(generations).map_err(SessionError::NewIndex)?;
        let status = Status::new();
        let mut next = Applier::new(config, writer, status.clone(), VerifyResponder::disabled());
        next.dead_letters_mut().defer();
        let stop = CancellationToken::new();
        let (config, runtime, stopped) = (config.clone(), Handle::current(), stop.clone());
        // The writer's calls block, so this needs a thread of its own.
        let task = tokio::task::spawn_blocking(move || {
            let built = runtime.block_on(build(&config, index, next, &stopped));
            built.map_err(SessionError::of_new_index)
        });
        Ok(RebuildTask { status, task, stop })
    }

    /// Waits until the new index is close behind the current one, and reports its progress. Fails
    /// if the rebuild fails.
    async fn close_behind(&mut self, current: &Status) -> Result<(), SessionError> {
        let mut steps = self.status.subscribe();
        loop {
            let progress = steps.borrow_and_update().clone();
            current.update(|current| current.rebuild = Some(reported(&progress)));
            let gap = (current.progress().applied.0).saturating_sub(progress.applied.0);
            if progress.phase == Phase::Streaming && gap <= CLOSE_BYTES {
                return Ok(());
            }
            tokio::select! {
                ended = &mut self.task => {
                    ended.map_err(SessionError::Panicked)??;
                    return Err(SessionError::Ended);
                }
                _ = steps.changed() => {}
            }
        }
    }

    /// Waits until the new index has applied everything up to where the current one has stopped,
    /// and ends its session.
    pub(super) async fn finish(
        mut self,
        config: &FollowConfig,
        stopped_at: Position,
    ) -> Result<Applier, SessionError> {
        let doing = "catching up with the current index";
        let mut sql = connect(&config.database, "roost").await?;
        // The stream then has something to send after that position, and commits.
        emit_message(&mut sql, CHECKPOINT).await?;
        let status = self.status.clone();
        let reached = status.wait_until(|progress| progress.searchable >= stopped_at);
        let reached = tokio::select! {
            reached = timeout(REPLACE_TIME_MAX, reached) => reached,
            ended = &mut self.task => {
                ended.map_err(SessionError::Panicked)??;
                return Err(SessionError::Ended);
            }
        };
        let limit = REPLACE_TIME_MAX;
        reached.map_err(|_| SessionError::Timeout { doing, limit })?;
        self.stop.cancel();
        let mut next = (&mut self.task).await.map_err(SessionError::Panicked)??;
        let committed = next.documents().checkpoint().map(|it| it.position);
        if committed < Some(stopped_at) {
            return Err(SessionError::Protocol(
                "less than the current index contains",
            ));
        }
        if committed != Some(self.status.progress().applied) {
            next.signals_mut().set_current_since(None);
        }
        next.dead_letters_mut().write_deferred(&mut sql).await?;
        Ok(next)
    }
}

/// A rebuild that is no longer awaited stops.
impl Drop for RebuildTask {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// Copies the tables into the new index, and applies changes until the stop.
async fn build(
    config: &FollowConfig,
    index: Key,
    mut next: Applier,
    stop: &CancellationToken,
) -> Result<Applier, SessionError> {
    let own_slot = FollowConfig {
        slot: Name::for_new_index(index),
        ..config.clone()
    };
    let session = tokio::select! {
        session = copy(config, &own_slot, index, &mut next) => session?,
        () = stop.cancelled() => return Err(SessionError::Ended),
    };
    next.status().update(|progress| {
        progress.phase = Phase::Streaming;
        progress.searchable = session.start;
        progress.applied = session.start;
    });
    let snapshot = session.signals_snapshot.clone();
    let stream = Stream::new(session, &mut next, &own_slot, EventRelay::disabled());
    stream.run(stop).await?;
    next.signals_mut().set_current_since(Some(snapshot));
    Ok(next)
}

/// Copies the tables as of the snapshot of a temporary slot, and starts the stream of that slot.
async fn copy(
    config: &FollowConfig,
    own_slot: &FollowConfig,
    index: Key,
    next: &mut Applier,
) -> Result<Session<PostgresSource>, SessionError> {
    let mut sql = connect(&config.database, "roost").await?;
    let schema = read_schema(&mut sql, &config.tables).await?;
    // The name differs from the name of the current index's session.
    let name = format!("{} rebuild", application_name(index));
    let (mut source, server) = PostgresSource::connect(own_slot, &name, None).await?;
    let started_at = SystemTime::now();
    let lifetime = SlotLifetime::Temporary;
    let slot = source.create_slot(own_slot.slot.as_str(), lifetime).await?;
    // The new index will continue with the slot of the current one.
    let origin = Origin::current(config, &schema, &server, index);
    copy_documents(&mut sql, &slot, &origin, started_at, next).await?;
    let start = slot.consistent_at;
    tracing::info!(position = %start, "the copy is complete");
    let signals_snapshot = load_signals(&mut sql, start, next).await?;
    source.start(start).await?;
    Ok(Session {
        source,
        sql,
        schema,
        origin,
        start,
        signals_snapshot,
        events: None,
    })
}

fn reported(progress: &Progress) -> Rebuild {
    match &progress.phase {
        &Phase::Copying { table, rows, total } => Rebuild::Copying { table, rows, total },
        Phase::Streaming => Rebuild::CatchingUp,
        Phase::Connecting { .. } | Phase::Stopped => Rebuild::Requested,
    }
}
