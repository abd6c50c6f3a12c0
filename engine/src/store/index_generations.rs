//! How does a new index take the place of the one that searches see?

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::{fmt, thread};

use arc_swap::ArcSwap;

use super::generations::{self, DiskSpace, Generations};
use super::shared::Shared;
use super::writer::Drawer;
use super::{StoreError, StoreOptions, Writer, open_for_reading, open_index_in};
use crate::crash_point::crash_point;
use crate::durations::Durations;

/// A store as its one writing process has it: here a new index is made beside the one that searches
/// see. Cheap to clone.
#[derive(Clone)]
pub struct Home(pub(super) Arc<Place>);

/// What the writers of a store have in common.
pub(super) struct Place {
    pub(super) generations: Generations,
    pub(super) current: Arc<Current>,
    pub(super) options: StoreOptions,
}

/// What all readers of a store look at.
pub(crate) struct Current {
    pub(crate) index: ArcSwap<Shared>,
    /// How long merges took.
    pub(crate) merges: Arc<Mutex<Durations>>,
    /// The folder of a store that another process may write to.
    pub(super) followed: Option<PathBuf>,
}

impl Home {
    /// A writer of a new, empty index. No search sees it before [`Writer::take_over`].
    ///
    /// # Errors
    /// If the folder can't be used.
    pub fn new_index(&self) -> Result<Writer, StoreError> {
        let generations = &self.0.generations;
        let number = generations.next()?;
        let index = Arc::new(open_index_in(&generations.path(number), number)?);
        generations.add(number, &index);
        Writer::open(self.clone(), index)
    }

    /// Whether the disk has room for a new index beside the one in force, which is taken for twice the
    /// size of that one.
    ///
    /// # Errors
    /// [`StoreError::InsufficientDiskSpace`] if it has not.
    pub fn check_disk_space(&self) -> Result<(), StoreError> {
        self.0.generations.check_disk_space()
    }

    /// Whether the disk has room for a new index that is to be of this size, as far as can be said before.
    ///
    /// # Errors
    /// If the folder can't be used.
    pub fn disk_space_for(&self, index_bytes: u64) -> Result<DiskSpace, StoreError> {
        self.0.generations.disk_space_for(index_bytes)
    }

    /// Deletes indexes that are not in force, once no search reads them; returns how many. To be called
    /// now and then.
    pub fn sweep(&self) -> usize {
        self.0.generations.sweep()
    }
}

impl fmt::Debug for Home {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Home").field(&self.0.generations).finish()
    }
}

impl Writer {
    /// The store that this writes to.
    pub fn home(&self) -> Home {
        self.home.clone()
    }

    /// Lets searches see this index instead of the one before, from the next search on and after any
    /// crash. What was committed to it is what they see. Searches that have begun end where they are.
    ///
    /// # Errors
    /// If the folder can't be written. Which index is in force after that, the next start tells.
    pub fn take_over(&self) -> Result<(), StoreError> {
        let Place {
            generations,
            current,
            ..
        } = &*self.home.0;
        crash_point("new_index_is_whole");
        if let Some(number) = self.shared.generation {
            generations.choose(number)?;
        }
        crash_point("index_is_swapped");
        current.index.store(Arc::clone(&self.shared));
        Ok(())
    }

    /// Ends the writer of an index that another one has replaced. What it merges is waited for behind
    /// the caller's back, so that no file is deleted while it is written.
    pub fn retire(self) {
        let Writer {
            drawers, shared, ..
        } = self;
        thread::spawn(move || {
            drawers.into_iter().for_each(Drawer::end);
            drop(shared);
        });
    }
}

impl Current {
    pub(super) fn new(index: Arc<Shared>, followed: Option<PathBuf>) -> Arc<Current> {
        Arc::new(Current {
            index: ArcSwap::new(index),
            merges: Arc::default(),
            followed,
        })
    }

    pub(crate) fn merges(&self) -> Durations {
        let merges = self.merges.lock().unwrap_or_else(PoisonError::into_inner);
        merges.clone()
    }

    /// Moves on to the newest commit of the index that is in force now.
    pub(super) fn refresh(&self) -> Result<(), StoreError> {
        let Some(folder) = &self.followed else {
            return self.index.load_full().reload_all();
        };
        loop {
            let index = self.index.load_full();
            let in_force = generations::current(folder)?;
            let read = match in_force == index.generation {
                true => index.reload_all(),
                false => open_for_reading(folder, in_force)
                    .map(|newer| self.index.store(Arc::new(newer))),
            };
            match read {
                // Its place was taken before it could be read.
                Err(_) if generations::current(folder)? != in_force => {}
                read => return read,
            }
        }
    }
}
