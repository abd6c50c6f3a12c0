//! Which folder holds the index that searches see?
//!
//! Each index has a folder of its own, a *generation*, called by a number. A file beside them names
//! the one in force. A new index is made beside it, and takes its place as that file is replaced,
//! in one step: whatever happens, one or the other is in force, and whole. What is not in force is
//! deleted once nobody reads it, or at the next start.

use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tantivy::directory::{Directory, INDEX_WRITER_LOCK, MmapDirectory};

use crate::collection::Collection;
use crate::index::error::StoreError;
use crate::store::crash_point::crash_point;
use crate::store::shared::Shared;

/// The folder of a store, as its one writing process has it.
#[derive(Debug)]
pub(crate) struct Generations {
    folder: PathBuf,
    current: AtomicU64,
    /// Those that were opened and not yet deleted, and whether anybody still reads them.
    opened: Mutex<Vec<(u64, Weak<Shared>)>>,
    /// Held as long as this lives.
    _lock: File,
}

/// Room on the disk of a store for an index that is to be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DiskSpace {
    /// What is left.
    pub free_bytes: u64,
    /// What the index takes at most, while it is made.
    pub needed_bytes: u64,
}

impl DiskSpace {
    /// Whether so much is left.
    pub fn is_enough(&self) -> bool {
        self.free_bytes >= self.needed_bytes
    }
}

/// Names the generation in force.
const POINTER: &str = "current";
const LOCK: &str = "lock";
const FOLDER: &str = "generations";
const FIRST: u64 = 1;

/// While an index is made, its parts and what they are merged into are there at once.
const ROOM_FACTOR: u64 = 2;

impl Generations {
    /// Takes the folder for this process, and deletes what is not in force.
    pub(crate) fn open(folder: &Path) -> Result<Generations, StoreError> {
        let lock = lock(folder)?;
        let current = match current(folder)? {
            Some(current) => current,
            None => {
                adopt(folder)?;
                point(folder, FIRST)?;
                FIRST
            }
        };
        let generations = Generations {
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

    /// A number that no generation has had since the start.
    pub(crate) fn next(&self) -> Result<u64, StoreError> {
        let on_disk = numbers(&self.folder)?.into_iter().max();
        let opened = self.opened();
        let opened = opened.iter().map(|(number, _)| *number).max();
        Ok(1 + on_disk.max(opened).unwrap_or(0).max(self.current()))
    }

    /// Says who reads a generation.
    pub(crate) fn add(&self, number: u64, index: &Arc<Shared>) {
        self.opened().push((number, Arc::downgrade(index)));
    }

    /// Puts a generation in force, for good.
    pub(crate) fn choose(&self, number: u64) -> Result<(), StoreError> {
        point(&self.folder, number)?;
        self.current.store(number, Ordering::Release);
        Ok(())
    }

    /// Deletes what is not in force and read by nobody; returns how many that were. One that can't be
    /// deleted is left for the next time.
    pub(crate) fn sweep(&self) -> usize {
        let mut opened = self.opened();
        let before = opened.len();
        opened.retain(|(number, readers)| {
            let is_needed = *number == self.current() || readers.strong_count() > 0;
            is_needed || self.delete(*number).is_err()
        });
        before - opened.len()
    }

    /// Whether another index has room beside the one in force.
    pub(crate) fn check_disk_space(&self) -> Result<(), StoreError> {
        let current_bytes = size_bytes(&self.path(self.current()));
        let current_bytes =
            current_bytes.map_err(|error| StoreError::folder(&self.folder, error))?;
        let room = self.disk_space_for(current_bytes)?;
        if room.is_enough() {
            return Ok(());
        }
        Err(StoreError::InsufficientDiskSpace {
            folder: self.folder.clone(),
            free_bytes: room.free_bytes,
            needed_bytes: room.needed_bytes,
        })
    }

    /// What an index takes on the disk that is to be of this size, and what is left there.
    pub(crate) fn disk_space_for(&self, index_bytes: u64) -> Result<DiskSpace, StoreError> {
        let free_bytes = fs4::available_space(&self.folder);
        let free_bytes = free_bytes.map_err(|error| StoreError::folder(&self.folder, error))?;
        Ok(DiskSpace {
            free_bytes,
            needed_bytes: index_bytes.saturating_mul(ROOM_FACTOR),
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

    fn opened(&self) -> std::sync::MutexGuard<'_, Vec<(u64, Weak<Shared>)>> {
        self.opened.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The generation in force, for who only reads.
pub(crate) fn current(folder: &Path) -> Result<Option<u64>, StoreError> {
    let text = match fs::read_to_string(folder.join(POINTER)) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(StoreError::folder(folder, error)),
    };
    let damaged = || StoreError::Damaged(format!("{POINTER} says {text:?}, expected a number"));
    text.trim().parse().map(Some).map_err(|_| damaged())
}

/// Where a generation is.
pub(crate) fn path(folder: &Path, number: u64) -> PathBuf {
    folder.join(FOLDER).join(number.to_string())
}

/// One process at a time may write here.
fn lock(folder: &Path) -> Result<File, StoreError> {
    let is = |error| StoreError::folder(folder, error);
    fs::create_dir_all(folder).map_err(is)?;
    let mut options = File::options();
    let file = options.create(true).write(true).truncate(false);
    let file = file.open(folder.join(LOCK)).map_err(is)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StoreError::Locked(folder.to_owned())),
        Err(TryLockError::Error(error)) => Err(is(error)),
    }
}

/// Makes a generation of an index that lies in the folder itself, as it did before there were
/// generations. Broken off, it goes on at the next start.
fn adopt(folder: &Path) -> Result<(), StoreError> {
    let is = |error| StoreError::folder(folder, error);
    let first = path(folder, FIRST);
    fs::create_dir_all(&first).map_err(is)?;
    for collection in Collection::ALL {
        let lies = folder.join(collection.name());
        if !lies.is_dir() {
            continue;
        }
        // A process of the version before knows no other lock.
        let files = MmapDirectory::open(&lies).map_err(tantivy::TantivyError::from)?;
        let alone = files.acquire_lock(&INDEX_WRITER_LOCK);
        let _alone = alone.map_err(|_| StoreError::Locked(folder.to_owned()))?;
        fs::rename(&lies, first.join(collection.name())).map_err(is)?;
    }
    Ok(())
}

/// Moves a store that no process has open to a folder without one. The pointer comes last.
pub(crate) fn move_store(from: &Path, to: &Path) -> Result<(), StoreError> {
    let step = |name| {
        fs::rename(from.join(name), to.join(name))?;
        File::open(to)?.sync_all()
    };
    let moved = step(FOLDER).and_then(|()| step(POINTER));
    moved.map_err(|error| StoreError::folder(to, error))
}

/// Replaces the pointer in one step, and waits until the disk has it.
fn point(folder: &Path, number: u64) -> Result<(), StoreError> {
    let write = || {
        let new = folder.join("current.new");
        let mut file = File::create(&new)?;
        file.write_all(format!("{number}\n").as_bytes())?;
        file.sync_all()?;
        // The folder of the generation is itself an entry that must not be lost.
        File::open(folder.join(FOLDER))?.sync_all()?;
        fs::rename(new, folder.join(POINTER))?;
        File::open(folder)?.sync_all()
    };
    write().map_err(|error| StoreError::folder(folder, error))
}

fn numbers(folder: &Path) -> Result<Vec<u64>, StoreError> {
    let is = |error| StoreError::folder(folder, error);
    let entries = match fs::read_dir(folder.join(FOLDER)) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(is(error)),
    };
    let mut numbers = Vec::new();
    for entry in entries {
        let name = entry.map_err(is)?.file_name();
        numbers.extend(name.to_str().and_then(|name| name.parse::<u64>().ok()));
    }
    Ok(numbers)
}

/// What all files below a folder take. Files come and go meanwhile.
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
