//! How do transactions get from Postgres into the stream, from one to the next?

use std::time::{Duration, Instant, SystemTime};

use roost_engine::{Position, crash_point};
use sqlx::PgConnection;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::message::{Encoder, Label, Origin};
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
    /// The connection to NATS has broken.
    lost: CancellationToken,
    encoder: Encoder,
    /// What the label of the next message says; its `from` is how far the messages have come.
    next: Label,
    /// Whether the stream lacks the transaction that is arriving, if one is.
    is_new: Option<bool>,
    /// Every transaction before here has come from Postgres.
    reached: Position,
    position_sent_at: Instant,
    /// When the last transaction came; none at first, so that nodes soon hear of this session.
    last_transaction_at: Option<Instant>,
    liveness: Liveness,
    /// When somebody was last told that the slot is in danger.
    warned_at: Option<SystemTime>,
}

/// Where nothing changes that nodes follow, positions are published so often at most.
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

    /// Publishes until asked to stop.
    pub(crate) async fn run(mut self, shutdown: &CancellationToken) -> Result<(), SessionError> {
        let mut ticks = check_ticks();
        let mut shutdown = Shutdown::new(shutdown);
        loop {
            if self.is_new.is_none() && shutdown.is_requested() {
                return self.finish().await;
            }
            let position_due = self.position_due();
            tokio::select! {
                arrived = self.outbox.arrived() => self.acknowledge(arrived?),
                event = self.source.next(), if !self.outbox.is_full() => self.take(event?).await?,
                () = sleep_until_some(position_due) => self.publish_position().await?,
                _ = ticks.tick() => self.look().await?,
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
                // What committed before is in the stream.
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
            Event::Change(change) => self.encoder.learn(&change),
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

    /// Publishes what is too much for one message.
    async fn publish_full(&mut self) -> Result<(), SessionError> {
        let bytes = self.outbox.body_bytes_max();
        while let Some(body) = self.encoder.take_full(bytes) {
            while self.outbox.is_full() {
                let arrived = self.outbox.arrived().await?;
                self.acknowledge(arrived);
            }
            self.outbox.send(&self.next, body).await?;
            crash_point("part_is_published");
            self.next.part += 1;
        }
        Ok(())
    }

    /// Publishes the message with which the stream has everything up to `end`.
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

    /// Says how far Postgres is, so that nodes know that there is nothing to know.
    async fn publish_position(&mut self) -> Result<(), SessionError> {
        self.position_sent_at = Instant::now();
        self.publish_last(self.reached, Vec::new()).await
    }

    /// Only what the stream has taken is acknowledged.
    fn acknowledge(&mut self, arrived: Position) {
        crash_point("message_has_arrived");
        self.source.acknowledge(arrived);
    }

    /// Looks whether Postgres still talks to us, and does what an idle stream needs.
    async fn look(&mut self) -> Result<(), SessionError> {
        with_timeout("asking how far the server is", self.look_slowly()).await
    }

    async fn look_slowly(&mut self) -> Result<(), SessionError> {
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
                let arrived = self.outbox.arrived().await?;
                self.source.acknowledge(arrived);
            }
            Ok::<(), SessionError>(())
        };
        // What has not arrived by then is published again by the next session.
        timeout(GRACE_PERIOD, arrive).await.unwrap_or(Ok(()))?;
        self.source.close().await;
        Ok(())
    }
}
