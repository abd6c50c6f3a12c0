//! How does a change get into the index?

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::SystemTime;

use tantivy::IndexWriter;
use tantivy::indexer::{IndexWriterOptions, MergePolicy, NoMergePolicy, UserOperation};
use tantivy::query::AllQuery;

use super::StoreError;
use super::home::Home;
use super::merge::FewSegments;
use super::schema;
use super::shared::Shared;
use super::snapshot::{CHECKPOINTED, Payload};
use crate::checkpoint::{Checkpoint, Position};
use crate::collection::Collection;
use crate::crash_point::crash_point;
use crate::date::Date;
use crate::document::{Document, Key};
use crate::nights::BookedNights;
use crate::signals::Signals;
use crate::stay::{NightsChange, Stay};

/// The only way into the index. Its calls block, so it wants a thread of its own.
pub struct Writer {
    pub(super) home: Home,
    pub(super) shared: Arc<Shared>,
    pub(super) drawers: Vec<Drawer>,
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

/// One collection's changes since the last commit.
pub(super) struct Drawer {
    collection: Collection,
    writer: IndexWriter,
    is_merging: bool,
    merges: FewSegments,
    /// The newest changes, by key; `None` deletes.
    pending: HashMap<Key, Option<Box<Document>>>,
    /// The keys of changes that are already with tantivy.
    flushed: HashSet<Key>,
    /// No document from before the last commit is left, so there is none to replace.
    is_fresh: bool,
    is_changed: bool,
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
            let index = shared.index(collection);
            let writer: IndexWriter = index.writer_with_options(writer_options(options))?;
            let drawer = Drawer {
                collection,
                writer,
                is_merging: options.is_merging,
                merges: FewSegments::new(index, &home.0.current.merges),
                pending: HashMap::new(),
                flushed: HashSet::new(),
                is_fresh: shared.snapshot(collection).segments.is_empty(),
                is_changed: false,
            };
            drawer.make_ready()?;
            drawers.push(drawer);
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
        self.shared.signals.known()
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
                    .map(|document| schema::cell(document.place)),
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

impl Drawer {
    /// Prepares tantivy's writer, which is a new one after a rollback too.
    fn make_ready(&self) -> Result<(), StoreError> {
        let policy: Box<dyn MergePolicy> = match self.is_merging {
            true => Box::new(self.merges.clone()),
            false => Box::new(NoMergePolicy),
        };
        self.writer.set_merge_policy(policy);
        // A new writer numbers its operations from the number of the last commit on, so that its first one
        // has that commit's own. A merge that begins before the next commit takes a delete of that
        // number for done in every segment that lost documents with that commit, and it is lost.
        // Nothing is to be deleted under it: an empty batch takes one number.
        self.writer.run(Vec::new())?;
        Ok(())
    }

    /// Waits until nothing is written any more.
    pub(super) fn end(self) {
        self.merges.pause(true);
        // What it would have written is of no more use.
        let _ended = self.writer.wait_merging_threads();
    }

    fn hand_over(&self, operations: Vec<UserOperation>) -> Result<(), StoreError> {
        let is_add = |operation: &UserOperation| matches!(operation, UserOperation::Add(_));
        if operations.iter().any(is_add) {
            self.writer.run(operations)?;
            return Ok(());
        }
        // Tantivy's threads take a batch without a document for a fault.
        for operation in operations {
            if let UserOperation::Delete(term) = operation {
                self.writer.delete_term(term);
            }
        }
        Ok(())
    }

    fn commit(&mut self, payload: &Payload) -> Result<(), StoreError> {
        let text = serde_json::to_string(payload)
            .map_err(|error| StoreError::Damaged(error.to_string()))?;
        // The segments of a bulk load are merged once, when all of them are there.
        self.merges.pause(self.is_fresh);
        let mut prepared = self.writer.prepare_commit()?;
        prepared.set_payload(&text);
        self.merges.pause(false);
        crash_point("commit_is_prepared");
        prepared.commit()?;
        self.flushed.clear();
        self.is_changed = false;
        Ok(())
    }
}

fn writer_options(options: &super::StoreOptions) -> IndexWriterOptions {
    IndexWriterOptions::builder()
        .num_worker_threads(options.writer_threads)
        .memory_budget_per_thread(options.writer_memory_bytes / options.writer_threads.max(1))
        // One for a large merge, one for the small ones that must not wait for it.
        .num_merge_threads(2)
        .build()
}
