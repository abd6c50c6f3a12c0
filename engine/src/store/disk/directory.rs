//! When is a file of the index safe on the disk?
//!
//! A commit makes some ten small files, and tantivy waits for the disk after each, and again after
//! each entry in its list of files: most of the time of a small commit. Here small files wait
//! for the disk together, before the commit that needs them is written down; large ones, those of
//! merges and bulk loads, wait alone, so that no commit has to wait for them.

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

/// A larger file waits for the disk alone.
const SMALL_FILE_BYTES: usize = 1 << 20;

/// A large file goes to the disk in steps of this size while it is written: a commit that comes in
/// between waits behind one step and not behind the whole file.
const SYNC_STEP_BYTES: usize = 4 << 20;

/// More files than these do not wait together: each is open, and a process may open only so many.
const UNSYNCED_MAX: usize = 64;

/// Tantivy's list of the files that are its own. It is written before each file is made, and needs
/// no waiting: after a crash of the machine an older one leaves at worst a file behind.
pub(crate) const LIST_OF_FILES: &str = ".managed.json";

/// The folder of one collection's index.
#[derive(Clone, Debug)]
pub(crate) struct IndexFolder {
    path: PathBuf,
    files: MmapDirectory,
    /// Small files that are written, but perhaps not yet on the disk.
    unsynced: Arc<Mutex<Vec<File>>>,
}

struct FileWriter {
    file: File,
    size_bytes: usize,
    unsynced: Arc<Mutex<Vec<File>>>,
}

impl IndexFolder {
    pub(crate) fn open(path: &Path) -> Result<IndexFolder, StoreError> {
        Ok(IndexFolder {
            path: path.to_owned(),
            files: MmapDirectory::open(path).map_err(tantivy::TantivyError::from)?,
            unsynced: Arc::default(),
        })
    }
}

impl Directory for IndexFolder {
    fn open_write(&self, path: &Path) -> Result<WritePtr, OpenWriteError> {
        let whole = self.path.join(path);
        let file = OpenOptions::new().write(true).create_new(true).open(whole);
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
        if path == Path::new(LIST_OF_FILES) {
            let new = self.path.join(".managed.json.new");
            fs::write(&new, data)?;
            return fs::rename(new, self.path.join(path));
        }
        self.files.atomic_write(path, data)?;
        // The new name is part of what must not be lost.
        self.files.sync_directory()
    }

    fn sync_directory(&self) -> io::Result<()> {
        // The lock is kept: whoever comes second must not go on before the files are safe.
        let mut unsynced = self.unsynced.lock().unwrap_or_else(PoisonError::into_inner);
        if unsynced.is_empty() {
            return Ok(());
        }
        // The disk takes about as long for all of them at once as for one.
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
        if self.size_bytes <= SMALL_FILE_BYTES {
            let file = self.file.try_clone()?;
            let mut unsynced = self.unsynced.lock().unwrap_or_else(PoisonError::into_inner);
            if unsynced.len() < UNSYNCED_MAX {
                unsynced.push(file);
                return Ok(());
            }
        }
        self.file.sync_data()
    }
}
