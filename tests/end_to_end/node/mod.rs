//! One node and its index: start and stop, metrics, damage, rebuilds and snapshots.

mod full_disk;
mod index_folder;
mod metrics;
mod object_storage;
mod privileges;
mod reindex;
mod serve;
mod snapshot;
