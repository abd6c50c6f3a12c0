//! The store: a folder with the index of every collection, one writer, and any number of readers.
//!
//! The index is derived from its source. If it is damaged or was written by another version, it is
//! deleted and rebuilt.

mod collection_state;
mod commit_payload;
mod crash_point;
mod current;
mod disk;
mod durations;
mod index_generations;
mod options;
mod reader;
mod signal_changes;
mod store_state;
mod usage;
mod writer;

use std::path::Path;
use std::sync::Arc;

pub use self::crash_point::{arm_crash_point, crash_point};
pub use self::disk::generation_folders::DiskSpace;
pub use self::disk::pinned_commit::{PinnedCommit, PinnedFile};
pub use self::durations::Durations;
pub use self::index_generations::IndexGenerations;
pub use self::options::StoreOptions;
pub use self::reader::Reader;
pub use self::usage::{Memory, SegmentUsage, Usage};
pub use self::writer::{Lookup, Writer};

use self::current::CurrentIndex;
use self::disk::generation_folders::{self, GenerationFolders};
use self::disk::open::{open_for_reading, open_generation};
use self::disk::pinned_commit;
use self::options::StoreSettings;
use crate::checkpoint::Checkpoint;
use crate::control::tuning::Tuning;
use crate::index::StoreError;
use crate::index::encoding::fields;
use crate::schema::Collection;

/// Opens, pins and restores the index in a folder.
#[derive(Debug)]
pub struct Store;

impl Store {
    /// The version of the index that this engine reads and writes.
    pub const FORMAT_VERSION: u32 = fields::FORMAT_VERSION;

    /// Opens the index of some collections in `folder`, or creates it. There must be at least one
    /// collection, and their order matters: the first one carries the checkpoint. Only one process
    /// at a time can have the writer.
    ///
    /// # Errors
    /// If another process has the writer, if the index is damaged, of another version or of other
    /// collections, or if the folder cannot be used.
    pub fn open(
        folder: &Path,
        collections: &[Collection],
        options: &StoreOptions,
    ) -> Result<(Writer, Reader), StoreError> {
        Store::open_tuned(folder, collections, options, Tuning::SHIPPED)
    }

    /// Opens the index with other values of the constants that decide between algorithms.
    pub(crate) fn open_tuned(
        folder: &Path,
        collections: &[Collection],
        options: &StoreOptions,
        tuning: Tuning,
    ) -> Result<(Writer, Reader), StoreError> {
        let settings = StoreSettings::new(collections, tuning);
        let folders = GenerationFolders::open(folder, collections)?;
        let number = folders.current();
        let state = open_generation(&folders.path(number), number, &settings)?;
        let state = Arc::new(state);
        folders.register(number, &state);
        let current = CurrentIndex::new(Arc::clone(&state), None, &settings);
        let generations = IndexGenerations::new(folders, Arc::clone(&current), *options, settings);
        let writer = Writer::open(generations, state).map_err(|error| error.or_locked(folder))?;
        Ok((writer, Reader::new(current)))
    }

    /// As [`Store::open`], but deletes an index that is damaged, of another version or of other
    /// collections, creates an empty one, and returns the reason with it.
    ///
    /// # Errors
    /// If another process has the writer, or the folder cannot be used.
    pub fn open_or_reset(
        folder: &Path,
        collections: &[Collection],
        options: &StoreOptions,
    ) -> Result<(Writer, Reader, Option<StoreError>), StoreError> {
        let reason = match Store::open(folder, collections, options) {
            Ok((writer, reader)) => return Ok((writer, reader, None)),
            Err(error @ (StoreError::Locked(_) | StoreError::Folder { .. })) => return Err(error),
            Err(error) if error.is_out_of_descriptors() => return Err(error),
            Err(reason) => reason,
        };
        GenerationFolders::reset(folder)?;
        let (writer, reader) = Store::open(folder, collections, options)?;
        Ok((writer, reader, Some(reason)))
    }

    /// The names of the collections of the index in `folder`, in order; none without an index. They
    /// need not be those that a program opens: after [`Store::open_or_reset`] it can report which
    /// ones it has dropped.
    ///
    /// # Errors
    /// If the folder cannot be read.
    pub fn collection_names(folder: &Path) -> Result<Vec<String>, StoreError> {
        generation_folders::collection_names(folder)
    }

    /// Opens the index for reading only, beside a process that may write to it. [`Reader::refresh`]
    /// moves on to the newest commit of that process.
    ///
    /// # Errors
    /// If there is no index, or it is damaged, of another version or of other collections.
    pub fn open_read_only(folder: &Path, collections: &[Collection]) -> Result<Reader, StoreError> {
        let settings = StoreSettings::new(collections, Tuning::SHIPPED);
        let state = open_for_reading(folder, generation_folders::current(folder)?, &settings)?;
        let followed = Some(folder.to_owned());
        let current = CurrentIndex::new(Arc::new(state), followed, &settings);
        Ok(Reader::new(current))
    }

    /// Pins the newest commit of the index in `folder`, beside a process that may write to it.
    ///
    /// The checkpoint may be older than the documents of a collection, as after a crash between the
    /// commits of two collections. A follower that starts from the checkpoint repairs this.
    ///
    /// # Errors
    /// If there is no index, or it is damaged, of another version or of other collections.
    pub fn pin_commit(
        folder: &Path,
        collections: &[Collection],
    ) -> Result<PinnedCommit, StoreError> {
        pinned_commit::pin_commit(folder, collections)
    }

    /// Makes the files of a pinned commit the index in `folder`, which must not contain one. The
    /// files are in `from`, in a folder for each collection, and the index continues from
    /// `checkpoint`. Until the last step, after all checks, `folder` contains nothing that looks
    /// like an index.
    ///
    /// # Errors
    /// If the commit is damaged, of another version or of other collections, or a folder cannot be
    /// used.
    pub fn adopt_commit(
        from: &Path,
        collections: &[Collection],
        checkpoint: Checkpoint,
        folder: &Path,
    ) -> Result<(), StoreError> {
        for collection in collections {
            pinned_commit::write_managed_files(&from.join(collection.name()))?;
        }
        let (mut writer, _) = Store::open(from, collections, &CHECKPOINT_ONLY)?;
        writer.commit(checkpoint)?;
        drop(writer);
        if let Some(number) = generation_folders::current(from)? {
            pinned_commit::sync_folder(&generation_folders::path(from, number))?;
        }
        generation_folders::move_store(from, folder)
    }
}

/// The options of a store that commits a checkpoint and nothing else.
const CHECKPOINT_ONLY: StoreOptions = StoreOptions {
    writer_threads: 1,
    writer_memory_bytes: 16 << 20,
    is_merging: false,
};
