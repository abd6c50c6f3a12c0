//! The folders of a store's generations, and the file that names the current one.
//!
//! Each index has a folder with a number, a *generation*. A file beside them names the current one.
//! A rebuild writes a new generation, and replaces that file in one step, so that one complete
//! index is current at any moment. Other generations are deleted once no search reads them, or at
//! the next start.

use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tantivy::directory::{Directory, INDEX_WRITER_LOCK, MmapDirectory};

use crate::index::error::StoreError;
use crate::schema::Collection;
use crate::store::crash_point::crash_point;
use crate::store::store_state::StoreState;

/// The generations of a store in its writing process.
#[derive(Debug)]
pub(crate) struct GenerationFolders {
    folder: PathBuf,
    current: AtomicU64,
    /// The generations that were opened and not yet deleted, with their readers.
    opened: Mutex<Vec<(u64, Weak<StoreState>)>>,
    /// The lock that keeps other processes from writing.
    _lock: File,
}

/// The disk space of a store for a new index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DiskSpace {
    /// The free disk space.
    pub free_bytes: u64,
    /// The largest disk space that the index takes while it is built.
    pub needed_bytes: u64,
}

impl DiskSpace {
    /// Whether the free space suffices.
    pub fn is_enough(&self) -> bool {
        self.free_bytes >= self.needed_bytes
    }
}

/// The file that names the current generation.
const POINTER: &str = "current";
const LOCK: &str = "lock";
const FOLDER: &str = "generations";
const FIRST: u64 = 1;

/// While an index is built, segments and their merged copies exist at the same time.
const SPACE_FACTOR: u64 = 2;

impl GenerationFolders {
    /// Locks the folder for this process, and deletes all generations but the current one.
    pub(crate) fn open(
        folder: &Path,
        collections: &[Collection],
    ) -> Result<GenerationFolders, StoreError> {
        let lock = lock(folder)?;
        let current = match current(folder)? {
            Some(current) => current,
            None => {
                adopt(folder, collections)?;
                point(folder, FIRST)?;
                FIRST
            }
        };
        let generations = GenerationFolders {
            folder: folder.to_owned(),
            current: AtomicU64::new(current),
            opened: Mutex::default(),
            _lock: lock,
        };
        for number in numbers(folder)? {
            if number != current {
                generations.delete(number)?;
            }
        }
        Ok(generations)
    }

    /// Deletes every index.
    pub(crate) fn reset(folder: &Path) -> Result<(), StoreError> {
        let _lock = lock(folder)?;
        for gone in [
            fs::remove_file(folder.join(POINTER)),
            fs::remove_dir_all(folder.join(FOLDER)),
        ] {
            match gone {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(StoreError::folder(folder, error));
                }
                _ => {}
            }
        }
        Ok(())
    }

    pub(crate) fn current(&self) -> u64 {
        self.current.load(Ordering::Acquire)
    }

    pub(crate) fn path(&self, number: u64) -> PathBuf {
        path(&self.folder, number)
    }

    /// A number that no generation had since the start.
    pub(crate) fn next(&self) -> Result<u64, StoreError> {
        let on_disk = numbers(&self.folder)?.into_iter().max();
        let opened = self.opened();
        let opened = opened.iter().map(|(number, _)| *number).max();
        Ok(1 + on_disk.max(opened).unwrap_or(0).max(self.current()))
    }

    /// Registers the readers of a generation.
    pub(crate) fn register(&self, number: u64, state: &Arc<StoreState>) {
        self.opened().push((number, Arc::downgrade(state)));
    }

    /// Makes a generation the current one, durably.
    pub(crate) fn make_current(&self, number: u64) -> Result<(), StoreError> {
        point(&self.folder, number)?;
        self.current.store(number, Ordering::Release);
        Ok(())
    }

    /// Deletes the generations that are neither current nor read; returns their number. One that
    /// cannot be deleted stays for the next call.
    pub(crate) fn sweep(&self) -> usize {
        let mut opened = self.opened();
        let before = opened.len();
        opened.retain(|(number, readers)| {
            let is_needed = *number == self.current() || readers.strong_count() > 0;
            is_needed || self.delete(*number).is_err()
        });
        before - opened.len()
    }

    /// Checks that the disk has space for another index beside the current one.
    pub(crate) fn check_disk_space(&self) -> Result<(), StoreError> {
        let current_bytes = size_bytes(&self.path(self.current()));
        let current_bytes =
            current_bytes.map_err(|error| StoreError::folder(&self.folder, error))?;
        let space = self.disk_space_for(current_bytes)?;
        if space.is_enough() {
            return Ok(());
        }
        Err(StoreError::InsufficientDiskSpace {
            folder: self.folder.clone(),
            free_bytes: space.free_bytes,
            needed_bytes: space.needed_bytes,
        })
    }

    /// The disk space for a new index of an estimated size.
    pub(crate) fn disk_space_for(&self, index_bytes: u64) -> Result<DiskSpace, StoreError> {
        let free_bytes = fs4::available_space(&self.folder);
        let free_bytes = free_bytes.map_err(|error| StoreError::folder(&self.folder, error))?;
        Ok(DiskSpace {
            free_bytes,
            needed_bytes: index_bytes.saturating_mul(SPACE_FACTOR),
        })
    }

    fn delete(&self, number: u64) -> Result<(), StoreError> {
        let path = self.path(number);
        match fs::remove_dir_all(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(StoreError::folder(&path, error))
            }
            _ => {
                crash_point("old_index_is_deleted");
                Ok(())
            }
        }
    }

    fn opened(&self) -> std::sync::MutexGuard<'_, Vec<(u64, Weak<StoreState>)>> {
        self.opened.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The current generation of a store; `None` for an index from before indexes had numbers.
pub(crate) fn current(folder: &Path) -> Result<Option<u64>, StoreError> {
    let text = match fs::read_to_string(folder.join(POINTER)) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(StoreError::folder(folder, error)),
    };
    let damaged = || {
        StoreError::Damaged(format!(
            "the file {POINTER} contains {text:?} instead of a number"
        ))
    };
    text.trim().parse().map(Some).map_err(|_| damaged())
}

/// The folder of a generation.
pub(crate) fn path(folder: &Path, number: u64) -> PathBuf {
    folder.join(FOLDER).join(number.to_string())
}

/// The names of the collections in the current generation of a store, in order; none without a
/// store.
pub(crate) fn collection_names(folder: &Path) -> Result<Vec<String>, StoreError> {
    let folder = match current(folder)? {
        Some(number) => path(folder, number),
        None => folder.to_owned(),
    };
    let failed = |error| StoreError::folder(&folder, error);
    let entries = match fs::read_dir(&folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(failed(error)),
    };
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry.map_err(failed)?;
        if entry.path().join("meta.json").exists() {
            names.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    names.sort();
    Ok(names)
}

/// Locks the folder, since one process at a time may write to it.
fn lock(folder: &Path) -> Result<File, StoreError> {
    let failed = |error| StoreError::folder(folder, error);
    fs::create_dir_all(folder).map_err(failed)?;
    let mut options = File::options();
    let file = options.create(true).write(true).truncate(false);
    let file = file.open(folder.join(LOCK)).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StoreError::Locked(folder.to_owned())),
        Err(TryLockError::Error(error)) => Err(failed(error)),
    }
}

/// Makes an index in the folder itself, from before there were generations, the first generation.
/// The next start resumes an interrupted call.
fn adopt(folder: &Path, collections: &[Collection]) -> Result<(), StoreError> {
    let failed = |error| StoreError::folder(folder, error);
    let first = path(folder, FIRST);
    fs::create_dir_all(&first).map_err(failed)?;
    for collection in collections {
        let old = folder.join(collection.name());
        if !old.is_dir() {
            continue;
        }
        // A process of the previous version takes only this lock.
        let files = MmapDirectory::open(&old).map_err(tantivy::TantivyError::from)?;
        let lock = files.acquire_lock(&INDEX_WRITER_LOCK);
        let _lock = lock.map_err(|_| StoreError::Locked(folder.to_owned()))?;
        fs::rename(&old, first.join(collection.name())).map_err(failed)?;
    }
    Ok(())
}

/// Moves a store that no process uses to a folder without one. The pointer comes last.
pub(crate) fn move_store(from: &Path, to: &Path) -> Result<(), StoreError> {
    let step = |name| {
        fs::rename(from.join(name), to.join(name))?;
        File::open(to)?.sync_all()
    };
    let moved = step(FOLDER).and_then(|()| step(POINTER));
    moved.map_err(|error| StoreError::folder(to, error))
}

/// Replaces the pointer in one step, durably.
fn point(folder: &Path, number: u64) -> Result<(), StoreError> {
    let write = || {
        let new = folder.join("current.new");
        let mut file = File::create(&new)?;
        file.write_all(format!("{number}\n").as_bytes())?;
        file.sync_all()?;
        // The directory entry of the generation must be durable too.
        File::open(folder.join(FOLDER))?.sync_all()?;
        // After the rename nothing may fail for lack of a descriptor: the pointer on the disk would
        // name a generation that this process gives up.
        let directory = File::open(folder)?;
        fs::rename(new, folder.join(POINTER))?;
        directory.sync_all()
    };
    write().map_err(|error| StoreError::folder(folder, error))
}

fn numbers(folder: &Path) -> Result<Vec<u64>, StoreError> {
    let failed = |error| StoreError::folder(folder, error);
    let entries = match fs::read_dir(folder.join(FOLDER)) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(failed(error)),
    };
    let mut numbers = Vec::new();
    for entry in entries {
        let name = entry.map_err(failed)?.file_name();
        numbers.extend(name.to_str().and_then(|name| name.parse::<u64>().ok()));
    }
    Ok(numbers)
}

/// The size of all files below a folder, while others may create and delete some.
fn size_bytes(folder: &Path) -> io::Result<u64> {
    let mut bytes = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        match entry.metadata() {
            Ok(found) if found.is_dir() => bytes += size_bytes(&entry.path())?,
            Ok(found) => bytes += found.len(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(bytes)
}
