//! Applies the stream of changes, and commits the index with its position.

use std::time::{Duration, Instant, SystemTime};

use roost_engine::{Position, crash_point};
use sqlx::PgConnection;
use tokio_util::sync::CancellationToken;

use super::checkpoint::Origin;
use super::event_relay::EventRelay;
use super::resume::Session;
use super::transaction::{Transaction, TransactionApplier};
use crate::apply::memory_state::MemoryStateRequest;
use crate::apply::{Applier, PgSnapshot, VerifyResponder, first_night};
use crate::config::FollowConfig;
use crate::dead_letters::parse_retry;
use crate::error::SessionError;
use crate::postgres::change_source::{ChangeSource, Event};
use crate::postgres::liveness::{
    IDLE_AFTER, Liveness, check_ticks, heartbeat_after, sleep_until_some, with_timeout,
};
use crate::postgres::messages::{CHECKPOINT, HEARTBEAT, emit_message, emit_message_behind};
use crate::postgres::publication::check_publication;
use crate::postgres::schema::read_schema;
use crate::postgres::server::flushed_and_sent;
use crate::postgres::shutdown::Shutdown;
use crate::postgres::slots::slot_state;
use crate::wal::pgoutput::Message;
use crate::wal::relations::Relations;

/// A session that streams changes.
pub(super) struct Stream<'a, S> {
    applier: &'a mut Applier,
    sql: PgConnection,
    relations: Relations,
    transaction: Option<Transaction>,
    events: EventRelay<'a>,
    config: &'a FollowConfig,
    source: S,
    origin: Origin,
    /// The snapshot that the signals were loaded from.
    signals_snapshot: PgSnapshot,
    /// Every transaction that committed before here is applied.
    position: Position,
    /// The position of the last commit.
    committed: Position,
    committed_at: Instant,
    /// Whether a logical message has requested a commit.
    is_checkpoint_requested: bool,
    /// The end of the WAL, and when it was read, until the stream reaches it.
    wal_end: Option<(Position, SystemTime)>,
    last_transaction_at: Instant,
    /// When the schema and the publication were last checked.
    schema_checked_at: Instant,
    /// When the last transaction was committed, by the server's clock.
    transaction_committed_at: SystemTime,
    liveness: Liveness,
}

/// The interval of schema checks. Rewriting a table sends no rows, so a changed column would go
/// unnoticed.
const CHECK_SCHEMA_EVERY: Duration = Duration::from_secs(15);

impl<'a, S: ChangeSource> Stream<'a, S> {
    pub(super) fn new(
        session: Session<S>,
        applier: &'a mut Applier,
        config: &'a FollowConfig,
        events: EventRelay<'a>,
    ) -> Stream<'a, S> {
        let now = Instant::now();
        Stream {
            applier,
            sql: session.sql,
            relations: Relations::new(session.schema),
            transaction: None,
            events,
            config,
            source: session.source,
            origin: session.origin,
            signals_snapshot: session.signals_snapshot,
            position: session.start,
            committed: session.start,
            committed_at: now,
            is_checkpoint_requested: false,
            wal_end: None,
            last_transaction_at: now,
            schema_checked_at: now,
            transaction_committed_at: SystemTime::UNIX_EPOCH,
            liveness: Liveness::default(),
        }
    }

    /// Applies changes until the shutdown.
    pub(super) async fn run(mut self, shutdown: &CancellationToken) -> Result<(), SessionError> {
        let mut ticks = check_ticks();
        let mut shutdown = Shutdown::new(shutdown);
        let status = self.applier.status().clone();
        loop {
            let is_between = self.transaction.is_none();
            let due = self.applier.documents().due(self.config.commit_interval);
            let due = due.filter(|_| is_between && self.can_commit());
            let can_respond = is_between && self.applier.signals().are_as_of(self.position);
            if is_between && shutdown.is_requested() {
                return self.finish().await;
            }
            tokio::select! {
                event = self.source.next() => self.apply_event(event?).await?,
                () = sleep_until_some(due) => self.commit().await?,
                _ = ticks.tick() => self.check().await?,
                () = self.events.tick() => self.events.read_end(&mut self.sql, self.position).await?,
                position = status.awaited() => self.move_past(position).await?,
                request = self.applier.verify().next(), if can_respond => self.respond(request),
                is_overdue = shutdown.is_overdue() => if is_overdue {
                    return Ok(());
                },
            }
        }
    }

    async fn apply_event(&mut self, event: Event) -> Result<(), SessionError> {
        self.liveness.record_event();
        match event {
            Event::Begin { commit_at, xid } => {
                self.applier.dead_letters_mut().set_position(commit_at);
                self.events.begin();
                // The index contains what committed before its position. A transaction that was
                // interrupted may start again: its changes are then repeated, with the same result.
                self.transaction = Some(Transaction {
                    is_new: commit_at >= self.position,
                    xid,
                    signals: Vec::new(),
                });
            }
            Event::Change(bytes) => self.apply_change(&bytes).await?,
            Event::Commit { end, time_us } => self.end_transaction(end, time_us).await?,
            Event::Message(content) => {
                self.is_checkpoint_requested |= content == CHECKPOINT.as_bytes();
                if let Some((table, key)) =
                    parse_retry(&content, &self.config.slot, &self.config.tables)
                    && let Ok(key) = key.parse()
                    && let Some(mut changes) = self.new_transaction()
                {
                    changes.reread(table, key).await?;
                }
            }
            Event::Sent(position) if self.transaction.is_none() => {
                self.position = self.position.max(position);
                self.events.reach(self.position);
                self.mark_current();
            }
            Event::Sent(_) => {}
        }
        Ok(())
    }

    async fn apply_change(&mut self, bytes: &[u8]) -> Result<(), SessionError> {
        let message = Message::decode(bytes)?;
        if let Message::Relation(relation) = &message {
            self.events.describe(relation)?;
            return self.relations.describe(relation);
        }
        let Some(transaction) = &self.transaction else {
            return Err(SessionError::Protocol("a change outside of a transaction"));
        };
        self.events.add(&message, transaction.xid);
        let Some(mut changes) = self.new_transaction() else {
            return Ok(());
        };
        changes.apply(message).await?;
        if self.applier.dead_letters().is_full() {
            self.write_dead_letters().await?;
        }
        Ok(())
    }

    /// Where to apply changes of the arriving transaction; `None` if the index contains it.
    fn new_transaction(&mut self) -> Option<TransactionApplier<'_>> {
        let transaction = self.transaction.as_mut().filter(|it| it.is_new)?;
        Some(TransactionApplier {
            applier: self.applier,
            sql: &mut self.sql,
            relations: &self.relations,
            signals: &mut transaction.signals,
        })
    }

    async fn end_transaction(&mut self, end: Position, time_us: i64) -> Result<(), SessionError> {
        let transaction = self.transaction.take();
        let transaction =
            transaction.ok_or(SessionError::Protocol("a commit outside of a transaction"))?;
        self.last_transaction_at = Instant::now();
        self.events.commit(end);
        if !transaction.is_new {
            return Ok(());
        }
        if !self.signals_snapshot.sees(transaction.xid) {
            self.applier.apply_signals(transaction.signals)?;
        }
        self.position = self.position.max(end);
        self.transaction_committed_at = server_time(time_us);
        self.mark_current();
        let rows = self.applier.rows();
        self.applier.status().update(|progress| {
            progress.rows = rows;
            progress.received = end;
            progress.server = progress.server.max(end);
            progress.message_at = Some(SystemTime::now());
        });
        let due = self.applier.documents().due(self.config.commit_interval);
        let is_due = due.is_some_and(|due| due <= Instant::now());
        let is_full = self.applier.documents().pending() >= self.config.commit_changes_max;
        if self.can_commit() && (is_due || is_full || self.is_checkpoint_requested) {
            self.commit().await?;
        }
        Ok(())
    }

    fn can_commit(&self) -> bool {
        self.applier.documents().can_commit(self.position)
    }

    /// Commits the index, and then acknowledges its position. Dead letters are durable first. If
    /// there are too many, the session ends after the commit, so that the ones that an operator
    /// drops do not return.
    async fn commit(&mut self) -> Result<(), SessionError> {
        self.write_dead_letters().await?;
        self.applier.commit(self.origin.at(self.position)?)?;
        crash_point("position_is_committed");
        self.source.acknowledge(self.position);
        crash_point("position_is_acknowledged");
        self.committed = self.position;
        self.committed_at = Instant::now();
        self.is_checkpoint_requested = false;
        self.mark_current();
        self.applier.dead_letters().check()
    }

    async fn write_dead_letters(&mut self) -> Result<(), SessionError> {
        let written = self.applier.dead_letters_mut().write(&mut self.sql);
        with_timeout("writing the table dead_letters", written).await
    }

    /// Publishes the position up to which the index is current, and the time as of which it is: the
    /// last transaction's commit, or the last read of the end of the WAL if the stream has reached
    /// it.
    fn mark_current(&mut self) {
        if self.transaction.is_some() {
            return;
        }
        let position = self.position;
        let reached = self.wal_end.filter(|(end, _)| position >= *end);
        let committed_at = self.transaction_committed_at;
        let current_at = reached.map_or(committed_at, |(_, at)| at.max(committed_at));
        self.applier
            .documents()
            .writer()
            .mark_signals_current(position, current_at);
        self.applier
            .status()
            .update(|progress| progress.applied = position);
        if self.applier.documents().has_changes() {
            return;
        }
        if reached.is_some() {
            self.wal_end = None;
        }
        self.applier
            .documents()
            .writer()
            .mark_current(position, current_at);
        // The last step, since it wakes searches that wait for the position.
        self.applier
            .status()
            .update(|progress| progress.searchable = position);
    }

    /// Moves the stream past a position that callers wait for, if it is still before it. The
    /// position may lie in WAL that is not flushed, or inside of a record whose rest is not.
    async fn move_past(&mut self, position: Position) -> Result<(), SessionError> {
        if self.position >= position {
            return Ok(());
        }
        let moved = emit_message_behind(&mut self.sql, position);
        with_timeout("moving the stream past a position", moved).await
    }

    fn respond(&self, request: MemoryStateRequest) {
        let writer = self.applier.documents().writer();
        VerifyResponder::respond(request, writer, self.applier.tables(), self.position);
    }

    /// Reads the server's position, and does the periodic work of the session.
    async fn check(&mut self) -> Result<(), SessionError> {
        with_timeout(
            "reading the server's position",
            self.check_without_timeout(),
        )
        .await
    }

    async fn check_without_timeout(&mut self) -> Result<(), SessionError> {
        let read_at = SystemTime::now();
        let (end, sent) = flushed_and_sent(&mut self.sql, self.source.reader()).await?;
        let slot = match self.source.slot() {
            Some(slot) => slot_state(&mut self.sql, slot).await?,
            None => None,
        };
        self.applier.status().update(|progress| {
            progress.server = progress.server.max(end);
            progress.message_at = Some(read_at);
            progress.slot = slot;
        });
        self.wal_end.get_or_insert((end, read_at));
        self.mark_current();
        self.advance_window()?;
        self.applier.delete_replaced_indexes();
        self.liveness.check(sent, end, self.config.silence_max)?;
        self.applier.dead_letters_mut().write(&mut self.sql).await?;
        self.applier
            .dead_letters_mut()
            .refresh(&mut self.sql)
            .await?;
        self.commit_if_idle().await?;
        if self.last_transaction_at.elapsed() >= heartbeat_after(self.config.silence_max) {
            self.last_transaction_at = Instant::now();
            emit_message(&mut self.sql, HEARTBEAT).await?;
        }
        self.check_schema().await
    }

    /// Moves the availability window forward with the date.
    fn advance_window(&mut self) -> Result<(), SessionError> {
        let first_night = first_night();
        if self.applier.signals().clock_was_put_back(first_night) {
            let what =
                format!("the clock was put back to {first_night}; bookings are loaded again");
            return Err(SessionError::Changed(what));
        }
        self.applier.keep_nights(first_night)?;
        Ok(())
    }

    /// Commits the position of an idle stream, so that the slot does not retain the WAL of other
    /// tables.
    async fn commit_if_idle(&mut self) -> Result<(), SessionError> {
        let is_idle = self.transaction.is_none() && !self.applier.documents().has_changes();
        let is_behind = self.position > self.committed;
        let is_due = self.committed_at.elapsed() >= IDLE_AFTER;
        if is_idle && is_behind && is_due && self.can_commit() {
            self.commit().await?;
        }
        Ok(())
    }

    async fn check_schema(&mut self) -> Result<(), SessionError> {
        if self.schema_checked_at.elapsed() < CHECK_SCHEMA_EVERY {
            return Ok(());
        }
        self.schema_checked_at = Instant::now();
        let followed = &self.config.tables;
        if read_schema(&mut self.sql, followed).await? != *self.relations.schema() {
            let what = "the schema of the followed tables has changed".to_owned();
            return Err(SessionError::Changed(what));
        }
        let publication = &self.config.publication;
        self.events
            .check_publication(&mut self.sql, publication)
            .await?;
        check_publication(&mut self.sql, publication, followed).await
    }

    async fn finish(mut self) -> Result<(), SessionError> {
        let has_changes = self.applier.documents().has_changes();
        if self.can_commit() && (has_changes || self.position > self.committed) {
            self.commit().await?;
        }
        self.source.close().await;
        Ok(())
    }
}

/// Converts a time of the server, which counts from the year 2000.
fn server_time(time_us: i64) -> SystemTime {
    const YEAR_2000: Duration = Duration::from_secs(946_684_800);
    let since = Duration::from_micros(u64::try_from(time_us).unwrap_or(0));
    // A server's clock that is ahead of ours must not make the index look newer than it is.
    (SystemTime::UNIX_EPOCH + YEAR_2000 + since).min(SystemTime::now())
}
