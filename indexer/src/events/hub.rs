//! The sending side: passes each event on once, and detects gaps between sessions.

use std::sync::Arc;
use std::time::Instant;

use roost_engine::Position;
use tokio::sync::broadcast;

use super::subscription::{EventNotice, Events};
use crate::wal::event::CommittedEvent;

/// How many notices a subscriber may be behind before it misses some.
const NOTICES_MAX: usize = 4096;

/// Sends events to subscribers. It never waits for them. It outlives every session with Postgres.
pub(crate) struct EventHub {
    sender: broadcast::Sender<EventNotice>,
    /// The stream that was followed last, and how far.
    reached: Option<(String, Position)>,
    /// Of the arriving transaction.
    arriving: Vec<CommittedEvent>,
    /// Whether events of the arriving transaction are missing.
    is_incomplete: bool,
}

impl EventHub {
    pub(crate) fn new() -> EventHub {
        EventHub {
            sender: broadcast::Sender::new(NOTICES_MAX),
            reached: None,
            arriving: Vec::new(),
            is_incomplete: false,
        }
    }

    /// A handle that subscribes.
    pub(crate) fn events(&self) -> Events {
        Events(self.sender.clone())
    }

    /// Whether someone receives the events.
    pub(crate) fn has_subscribers(&self) -> bool {
        self.sender.receiver_count() > 0
    }

    /// Begins a session whose stream continues from a position. Positions of another stream, such
    /// as one of a restored server, are not comparable.
    pub(crate) fn begin_session(&mut self, stream: String, start: Position) {
        let continues = match &self.reached {
            Some((last, reached)) => *last == stream && start <= *reached,
            None => false,
        };
        if !continues {
            self.reached = Some((stream, start));
            self.send(EventNotice::Missed);
        }
        self.begin_transaction();
    }

    /// Events before now were not published.
    pub(crate) fn report_gap(&self) {
        self.send(EventNotice::Missed);
    }

    /// Forgets the events of a transaction that was interrupted.
    pub(crate) fn begin_transaction(&mut self) {
        self.arriving.clear();
        self.is_incomplete = false;
    }

    /// Adds an event of the arriving transaction; `None` for one that cannot be read.
    pub(crate) fn add(&mut self, event: Option<CommittedEvent>) {
        match event {
            // Subscribers could not receive more at once.
            Some(event) if self.arriving.len() < NOTICES_MAX / 2 => self.arriving.push(event),
            _ => self.is_incomplete = true,
        }
    }

    /// Sends the events of the transaction that ends at a position, unless a previous session has
    /// done so.
    pub(crate) fn commit(&mut self, end: Position) {
        let is_new = self.position().is_none_or(|reached| end > reached);
        if is_new && self.is_incomplete {
            self.send(EventNotice::Missed);
        }
        for mut event in std::mem::take(&mut self.arriving) {
            if is_new {
                event.position = end;
                self.send(EventNotice::Event(Arc::new(event)));
            }
        }
        self.is_incomplete = false;
        self.reach(end);
    }

    /// Records that every transaction before a position has been passed on.
    pub(crate) fn reach(&mut self, position: Position) {
        if let Some((_, reached)) = &mut self.reached {
            *reached = position.max(*reached);
        }
    }

    /// Reports that every event before a moment has been sent.
    pub(crate) fn mark_current(&self, position: Position, as_of: Instant) {
        self.send(EventNotice::Current { position, as_of });
    }

    fn position(&self) -> Option<Position> {
        self.reached.as_ref().map(|(_, position)| *position)
    }

    /// Without subscribers there is nothing to do.
    fn send(&self, notice: EventNotice) {
        let _no_subscribers = self.sender.send(notice);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use roost_engine::Key;

    fn event(id: i64) -> CommittedEvent {
        CommittedEvent {
            position: Position(0),
            transaction: 1,
            id,
            occurred_at: String::new(),
            actor_kind: "system".to_owned(),
            actor_id: None,
            kind: "room.created".to_owned(),
            subject_kind: "room".to_owned(),
            subject_id: Key::from_u128(1),
            change: "{}".to_owned(),
        }
    }

    fn commit(hub: &mut EventHub, end: u64, ids: &[i64]) {
        hub.begin_transaction();
        for &id in ids {
            hub.add(Some(event(id)));
        }
        hub.commit(Position(end));
    }

    /// Each notice: the id and position of an event, or -1 for missed ones.
    async fn received(hub: EventHub, mut of: super::super::EventSubscription) -> Vec<(i64, u64)> {
        drop(hub);
        let mut received = Vec::new();
        while let Some(notice) = of.next().await {
            received.push(match notice {
                EventNotice::Event(event) => (event.id, event.position.0),
                EventNotice::Missed => (-1, 0),
                EventNotice::Current { position, .. } => (0, position.0),
            });
        }
        received
    }

    #[tokio::test]
    async fn a_transaction_that_arrives_again_after_a_reconnect_is_sent_once() {
        let mut hub = EventHub::new();
        let subscription = hub.events().subscribe();
        hub.begin_session("a".to_owned(), Position(10));
        commit(&mut hub, 20, &[1, 2]);
        hub.begin_transaction();
        hub.add(Some(event(3)));
        hub.begin_session("a".to_owned(), Position(10));
        commit(&mut hub, 20, &[1, 2]);
        commit(&mut hub, 30, &[3]);
        let expected = [(-1, 0), (1, 20), (2, 20), (3, 30)];
        assert_eq!(received(hub, subscription).await, expected);
    }

    #[tokio::test]
    async fn a_gap_another_server_and_an_unreadable_event_are_reported() {
        let mut hub = EventHub::new();
        let subscription = hub.events().subscribe();
        hub.begin_session("a".to_owned(), Position(10));
        hub.reach(Position(15));
        hub.begin_session("a".to_owned(), Position(15));
        hub.begin_session("a".to_owned(), Position(16));
        // A restored server repeats positions.
        hub.begin_session("b".to_owned(), Position(5));
        commit(&mut hub, 7, &[1]);
        hub.begin_transaction();
        hub.add(None);
        hub.commit(Position(9));
        let expected = [(-1, 0), (-1, 0), (-1, 0), (1, 7), (-1, 0)];
        assert_eq!(received(hub, subscription).await, expected);
    }

    #[tokio::test]
    async fn a_subscriber_that_is_too_slow_learns_that_it_has_missed_events() {
        let mut hub = EventHub::new();
        let subscription = hub.events().subscribe();
        hub.begin_session("a".to_owned(), Position(1));
        let count = u64::try_from(NOTICES_MAX).unwrap();
        for end in 2..count + 3 {
            commit(&mut hub, end, &[1]);
        }
        let received = received(hub, subscription).await;
        assert_eq!(received[0], (-1, 0));
        assert_eq!(received.last(), Some(&(1, count + 2)));
        assert_eq!(received.len(), NOTICES_MAX + 1);
    }
}
