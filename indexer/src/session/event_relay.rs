//! Passes the events of a session's stream on to subscribers.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use roost_engine::Position;
use sqlx::PgConnection;
use tokio::time::{Interval, MissedTickBehavior, interval};

use crate::config::Name;
use crate::error::SessionError;
use crate::events::EventHub;
use crate::postgres::liveness::with_timeout;
use crate::postgres::publication::{PublishedEvents, published_events};
use crate::postgres::server::flushed;
use crate::wal::event::{Columns, EVENTS};
use crate::wal::pgoutput::{Message, Relation};

/// How often the end of the WAL is read for subscribers, who learn how current they are. A fraction
/// of a second, because subscribers do without events that may be a second old.
const READ_END_EVERY: Duration = Duration::from_millis(250);

/// The events of one session.
pub(super) struct EventRelay<'a> {
    /// None for an index that is being rebuilt, whose changes the current one passes on.
    hub: Option<&'a mut EventHub>,
    published: Option<PublishedEvents>,
    /// By the number of their relation. The server describes a relation once, maybe before it is
    /// known that its events are published.
    columns: HashMap<u32, Columns>,
    /// The end of the WAL, and when it was read, until the stream reaches it.
    end: Option<(Position, Instant)>,
    ticks: Interval,
}

impl<'a> EventRelay<'a> {
    /// Relays to the subscribers of a hub. `stream` identifies what is followed.
    pub(super) fn new(
        hub: &'a mut EventHub,
        published: Option<PublishedEvents>,
        stream: String,
        start: Position,
    ) -> EventRelay<'a> {
        hub.begin_session(stream, start);
        EventRelay {
            hub: Some(hub),
            published,
            ..EventRelay::disabled()
        }
    }

    /// Passes nothing on.
    pub(super) fn disabled() -> EventRelay<'a> {
        let mut ticks = interval(READ_END_EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        EventRelay {
            hub: None,
            published: None,
            columns: HashMap::new(),
            end: None,
            ticks,
        }
    }

    /// Resolves the columns of events for the rows that follow.
    pub(super) fn describe(&mut self, relation: &Relation<'_>) -> Result<(), SessionError> {
        if relation.name != EVENTS {
            return Ok(());
        }
        match Columns::of(relation) {
            Ok(columns) => {
                self.columns.insert(relation.id, columns);
                Ok(())
            }
            Err(column) if self.is_of_events(relation.id) => Err(SessionError::Changed(format!(
                "table {EVENTS} has lost its column {column}"
            ))),
            Err(_) => Ok(()),
        }
    }

    /// A transaction arrives.
    pub(super) fn begin(&mut self) {
        if let Some(hub) = &mut self.hub {
            hub.begin_transaction();
        }
    }

    /// Adds the event of an insert, if it is one.
    pub(super) fn add(&mut self, message: &Message<'_>, xid: u32) {
        let Message::Insert { relation, new } = message else {
            return;
        };
        if !self.is_of_events(*relation) {
            return;
        }
        let columns = self.columns.get(relation);
        let event = columns.and_then(|columns| columns.event(new, xid));
        if event.is_none() {
            tracing::error!(xid, "an event cannot be read");
        }
        if let Some(hub) = &mut self.hub {
            hub.add(event);
        }
    }

    /// The arriving transaction has committed.
    pub(super) fn commit(&mut self, end: Position) {
        if let Some(hub) = &mut self.hub {
            hub.commit(end);
        }
        self.reach(end);
    }

    /// Every transaction before a position has arrived.
    pub(super) fn reach(&mut self, position: Position) {
        let Some(hub) = &mut self.hub else {
            return;
        };
        hub.reach(position);
        if self.published.is_some()
            && let Some((_, read_at)) = self.end.take_if(|(end, _)| position >= *end)
        {
            hub.mark_current(position, read_at);
        }
    }

    /// Waits until the end of the WAL is to be read; without end if it is of use to no one.
    pub(super) async fn tick(&mut self) {
        let has_subscribers = self.hub.as_ref().is_some_and(|hub| hub.has_subscribers());
        match has_subscribers && self.published.is_some() && self.end.is_none() {
            true => self.ticks.tick().await,
            false => std::future::pending().await,
        };
    }

    /// Reads the end of the WAL, which the stream at `position` may have reached already.
    pub(super) async fn read_end(
        &mut self,
        sql: &mut PgConnection,
        position: Position,
    ) -> Result<(), SessionError> {
        let read_at = Instant::now();
        let end = with_timeout("reading the end of the WAL", flushed(sql)).await?;
        self.end = Some((end, read_at));
        self.reach(position);
        Ok(())
    }

    /// Checks whether events are published, which their owner can change.
    pub(super) async fn check_publication(
        &mut self,
        sql: &mut PgConnection,
        publication: &Name,
    ) -> Result<(), SessionError> {
        let Some(hub) = &self.hub else {
            return Ok(());
        };
        let published = published_events(sql, publication).await?;
        if published != self.published {
            self.published = published;
            hub.report_gap();
        }
        Ok(())
    }

    fn is_of_events(&self, relation: u32) -> bool {
        self.hub.is_some() && self.published.is_some_and(|it| it.oid == relation)
    }
}
