//! Where is the index, and who may open it?
//!
//! A store is a folder with one tantivy index a collection, in a folder below it: see [`Home`]. It is derived from its source: when it
//! is damaged or was written by another version, it is removed and made anew.

mod collection_state;
mod commit_payload;
mod crash_point;
mod current;
mod disk;
mod durations;
mod index_generations;
mod night_changes;
mod options;
mod reader;
mod shared;
mod usage;
mod writer;

use std::path::Path;
use std::sync::Arc;

pub use self::crash_point::{arm_crash_point, crash_point};
pub use self::disk::generation_folders::DiskSpace;
pub use self::disk::pinned_commit::{PinnedCommit, PinnedFile};
pub use self::durations::Durations;
pub use self::index_generations::Home;
pub use self::options::StoreOptions;
pub use self::reader::Reader;
pub use self::usage::{Memory, SegmentUsage, Usage};
pub use self::writer::{Lookup, Writer};

use self::current::Current;
use self::disk::generation_folders::{self, Generations};
use self::disk::open::{open_for_reading, open_index_in};
use self::disk::pinned_commit;
use self::index_generations::Place;
use crate::checkpoint::Checkpoint;
use crate::collection::Collection;
use crate::index::StoreError;
use crate::index::schema::fields;
use crate::tuning::Tuning;

/// The folder that holds the index of every collection.
#[derive(Debug)]
pub struct Store;

impl Store {
    /// Which version of the index this version of the engine reads and writes.
    pub const FORMAT_VERSION: u32 = fields::FORMAT_VERSION;

    /// Opens the index in `folder`, or makes it. One process at a time may hold the writer.
    ///
    /// # Errors
    /// If another process holds it, if it is damaged or of another version, or if the folder can't
    /// be used.
    pub fn open(folder: &Path, options: &StoreOptions) -> Result<(Writer, Reader), StoreError> {
        Store::open_tuned(folder, options, Tuning::SHIPPED)
    }

    /// Opens the index with other values of the constants that decide between algorithms.
    pub(crate) fn open_tuned(
        folder: &Path,
        options: &StoreOptions,
        tuning: Tuning,
    ) -> Result<(Writer, Reader), StoreError> {
        let generations = Generations::open(folder)?;
        let number = generations.current();
        let index = Arc::new(open_index_in(&generations.path(number), number, tuning)?);
        generations.add(number, &index);
        let current = Current::new(Arc::clone(&index), None, tuning);
        let home = Home(Arc::new(Place {
            generations,
            current: Arc::clone(&current),
            options: *options,
            tuning,
        }));
        let writer = Writer::open(home, index).map_err(|error| error.or_locked(folder))?;
        Ok((writer, Reader::new(current)))
    }

    /// As [`Store::open`], but an index that is damaged or of another version is removed and made
    /// anew, empty. The reason comes back with it.
    ///
    /// # Errors
    /// If another process holds the index or the folder can't be used.
    pub fn open_or_reset(
        folder: &Path,
        options: &StoreOptions,
    ) -> Result<(Writer, Reader, Option<StoreError>), StoreError> {
        let reason = match Store::open(folder, options) {
            Ok((writer, reader)) => return Ok((writer, reader, None)),
            Err(error @ (StoreError::Locked(_) | StoreError::Folder { .. })) => return Err(error),
            Err(reason) => reason,
        };
        Generations::reset(folder)?;
        let (writer, reader) = Store::open(folder, options)?;
        Ok((writer, reader, Some(reason)))
    }

    /// Opens the index for reading only, beside a process that may be writing to it.
    /// [`Reader::refresh`] moves on to that process's newest commit.
    ///
    /// # Errors
    /// If there is no index, or it is damaged or of another version.
    pub fn open_read_only(folder: &Path) -> Result<Reader, StoreError> {
        let tuning = Tuning::SHIPPED;
        let index = open_for_reading(folder, generation_folders::current(folder)?, tuning)?;
        let followed = Some(folder.to_owned());
        Ok(Reader::new(Current::new(Arc::new(index), followed, tuning)))
    }

    /// Holds the newest commit of the index in `folder`, beside a process that may be writing to it.
    ///
    /// The checkpoint may be older than what some collection shows, as after a crash between the commits
    /// of two: following from there mends it.
    ///
    /// # Errors
    /// If there is no index, or it is damaged or of another version.
    pub fn pin_commit(folder: &Path) -> Result<PinnedCommit, StoreError> {
        pinned_commit::pin_commit(folder)
    }

    /// Makes a held commit, whose files lie in `from` in a folder for each collection, the index in
    /// `folder`, which must have none. It goes on from `checkpoint`. All is checked before, and until
    /// the last step `folder` holds nothing that would be taken for an index.
    ///
    /// # Errors
    /// If the commit is damaged or of another version, or a folder can't be used.
    pub fn adopt_commit(
        from: &Path,
        checkpoint: Checkpoint,
        folder: &Path,
    ) -> Result<(), StoreError> {
        for collection in Collection::ALL {
            pinned_commit::list_files(&from.join(collection.name()))?;
        }
        let (mut writer, _) = Store::open(from, &QUIET)?;
        writer.commit(checkpoint)?;
        drop(writer);
        if let Some(number) = generation_folders::current(from)? {
            pinned_commit::sync_folder(&generation_folders::path(from, number))?;
        }
        generation_folders::move_store(from, folder)
    }
}

/// For a store that takes a checkpoint and nothing else.
const QUIET: StoreOptions = StoreOptions {
    writer_threads: 1,
    writer_memory_bytes: 16 << 20,
    is_merging: false,
};
