//! The pending changes of one collection, and tantivy's writer for it.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};

use tantivy::indexer::{IndexWriterOptions, MergePolicy, NoMergePolicy, UserOperation};
use tantivy::query::AllQuery;
use tantivy::{Index, IndexWriter};

use super::merge_policy::FewSegmentsMergePolicy;
use crate::document::Document;
use crate::index::encoding::fields::{self, Fields};
use crate::index::error::StoreError;
use crate::schema::{Collection, Key};
use crate::store::commit_payload::CommitPayload;
use crate::store::crash_point::crash_point;
use crate::store::durations::Durations;
use crate::store::options::StoreOptions;

/// The changes of one collection since its last commit.
pub(super) struct CollectionWriter {
    pub(super) collection: Collection,
    fields: Fields,
    writer: IndexWriter,
    writer_options: IndexWriterOptions,
    /// Whether a rollback has failed, after which tantivy's writer can only be replaced.
    is_writer_lost: bool,
    is_merging: bool,
    merge_policy: FewSegmentsMergePolicy,
    /// The newest changes, by key; `None` deletes.
    pending: HashMap<Key, Option<Box<Document>>>,
    /// The keys of changes that were passed to tantivy.
    flushed: HashSet<Key>,
    /// Whether no document is older than the last commit, so that there is none to replace.
    is_empty_before: bool,
    is_changed: bool,
}

/// A document as the pending changes have it.
pub(super) enum Pending<'a> {
    /// The change is still in memory; `None` if it deletes the document.
    InMemory(Option<&'a Document>),
    /// The change was passed to tantivy.
    Flushed,
    /// There is no change, and no earlier document.
    Absent,
    /// There is no change.
    Unchanged,
}

/// The number of changes in memory that triggers a flush. It suffices to sort them by cell, since a
/// sorted index is built much faster from sorted input, and to combine repeated changes of one
/// document.
const PENDING_MAX: usize = 8192;

/// The number of changes that go to one thread together, so that a small commit creates one segment
/// and not one per thread.
const BATCH: usize = 1024;

impl CollectionWriter {
    pub(super) fn open(
        collection: Collection,
        fields: Fields,
        index: &Index,
        options: &StoreOptions,
        merge_durations: &Arc<Mutex<Durations>>,
        is_empty: bool,
    ) -> Result<CollectionWriter, StoreError> {
        let writer_options = writer_options(options);
        let writer = CollectionWriter {
            collection,
            fields,
            writer: index.writer_with_options(writer_options.clone())?,
            writer_options,
            is_writer_lost: false,
            is_merging: options.is_merging,
            merge_policy: FewSegmentsMergePolicy::new(index, merge_durations),
            pending: HashMap::new(),
            flushed: HashSet::new(),
            is_empty_before: is_empty,
            is_changed: false,
        };
        writer.prepare()?;
        Ok(writer)
    }

    pub(super) fn is_changed(&self) -> bool {
        self.is_changed
    }

    /// The number of pending changes.
    pub(super) fn pending_count(&self) -> usize {
        self.pending.len() + self.flushed.len()
    }

    pub(super) fn pending(&self, key: Key) -> Pending<'_> {
        match self.pending.get(&key) {
            Some(document) => Pending::InMemory(document.as_deref()),
            None if self.flushed.contains(&key) => Pending::Flushed,
            None if self.is_empty_before => Pending::Absent,
            None => Pending::Unchanged,
        }
    }

    /// Puts a document, or deletes it if it is `None`.
    pub(super) fn change(
        &mut self,
        key: Key,
        document: Option<Box<Document>>,
    ) -> Result<(), StoreError> {
        self.is_changed = true;
        self.pending.insert(key, document);
        if self.pending.len() >= PENDING_MAX {
            self.flush()
        } else {
            Ok(())
        }
    }

    /// Deletes all documents.
    pub(super) fn clear(&mut self) -> Result<(), StoreError> {
        self.pending.clear();
        self.flushed.clear();
        self.writer.delete_query(Box::new(AllQuery))?;
        self.is_empty_before = true;
        self.is_changed = true;
        Ok(())
    }

    /// Passes the changes in memory to tantivy.
    pub(super) fn flush(&mut self) -> Result<(), StoreError> {
        let mut changes: Vec<_> = self.pending.drain().collect();
        changes.sort_by_cached_key(|(key, document)| {
            (
                document
                    .as_ref()
                    .map(|document| fields::cell(document.place)),
                *key,
            )
        });
        self.merge_policy.pause(self.is_empty_before);
        for changes in changes.chunks(BATCH) {
            let mut operations = Vec::with_capacity(2 * changes.len());
            for (key, document) in changes {
                // To find a document to replace takes a lookup in every segment.
                if self.flushed.replace(*key).is_some() || !self.is_empty_before {
                    operations.push(UserOperation::Delete(self.fields.key_term(*key)));
                }
                if let Some(document) = document {
                    let document = self.fields.encode(document)?;
                    operations.push(UserOperation::Add(document));
                }
            }
            self.run(operations)?;
        }
        Ok(())
    }

    pub(super) fn commit(&mut self, payload: &CommitPayload) -> Result<(), StoreError> {
        let text = serde_json::to_string(payload)
            .map_err(|error| StoreError::Damaged(error.to_string()))?;
        // A commit that fails leaves a writer that needs a rollback.
        self.is_changed = true;
        // The segments of a bulk load are merged once, when all of them are written.
        self.merge_policy.pause(self.is_empty_before);
        let mut prepared = self.writer.prepare_commit()?;
        prepared.set_payload(&text);
        self.merge_policy.pause(false);
        crash_point("commit_is_prepared");
        prepared.commit()?;
        self.flushed.clear();
        self.is_changed = false;
        Ok(())
    }

    /// Continues after a commit with the documents of its snapshot.
    pub(super) fn start_after_commit(&mut self, is_empty: bool) {
        self.is_empty_before = is_empty;
    }

    /// Drops all changes since the last commit.
    pub(super) fn rollback(&mut self, is_empty: bool) -> Result<(), StoreError> {
        self.pending.clear();
        self.flushed.clear();
        if self.is_changed {
            self.replace_writer()?;
            self.prepare()?;
            self.is_empty_before = is_empty;
            self.is_changed = false;
        }
        Ok(())
    }

    /// Replaces tantivy's writer by a new one at the last commit.
    fn replace_writer(&mut self) -> Result<(), StoreError> {
        if self.is_writer_lost {
            let index = self.writer.index().clone();
            self.writer = index.writer_with_options(self.writer_options.clone())?;
        } else {
            // A rollback that fails has given up the lock of the index, and panics the next time.
            self.is_writer_lost = true;
            self.writer.rollback()?;
        }
        self.is_writer_lost = false;
        Ok(())
    }

    /// Waits until no thread writes any more.
    pub(super) fn close(self) {
        self.merge_policy.pause(true);
        // An error does not matter, since the index is no longer used.
        let _closed = self.writer.wait_merging_threads();
    }

    /// Prepares tantivy's writer, which a rollback replaces.
    fn prepare(&self) -> Result<(), StoreError> {
        let policy: Box<dyn MergePolicy> = match self.is_merging {
            true => Box::new(self.merge_policy.clone()),
            false => Box::new(NoMergePolicy),
        };
        self.writer.set_merge_policy(policy);
        // A new writer numbers its operations from the opstamp of the last commit on, so that the
        // first one has the opstamp of that commit. A merge that starts before the next commit
        // assumes that a delete of this opstamp was already applied to segments with deletes of
        // that commit, and loses it. An empty batch takes one opstamp, so that no delete gets it.
        self.writer.run(Vec::new())?;
        // For the same reason a commit may have to create a file of the name that an interrupted
        // one has left behind, and cannot, as long as that file exists.
        self.writer.garbage_collect_files().wait()?;
        Ok(())
    }

    fn run(&mut self, operations: Vec<UserOperation>) -> Result<(), StoreError> {
        let is_add = |operation: &UserOperation| matches!(operation, UserOperation::Add(_));
        if operations.iter().any(is_add) {
            let Err(error) = self.writer.run(operations) else {
                return Ok(());
            };
            // The writer has lost its threads. The error of the thread that failed has the cause.
            return Err(self.writer.prepare_commit().err().unwrap_or(error).into());
        }
        // Tantivy's threads treat a batch without a document as an error.
        for operation in operations {
            if let UserOperation::Delete(term) = operation {
                self.writer.delete_term(term);
            }
        }
        Ok(())
    }
}

fn writer_options(options: &StoreOptions) -> IndexWriterOptions {
    IndexWriterOptions::builder()
        .num_worker_threads(options.writer_threads)
        .memory_budget_per_thread(options.writer_memory_bytes / options.writer_threads.max(1))
        // One for large merges, and one for small merges that must not wait for these.
        .num_merge_threads(2)
        .build()
}
