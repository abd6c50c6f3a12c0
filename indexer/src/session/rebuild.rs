//! How is a new index made while the old one goes on following?
//!
//! It has a session of its own, with a slot that ends with it. Once it is close behind the old one,
//! that one stops, this one comes to where it has stopped, and takes its place and its slot.

use std::sync::Arc;
use std::time::Duration;

use roost_engine::{Home, Key, Position};
use tokio::runtime::Handle;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::apply::Applier;
use crate::config::{FollowConfig, Name};
use crate::error::SessionError;
use crate::postgres::catalog;
use crate::session::new_index::begin_beside;
use crate::session::start::connect;
use crate::session::stream::{CHECKPOINT_NOTE, Stream};
use crate::status::{Phase, Progress, Rebuild, Status};

/// Asks a follower for a new index.
#[derive(Clone, Debug)]
pub struct Rebuilds {
    pub(crate) asked: Arc<Notify>,
    pub(crate) status: Status,
}

/// A new index that is being made.
pub(crate) struct NewIndex {
    status: Status,
    task: JoinHandle<Result<Applier, SessionError>>,
    stop: CancellationToken,
}

/// So close behind the old index the new one catches up in no time.
const CLOSE_BYTES: u64 = 1 << 20;
/// So long nothing is followed at most while one index takes the place of the other.
const HANDOVER_MAX: Duration = Duration::from_secs(30);

impl Rebuilds {
    /// Asks for a new index, and tells so in the status. Does nothing while one is made.
    pub fn ask(&self) {
        let rebuild = self.status.progress().rebuild;
        if !rebuild.as_ref().is_some_and(Rebuild::is_to_come) {
            let asked = Some(Rebuild::Requested);
            self.status.update(|progress| progress.rebuild = asked);
            self.asked.notify_one();
        }
    }

    /// What became of what was asked for last.
    pub fn last(&self) -> Option<Rebuild> {
        self.status.progress().rebuild
    }
}

impl Rebuilds {
    /// Waits until one is asked for, begins it, and waits until it is close behind the old index. It
    /// is made all the same while nobody waits here.
    pub(crate) async fn next(
        &self,
        under_way: &mut Option<NewIndex>,
        config: &FollowConfig,
        home: &Home,
        name: Key,
    ) -> Result<(), SessionError> {
        let new_index = match under_way {
            Some(new_index) => new_index,
            None => {
                self.asked.notified().await;
                under_way.insert(NewIndex::begin(config, home, name)?)
            }
        };
        let close = new_index.close_behind(&self.status).await;
        if close.is_err() {
            *under_way = None;
        }
        close
    }

    /// Tells that a new index came to nothing.
    pub(crate) fn fail(&self, error: &SessionError) {
        let text = error.in_full();
        tracing::error!(
            error = text,
            "the new index came to nothing; the old one is kept"
        );
        let failed = Some(Rebuild::Failed(text));
        self.status.update(|progress| progress.rebuild = failed);
    }
}

impl NewIndex {
    /// Begins to make a new index under the name of the old one.
    pub(crate) fn begin(
        config: &FollowConfig,
        home: &Home,
        name: Key,
    ) -> Result<NewIndex, SessionError> {
        home.check_disk_space().map_err(SessionError::NewIndex)?;
        let writer = home.new_index().map_err(SessionError::NewIndex)?;
        let status = Status::new();
        let mut next = Applier::new(config, writer, status.clone());
        next.dead_letters.put_off();
        let stop = CancellationToken::new();
        let (config, runtime, stopped) = (config.clone(), Handle::current(), stop.clone());
        // The writer's calls block, so this has a thread of its own.
        let task = tokio::task::spawn_blocking(move || {
            let made = runtime.block_on(make(&config, name, next, &stopped));
            made.map_err(SessionError::of_new_index)
        });
        Ok(NewIndex { status, task, stop })
    }

    /// Waits until it is close behind the old index, and tells how far it is. Fails where it fails.
    pub(crate) async fn close_behind(&mut self, old: &Status) -> Result<(), SessionError> {
        let mut steps = self.status.subscribe();
        loop {
            let progress = steps.borrow_and_update().clone();
            old.update(|old| old.rebuild = Some(told(&progress)));
            let gap = (old.progress().applied.0).saturating_sub(progress.applied.0);
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

    /// Lets it come to where the old index has stopped, and ends its session.
    pub(crate) async fn finish(
        mut self,
        config: &FollowConfig,
        stopped_at: Position,
    ) -> Result<Applier, SessionError> {
        let doing = "catching up with the old index";
        let mut sql = connect(&config.database, "roost").await?;
        // The stream has something to bring from behind that position, and commits with it.
        catalog::write_note(&mut sql, CHECKPOINT_NOTE).await?;
        let status = self.status.clone();
        let came = status.wait_until(|progress| progress.searchable >= stopped_at);
        let came = tokio::select! {
            came = timeout(HANDOVER_MAX, came) => came,
            ended = &mut self.task => {
                ended.map_err(SessionError::Panicked)??;
                return Err(SessionError::Ended);
            }
        };
        let limit = HANDOVER_MAX;
        came.map_err(|_| SessionError::Slow { doing, limit })?;
        self.stop.cancel();
        let mut next = (&mut self.task).await.map_err(SessionError::Panicked)??;
        let committed = next.writer.checkpoint().map(|it| it.position);
        if committed < Some(stopped_at) {
            return Err(SessionError::OutOfOrder("less than the old index has"));
        }
        if committed != Some(self.status.progress().applied) {
            next.signals_seen = None;
        }
        next.dead_letters.write_put_off(&mut sql).await?;
        Ok(next)
    }
}

/// Without anybody who waits for it, it is of no use.
impl Drop for NewIndex {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// Copies the tables into a new index and follows until it is to stop.
async fn make(
    config: &FollowConfig,
    name: Key,
    mut next: Applier,
    stop: &CancellationToken,
) -> Result<Applier, SessionError> {
    let own_slot = FollowConfig {
        slot: Name::for_new_index(name),
        ..config.clone()
    };
    let session = tokio::select! {
        session = begin_beside(config, &own_slot, name, &mut next) => session?,
        () = stop.cancelled() => return Err(SessionError::Ended),
    };
    next.status.update(|progress| {
        progress.phase = Phase::Streaming;
        progress.searchable = session.start;
        progress.applied = session.start;
    });
    let seen = session.seen.clone();
    Stream::new(session, &mut next, &own_slot).run(stop).await?;
    next.signals_seen = Some(seen);
    Ok(next)
}

fn told(progress: &Progress) -> Rebuild {
    match &progress.phase {
        &Phase::Copying { table, rows, total } => Rebuild::Copying { table, rows, total },
        Phase::Streaming => Rebuild::CatchingUp,
        Phase::Connecting { .. } | Phase::Stopped => Rebuild::Requested,
    }
}
