//! Where is the index, and who may open it?
//!
//! A store is a folder with one tantivy index a collection, in a folder below it: see [`Home`]. It is derived from its source: when it
//! is damaged or was written by another version, it is removed and made anew.

mod attribute_bounds;
mod booked;
mod booking;
mod folder;
mod generations;
mod home;
mod merge;
mod moving;
mod names;
mod places;
mod reader;
mod schema;
mod segment;
mod segment_view;
mod shared;
mod shown;
mod signal_bounds;
mod snapshot;
mod static_bounds;
mod statistics;
mod stored;
mod term_bounds;
mod terms;
mod tree;
mod usage;
mod weighted_words;
mod word_bounds;
mod writer;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tantivy::directory::error::LockError;
use tantivy::directory::{Directory, INDEX_WRITER_LOCK};
use tantivy::schema::Schema;
use tantivy::store::Compressor;
use tantivy::tokenizer::TextAnalyzer;
use tantivy::{Index, IndexSettings, IndexSortByField, Order, TantivyError};

pub(crate) use attribute_bounds::{AttributeBounds, NameBounds};
pub use generations::DiskSpace;
pub use home::Home;
pub use moving::{PinnedCommit, PinnedFile};
pub(crate) use names::NameTable;
pub(crate) use places::NamedPlace;
pub use reader::Reader;
pub(crate) use schema::CELL;
pub(crate) use segment::{Columns, Segment};
pub(crate) use segment_view::SegmentView;
pub(crate) use signal_bounds::BestSignals;
pub(crate) use snapshot::Snapshot;
pub(crate) use static_bounds::{StaticBounds, StaticTerms, StaticWeights};
pub(crate) use terms::Terms;
pub(crate) use tree::Tree;
pub use usage::{Memory, SegmentUsage, Usage};
pub(crate) use word_bounds::{Lengths, Saturation, WordBounds};
pub use writer::{Lookup, Writer};

use folder::IndexFolder;
use generations::Generations;
use home::{Current, Place};
use shared::Shared;

/// The folder that holds the index of every collection.
#[derive(Debug)]
pub struct Store;

/// What writing may take of the machine.
#[derive(Clone, Copy, Debug)]
pub struct StoreOptions {
    /// Threads that index documents, for each collection.
    pub writer_threads: usize,
    /// Memory for documents not yet in a segment, in bytes, over all threads of a collection; at
    /// least 15 MB a thread.
    pub writer_memory_bytes: usize,
    /// Whether segments are merged in the background; off for benches that want a set number of
    /// them.
    pub is_merging: bool,
}

impl Default for StoreOptions {
    fn default() -> StoreOptions {
        StoreOptions {
            writer_threads: 2,
            writer_memory_bytes: 256 << 20,
            is_merging: true,
        }
    }
}

/// Why the index can't be opened, written or read.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another process writes to this folder.
    #[error("the index in {0} is in use by another process")]
    Locked(PathBuf),
    /// The folder holds no index that can be read whole.
    #[error("the index is damaged: {0}")]
    Damaged(String),
    /// The index was written by another version.
    #[error(
        "the index is of another version: its format is {found}, and this version reads {expected}"
    )]
    OtherVersion {
        /// What the index says of itself.
        found: String,
        /// What this version reads and writes.
        expected: u32,
    },
    /// A new index beside the one in force would fill the disk.
    #[error(
        "there is no room for a new index beside the old one: {folder} has {} MB free, and {} MB are \
         needed, twice what the old one takes",
        .free_bytes / MEGABYTE,
        .needed_bytes.div_ceil(MEGABYTE)
    )]
    InsufficientDiskSpace {
        /// The folder of the store.
        folder: PathBuf,
        /// What its disk has left.
        free_bytes: u64,
        /// What is to be there.
        needed_bytes: u64,
    },
    /// The folder can't be used.
    #[error("the index folder {folder} can't be used")]
    Folder {
        /// Which folder.
        folder: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A file of the index can't be read or written.
    #[error("the index can't be read or written")]
    Tantivy(#[from] TantivyError),
    /// A stored document can't be read or written.
    #[error("a stored document can't be read or written")]
    Document(#[from] postcard::Error),
}

const MEGABYTE: u64 = 1_000_000;

impl Store {
    /// Opens the index in `folder`, or makes it. One process at a time may hold the writer.
    ///
    /// # Errors
    /// If another process holds it, if it is damaged or of another version, or if the folder can't
    /// be used.
    pub fn open(folder: &Path, options: &StoreOptions) -> Result<(Writer, Reader), StoreError> {
        let generations = Generations::open(folder)?;
        let number = generations.current();
        let index = Arc::new(open_index_in(&generations.path(number), number)?);
        generations.add(number, &index);
        let current = Current::new(Arc::clone(&index), None);
        let home = Home(Arc::new(Place {
            generations,
            current: Arc::clone(&current),
            options: *options,
        }));
        let writer = Writer::open(home, index).map_err(|error| error.or_locked(folder))?;
        Ok((writer, Reader::new(current)))
    }

    /// As [`Store::open`], but an index that is damaged or of another version is removed and made
    /// anew, empty. The reason comes back with it.
    ///
    /// # Errors
    /// If another process holds the index or the folder can't be used.
    pub fn open_or_reset(
        folder: &Path,
        options: &StoreOptions,
    ) -> Result<(Writer, Reader, Option<StoreError>), StoreError> {
        let reason = match Store::open(folder, options) {
            Ok((writer, reader)) => return Ok((writer, reader, None)),
            Err(error @ (StoreError::Locked(_) | StoreError::Folder { .. })) => return Err(error),
            Err(reason) => reason,
        };
        Generations::reset(folder)?;
        let (writer, reader) = Store::open(folder, options)?;
        Ok((writer, reader, Some(reason)))
    }

    /// Opens the index for reading only, beside a process that may be writing to it.
    /// [`Reader::refresh`] moves on to that process's newest commit.
    ///
    /// # Errors
    /// If there is no index, or it is damaged or of another version.
    pub fn open_read_only(folder: &Path) -> Result<Reader, StoreError> {
        let index = open_for_reading(folder, generations::current(folder)?)?;
        let followed = Some(folder.to_owned());
        Ok(Reader::new(Current::new(Arc::new(index), followed)))
    }
}

impl StoreError {
    fn folder(folder: &Path, source: io::Error) -> StoreError {
        StoreError::Folder {
            folder: folder.to_owned(),
            source,
        }
    }

    fn or_locked(self, folder: &Path) -> StoreError {
        match self {
            StoreError::Tantivy(TantivyError::LockFailure(LockError::LockBusy, _)) => {
                StoreError::Locked(folder.to_owned())
            }
            other => other,
        }
    }
}

/// The index of every collection in the folder of one generation, made where it is missing.
fn open_index_in(folder: &Path, generation: u64) -> Result<Shared, StoreError> {
    Shared::open(Some(generation), |collection| {
        let folder = folder.join(collection.name());
        fs::create_dir_all(&folder).map_err(|source| StoreError::folder(&folder, source))?;
        open_index(&folder)
            .inspect(add_tokenizer)
            .map_err(|error| error.or_locked(&folder))
    })
}

fn open_for_reading(folder: &Path, generation: Option<u64>) -> Result<Shared, StoreError> {
    let folder = generation.map_or(folder.to_owned(), |number| {
        generations::path(folder, number)
    });
    Shared::open(generation, |collection| {
        let folder = folder.join(collection.name());
        if !folder.join("meta.json").exists() {
            let missing = io::Error::new(io::ErrorKind::NotFound, "there is no index in it");
            return Err(StoreError::folder(&folder, missing));
        }
        Ok(Index::open_in_dir(&folder)?)
    })
}

fn open_index(folder: &Path) -> Result<Index, StoreError> {
    let (schema, _) = schema::schema();
    let files = IndexFolder::open(folder)?;
    if !folder.join("meta.json").exists() {
        // Whatever lies here without a list of its segments belongs to no index.
        return Ok(Index::create(files, schema, settings())?);
    }
    // Another process that writes here removes files, which is no damage, and may be of another
    // version, which is no reason to take its index away.
    let _alone = files
        .acquire_lock(&INDEX_WRITER_LOCK)
        .map_err(|error| TantivyError::LockFailure(error, None))?;
    let index = Index::open(files)?;
    check_schema(&index.schema(), &schema)?;
    let damaged = index.validate_checksum()?;
    if let Some(file) = damaged.iter().min() {
        return Err(StoreError::Damaged(format!(
            "{} of its files, such as {}, differ from their checksums",
            damaged.len(),
            file.display()
        )));
    }
    Ok(index)
}

fn add_tokenizer(index: &Index) {
    let analyzer = TextAnalyzer::from(weighted_words::WeightedWords);
    index
        .tokenizers()
        .register(weighted_words::TOKENIZER, analyzer);
}

fn check_schema(found: &Schema, expected: &Schema) -> Result<(), StoreError> {
    if found == expected {
        return Ok(());
    }
    let found = "one with other fields".to_owned();
    Err(StoreError::OtherVersion {
        found,
        expected: schema::FORMAT_VERSION,
    })
}

fn settings() -> IndexSettings {
    IndexSettings {
        sort_by_field: Some(IndexSortByField {
            field: schema::CELL.to_owned(),
            order: Order::Asc,
        }),
        docstore_compression: Compressor::None,
        // Small blocks: a page of hits reads a few documents of many blocks.
        docstore_blocksize: 4096,
        docstore_compress_dedicated_thread: false,
        ..IndexSettings::default()
    }
}
