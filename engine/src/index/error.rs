//! Why an index cannot be opened, written or read.

use std::error::Error;
use std::io;
use std::path::{Path, PathBuf};

use tantivy::TantivyError;
use tantivy::directory::error::{LockError, OpenDirectoryError, OpenReadError, OpenWriteError};

use crate::schema::SignalError;

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
    /// The index was written for other collections, or for other schemas of them.
    #[error("the index was written for other collections or other fields")]
    OtherSchema,
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
    /// A signal of documents cannot change.
    #[error(transparent)]
    Signal(#[from] SignalError),
    /// A stored document cannot be read or written.
    #[error("a stored document cannot be read or written")]
    Document(#[from] postcard::Error),
}

const MEGABYTE: u64 = 1_000_000;

impl StoreError {
    /// Whether the process or the system has no descriptor left. Nothing is wrong with the index:
    /// the same call succeeds when there are descriptors again.
    pub fn is_out_of_descriptors(&self) -> bool {
        self.system_error().is_some_and(is_out_of_descriptors)
    }

    /// The error of the system behind this one.
    fn system_error(&self) -> Option<&io::Error> {
        let error = match self {
            StoreError::Folder { source, .. } => return Some(source),
            StoreError::Tantivy(error) => error,
            _ => return None,
        };
        match error {
            TantivyError::IoError(error)
            | TantivyError::LockFailure(LockError::IoError(error), _)
            | TantivyError::OpenReadError(OpenReadError::IoError {
                io_error: error, ..
            })
            | TantivyError::OpenWriteError(OpenWriteError::IoError {
                io_error: error, ..
            })
            | TantivyError::OpenDirectoryError(OpenDirectoryError::IoError {
                io_error: error,
                ..
            }) => Some(error),
            _ => None,
        }
    }

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

/// Whether an error is EMFILE, the limit of the process, or ENFILE, the limit of the system. Both
/// have the same numbers on all Unix systems. Temporary files wrap the error, to add their path.
fn is_out_of_descriptors(error: &io::Error) -> bool {
    const ENFILE: i32 = 23;
    const EMFILE: i32 = 24;
    if let Some(code) = error.raw_os_error() {
        return matches!(code, ENFILE | EMFILE);
    }
    let source = error.get_ref().and_then(Error::source);
    let source = source.and_then(|source| source.downcast_ref::<io::Error>());
    source.is_some_and(is_out_of_descriptors)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    fn out_of_descriptors() -> io::Error {
        io::Error::from_raw_os_error(24)
    }

    #[test]
    fn a_lack_of_descriptors_is_found_in_every_error_that_it_can_cause() {
        let error = Arc::new(out_of_descriptors());
        let path = PathBuf::from("meta.json");
        let errors = [
            TantivyError::IoError(Arc::clone(&error)),
            OpenReadError::wrap_io_error(out_of_descriptors(), path.clone()).into(),
            OpenWriteError::wrap_io_error(out_of_descriptors(), path.clone()).into(),
            OpenDirectoryError::wrap_io_error(out_of_descriptors(), path.clone()).into(),
            TantivyError::LockFailure(LockError::IoError(error), None),
        ];
        for error in errors {
            let error = StoreError::Tantivy(error);
            assert!(error.is_out_of_descriptors(), "{error:?}");
        }
        assert!(StoreError::folder(&path, out_of_descriptors()).is_out_of_descriptors());
    }

    #[test]
    fn a_full_disk_is_no_lack_of_descriptors() {
        let full = io::Error::from_raw_os_error(28);
        assert!(!StoreError::Tantivy(TantivyError::from(full)).is_out_of_descriptors());
        assert!(!StoreError::Damaged(String::new()).is_out_of_descriptors());
    }
}
