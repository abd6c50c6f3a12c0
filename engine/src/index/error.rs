//! Why an index cannot be opened, written or read.

use std::io;
use std::path::{Path, PathBuf};

use tantivy::TantivyError;
use tantivy::directory::error::LockError;

/// Why the index can't be opened, written or read.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another process writes to this folder.
    #[error("the index in {0} is in use by another process")]
    Locked(PathBuf),
    /// The folder holds no index that can be read whole.
    #[error("the index is damaged: {0}")]
    Damaged(String),
    /// The index was written by another version.
    #[error(
        "the index is of another version: its format is {found}, and this version reads {expected}"
    )]
    OtherVersion {
        /// What the index says of itself.
        found: String,
        /// What this version reads and writes.
        expected: u32,
    },
    /// A new index beside the one in force would fill the disk.
    #[error(
        "there is no room for a new index beside the old one: {folder} has {} MB free, and {} MB are \
         needed, twice what the old one takes",
        .free_bytes / MEGABYTE,
        .needed_bytes.div_ceil(MEGABYTE)
    )]
    InsufficientDiskSpace {
        /// The folder of the store.
        folder: PathBuf,
        /// What its disk has left.
        free_bytes: u64,
        /// What is to be there.
        needed_bytes: u64,
    },
    /// The folder can't be used.
    #[error("the index folder {folder} can't be used")]
    Folder {
        /// Which folder.
        folder: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A file of the index can't be read or written.
    #[error("the index can't be read or written")]
    Tantivy(#[from] TantivyError),
    /// A stored document can't be read or written.
    #[error("a stored document can't be read or written")]
    Document(#[from] postcard::Error),
}

const MEGABYTE: u64 = 1_000_000;

impl StoreError {
    pub(crate) fn folder(folder: &Path, source: io::Error) -> StoreError {
        StoreError::Folder {
            folder: folder.to_owned(),
            source,
        }
    }

    pub(crate) fn or_locked(self, folder: &Path) -> StoreError {
        match self {
            StoreError::Tantivy(TantivyError::LockFailure(LockError::LockBusy, _)) => {
                StoreError::Locked(folder.to_owned())
            }
            other => other,
        }
    }
}
