//! Who keeps the index following, whatever happens to Postgres?

use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::Arc;
use std::time::Duration;

use roost_engine::Writer;
use tokio::runtime::Handle;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::apply::Applier;
use crate::config::FollowConfig;
use crate::error::{FollowError, SessionError};
use crate::memory_state::MemoryStateHandle;
use crate::session::rebuild::{NewIndex, Rebuilds};
use crate::session::start::Session;
use crate::session::stream::Stream;
use crate::status::{Phase, Rebuild, Status};

/// Follows a database into an index: copies it once, then applies every change.
pub struct Follower {
    config: FollowConfig,
    applier: Applier,
    status: Status,
    rebuilds: Rebuilds,
    memory_state: MemoryStateHandle,
    new_index: Option<NewIndex>,
}

/// What comes after a session that has not failed.
enum Next {
    Stop,
    /// Another session, over another index.
    GoOn,
}

impl Follower {
    /// A follower that has yet to run.
    pub fn new(config: FollowConfig, writer: Writer) -> Follower {
        let status = Status::new();
        let mut applier = Applier::new(&config, writer, status.clone());
        let (memory_state, requests) = MemoryStateHandle::new();
        applier.memory_state_requests = Some(requests);
        Follower {
            applier,
            memory_state,
            config,
            rebuilds: Rebuilds {
                asked: Arc::default(),
                status: status.clone(),
            },
            new_index: None,
            status,
        }
    }

    /// Where a new index can be asked for, which takes the place of the old one.
    pub fn rebuilds(&self) -> Rebuilds {
        self.rebuilds.clone()
    }

    /// Gives access to the signals and nights that it keeps in memory.
    pub fn memory_state(&self) -> MemoryStateHandle {
        self.memory_state.clone()
    }

    /// How it is doing, from now until after it has ended.
    pub fn status(&self) -> Status {
        self.status.clone()
    }

    /// Follows until `shutdown`. When the connection is lost or refused it tries again, for as
    /// long as it takes. On shutdown it commits and acknowledges what it has.
    ///
    /// # Errors
    /// If the index can't be written.
    pub async fn run(mut self, shutdown: CancellationToken) -> Result<(), FollowError> {
        // The writer's calls block, so all of this has a thread of its own.
        let runtime = Handle::current();
        let follow = move || {
            let result = runtime.block_on(self.follow(&shutdown));
            self.status
                .update(|progress| progress.phase = Phase::Stopped);
            result
        };
        tokio::task::spawn_blocking(follow)
            .await
            .map_err(FollowError::Panicked)?
    }

    async fn follow(&mut self, shutdown: &CancellationToken) -> Result<(), FollowError> {
        let mut attempt = 0;
        let mut is_going_on = false;
        loop {
            attempt += 1;
            if !is_going_on {
                let phase = Phase::Connecting { attempt };
                self.status.update(|progress| progress.phase = phase);
            }
            is_going_on = false;
            let error = match self.session(shutdown, &mut attempt).await {
                Ok(Next::Stop) => return Ok(()),
                Ok(Next::GoOn) => {
                    is_going_on = true;
                    continue;
                }
                Err(SessionError::Store(error)) => return Err(FollowError::Store(error)),
                Err(error) => error,
            };
            if let SessionError::Gap(reason) = &error {
                self.applier.gap = Some(reason.clone());
            }
            let retry_in = pause(attempt, error.needs_mending());
            let text = error.in_full();
            tracing::warn!(
                error = text,
                attempt,
                retry_in_ms = u64::try_from(retry_in.as_millis()).unwrap_or(u64::MAX),
                slot = %self.config.slot,
                database = %self.config.database,
                "not following Postgres; will try again"
            );
            self.status.update(|progress| {
                progress.phase = Phase::Connecting { attempt };
                progress.error = Some(text);
            });
            tokio::select! {
                () = sleep(retry_in) => {}
                () = shutdown.cancelled() => return Ok(()),
            }
        }
    }

    async fn session(
        &mut self,
        shutdown: &CancellationToken,
        attempt: &mut u32,
    ) -> Result<Next, SessionError> {
        // Nothing of a beginning that is broken off is committed.
        let session = tokio::select! {
            session = Session::begin(&self.config, &mut self.applier) => session?,
            () = shutdown.cancelled() => return Ok(Next::Stop),
        };
        *attempt = 0;
        self.status.update(|progress| {
            progress.phase = Phase::Streaming;
            progress.is_ready = true;
            progress.error = None;
            progress.received = session.start;
            progress.searchable = session.start;
            progress.applied = session.start;
        });
        let (name, home) = (session.origin.index, self.applier.writer.home());
        let stop = shutdown.child_token();
        let stream = Stream::new(session, &mut self.applier, &self.config);
        let mut stream = Box::pin(stream.run(&stop));
        loop {
            let rebuilds = &self.rebuilds;
            let new_index = rebuilds.next(&mut self.new_index, &self.config, &home, name);
            tokio::select! {
                ended = &mut stream => return ended.map(|()| Next::Stop),
                ready = new_index => match ready {
                    Ok(()) => break,
                    Err(error) => self.rebuilds.fail(&error),
                },
            }
        }
        stop.cancel();
        stream.await?;
        tokio::select! {
            next = self.hand_over() => next,
            () = shutdown.cancelled() => Ok(Next::Stop),
        }
    }

    /// Lets a new index take the place of the old one, which has stopped.
    async fn hand_over(&mut self) -> Result<Next, SessionError> {
        let Some(new_index) = self.new_index.take() else {
            return Ok(Next::GoOn);
        };
        let committed = self.applier.writer.checkpoint().map(|it| it.position);
        let stopped_at = committed.max(Some(self.status.progress().searchable));
        let finished = new_index.finish(&self.config, stopped_at.unwrap_or_default());
        let mut next = match finished.await {
            Ok(next) => next,
            Err(error) => {
                self.rebuilds.fail(&error);
                return Ok(Next::GoOn);
            }
        };
        next.status = self.status.clone();
        next.rows += self.applier.rows;
        self.applier.hand_over_to(next)?;
        tracing::info!("the new index has taken the place of the old one");
        self.status
            .update(|progress| progress.rebuild = Some(Rebuild::Done));
        Ok(Next::GoOn)
    }
}

/// How long to wait after a failed attempt: from a fifth of a second, doubled each time, up to ten
/// seconds, and at once that long where somebody has to mend something. Chance takes off up to a
/// quarter, so that several followers don't come all at once.
pub(crate) fn pause(attempt: u32, needs_mending: bool) -> Duration {
    const SHORTEST: Duration = Duration::from_millis(200);
    const LONGEST: Duration = Duration::from_secs(10);
    let longest = if needs_mending {
        LONGEST
    } else {
        SHORTEST
            .saturating_mul(1 << attempt.saturating_sub(1).min(10))
            .min(LONGEST)
    };
    // The standard library's only source of chance.
    let chance = RandomState::new().build_hasher().finish() % 256;
    longest - longest / 1024 * u32::try_from(chance).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_ten_seconds_and_no_further() {
        let range = |attempt, needs_mending| {
            let pauses: Vec<Duration> = (0..64).map(|_| pause(attempt, needs_mending)).collect();
            (*pauses.iter().min().unwrap(), *pauses.iter().max().unwrap())
        };
        let (shortest, longest) = range(1, false);
        assert!(shortest >= Duration::from_millis(150) && longest <= Duration::from_millis(200));
        assert!(shortest < longest, "chance plays no part");
        for attempt in [7, 50, u32::MAX] {
            let (shortest, longest) = range(attempt, false);
            assert!(shortest >= Duration::from_millis(7_500) && longest <= Duration::from_secs(10));
        }
        assert!(range(1, true).0 >= Duration::from_millis(7_500));
    }
}
