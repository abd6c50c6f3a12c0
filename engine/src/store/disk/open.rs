//! Opens or creates the tantivy indexes of a generation.

use std::fs;
use std::io;
use std::path::Path;

use tantivy::directory::{Directory, INDEX_WRITER_LOCK};
use tantivy::store::Compressor;
use tantivy::tokenizer::TextAnalyzer;
use tantivy::{Index, IndexSettings, IndexSortByField, Order, TantivyError};

use super::directory::IndexDirectory;
use super::generation_folders;
use crate::index::encoding::{fields, weighted_text};
use crate::index::error::StoreError;
use crate::schema::Collection;
use crate::store::options::StoreSettings;
use crate::store::store_state::StoreState;

/// Opens the index of every collection in the folder of one generation, and creates missing ones.
pub(crate) fn open_generation(
    folder: &Path,
    generation: u64,
    settings: &StoreSettings,
) -> Result<StoreState, StoreError> {
    StoreState::open(Some(generation), settings, |collection| {
        let folder = folder.join(collection.name());
        fs::create_dir_all(&folder).map_err(|source| StoreError::folder(&folder, source))?;
        open_index(&folder, collection)
            .inspect(add_tokenizer)
            .map_err(|error| error.or_locked(&folder))
    })
}

/// Opens the index of every collection beside a process that may write to it.
pub(crate) fn open_for_reading(
    folder: &Path,
    generation: Option<u64>,
    settings: &StoreSettings,
) -> Result<StoreState, StoreError> {
    let folder = generation.map_or(folder.to_owned(), |number| {
        generation_folders::path(folder, number)
    });
    StoreState::open(generation, settings, |collection| {
        let folder = folder.join(collection.name());
        if !folder.join("meta.json").exists() {
            let missing = io::Error::new(io::ErrorKind::NotFound, "it contains no index");
            return Err(StoreError::folder(&folder, missing));
        }
        Ok(Index::open_in_dir(&folder)?)
    })
}

fn open_index(folder: &Path, collection: Collection) -> Result<Index, StoreError> {
    let (schema, _) = fields::schema(collection);
    let files = IndexDirectory::open(folder)?;
    if !folder.join("meta.json").exists() {
        // Files without a list of segments belong to no index.
        return Ok(Index::create(files, schema, index_settings())?);
    }
    // While another process writes here, a missing file is not damage. And an index of another
    // version must not be reset while that version uses it.
    let _lock = files
        .acquire_lock(&INDEX_WRITER_LOCK)
        .map_err(|error| TantivyError::LockFailure(error, None))?;
    let index = Index::open(files)?;
    if index.schema() != schema {
        return Err(StoreError::OtherSchema);
    }
    let damaged = index.validate_checksum()?;
    if let Some(file) = damaged.iter().min() {
        return Err(StoreError::Damaged(format!(
            "{} files, among them {}, differ from their checksums",
            damaged.len(),
            file.display()
        )));
    }
    Ok(index)
}

fn add_tokenizer(index: &Index) {
    let analyzer = TextAnalyzer::from(weighted_text::WeightedTokenizer);
    index
        .tokenizers()
        .register(weighted_text::TOKENIZER, analyzer);
}

fn index_settings() -> IndexSettings {
    IndexSettings {
        sort_by_field: Some(IndexSortByField {
            field: fields::CELL.to_owned(),
            order: Order::Asc,
        }),
        docstore_compression: Compressor::None,
        // Small blocks, since a page of hits reads a few documents from many blocks.
        docstore_blocksize: 4096,
        docstore_compress_dedicated_thread: false,
        ..IndexSettings::default()
    }
}
