//! The follower: a state machine that keeps an index up to date with Postgres.
//!
//! ```text
//!              can resume                        rebuild is close behind
//! Connecting ──────────────► Starting ──► Streaming ──► Replacing
//!     ▲  │                      ▲             │             │
//!     │  │ cannot resume        │             ▼ shutdown    │
//!     │  └──────► Copying ──────┘          Stopped          │
//!     ├─────────────────────────────────────────────────────┘
//!     └── Retrying ◄── an error of any state
//! ```
//!
//! [`Follower::transition`] contains all transitions. A rebuild copies and catches up in the
//! background while the follower streams or reconnects; see [`RebuildTask`]. A shutdown leads to
//! `Stopped` from every state. An index that cannot be written ends the follower, unless only
//! descriptors are lacking, which it waits for.

use roost_engine::{Position, Writer};
use tokio::runtime::Handle;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::checkpoint::resume_point;
use super::copying::copy_tables;
use super::event_relay::EventRelay;
use super::rebuild::{RebuildHandle, RebuildTask};
use super::resume::{Opened, Session, StartPoint, open, resume, start};
use super::source::Source;
use super::stream::Stream;
use crate::apply::memory_state::MemoryStateHandle;
use crate::apply::{Applier, VerifyResponder};
use crate::config::FollowConfig;
use crate::error::{FollowError, SessionError};
use crate::events::{EventHub, Events};
use crate::postgres::backoff::retry_delay;
use crate::status::{Phase, Rebuild, Status};

/// Follows a database into an index: copies it once, and then applies every change.
pub struct Follower {
    config: FollowConfig,
    applier: Applier,
    status: Status,
    rebuilds: RebuildHandle,
    rebuild: Option<RebuildTask>,
    memory_state: MemoryStateHandle,
    events: EventHub,
    /// Attempts to connect since the last session, including the current one.
    attempt: u32,
    /// Why the stream cannot continue from the index's position, if the last session has found
    /// that.
    gap: Option<String>,
}

/// What the follower does now.
enum State {
    /// Connects, and finds out whether the index can resume from its checkpoint.
    Connecting,
    /// Copies the tables, because the index cannot resume for this reason.
    Copying(Box<Opened>, String),
    /// Loads the signals, and starts the stream.
    Starting(Box<(Opened, StartPoint<Source>)>),
    /// Applies changes.
    Streaming(Box<Session<Source>>),
    /// Lets the rebuilt index replace the current one, which has stopped.
    Replacing,
    /// Waits before the next attempt.
    Retrying(SessionError),
    /// Has stopped after a shutdown.
    Stopped,
}

/// Why a stream has ended without an error.
enum StreamEnd {
    Shutdown,
    RebuildIsClose,
}

impl Follower {
    /// A follower that does not run yet.
    pub fn new(config: FollowConfig, writer: Writer) -> Follower {
        let status = Status::new();
        let (memory_state, requests) = MemoryStateHandle::new();
        let verify = VerifyResponder::new(requests);
        Follower {
            applier: Applier::new(&config, writer, status.clone(), verify),
            config,
            rebuilds: RebuildHandle::new(status.clone()),
            rebuild: None,
            status,
            memory_state,
            events: EventHub::new(),
            attempt: 0,
            gap: None,
        }
    }

    /// A handle that requests rebuilds.
    pub fn rebuilds(&self) -> RebuildHandle {
        self.rebuilds.clone()
    }

    /// A handle that fetches the state in memory.
    pub fn memory_state(&self) -> MemoryStateHandle {
        self.memory_state.clone()
    }

    /// A handle that subscribes to events.
    pub fn events(&self) -> Events {
        self.events.events()
    }

    /// The status, from now until after the end.
    pub fn status(&self) -> Status {
        self.status.clone()
    }

    /// Follows until `shutdown`. Reconnects without limit when the connection fails. On shutdown it
    /// commits and acknowledges what it has applied.
    ///
    /// # Errors
    /// If the index can't be written.
    pub async fn run(mut self, shutdown: CancellationToken) -> Result<(), FollowError> {
        // The writer's calls block, so this needs a thread of its own.
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
        let mut state = self.next_attempt();
        loop {
            // A stream observes the shutdown itself, and ends between two transactions. Every other
            // state can be interrupted: it commits nothing before it is complete.
            let interrupt = match &state {
                State::Streaming(_) => CancellationToken::new(),
                _ => shutdown.clone(),
            };
            let next = tokio::select! {
                next = self.transition(state, shutdown) => next,
                () = interrupt.cancelled() => return Ok(()),
            };
            state = match next {
                Ok(State::Stopped) => return Ok(()),
                Ok(next) => next,
                Err(SessionError::Store(error)) if !error.is_out_of_descriptors() => {
                    return Err(FollowError::Store(error));
                }
                Err(error) => State::Retrying(error),
            };
        }
    }

    /// Runs a state to its end, and returns the next one.
    async fn transition(
        &mut self,
        state: State,
        shutdown: &CancellationToken,
    ) -> Result<State, SessionError> {
        let (config, applier) = (&self.config, &mut self.applier);
        Ok(match state {
            State::Connecting => {
                let mut opened = open(config, applier).await?;
                let signals_snapshot = applier.signals_mut().take_current_since();
                let resume_point = match &self.gap {
                    Some(gap) => Err(gap.clone()),
                    None => resume_point(applier.documents().checkpoint()),
                };
                let start_point = match resume_point {
                    Ok((origin, at)) => resume(config, &mut opened, origin, at).await?,
                    Err(reason) => Err(reason),
                };
                match start_point {
                    Ok(start_point) => State::Starting(Box::new((
                        opened,
                        StartPoint {
                            signals_snapshot,
                            ..start_point
                        },
                    ))),
                    Err(reason) => State::Copying(Box::new(opened), reason),
                }
            }
            State::Copying(mut opened, reason) => {
                let copied = copy_tables(config, &mut opened, applier, &reason).await?;
                self.gap = None;
                let start_point = copied.connect(config).await?;
                State::Starting(Box::new((*opened, start_point)))
            }
            State::Starting(starting) => {
                let (opened, start_point) = *starting;
                let session = start(config, opened, start_point, applier).await?;
                self.report_streaming(session.start);
                State::Streaming(Box::new(session))
            }
            State::Streaming(session) => match self.stream(*session, shutdown).await? {
                StreamEnd::Shutdown => State::Stopped,
                StreamEnd::RebuildIsClose => State::Replacing,
            },
            State::Replacing => {
                self.replace_index().await?;
                // Searches continue over the new index, so the status stays at streaming.
                self.attempt += 1;
                State::Connecting
            }
            State::Retrying(error) => {
                self.wait_to_retry(error).await;
                self.next_attempt()
            }
            State::Stopped => State::Stopped,
        })
    }

    /// Counts and reports an attempt to connect.
    fn next_attempt(&mut self) -> State {
        self.attempt += 1;
        let phase = Phase::Connecting {
            attempt: self.attempt,
        };
        self.status.update(|progress| progress.phase = phase);
        State::Connecting
    }

    fn report_streaming(&mut self, start: Position) {
        self.attempt = 0;
        self.status.update(|progress| {
            progress.phase = Phase::Streaming;
            progress.is_ready = true;
            progress.error = None;
            progress.received = start;
            progress.searchable = start;
            progress.applied = start;
        });
    }

    /// Applies changes until the shutdown, or until a rebuild is close behind.
    async fn stream(
        &mut self,
        session: Session<Source>,
        shutdown: &CancellationToken,
    ) -> Result<StreamEnd, SessionError> {
        let (index, generations) = (session.origin.index, self.applier.documents().generations());
        let stop = shutdown.child_token();
        let (stream, start) = (session.origin.stream(), session.start);
        let events = EventRelay::new(&mut self.events, session.events, stream, start);
        let stream = Stream::new(session, &mut self.applier, &self.config, events);
        let mut stream = Box::pin(stream.run(&stop));
        loop {
            let rebuilds = &self.rebuilds;
            let close_behind = rebuilds.next(&mut self.rebuild, &self.config, &generations, index);
            tokio::select! {
                ended = &mut stream => return ended.map(|()| StreamEnd::Shutdown),
                close_behind = close_behind => match close_behind {
                    Ok(()) => break,
                    Err(error) => self.rebuilds.fail(&error),
                },
            }
        }
        stop.cancel();
        stream.await?;
        Ok(StreamEnd::RebuildIsClose)
    }

    /// Lets the rebuilt index replace the current one, which has stopped. If the rebuild fails, the
    /// current index stays in use.
    async fn replace_index(&mut self) -> Result<(), SessionError> {
        let Some(rebuild) = self.rebuild.take() else {
            return Ok(());
        };
        let committed = self.applier.documents().checkpoint().map(|it| it.position);
        let stopped_at = committed.max(Some(self.status.progress().searchable));
        let finished = rebuild.finish(&self.config, stopped_at.unwrap_or_default());
        let next = match finished.await {
            Ok(next) => next,
            Err(error) => {
                self.rebuilds.fail(&error);
                return Ok(());
            }
        };
        self.applier.replace_with_rebuilt(next)?;
        tracing::info!("the new index has replaced the current one");
        self.status
            .update(|progress| progress.rebuild = Some(Rebuild::Done));
        Ok(())
    }

    /// Reports an error, and waits until the next attempt is due.
    async fn wait_to_retry(&mut self, error: SessionError) {
        let attempt = self.attempt;
        let retry_in = retry_delay(attempt, error.needs_operator());
        let text = error.chain();
        tracing::warn!(
            error = text,
            attempt,
            retry_in_ms = u64::try_from(retry_in.as_millis()).unwrap_or(u64::MAX),
            slot = %self.config.slot,
            database = %self.config.database,
            "not following Postgres; will try again"
        );
        if let SessionError::Gap(reason) = error {
            self.gap = Some(reason);
        }
        self.status.update(|progress| {
            progress.phase = Phase::Connecting { attempt };
            progress.error = Some(text);
        });
        sleep(retry_in).await;
    }
}
