//! What does a change do to the index?

pub(crate) mod bookings;
pub(crate) mod signal_rows;

use std::collections::HashSet;
use std::time::{Duration, Instant, SystemTime};

use roost_engine::{
    Checkpoint, Collection, Date, Key, NightsChange, Position, Signals, StoreError, Writer,
};

use sqlx::PgConnection;

use crate::apply::bookings::{BookingChange, Bookings};
use crate::apply::signal_rows::{Seen, SignalRows};
use crate::config::FollowConfig;
use crate::dead_letters::letters::DeadLetters;
use crate::error::SessionError;
use crate::memory_state::MemoryStateRequests;
use crate::status::Status;
use crate::wal::convert::{Converted, convert};
use crate::wal::table::{Row, RowError, Table};

/// The writing side of the index. It outlives every session with Postgres.
pub(crate) struct Applier {
    pub(crate) writer: Writer,
    pub(crate) status: Status,
    pub(crate) dead_letters: DeadLetters,
    /// How many rows were applied.
    pub(crate) rows: u64,
    /// Whose signals are set.
    landlords: HashSet<Key>,
    bookings: Bookings,
    /// From when on nights are kept.
    first_night: Option<Date>,
    /// Which changes of signals were seen when they were read, where they were followed to the
    /// checkpoint since then, so that the next session need not read them.
    pub(crate) signals_seen: Option<Seen>,
    /// Where the log ended when signals were read: before here they are of a later moment than documents.
    pub(crate) signals_read_at: Position,
    /// Those who ask what is held in memory.
    pub(crate) memory_state_requests: Option<MemoryStateRequests>,
    /// Before this position the writer may hold what belongs to a later moment, so that a commit
    /// would show a mixture of two.
    hold_until: Position,
    /// When the first change after the last commit was applied.
    changed_at: Option<Instant>,
    /// What the last session found missing in its stream: the index can't go on from there.
    pub(crate) gap: Option<String>,
}

/// A change of a landlord's signals or of a booking, held back until its transaction is whole.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum SignalChange {
    Set(Key, Signals),
    Remove(Key),
    Clear,
    Booking(BookingChange),
}

/// The first night that is kept as of now, yesterday's: so late it still is in the west of the Pacific.
pub(crate) fn first_night() -> Date {
    let since_1970 = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let now_s = since_1970.unwrap_or_default().as_secs();
    Date::of_moment(i64::try_from(now_s).unwrap_or(i64::MAX)).plus_days(-1)
}

impl Applier {
    pub(crate) fn new(config: &FollowConfig, writer: Writer, status: Status) -> Applier {
        Applier {
            writer,
            status,
            dead_letters: DeadLetters::new(config),
            rows: 0,
            landlords: HashSet::new(),
            bookings: Bookings::default(),
            first_night: None,
            signals_seen: None,
            signals_read_at: Position(0),
            memory_state_requests: None,
            hold_until: Position(0),
            changed_at: None,
            gap: None,
        }
    }

    /// The same for a new index, which is to take the place of this one.
    pub(crate) fn for_new_index(&self, config: &FollowConfig) -> Result<Applier, StoreError> {
        let writer = self.writer.home().new_index()?;
        let mut next = Applier::new(config, writer, self.status.clone());
        next.rows = self.rows;
        Ok(next)
    }

    /// Lets searches see the index of another one instead of this one's.
    pub(crate) fn hand_over_to(&mut self, mut next: Applier) -> Result<(), StoreError> {
        next.writer.take_over()?;
        next.memory_state_requests = self.memory_state_requests.take();
        let old = std::mem::replace(self, next);
        old.writer.retire();
        Ok(())
    }

    /// Applies a row as it is now. One that cannot be converted is removed, just as a first copy
    /// would leave it out, and reported.
    pub(crate) fn put(
        &mut self,
        row: Row,
        signals: &mut Vec<SignalChange>,
    ) -> Result<(), StoreError> {
        let (table, key) = (row.table, row.key());
        self.rows += 1;
        let converted = convert(row);
        if let (Ok(_), Ok(key)) = (&converted, &key) {
            self.dead_letters.mended(table, *key);
        }
        match converted {
            Ok(Converted::Document(collection, document)) => {
                self.touch();
                self.writer.put(collection, *document)?;
            }
            Ok(Converted::Signals(key, found)) => signals.push(SignalChange::Set(key, found)),
            Ok(Converted::Booking(key, found)) => {
                let change = match found {
                    Some(booking) => BookingChange::Put(key, booking),
                    None => BookingChange::Remove(key),
                };
                signals.push(SignalChange::Booking(change));
            }
            Err(error) => {
                if let Ok(key) = key {
                    self.remove(table, key, signals)?;
                }
                self.refuse(error);
            }
        }
        Ok(())
    }

    /// Removes what a row became.
    pub(crate) fn remove(
        &mut self,
        table: Table,
        key: Key,
        signals: &mut Vec<SignalChange>,
    ) -> Result<(), StoreError> {
        self.dead_letters.mended(table, key);
        match (table, table.collection()) {
            (_, Some(collection)) => {
                self.touch();
                self.writer.delete(collection, key)?;
            }
            (Table::Bookings, None) => {
                signals.push(SignalChange::Booking(BookingChange::Remove(key)));
            }
            (_, None) => signals.push(SignalChange::Remove(key)),
        }
        Ok(())
    }

    /// Removes what all rows of a table became.
    pub(crate) fn truncate(
        &mut self,
        table: Table,
        signals: &mut Vec<SignalChange>,
    ) -> Result<(), StoreError> {
        self.dead_letters.emptied(table);
        match (table, table.collection()) {
            (_, Some(collection)) => {
                self.touch();
                self.writer.clear(collection)?;
            }
            (Table::Bookings, None) => signals.push(SignalChange::Booking(BookingChange::Clear)),
            (_, None) => signals.push(SignalChange::Clear),
        }
        Ok(())
    }

    /// Reports a row that the index cannot take.
    pub(crate) fn refuse(&mut self, error: RowError) {
        tracing::error!(
            table = error.table,
            key = error.key,
            column = error.column,
            value = error.value,
            reason = error.reason,
            "left out a row that cannot be converted"
        );
        self.status.update(|progress| {
            progress.rows_rejected += 1;
            progress.last_rejected_row = Some(error.clone());
        });
        self.dead_letters.refuse(error);
    }

    /// Writes down which rows are left out by now.
    pub(crate) async fn write_dead_letters(
        &mut self,
        sql: &mut PgConnection,
    ) -> Result<(), SessionError> {
        let written = self.dead_letters.write(sql).await;
        self.tell_dead_letters();
        written
    }

    /// Says how many rows are left out.
    pub(crate) fn tell_dead_letters(&self) {
        let count = self.dead_letters.count();
        self.status.update(|progress| progress.dead_letters = count);
    }

    /// Makes the changes of a whole transaction visible, at once.
    pub(crate) fn apply_signals(&mut self, changes: Vec<SignalChange>) -> Result<(), StoreError> {
        let mut bookings = Vec::new();
        for change in changes {
            match change {
                SignalChange::Set(key, signals) => {
                    self.landlords.insert(key);
                    self.writer.set_signals(key, signals);
                }
                SignalChange::Remove(key) => {
                    self.landlords.remove(&key);
                    self.writer.remove_signals(key);
                }
                SignalChange::Clear => {
                    self.landlords.clear();
                    self.writer.clear_signals();
                }
                SignalChange::Booking(change) => bookings.push(change),
            }
        }
        let nights = self.bookings.follow(bookings);
        self.change_nights(&nights)
    }

    /// Keeps nights from a day on. Where they were kept from a later one on, by a clock that was ahead, all
    /// are forgotten: bookings are to be adopted then.
    pub(crate) fn keep_nights(&mut self, first: Date) -> Result<(), StoreError> {
        if self.was_ahead(first) {
            self.writer.forget_nights(Collection::Rooms);
            self.bookings = Bookings::default();
            self.first_night = None;
        }
        self.first_night = self.first_night.max(Some(first));
        while let Some(coming) = self.writer.keep_nights_from(Collection::Rooms, first) {
            self.bookings.forget_before(first);
            self.change_nights(&self.bookings.taken_among(&coming))?;
        }
        Ok(())
    }

    /// Whether nights are kept only from some day after this one on. A clock that is put back a little around
    /// midnight is no matter: a night more or less behind today's is not missed.
    pub(crate) fn was_ahead(&self, first: Date) -> bool {
        self.first_night
            .is_some_and(|kept| kept > first.plus_days(1))
    }

    /// Takes over the signals of all landlords, and all bookings. Landlords that are no longer there
    /// are forgotten one by one, so that no search sees the others without theirs.
    pub(crate) fn adopt(&mut self, rows: SignalRows) -> Result<(), StoreError> {
        let mut gone = std::mem::take(&mut self.landlords);
        for (key, signals) in rows.landlords {
            gone.remove(&key);
            self.landlords.insert(key);
            self.writer.set_signals(key, signals);
        }
        for key in gone {
            self.writer.remove_signals(key);
        }
        for error in rows.refused {
            self.refuse(error);
        }
        let nights = self.bookings.replace(rows.bookings);
        self.change_nights(&nights)
    }

    /// Goes back to the last commit, which may leave behind half of a transaction.
    pub(crate) fn rollback(&mut self) -> Result<(), StoreError> {
        self.hold_until = Position(0);
        self.changed_at = None;
        self.writer.rollback()
    }

    /// Drops every document with the next commit.
    pub(crate) fn clear(&mut self) -> Result<(), StoreError> {
        self.touch();
        Collection::ALL
            .into_iter()
            .try_for_each(|collection| self.writer.clear(collection))
    }

    /// Forbids commits before a position.
    pub(crate) fn hold(&mut self, until: Position) {
        self.hold_until = self.hold_until.max(until);
    }

    /// Whether the writer holds nothing that belongs to a moment after `position`.
    pub(crate) fn may_commit(&self, position: Position) -> bool {
        position >= self.hold_until
    }

    /// Whether signals and nights are as of a position, and not of the later moment at which they
    /// were read.
    pub(crate) fn memory_state_is_at(&self, position: Position) -> bool {
        position >= self.signals_read_at
    }

    /// Whether there are changes that searches do not find yet.
    pub(crate) fn is_changed(&self) -> bool {
        self.changed_at.is_some()
    }

    /// When the changes have waited long enough.
    pub(crate) fn due(&self, interval: Duration) -> Option<Instant> {
        self.changed_at.map(|at| at + interval)
    }

    /// Makes all changes durable and findable.
    pub(crate) fn commit(&mut self, checkpoint: Checkpoint) -> Result<(), StoreError> {
        let (position, began) = (checkpoint.position, Instant::now());
        self.writer.commit(checkpoint)?;
        self.changed_at = None;
        self.status.update(|progress| {
            progress.committed = position;
            progress.commits.add(began.elapsed());
        });
        Ok(())
    }

    /// Deletes indexes that were replaced, once no search reads them.
    pub(crate) fn sweep(&self) {
        let count = self.writer.home().sweep();
        if count > 0 {
            tracing::info!(count, "deleted what a new index has replaced");
        }
    }

    fn change_nights(&self, changes: &[NightsChange]) -> Result<(), StoreError> {
        self.writer.change_nights(Collection::Rooms, changes)
    }

    fn touch(&mut self) {
        self.changed_at.get_or_insert_with(Instant::now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use roost_engine::{Stay, Store, StoreOptions};

    use crate::apply::bookings::Booking;

    fn day(n: i32) -> Date {
        Date::of_days(n)
    }

    #[test]
    fn a_clock_that_was_ahead_is_followed_back_with_the_bookings_of_those_days() {
        let folder = tempfile::tempdir().unwrap();
        let (writer, _) = Store::open(folder.path(), &StoreOptions::default()).unwrap();
        let config = FollowConfig::new("postgres://localhost/rooms".parse().unwrap());
        let mut applier = Applier::new(&config, writer, Status::new());
        let (key, room) = (Key::from_u128(1), Key::from_u128(7));
        let stay = Stay::new(day(1003), day(1005)).unwrap();
        let booked = || SignalRows {
            landlords: Vec::new(),
            bookings: vec![(key, Booking { room, stay })],
            refused: Vec::new(),
            seen: "1:1:".parse().unwrap(),
        };
        for first in [1000, 5000, 1001] {
            applier.keep_nights(day(first)).unwrap();
            applier.adopt(booked()).unwrap();
            let taken = applier.writer.booked_nights(Collection::Rooms).unwrap();
            assert_eq!(taken.kept.check_in(), day(first));
            let expected = if first == 5000 {
                vec![]
            } else {
                vec![(room, vec![stay])]
            };
            assert_eq!(taken.documents, expected, "kept from {first} on");
        }
        // Put back a little around midnight.
        assert!(!applier.was_ahead(day(1000)));
        assert!(applier.was_ahead(day(999)));
    }
}
