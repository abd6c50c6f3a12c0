//! The writer: the only way into an index.

mod collection_writer;
mod merge_policy;

use std::sync::Arc;
use std::thread;
use std::time::SystemTime;

use self::collection_writer::{CollectionWriter, Pending};
use super::commit_payload::CommitPayload;
use super::crash_point::crash_point;
use super::index_generations::IndexGenerations;
use super::store_state::StoreState;
use crate::availability::{Date, DateRange, DaysChange};
use crate::checkpoint::{Checkpoint, Position};
use crate::document::Document;
use crate::index::error::StoreError;
use crate::schema::{Collection, Key, SignalError, SignalId};
use crate::signals::{BusyDays, NumberChange, Signals};

/// Writes documents, signals and days of one index. Its calls block, so give it a thread of its
/// own.
///
/// Its methods panic for a collection that the store was opened without.
pub struct Writer {
    generations: IndexGenerations,
    state: Arc<StoreState>,
    collections: Vec<CollectionWriter>,
    checkpoint: Option<Checkpoint>,
    /// Whether a commit has failed, so that some collections may have a commit that searches do not
    /// see.
    is_commit_incomplete: bool,
}

/// The result of [`Writer::get`].
#[derive(Clone, Debug, PartialEq)]
pub enum Lookup {
    /// The document of the next commit.
    Found(Box<Document>),
    /// The next commit contains no such document.
    Absent,
    /// The document changed since the last commit and is no longer in memory: read it from the
    /// source.
    Flushed,
}

impl Writer {
    pub(super) fn open(
        generations: IndexGenerations,
        state: Arc<StoreState>,
    ) -> Result<Writer, StoreError> {
        let mut collections = Vec::new();
        for collection in state.collections() {
            collections.push(CollectionWriter::open(
                collection,
                state.fields(collection).clone(),
                state.index(collection),
                generations.options(),
                &generations.current().merge_durations,
                is_empty(&state, collection),
            )?);
        }
        let checkpoint = state.checkpoint();
        Ok(Writer {
            generations,
            state,
            collections,
            checkpoint,
            is_commit_incomplete: false,
        })
    }

    /// A writer of a new, empty index. Searches do not see it before [`Writer::make_current`].
    ///
    /// # Errors
    /// If the folder of the store cannot be used.
    pub fn of_new_index(generations: &IndexGenerations) -> Result<Writer, StoreError> {
        Writer::open(generations.clone(), generations.create()?)
    }

    /// The generations of the store to which this writes.
    pub fn generations(&self) -> IndexGenerations {
        self.generations.clone()
    }

    /// Makes this index the current one, for later searches and after any crash. Searches see its
    /// last commit. Searches that run finish on the index before.
    ///
    /// # Errors
    /// If the folder cannot be written. Then the next start decides which index is current.
    pub fn make_current(&self) -> Result<(), StoreError> {
        self.generations.make_current(&self.state)
    }

    /// Closes the writer of an index that was replaced. A thread waits for its merges, so that no
    /// file is deleted while it is written.
    pub fn retire(self) {
        let Writer {
            collections, state, ..
        } = self;
        thread::spawn(move || {
            collections.into_iter().for_each(CollectionWriter::close);
            drop(state);
        });
    }

    /// The checkpoint of the last commit; `None` before the first.
    pub fn checkpoint(&self) -> Option<&Checkpoint> {
        self.checkpoint.as_ref()
    }

    /// Adds a document, or replaces the one with the same key.
    ///
    /// # Errors
    /// If the index cannot be written.
    pub fn put(&mut self, collection: Collection, document: Document) -> Result<(), StoreError> {
        self.writer_of(collection)
            .change(document.key, Some(Box::new(document)))
    }

    /// Deletes the document with that key, if it exists.
    ///
    /// # Errors
    /// If the index cannot be written.
    pub fn delete(&mut self, collection: Collection, key: Key) -> Result<(), StoreError> {
        self.writer_of(collection).change(key, None)
    }

    /// Deletes every document of a collection.
    ///
    /// # Errors
    /// If the index cannot be written.
    pub fn clear(&mut self, collection: Collection) -> Result<(), StoreError> {
        self.writer_of(collection).clear()
    }

    /// The document with that key, as the next commit contains it.
    ///
    /// # Errors
    /// If the index cannot be read.
    pub fn get(&self, collection: Collection, key: Key) -> Result<Lookup, StoreError> {
        match self.collections[self.state.index_of(collection)].pending(key) {
            Pending::InMemory(Some(document)) => {
                return Ok(Lookup::Found(Box::new(document.clone())));
            }
            Pending::InMemory(None) | Pending::Absent => return Ok(Lookup::Absent),
            Pending::Flushed => return Ok(Lookup::Flushed),
            Pending::Unchanged => {}
        }
        let snapshot = self.state.snapshot(collection);
        let Some((segment, doc)) = snapshot.find(key)? else {
            return Ok(Lookup::Absent);
        };
        Ok(Lookup::Found(Box::new(
            snapshot.stored(segment, doc)?.read()?.into_owned(),
        )))
    }

    /// The number of changes that wait for the next commit. Several changes of one document count
    /// once while they are in memory.
    pub fn pending(&self) -> usize {
        let collections = self.collections.iter();
        collections.map(CollectionWriter::pending_count).sum()
    }

    /// Makes all changes durable and searchable, together with the checkpoint. After a crash the
    /// index has the last commit or this one, or documents newer than its checkpoint, which a
    /// replay from the checkpoint repairs.
    ///
    /// # Errors
    /// If the index cannot be written, for example on a full disk.
    pub fn commit(&mut self, checkpoint: Checkpoint) -> Result<(), StoreError> {
        self.is_commit_incomplete = true;
        // The collection with the checkpoint comes last.
        let all: Vec<Collection> = self.state.collections().collect();
        for (index, writer) in self.collections.iter_mut().enumerate().rev() {
            let collection = writer.collection;
            let is_checkpointed = index == 0;
            if !writer.is_changed() && !is_checkpointed {
                continue;
            }
            let payload = CommitPayload::new(&all, is_checkpointed.then(|| checkpoint.clone()));
            crash_point("commit_begins");
            writer.flush()?;
            writer.commit(&payload)?;
            crash_point("commit_is_durable");
            self.state.reload(collection)?;
            writer.start_after_commit(is_empty(&self.state, collection));
        }
        self.checkpoint = Some(checkpoint);
        self.is_commit_incomplete = false;
        Ok(())
    }

    /// Drops every change of documents since the last commit, but keeps signals and days. After
    /// an error of any other call the writer can continue from here. If a commit has failed, the
    /// index may have documents newer than its checkpoint, as after a crash.
    ///
    /// # Errors
    /// If the index cannot be written. Call it again to continue.
    pub fn rollback(&mut self) -> Result<(), StoreError> {
        if self.is_commit_incomplete {
            self.state.reload_all()?;
        }
        for writer in &mut self.collections {
            let is_empty = is_empty(&self.state, writer.collection);
            writer.rollback(is_empty)?;
        }
        self.is_commit_incomplete = false;
        Ok(())
    }

    /// Reports that the index reflects the source as it was at a moment, and that the source had
    /// nothing after `position` then. Call it after a commit with the time of its last change, and
    /// whenever the source has nothing newer.
    pub fn mark_current(&self, position: Position, at: SystemTime) {
        self.state.mark_current(position, at);
    }

    /// Sets an owner's signals. The next search sees them. The nil key has no signals.
    pub fn set_signals(&self, owner: Key, signals: Signals) {
        if !owner.is_nil() {
            self.state.set_signals(self.state.ordinal(owner), &signals);
        }
    }

    /// Resets an owner's signals to the default.
    pub fn remove_signals(&self, owner: Key) {
        self.set_signals(owner, Signals::default());
    }

    /// Resets the signals of all owners to the default.
    pub fn clear_signals(&self) {
        for (_, owner) in self.state.signals.owners() {
            self.state.set_signals(owner, &Signals::default());
        }
    }

    /// The signals of every owner whose signals differ from the default.
    pub fn signals(&self) -> Vec<(Key, Signals)> {
        self.state.signals.non_default()
    }

    /// The busy days of a collection; `None` without an availability window.
    pub fn busy_days(&self, collection: Collection) -> Option<BusyDays> {
        self.state.days(collection)?.busy_days()
    }

    /// Changes the busy days of documents. The next search sees the changes. Days outside of
    /// the window are ignored: see [`Writer::advance_availability_window`].
    ///
    /// # Errors
    /// If the schema declares no signal of days, or the index cannot be read. Then the changes from
    /// the one that failed on are not made.
    pub fn change_days(
        &self,
        collection: Collection,
        changes: &[DaysChange],
    ) -> Result<(), StoreError> {
        self.state.change_days(collection, changes)
    }

    /// Changes a number of documents. The next search sees the changes.
    ///
    /// # Errors
    /// If the schema declares no such signal, a number is not finite or below 0, or the index
    /// cannot be read. In the last case, the changes from the one that failed on are not made,
    /// otherwise none.
    pub fn change_numbers(
        &self,
        collection: Collection,
        signal: SignalId,
        changes: &[NumberChange],
    ) -> Result<(), StoreError> {
        self.state.change_numbers(collection, signal, changes)
    }

    /// The documents whose number differs from the default, with their numbers. They need not be in
    /// the index.
    ///
    /// # Errors
    /// If the schema declares no such signal.
    pub fn numbers(
        &self,
        collection: Collection,
        signal: SignalId,
    ) -> Result<Vec<(Key, f64)>, SignalError> {
        self.state.numbers(collection, signal)
    }

    /// Moves the availability window one step towards a first day; returns the days that enter
    /// the window, which are free. Book them and call again, until no days enter. Call it every
    /// day. An earlier day than the current first one changes nothing: see
    /// [`Writer::reset_availability_window`]. A collection without a signal of days has no window.
    pub fn advance_availability_window(
        &self,
        collection: Collection,
        first: Date,
    ) -> Option<DateRange> {
        self.state.advance_availability_window(collection, first)
    }

    /// Frees all days and removes the availability window, so that it can start on an earlier
    /// day. Without a window all days count as free.
    pub fn reset_availability_window(&self, collection: Collection) {
        self.state.reset_availability_window(collection);
    }

    fn writer_of(&mut self, collection: Collection) -> &mut CollectionWriter {
        &mut self.collections[self.state.index_of(collection)]
    }

    /// Reports that the signals reflect the source up to a position, as it was at a moment.
    pub fn mark_signals_current(&self, position: Position, at: SystemTime) {
        self.state.mark_signals_current(position, at);
    }
}

fn is_empty(state: &StoreState, collection: Collection) -> bool {
    state.snapshot(collection).segments.is_empty()
}
