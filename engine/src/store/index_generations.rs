//! The generations of a store: the current index, and the new one that a rebuild creates beside it.

use std::fmt;
use std::sync::Arc;

use super::current::CurrentIndex;
use super::disk::generation_folders::{DiskSpace, GenerationFolders};
use super::disk::open::open_generation;
use super::options::StoreOptions;
use super::options::StoreSettings;
use super::store_state::StoreState;
use crate::index::error::StoreError;
use crate::store::crash_point::crash_point;

/// The generations of a store in its writing process. Cheap to clone.
#[derive(Clone)]
pub struct IndexGenerations(Arc<Inner>);

struct Inner {
    folders: GenerationFolders,
    current: Arc<CurrentIndex>,
    options: StoreOptions,
    settings: StoreSettings,
}

impl IndexGenerations {
    pub(super) fn new(
        folders: GenerationFolders,
        current: Arc<CurrentIndex>,
        options: StoreOptions,
        settings: StoreSettings,
    ) -> IndexGenerations {
        IndexGenerations(Arc::new(Inner {
            folders,
            current,
            options,
            settings,
        }))
    }

    /// Checks that the disk has space for a new index beside the current one, for which it takes
    /// twice the size of the current one.
    ///
    /// # Errors
    /// [`StoreError::InsufficientDiskSpace`] if it has not.
    pub fn check_disk_space(&self) -> Result<(), StoreError> {
        self.0.folders.check_disk_space()
    }

    /// The disk space for a new index of an estimated size.
    ///
    /// # Errors
    /// If the folder cannot be read.
    pub fn disk_space_for(&self, index_bytes: u64) -> Result<DiskSpace, StoreError> {
        self.0.folders.disk_space_for(index_bytes)
    }

    /// Deletes replaced indexes that no search reads any more; returns their number. Call it
    /// regularly.
    pub fn sweep(&self) -> usize {
        self.0.folders.sweep()
    }

    /// Creates a new, empty index in the next generation.
    pub(super) fn create(&self) -> Result<Arc<StoreState>, StoreError> {
        let folders = &self.0.folders;
        let number = folders.next()?;
        let state = open_generation(&folders.path(number), number, &self.0.settings)?;
        let state = Arc::new(state);
        folders.register(number, &state);
        Ok(state)
    }

    /// Makes an index the current one, for later searches and after any crash.
    pub(super) fn make_current(&self, state: &Arc<StoreState>) -> Result<(), StoreError> {
        crash_point("new_index_is_whole");
        if let Some(number) = state.generation {
            self.0.folders.make_current(number)?;
        }
        crash_point("index_is_swapped");
        self.0.current.state.store(Arc::clone(state));
        Ok(())
    }

    pub(super) fn options(&self) -> &StoreOptions {
        &self.0.options
    }

    pub(super) fn current(&self) -> &CurrentIndex {
        &self.0.current
    }
}

impl fmt::Debug for IndexGenerations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("IndexGenerations")
            .field(&self.0.folders)
            .finish()
    }
}
