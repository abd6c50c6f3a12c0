//! Snapshots: copies of an index in a folder or object storage.
//!
//! A storage contains files named by their checksums, and for each snapshot a manifest that lists
//! its files: `docs/decisions/0019-snapshots-share-files-and-a-slot-retains-the-wal.md`.

mod digest;
mod manifest;
mod restore;
mod s3;
mod save;
mod storage;

pub(crate) use manifest::Manifest;
pub(crate) use restore::restore;
pub(crate) use save::{delete_all_but, save};
pub(crate) use storage::Storage;
