//! The tantivy directory of one index, which syncs small files together.
//!
//! A commit writes some ten small files. Tantivy syncs each of them, and its list of files after
//! each entry, which takes most of the time of a small commit. This directory syncs small files in
//! parallel, before the commit that needs them is written. It syncs large files, those of merges
//! and bulk loads, when they are closed, so that no commit has to wait for them.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use tantivy::directory::error::{DeleteError, LockError, OpenReadError, OpenWriteError};
use tantivy::directory::{
    AntiCallToken, Directory, DirectoryLock, FileHandle, Lock, MmapDirectory, TerminatingWrite,
    WatchCallback, WatchHandle, WritePtr,
};

use crate::index::error::StoreError;

/// A larger file is synced when it is closed.
const SMALL_FILE_BYTES: usize = 1 << 20;

/// A large file is synced in steps of this size while it is written, so that a concurrent commit
/// waits for one step and not for the whole file.
const SYNC_STEP_BYTES: usize = 4 << 20;

/// The limit of files that are synced together. They are open, and a process can open a limited
/// number of files.
const UNSYNCED_MAX: usize = 64;

/// Tantivy's list of the files that it manages. It is written before each file is created, and
/// needs no sync: after a crash of the machine an older list leaves at worst an unused file behind.
pub(crate) const MANAGED_FILES: &str = ".managed.json";

/// The directory of one collection's index.
#[derive(Clone, Debug)]
pub(crate) struct IndexDirectory {
    path: PathBuf,
    files: MmapDirectory,
    /// Small files that are written but not yet synced.
    unsynced: Arc<Mutex<Vec<File>>>,
}

struct FileWriter {
    file: File,
    size_bytes: usize,
    unsynced: Arc<Mutex<Vec<File>>>,
}

impl IndexDirectory {
    pub(crate) fn open(path: &Path) -> Result<IndexDirectory, StoreError> {
        Ok(IndexDirectory {
            path: path.to_owned(),
            files: MmapDirectory::open(path).map_err(tantivy::TantivyError::from)?,
            unsynced: Arc::default(),
        })
    }
}

impl Directory for IndexDirectory {
    fn open_write(&self, path: &Path) -> Result<WritePtr, OpenWriteError> {
        let full_path = self.path.join(path);
        let file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(full_path);
        let file = file.map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => OpenWriteError::FileAlreadyExists(path.to_owned()),
            _ => OpenWriteError::wrap_io_error(error, path.to_owned()),
        })?;
        Ok(BufWriter::new(Box::new(FileWriter {
            file,
            size_bytes: 0,
            unsynced: Arc::clone(&self.unsynced),
        })))
    }

    fn atomic_write(&self, path: &Path, data: &[u8]) -> io::Result<()> {
        if path == Path::new(MANAGED_FILES) {
            let new = self.path.join(".managed.json.new");
            fs::write(&new, data)?;
            return fs::rename(new, self.path.join(path));
        }
        self.files.atomic_write(path, data)?;
        // The directory entry must be durable too.
        self.files.sync_directory()
    }

    fn sync_directory(&self) -> io::Result<()> {
        // It stays locked, so that a second caller does not return before the files are synced.
        let mut unsynced = self.unsynced.lock().unwrap_or_else(PoisonError::into_inner);
        if unsynced.is_empty() {
            return Ok(());
        }
        // The disk syncs all of them in parallel in about the time of one.
        thread::scope(|scope| {
            let waits: Vec<_> = unsynced
                .iter()
                .map(|file| scope.spawn(|| file.sync_data()))
                .collect();
            waits.into_iter().try_for_each(|wait| {
                wait.join()
                    .unwrap_or_else(|_| Err(io::Error::other("a thread has panicked")))
            })
        })?;
        unsynced.clear();
        self.files.sync_directory()
    }

    fn get_file_handle(&self, path: &Path) -> Result<Arc<dyn FileHandle>, OpenReadError> {
        self.files.get_file_handle(path)
    }

    fn delete(&self, path: &Path) -> Result<(), DeleteError> {
        self.files.delete(path)
    }

    fn exists(&self, path: &Path) -> Result<bool, OpenReadError> {
        self.files.exists(path)
    }

    fn atomic_read(&self, path: &Path) -> Result<Vec<u8>, OpenReadError> {
        self.files.atomic_read(path)
    }

    fn acquire_lock(&self, lock: &Lock) -> Result<DirectoryLock, LockError> {
        self.files.acquire_lock(lock)
    }

    fn watch(&self, callback: WatchCallback) -> tantivy::Result<WatchHandle> {
        self.files.watch(callback)
    }
}

impl Write for FileWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        let steps_before = self.size_bytes / SYNC_STEP_BYTES;
        self.size_bytes += written;
        if self.size_bytes / SYNC_STEP_BYTES > steps_before {
            self.file.sync_data()?;
        }
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl TerminatingWrite for FileWriter {
    fn terminate_ref(&mut self, _: AntiCallToken) -> io::Result<()> {
        // Without another descriptor for it, the file is synced now.
        if self.size_bytes <= SMALL_FILE_BYTES
            && let Ok(file) = self.file.try_clone()
        {
            let mut unsynced = self.unsynced.lock().unwrap_or_else(PoisonError::into_inner);
            if unsynced.len() < UNSYNCED_MAX {
                unsynced.push(file);
                return Ok(());
            }
        }
        self.file.sync_data()
    }
}
