//! How does a new index take the place of the one that searches see?

use std::fmt;
use std::sync::Arc;

use super::current::Current;
use super::disk::generation_folders::{DiskSpace, Generations};
use super::disk::open::open_index_in;
use super::options::StoreOptions;
use super::writer::Writer;
use crate::index::error::StoreError;
use crate::tuning::Tuning;

/// A store as its one writing process has it: here a new index is made beside the one that searches
/// see. Cheap to clone.
#[derive(Clone)]
pub struct Home(pub(super) Arc<Place>);

/// What the writers of a store have in common.
pub(super) struct Place {
    pub(super) generations: Generations,
    pub(super) current: Arc<Current>,
    pub(super) options: StoreOptions,
    pub(super) tuning: Tuning,
}

impl Home {
    /// A writer of a new, empty index. No search sees it before [`Writer::take_over`].
    ///
    /// # Errors
    /// If the folder can't be used.
    pub fn new_index(&self) -> Result<Writer, StoreError> {
        let generations = &self.0.generations;
        let number = generations.next()?;
        let index = Arc::new(open_index_in(
            &generations.path(number),
            number,
            self.0.tuning,
        )?);
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
