//! Why an index cannot be opened, written or read.

use std::io;
use std::path::{Path, PathBuf};

use tantivy::TantivyError;
use tantivy::directory::error::LockError;

/// Why the index cannot be opened, written or read.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another process writes to this folder.
    #[error("the index in {0} is in use by another process")]
    Locked(PathBuf),
    /// The index cannot be read.
    #[error("the index is damaged: {0}")]
    Damaged(String),
    /// The index was written by another version.
    #[error(
        "the index is of another version: its format is {found}, but this version reads {expected}"
    )]
    OtherVersion {
        /// The format of the index.
        found: String,
        /// The format that this version reads and writes.
        expected: u32,
    },
    /// The disk has no space for a new index beside the current one.
    #[error(
        "the disk has no space for a new index beside the current one: {folder} has {} MB free and \
         needs {} MB, twice the size of the current one",
        .free_bytes / MEGABYTE,
        .needed_bytes.div_ceil(MEGABYTE)
    )]
    InsufficientDiskSpace {
        /// The folder of the store.
        folder: PathBuf,
        /// The free space on its disk.
        free_bytes: u64,
        /// The space that the new index needs.
        needed_bytes: u64,
    },
    /// The folder cannot be used.
    #[error("the index folder {folder} cannot be used")]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// The error of the system.
        source: io::Error,
    },
    /// A file of the index cannot be read or written.
    #[error("the index cannot be read or written")]
    Tantivy(#[from] TantivyError),
    /// A stored document cannot be read or written.
    #[error("a stored document cannot be read or written")]
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
