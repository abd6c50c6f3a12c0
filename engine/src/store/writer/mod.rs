//! How does a change get into the index?

mod collection_writer;
mod merge_policy;

use std::sync::Arc;
use std::thread;
use std::time::SystemTime;

use tantivy::indexer::UserOperation;
use tantivy::query::AllQuery;

use self::collection_writer::Drawer;
use super::commit_payload::{CHECKPOINTED, Payload};
use super::crash_point::crash_point;
use super::index_generations::{Home, Place};
use super::shared::Shared;
use crate::availability::{BookedNights, Date, NightsChange, Stay};
use crate::checkpoint::{Checkpoint, Position};
use crate::collection::Collection;
use crate::document::{Document, Key};
use crate::index::error::StoreError;
use crate::index::schema::fields;
use crate::signals::Signals;

/// The only way into the index. Its calls block, so it wants a thread of its own.
pub struct Writer {
    pub(super) home: Home,
    pub(super) shared: Arc<Shared>,
    drawers: Vec<Drawer>,
    checkpoint: Option<Checkpoint>,
}

/// What [`Writer::get`] knows of a document.
#[derive(Clone, Debug, PartialEq)]
pub enum Lookup {
    /// The document as the next commit will have it.
    Found(Box<Document>),
    /// The next commit will have no such document.
    Absent,
    /// It changed since the last commit and is no longer in memory: ask the source.
    Flushed,
}

/// This many changes are held before they go to tantivy: enough to sort them by cell, since a
/// sorted index builds much faster from sorted input, and to fold repeated changes into one.
const PENDING_MAX: usize = 8192;

/// So many changes go to one thread at once. What a small commit brings is then one segment, and
/// not one a thread.
const BATCH: usize = 1024;

impl Writer {
    pub(super) fn open(home: Home, shared: Arc<Shared>) -> Result<Writer, StoreError> {
        let options = &home.0.options;
        let mut drawers = Vec::new();
        for collection in Collection::ALL {
            drawers.push(Drawer::open(
                collection,
                shared.index(collection),
                options,
                &home.0.current.merges,
                shared.snapshot(collection).segments.is_empty(),
            )?);
        }
        let checkpoint = shared.checkpoint();
        Ok(Writer {
            home,
            shared,
            drawers,
            checkpoint,
        })
    }

    /// The checkpoint of the last commit; `None` if the index has none yet.
    pub fn checkpoint(&self) -> Option<&Checkpoint> {
        self.checkpoint.as_ref()
    }

    /// Adds a document, in place of the one of the same key.
    ///
    /// # Errors
    /// If the index can't be written.
    pub fn put(&mut self, collection: Collection, document: Document) -> Result<(), StoreError> {
        self.change(collection, document.key, Some(Box::new(document)))
    }

    /// Removes the document of that key, if there is one.
    ///
    /// # Errors
    /// If the index can't be written.
    pub fn delete(&mut self, collection: Collection, key: Key) -> Result<(), StoreError> {
        self.change(collection, key, None)
    }

    /// Removes every document of a collection.
    ///
    /// # Errors
    /// If the index can't be written.
    pub fn clear(&mut self, collection: Collection) -> Result<(), StoreError> {
        let drawer = &mut self.drawers[collection as usize];
        drawer.pending.clear();
        drawer.flushed.clear();
        drawer.writer.delete_query(Box::new(AllQuery))?;
        drawer.is_fresh = true;
        drawer.is_changed = true;
        Ok(())
    }

    /// The document of that key as the next commit will have it.
    ///
    /// # Errors
    /// If the index can't be read.
    pub fn get(&self, collection: Collection, key: Key) -> Result<Lookup, StoreError> {
        let drawer = &self.drawers[collection as usize];
        match drawer.pending.get(&key) {
            Some(Some(document)) => return Ok(Lookup::Found(document.clone())),
            Some(None) => return Ok(Lookup::Absent),
            None if drawer.flushed.contains(&key) => return Ok(Lookup::Flushed),
            None if drawer.is_fresh => return Ok(Lookup::Absent),
            None => {}
        }
        let snapshot = self.shared.snapshot(collection);
        let Some((segment, doc)) = snapshot.find(key)? else {
            return Ok(Lookup::Absent);
        };
        Ok(Lookup::Found(Box::new(
            snapshot.stored(segment, doc)?.read()?.into_owned(),
        )))
    }

    /// How many changes wait for the next commit; several of one document count once while they
    /// are in memory.
    pub fn pending(&self) -> usize {
        self.drawers
            .iter()
            .map(|drawer| drawer.pending.len() + drawer.flushed.len())
            .sum()
    }

    /// Makes all changes durable and searchable, together with the checkpoint. A crash before this
    /// returns leaves the last commit or this one, never a mixture of checkpoint and documents
    /// that a replay from the checkpoint would not mend.
    ///
    /// # Errors
    /// If the index can't be written, for example on a full disk.
    pub fn commit(&mut self, checkpoint: Checkpoint) -> Result<(), StoreError> {
        for at in (0..self.drawers.len()).rev() {
            let collection = self.drawers[at].collection;
            let is_checkpointed = collection == CHECKPOINTED;
            if !self.drawers[at].is_changed && !is_checkpointed {
                continue;
            }
            let payload = Payload::new(is_checkpointed.then(|| checkpoint.clone()));
            crash_point("commit_begins");
            self.flush(collection)?;
            self.drawers[at].commit(&payload)?;
            crash_point("commit_is_durable");
            self.shared.reload(collection)?;
            self.drawers[at].is_fresh = self.shared.snapshot(collection).segments.is_empty();
        }
        self.checkpoint = Some(checkpoint);
        Ok(())
    }

    /// Forgets every change since the last commit. Signals are not among them.
    ///
    /// # Errors
    /// If the index can't be written.
    pub fn rollback(&mut self) -> Result<(), StoreError> {
        for drawer in &mut self.drawers {
            drawer.pending.clear();
            drawer.flushed.clear();
            if drawer.is_changed {
                drawer.writer.rollback()?;
                drawer.make_ready()?;
                let snapshot = self.shared.snapshot(drawer.collection);
                drawer.is_fresh = snapshot.segments.is_empty();
                drawer.is_changed = false;
            }
        }
        Ok(())
    }

    /// Says that the index shows the source as it was at a moment: up to `position`, behind which
    /// nothing had happened by then. Call it after a commit with the time of its last change, and
    /// whenever the source is known to have nothing newer.
    pub fn mark_current(&self, position: Position, at: SystemTime) {
        self.shared.mark_current(position, at);
    }

    /// Sets an owner's signals. The next search sees them. Nobody, whose key is nil, has none.
    pub fn set_signals(&self, owner: Key, signals: Signals) {
        if !owner.is_nil() {
            self.shared.set_signals(self.shared.slot(owner), signals);
        }
    }

    /// Forgets an owner's signals, as if it had never been heard of.
    pub fn remove_signals(&self, owner: Key) {
        self.set_signals(owner, Signals::default());
    }

    /// Forgets the signals of all owners.
    pub fn clear_signals(&self) {
        for (_, slot) in self.shared.signals.owners() {
            self.shared.set_signals(slot, Signals::default());
        }
    }

    /// The signals of every owner of whom anything is known.
    pub fn signals(&self) -> Vec<(Key, Signals)> {
        self.shared.signals.non_default()
    }

    /// The nights of documents that are taken; `None` before any are kept.
    pub fn booked_nights(&self, collection: Collection) -> Option<BookedNights> {
        self.shared.nights(collection).taken()
    }

    /// Changes which nights of documents are taken. The next search sees it. Nights that are not kept,
    /// see [`Writer::keep_nights_from`], are passed over.
    ///
    /// # Errors
    /// If the index can't be read; changes behind the one that met with that are not made.
    pub fn change_nights(
        &self,
        collection: Collection,
        changes: &[NightsChange],
    ) -> Result<(), StoreError> {
        self.shared.change_nights(collection, changes)
    }

    /// Keeps the nights from a day on, and lets searches ask for them. Days go by, so this is to be
    /// called again and again: as long as it returns nights, which come in free, say which of them
    /// are taken, and call again. An earlier day than before changes nothing: see
    /// [`Writer::forget_nights`].
    pub fn keep_nights_from(&self, collection: Collection, first: Date) -> Option<Stay> {
        self.shared.step_nights(collection, first)
    }

    /// Forgets all nights, and from which day on they are kept, so that they can be kept from an earlier day
    /// on. Until they are, no search can ask for any.
    pub fn forget_nights(&self, collection: Collection) {
        self.shared.forget_nights(collection);
    }

    /// Says that the signals reflect the source up to here, as it was at a moment.
    pub fn signals_at(&self, position: Position, at: SystemTime) {
        self.shared.mark_signals(position, at);
    }

    fn change(
        &mut self,
        collection: Collection,
        key: Key,
        document: Option<Box<Document>>,
    ) -> Result<(), StoreError> {
        let drawer = &mut self.drawers[collection as usize];
        drawer.is_changed = true;
        drawer.pending.insert(key, document);
        if drawer.pending.len() >= PENDING_MAX {
            self.flush(collection)
        } else {
            Ok(())
        }
    }

    /// Hands the pending changes to tantivy.
    fn flush(&mut self, collection: Collection) -> Result<(), StoreError> {
        let fields = self.shared.fields;
        let drawer = &mut self.drawers[collection as usize];
        let mut changes: Vec<_> = drawer.pending.drain().collect();
        changes.sort_by_cached_key(|(key, document)| {
            (
                document
                    .as_ref()
                    .map(|document| fields::cell(document.place)),
                *key,
            )
        });
        drawer.merges.pause(drawer.is_fresh);
        for changes in changes.chunks(BATCH) {
            let mut operations = Vec::with_capacity(2 * changes.len());
            for (key, document) in changes {
                // Looking for a document to replace costs a look into every segment.
                if drawer.flushed.replace(*key).is_some() || !drawer.is_fresh {
                    operations.push(UserOperation::Delete(fields.key_term(*key)));
                }
                if let Some(document) = document {
                    operations.push(UserOperation::Add(fields.encode(collection, document)?));
                }
            }
            drawer.hand_over(operations)?;
        }
        Ok(())
    }
}

impl Writer {
    /// The store that this writes to.
    pub fn home(&self) -> Home {
        self.home.clone()
    }

    /// Lets searches see this index instead of the one before, from the next search on and after any
    /// crash. What was committed to it is what they see. Searches that have begun end where they are.
    ///
    /// # Errors
    /// If the folder can't be written. Which index is in force after that, the next start tells.
    pub fn take_over(&self) -> Result<(), StoreError> {
        let Place {
            generations,
            current,
            ..
        } = &*self.home.0;
        crash_point("new_index_is_whole");
        if let Some(number) = self.shared.generation {
            generations.choose(number)?;
        }
        crash_point("index_is_swapped");
        current.index.store(Arc::clone(&self.shared));
        Ok(())
    }

    /// Ends the writer of an index that another one has replaced. What it merges is waited for behind
    /// the caller's back, so that no file is deleted while it is written.
    pub fn retire(self) {
        let Writer {
            drawers, shared, ..
        } = self;
        thread::spawn(move || {
            drawers.into_iter().for_each(Drawer::end);
            drop(shared);
        });
    }
}
