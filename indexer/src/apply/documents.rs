//! Applies document changes through the index writer, and commits them.

use std::time::{Duration, Instant};

use roost_engine::{
    Checkpoint, Collection, Document, IndexGenerations, Key, Lookup, Position, StoreError, Writer,
};

/// The documents of one index, with the changes that wait for the next commit.
pub(crate) struct DocumentApplier {
    writer: Writer,
    /// When the first change after the last commit was applied.
    changed_at: Option<Instant>,
    /// A row that was read ahead of the stream may show a later moment. A commit before this
    /// position would mix two moments.
    commit_from: Position,
}

impl DocumentApplier {
    pub(crate) fn new(writer: Writer) -> DocumentApplier {
        DocumentApplier {
            writer,
            changed_at: None,
            commit_from: Position(0),
        }
    }

    /// The index, for what is not a document change.
    pub(crate) fn writer(&self) -> &Writer {
        &self.writer
    }

    /// The store of the index, where a new index can be created beside this one.
    pub(crate) fn generations(&self) -> IndexGenerations {
        self.writer.generations()
    }

    /// The checkpoint of the last commit.
    pub(crate) fn checkpoint(&self) -> Option<&Checkpoint> {
        self.writer.checkpoint()
    }

    /// The document as the next commit will contain it.
    pub(crate) fn get(&self, collection: Collection, key: Key) -> Result<Lookup, StoreError> {
        self.writer.get(collection, key)
    }

    pub(crate) fn put(
        &mut self,
        collection: Collection,
        document: Document,
    ) -> Result<(), StoreError> {
        self.mark_changed();
        self.writer.put(collection, document)
    }

    pub(crate) fn delete(&mut self, collection: Collection, key: Key) -> Result<(), StoreError> {
        self.mark_changed();
        self.writer.delete(collection, key)
    }

    pub(crate) fn clear(&mut self, collection: Collection) -> Result<(), StoreError> {
        self.mark_changed();
        self.writer.clear(collection)
    }

    /// Whether changes wait for the next commit.
    pub(crate) fn has_changes(&self) -> bool {
        self.changed_at.is_some()
    }

    /// How many changes wait for the next commit.
    pub(crate) fn pending(&self) -> usize {
        self.writer.pending()
    }

    /// When the oldest change has waited for this interval.
    pub(crate) fn due(&self, interval: Duration) -> Option<Instant> {
        self.changed_at.map(|at| at + interval)
    }

    /// Forbids commits before a position.
    pub(crate) fn delay_commits_until(&mut self, position: Position) {
        self.commit_from = self.commit_from.max(position);
    }

    /// Whether a commit at this position would show one moment only.
    pub(crate) fn can_commit(&self, position: Position) -> bool {
        position >= self.commit_from
    }

    /// Makes all changes durable and searchable. Returns how long that took.
    pub(crate) fn commit(&mut self, checkpoint: Checkpoint) -> Result<Duration, StoreError> {
        let started_at = Instant::now();
        self.writer.commit(checkpoint)?;
        self.changed_at = None;
        Ok(started_at.elapsed())
    }

    /// Returns to the last commit. Pending changes may be half of a transaction.
    pub(crate) fn rollback(&mut self) -> Result<(), StoreError> {
        self.commit_from = Position(0);
        self.changed_at = None;
        self.writer.rollback()
    }

    /// Ends the writer of an index that another one has replaced.
    pub(crate) fn retire(self) {
        self.writer.retire();
    }

    fn mark_changed(&mut self) {
        self.changed_at.get_or_insert_with(Instant::now);
    }
}
