//! How does the index follow the stream, from one transaction to the next?

use std::time::{Duration, Instant, SystemTime};

use roost_engine::{Position, crash_point};
use sqlx::PgConnection;
use tokio::time::sleep_until;
use tokio_util::sync::CancellationToken;

use crate::apply::signal_rows::Seen;
use crate::apply::{Applier, SignalChange, first_night};
use crate::config::FollowConfig;
use crate::dead_letters::table::asked_again;
use crate::error::SessionError;
use crate::memory_state::{next_request, respond};
use crate::postgres::catalog;
use crate::postgres::liveness::{HEARTBEAT_NOTE, IDLE, Liveness, answered, heartbeat_after, looks};
use crate::postgres::publication::check_publication;
use crate::postgres::shutdown::Grace;
use crate::postgres::source::{ChangeSource, Event};
use crate::session::checkpoint::Origin;
use crate::session::start::Session;
use crate::wal::relations::Relations;

/// A session that follows the changes.
pub(crate) struct Stream<'a, S> {
    pub(crate) applier: &'a mut Applier,
    pub(crate) sql: PgConnection,
    pub(crate) relations: Relations,
    pub(crate) transaction: Option<Transaction>,
    config: &'a FollowConfig,
    source: S,
    origin: Origin,
    seen: Seen,
    /// Every transaction that committed before here is with the writer.
    position: Position,
    /// The checkpoint of the last commit.
    committed: Position,
    committed_at: Instant,
    /// Somebody waits for a checkpoint.
    is_checkpoint_wanted: bool,
    /// Where the log ended when, as long as we have not come there.
    log_end: Option<(Position, SystemTime)>,
    last_transaction_at: Instant,
    /// When the tables and the publication were last found as the session needs them.
    checked_at: Instant,
    /// When the last transaction ended, by the server's clock.
    ended_at: SystemTime,
    liveness: Liveness,
}

/// The transaction that is arriving.
pub(crate) struct Transaction {
    /// The index does not have it yet.
    pub(crate) is_new: bool,
    pub(crate) signals: Vec<SignalChange>,
    xid: u32,
}

/// A logical message with this content asks for a checkpoint at once.
pub(crate) const CHECKPOINT_NOTE: &str = "checkpoint";

/// Between two looks at the tables and the publication: rewriting a table sends no rows, so that a
/// changed column would go unnoticed.
const CHECK_EVERY: Duration = Duration::from_secs(15);

impl<'a, S: ChangeSource> Stream<'a, S> {
    pub(crate) fn new(
        session: Session<S>,
        applier: &'a mut Applier,
        config: &'a FollowConfig,
    ) -> Stream<'a, S> {
        let now = Instant::now();
        Stream {
            applier,
            sql: session.sql,
            relations: Relations::new(session.shape),
            transaction: None,
            config,
            source: session.source,
            origin: session.origin,
            seen: session.seen,
            position: session.start,
            committed: session.start,
            committed_at: now,
            is_checkpoint_wanted: false,
            log_end: None,
            last_transaction_at: now,
            checked_at: now,
            ended_at: SystemTime::UNIX_EPOCH,
            liveness: Liveness::default(),
        }
    }

    /// Follows until asked to stop.
    pub(crate) async fn run(mut self, shutdown: &CancellationToken) -> Result<(), SessionError> {
        let mut looks = looks();
        let mut grace = Grace::new(shutdown);
        loop {
            let is_between = self.transaction.is_none();
            let due = self.applier.due(self.config.commit_interval);
            let due = due.filter(|_| is_between && self.may_commit());
            let may_respond = is_between && self.applier.memory_state_is_at(self.position);
            if is_between && grace.is_asked() {
                return self.finish().await;
            }
            tokio::select! {
                event = self.source.next() => self.take(event?).await?,
                () = at(due) => self.commit().await?,
                _ = looks.tick() => self.look().await?,
                request = next_request(&mut self.applier.memory_state_requests), if may_respond => {
                    respond(request, self.position, &self.applier.writer);
                }
                is_up = grace.is_up() => if is_up {
                    return Ok(());
                },
            }
        }
    }

    async fn take(&mut self, event: Event) -> Result<(), SessionError> {
        self.liveness.hear();
        match event {
            Event::Begin { commit_at, xid } => {
                self.applier.dead_letters.at(commit_at);
                // What committed before the index's position is in the index. One that was broken
                // off may begin again: what it has changed already it changes again, to the same.
                self.transaction = Some(Transaction {
                    is_new: commit_at >= self.position,
                    signals: Vec::new(),
                    xid,
                });
            }
            Event::Change(bytes) => self.apply(&bytes).await?,
            Event::Commit { end, time_us } => self.end_transaction(end, time_us).await?,
            Event::Note(content) => {
                self.is_checkpoint_wanted |= content == CHECKPOINT_NOTE.as_bytes();
                if let Some((table, key)) = asked_again(&content, &self.config.slot) {
                    self.read_again(table, key).await?;
                }
            }
            Event::Sent(position) if self.transaction.is_none() => {
                self.position = self.position.max(position);
                self.mark_current();
            }
            Event::Sent(_) => {}
        }
        Ok(())
    }

    async fn end_transaction(&mut self, end: Position, time_us: i64) -> Result<(), SessionError> {
        let transaction = self.transaction.take();
        let transaction = transaction.ok_or(SessionError::OutOfOrder("an end without a begin"))?;
        self.last_transaction_at = Instant::now();
        if !transaction.is_new {
            return Ok(());
        }
        if !self.seen.contains(transaction.xid) {
            self.applier.apply_signals(transaction.signals)?;
        }
        self.position = self.position.max(end);
        self.ended_at = time(time_us);
        self.mark_current();
        let rows = self.applier.rows;
        self.applier.status.update(|progress| {
            progress.rows = rows;
            progress.received = end;
            progress.server = progress.server.max(end);
            progress.message_at = Some(SystemTime::now());
        });
        let interval = self.config.commit_interval;
        let is_due = self
            .applier
            .due(interval)
            .is_some_and(|due| due <= Instant::now());
        let is_full = self.applier.writer.pending() >= self.config.commit_changes_max;
        if self.may_commit() && (is_due || is_full || self.is_checkpoint_wanted) {
            self.commit().await?;
        }
        Ok(())
    }

    fn may_commit(&self) -> bool {
        self.applier.may_commit(self.position)
    }

    /// Only what is durable is acknowledged, and that is also which rows were left out. Where they are
    /// too many the index follows no further; the position is kept all the same, so that what an
    /// operator drops does not come back.
    async fn commit(&mut self) -> Result<(), SessionError> {
        self.write_dead_letters().await?;
        self.applier.commit(self.origin.at(self.position)?)?;
        crash_point("position_is_committed");
        self.source.acknowledge(self.position);
        crash_point("position_is_acknowledged");
        self.committed = self.position;
        self.committed_at = Instant::now();
        self.is_checkpoint_wanted = false;
        self.mark_current();
        self.applier.dead_letters.check()
    }

    pub(crate) async fn write_dead_letters(&mut self) -> Result<(), SessionError> {
        let written = self.applier.write_dead_letters(&mut self.sql);
        answered("writing the table dead_letters", written).await
    }

    /// Says up to where all is findable, and as of when that was all: when the last transaction
    /// ended, or later, if we have come to where the log ended then.
    fn mark_current(&mut self) {
        if self.transaction.is_some() {
            return;
        }
        let position = self.position;
        let looked_at = self.log_end.filter(|(end, _)| position >= *end);
        let current_at = looked_at.map_or(self.ended_at, |(_, at)| at.max(self.ended_at));
        self.applier.writer.signals_at(position, current_at);
        self.applier
            .status
            .update(|progress| progress.applied = position);
        if self.applier.is_changed() {
            return;
        }
        if looked_at.is_some() {
            self.log_end = None;
        }
        self.applier.writer.mark_current(position, current_at);
        // Last, since it wakes searches that wait for the position.
        self.applier
            .status
            .update(|progress| progress.searchable = position);
    }

    /// Looks how far the server is, and does what an idle stream needs.
    async fn look(&mut self) -> Result<(), SessionError> {
        answered("asking how far the server is", self.look_slowly()).await
    }

    async fn look_slowly(&mut self) -> Result<(), SessionError> {
        let asked_at = SystemTime::now();
        let (end, sent) = catalog::progress(&mut self.sql, self.source.reader()).await?;
        let slot = match self.source.slot() {
            Some(slot) => catalog::slot_room(&mut self.sql, slot).await?,
            None => None,
        };
        self.applier.status.update(|progress| {
            progress.server = progress.server.max(end);
            progress.message_at = Some(asked_at);
            progress.slot = slot;
        });
        self.log_end.get_or_insert((end, asked_at));
        self.mark_current();
        let first_night = first_night();
        if self.applier.was_ahead(first_night) {
            let what =
                format!("the clock was put back (bookings are read anew from {first_night} on)");
            return Err(SessionError::Changed(what));
        }
        self.applier.keep_nights(first_night)?;
        self.applier.sweep();
        self.liveness.check(sent, end, self.config.silence_max)?;
        self.applier.write_dead_letters(&mut self.sql).await?;
        self.applier.dead_letters.refresh(&mut self.sql).await?;
        self.applier.tell_dead_letters();
        let is_idle = self.transaction.is_none() && !self.applier.is_changed();
        let is_behind = self.position > self.committed;
        if is_idle && is_behind && self.committed_at.elapsed() >= IDLE && self.may_commit() {
            self.commit().await?;
        }
        if self.last_transaction_at.elapsed() >= heartbeat_after(self.config.silence_max) {
            self.last_transaction_at = Instant::now();
            catalog::write_note(&mut self.sql, HEARTBEAT_NOTE).await?;
        }
        if self.checked_at.elapsed() >= CHECK_EVERY {
            self.checked_at = Instant::now();
            if catalog::Shape::read(&mut self.sql).await? != *self.relations.shape() {
                let what = "the followed tables have changed their shape".to_owned();
                return Err(SessionError::Changed(what));
            }
            check_publication(&mut self.sql, &self.config.publication).await?;
        }
        Ok(())
    }

    async fn finish(mut self) -> Result<(), SessionError> {
        if self.may_commit() && (self.applier.is_changed() || self.position > self.committed) {
            self.commit().await?;
        }
        self.source.close().await;
        Ok(())
    }
}

/// Waits for a moment; for ever where there is none.
pub(crate) async fn at(moment: Option<Instant>) {
    match moment {
        Some(moment) => sleep_until(moment.into()).await,
        None => std::future::pending().await,
    }
}

/// A time of the server, which counts from the year 2000.
fn time(time_us: i64) -> SystemTime {
    const YEAR_2000: Duration = Duration::from_secs(946_684_800);
    let since = Duration::from_micros(u64::try_from(time_us).unwrap_or(0));
    // A server's clock that is ahead of ours must not make the index younger than it is.
    (SystemTime::UNIX_EPOCH + YEAR_2000 + since).min(SystemTime::now())
}
