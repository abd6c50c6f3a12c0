//! A publishing session: reads transactions from Postgres and publishes them to the stream.

use std::time::{Duration, Instant, SystemTime};

use roost_engine::{Position, crash_point};
use sqlx::PgConnection;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::message::{Encoder, Label};
use super::origin::Origin;
use super::outbox::Outbox;
use crate::config::FollowConfig;
use crate::error::SessionError;
use crate::postgres::change_source::{ChangeSource, Event};
use crate::postgres::liveness::{
    Liveness, check_ticks, heartbeat_after, sleep_until_some, with_timeout,
};
use crate::postgres::messages::{HEARTBEAT, emit_message};
use crate::postgres::replication::PostgresSource;
use crate::postgres::server::flushed_and_sent;
use crate::postgres::shutdown::{GRACE_PERIOD, Shutdown};
use crate::postgres::slots::slot_state;

/// A session that publishes.
pub(crate) struct Publishing<'a> {
    config: &'a FollowConfig,
    sql: PgConnection,
    source: PostgresSource,
    outbox: Outbox,
    /// Cancelled when the connection to NATS breaks.
    lost: CancellationToken,
    encoder: Encoder,
    /// The label of the next message. Its `from` is the end of the published changes.
    next: Label,
    /// Whether the stream lacks the transaction that is arriving; `None` between transactions.
    is_new: Option<bool>,
    /// Postgres has sent every transaction before this position.
    reached: Position,
    position_sent_at: Instant,
    /// When the last transaction arrived. `None` at first, so that the first check emits a
    /// heartbeat and nodes soon receive a message.
    last_transaction_at: Option<Instant>,
    liveness: Liveness,
    /// When the last warning about the slot was logged.
    warned_at: Option<SystemTime>,
}

/// The minimum interval between messages that only report a position.
const POSITION_EVERY: Duration = Duration::from_millis(200);

impl<'a> Publishing<'a> {
    pub(crate) fn new(
        config: &'a FollowConfig,
        sql: PgConnection,
        source: PostgresSource,
        outbox: Outbox,
        origin: Origin,
        start: Position,
    ) -> Publishing<'a> {
        let now = Instant::now();
        Publishing {
            next: Label {
                origin,
                slot: config.slot.to_string(),
                from: start,
                to: start,
                part: 0,
            },
            config,
            sql,
            source,
            lost: outbox.lost(),
            outbox,
            encoder: Encoder::default(),
            is_new: None,
            reached: start,
            position_sent_at: now,
            last_transaction_at: None,
            liveness: Liveness::default(),
            warned_at: None,
        }
    }

    /// Publishes until `shutdown`.
    pub(crate) async fn run(mut self, shutdown: &CancellationToken) -> Result<(), SessionError> {
        let mut ticks = check_ticks();
        let mut shutdown = Shutdown::new(shutdown);
        loop {
            if self.is_new.is_none() && shutdown.is_requested() {
                return self.finish().await;
            }
            let position_due = self.position_due();
            tokio::select! {
                position = self.outbox.acknowledged() => self.acknowledge(position?),
                event = self.source.next(), if !self.outbox.is_full() => self.take(event?).await?,
                () = sleep_until_some(position_due) => self.publish_position().await?,
                _ = ticks.tick() => self.check().await?,
                () = self.lost.cancelled() => return Err(SessionError::Lost("NATS")),
                is_overdue = shutdown.is_overdue() => if is_overdue {
                    return Ok(());
                },
            }
        }
    }

    async fn take(&mut self, event: Event) -> Result<(), SessionError> {
        self.liveness.record_event();
        match event {
            Event::Begin { commit_at, xid } => {
                // The stream contains transactions that committed before.
                let is_new = commit_at >= self.next.from;
                self.is_new = Some(is_new);
                if is_new {
                    self.encoder.begin(commit_at, xid);
                }
            }
            Event::Change(change) if self.is_new == Some(true) => {
                self.encoder.change(&change);
                self.publish_full().await?;
            }
            Event::Change(change) => self.encoder.remember(&change),
            Event::Message(content) if self.is_new == Some(true) => self.encoder.note(&content),
            Event::Message(_) => {}
            Event::Commit { end, time_us } => {
                self.last_transaction_at = Some(Instant::now());
                if self.is_new.take() == Some(true) {
                    self.encoder.end(end, time_us);
                    self.publish_full().await?;
                    let rest = self.encoder.take_rest();
                    self.publish_last(end, rest).await?;
                }
            }
            Event::Sent(position) if self.is_new.is_none() => {
                self.reached = self.reached.max(position);
            }
            Event::Sent(_) => {}
        }
        Ok(())
    }

    /// Publishes full message bodies while the transaction has more bytes than one message.
    async fn publish_full(&mut self) -> Result<(), SessionError> {
        let bytes = self.outbox.body_bytes_max();
        while let Some(body) = self.encoder.take_full(bytes) {
            while self.outbox.is_full() {
                let position = self.outbox.acknowledged().await?;
                self.acknowledge(position);
            }
            self.outbox.send(&self.next, body).await?;
            crash_point("part_is_published");
            self.next.part += 1;
        }
        Ok(())
    }

    /// Publishes the last part of a transaction, which completes the stream up to `end`.
    async fn publish_last(&mut self, end: Position, body: Vec<u8>) -> Result<(), SessionError> {
        self.next.to = end;
        self.outbox.send(&self.next, body).await?;
        crash_point("transaction_is_published");
        self.next.from = end;
        self.next.part = 0;
        self.reached = self.reached.max(end);
        Ok(())
    }

    fn position_due(&self) -> Option<Instant> {
        let is_due = self.is_new.is_none() && self.reached > self.next.from;
        (is_due && !self.outbox.is_full()).then(|| self.position_sent_at + POSITION_EVERY)
    }

    /// Publishes the position of Postgres, so that idle nodes know that they are current.
    async fn publish_position(&mut self) -> Result<(), SessionError> {
        self.position_sent_at = Instant::now();
        self.publish_last(self.reached, Vec::new()).await
    }

    /// Acknowledges to Postgres only what the stream has stored.
    fn acknowledge(&mut self, position: Position) {
        crash_point("message_has_arrived");
        self.source.acknowledge(position);
    }

    /// Checks that Postgres still answers, and emits a heartbeat when the stream is idle.
    async fn check(&mut self) -> Result<(), SessionError> {
        with_timeout(
            "reading the position of the server",
            self.check_without_timeout(),
        )
        .await
    }

    async fn check_without_timeout(&mut self) -> Result<(), SessionError> {
        let (end, sent) = flushed_and_sent(&mut self.sql, self.source.reader()).await?;
        self.liveness.check(sent, end, self.config.silence_max)?;
        let slot = slot_state(&mut self.sql, &self.config.slot).await?;
        if let Some(danger) = slot.and_then(|slot| slot.danger()) {
            self.warn(&danger);
        }
        let patience = heartbeat_after(self.config.silence_max);
        let is_idle = |at: Instant| at.elapsed() >= patience;
        if self.last_transaction_at.is_none_or(is_idle) {
            self.last_transaction_at = Some(Instant::now());
            emit_message(&mut self.sql, HEARTBEAT).await?;
        }
        Ok(())
    }

    fn warn(&mut self, danger: &str) {
        const WARN_EVERY: Duration = Duration::from_secs(60);
        let now = SystemTime::now();
        let is_due = |at: SystemTime| {
            now.duration_since(at)
                .is_ok_and(|since| since >= WARN_EVERY)
        };
        if self.warned_at.is_none_or(is_due) {
            self.warned_at = Some(now);
            tracing::warn!(reason = danger, slot = %self.config.slot, "the slot is in danger");
        }
    }

    async fn finish(mut self) -> Result<(), SessionError> {
        let arrive = async {
            while !self.outbox.is_empty() {
                let position = self.outbox.acknowledged().await?;
                self.source.acknowledge(position);
            }
            Ok::<(), SessionError>(())
        };
        // The next session publishes again what is not acknowledged by then.
        timeout(GRACE_PERIOD, arrive).await.unwrap_or(Ok(()))?;
        self.source.close().await;
        Ok(())
    }
}
