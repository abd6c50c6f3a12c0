//! The index that searches see now, shared by all readers of a store.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;

use super::disk::generation_folders;
use super::disk::open::open_for_reading;
use super::durations::Durations;
use super::shared::Shared;
use crate::index::error::StoreError;
use crate::tuning::Tuning;

/// What all readers of a store look at.
pub(crate) struct Current {
    pub(crate) index: ArcSwap<Shared>,
    /// How long merges took.
    pub(crate) merges: Arc<Mutex<Durations>>,
    /// The folder of a store that another process may write to.
    pub(super) followed: Option<PathBuf>,
    tuning: Tuning,
}

impl Current {
    pub(super) fn new(
        index: Arc<Shared>,
        followed: Option<PathBuf>,
        tuning: Tuning,
    ) -> Arc<Current> {
        Arc::new(Current {
            index: ArcSwap::new(index),
            merges: Arc::default(),
            followed,
            tuning,
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
            let in_force = generation_folders::current(folder)?;
            let read = match in_force == index.generation {
                true => index.reload_all(),
                false => open_for_reading(folder, in_force, self.tuning)
                    .map(|newer| self.index.store(Arc::new(newer))),
            };
            match read {
                // Its place was taken before it could be read.
                Err(_) if generation_folders::current(folder)? != in_force => {}
                read => return read,
            }
        }
    }
}
