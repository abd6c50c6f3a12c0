//! The index that searches see now, shared by all readers of a store.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;

use super::disk::generation_folders;
use super::disk::open::open_for_reading;
use super::durations::Durations;
use super::options::StoreSettings;
use super::store_state::StoreState;
use crate::index::error::StoreError;

/// The current index of a store, which a rebuild replaces.
pub(crate) struct CurrentIndex {
    pub(crate) state: ArcSwap<StoreState>,
    pub(super) merge_durations: Arc<Mutex<Durations>>,
    /// The folder of a store that another process may write to.
    followed: Option<PathBuf>,
    settings: StoreSettings,
}

impl CurrentIndex {
    /// `followed` is the folder of a store that another process may write to.
    pub(super) fn new(
        state: Arc<StoreState>,
        followed: Option<PathBuf>,
        settings: &StoreSettings,
    ) -> Arc<CurrentIndex> {
        Arc::new(CurrentIndex {
            state: ArcSwap::new(state),
            merge_durations: Arc::default(),
            followed,
            settings: settings.clone(),
        })
    }

    pub(super) fn merge_durations(&self) -> Durations {
        let durations = self
            .merge_durations
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        durations.clone()
    }

    /// Moves on to the newest commit of the generation that is current now.
    pub(super) fn refresh(&self) -> Result<(), StoreError> {
        let Some(folder) = &self.followed else {
            return self.state.load_full().reload_all();
        };
        loop {
            let state = self.state.load_full();
            let current = generation_folders::current(folder)?;
            let read = match current == state.generation {
                true => state.reload_all(),
                false => open_for_reading(folder, current, &self.settings)
                    .map(|newer| self.state.store(Arc::new(newer))),
            };
            match read {
                // Another generation replaced it meanwhile.
                Err(_) if generation_folders::current(folder)? != current => {}
                read => return read,
            }
        }
    }
}
