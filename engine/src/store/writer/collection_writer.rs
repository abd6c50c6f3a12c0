//! The pending changes of one collection, and tantivy's writer for it.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};

use tantivy::indexer::{IndexWriterOptions, MergePolicy, NoMergePolicy, UserOperation};
use tantivy::{Index, IndexWriter};

use super::merge_policy::FewSegments;
use crate::collection::Collection;
use crate::document::{Document, Key};
use crate::index::error::StoreError;
use crate::store::commit_payload::Payload;
use crate::store::crash_point::crash_point;
use crate::store::durations::Durations;
use crate::store::options::StoreOptions;

/// One collection's changes since the last commit.
pub(super) struct Drawer {
    pub(super) collection: Collection,
    pub(super) writer: IndexWriter,
    pub(super) is_merging: bool,
    pub(super) merges: FewSegments,
    /// The newest changes, by key; `None` deletes.
    pub(super) pending: HashMap<Key, Option<Box<Document>>>,
    /// The keys of changes that are already with tantivy.
    pub(super) flushed: HashSet<Key>,
    /// No document from before the last commit is left, so there is none to replace.
    pub(super) is_fresh: bool,
    pub(super) is_changed: bool,
}

impl Drawer {
    pub(super) fn open(
        collection: Collection,
        index: &Index,
        options: &StoreOptions,
        merges: &Arc<Mutex<Durations>>,
        is_fresh: bool,
    ) -> Result<Drawer, StoreError> {
        let drawer = Drawer {
            collection,
            writer: index.writer_with_options(writer_options(options))?,
            is_merging: options.is_merging,
            merges: FewSegments::new(index, merges),
            pending: HashMap::new(),
            flushed: HashSet::new(),
            is_fresh,
            is_changed: false,
        };
        drawer.make_ready()?;
        Ok(drawer)
    }

    /// Prepares tantivy's writer, which is a new one after a rollback too.
    pub(super) fn make_ready(&self) -> Result<(), StoreError> {
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

    pub(super) fn hand_over(&self, operations: Vec<UserOperation>) -> Result<(), StoreError> {
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

    pub(super) fn commit(&mut self, payload: &Payload) -> Result<(), StoreError> {
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

fn writer_options(options: &StoreOptions) -> IndexWriterOptions {
    IndexWriterOptions::builder()
        .num_worker_threads(options.writer_threads)
        .memory_budget_per_thread(options.writer_memory_bytes / options.writer_threads.max(1))
        // One for a large merge, one for the small ones that must not wait for it.
        .num_merge_threads(2)
        .build()
}
