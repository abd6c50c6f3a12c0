//! Pinned commits: the open files of a commit, to copy it while its store goes on.

use std::fs::{self, File};
use std::io::{self, Read, Seek, Write};
use std::path::Path;

use tantivy::directory::RamDirectory;
use tantivy::{Directory, Index, IndexMeta};

use super::directory::MANAGED_FILES;
use super::generation_folders;
use crate::checkpoint::Checkpoint;
use crate::index::error::StoreError;
use crate::schema::Collection;
use crate::store::commit_payload::CommitPayload;

/// One commit of a store. Its files are open, so that they can be read although a merge deletes
/// them, in this process or in another.
#[derive(Debug)]
pub struct PinnedCommit {
    /// Where it is in the source; `None` for a store without a commit.
    pub checkpoint: Option<Checkpoint>,
    /// The number of documents in each collection.
    pub documents: Vec<(Collection, u64)>,
    /// All files of the commit. Their content never changes.
    pub files: Vec<PinnedFile>,
}

/// A file of a commit.
#[derive(Debug)]
pub struct PinnedFile {
    /// Its collection.
    pub collection: Collection,
    /// Its name in the folder of that collection.
    pub name: String,
    /// Its content, from the first byte.
    pub file: File,
}

const SEGMENT_LIST: &str = "meta.json";

/// Opens the files of the newest commit of the index in `folder`.
pub(crate) fn pin_commit(
    folder: &Path,
    collections: &[Collection],
) -> Result<PinnedCommit, StoreError> {
    loop {
        let current = generation_folders::current(folder)?;
        let index = match current {
            Some(number) => generation_folders::path(folder, number),
            None => folder.to_owned(),
        };
        match pin_index(&index, collections) {
            // Another generation replaced it before its files were open.
            Err(_) if generation_folders::current(folder)? != current => {}
            pinned => return pinned,
        }
    }
}

/// Pins the collection with the checkpoint first. It is committed last, so that the others contain
/// at least what the checkpoint promises.
fn pin_index(folder: &Path, collections: &[Collection]) -> Result<PinnedCommit, StoreError> {
    let mut pinned = PinnedCommit {
        checkpoint: None,
        documents: Vec::new(),
        files: Vec::new(),
    };
    for &collection in collections {
        let (meta, files) = pin_collection(collection, &folder.join(collection.name()))?;
        let payload = CommitPayload::read(&meta, collections)?;
        pinned.checkpoint = pinned.checkpoint.or(payload.checkpoint);
        let documents = meta.segments.iter().map(|it| u64::from(it.num_docs()));
        pinned.documents.push((collection, documents.sum()));
        pinned.files.extend(files);
    }
    pinned
        .files
        .sort_by(|a, b| (a.collection, &a.name).cmp(&(b.collection, &b.name)));
    Ok(pinned)
}

fn pin_collection(
    collection: Collection,
    folder: &Path,
) -> Result<(IndexMeta, Vec<PinnedFile>), StoreError> {
    let open = |name: &str| -> io::Result<PinnedFile> {
        Ok(PinnedFile {
            collection,
            name: name.to_owned(),
            file: File::open(folder.join(name))?,
        })
    };
    let mut before = None;
    loop {
        let mut list = open(SEGMENT_LIST).map_err(|error| match is_missing(&error) {
            true => at(folder)(io::Error::new(error.kind(), "it contains no index")),
            false => at(folder)(error),
        })?;
        let meta = read_list(&mut list.file)?;
        let mut files = vec![list];
        let mut gone = None;
        for path in meta.list_segment_files() {
            let name = path.to_string_lossy();
            match open(&name) {
                Ok(file) => files.push(file),
                // A segment without deletes lacks this file.
                Err(error) if is_missing(&error) && !is_required(&path) => {}
                Err(error) if is_missing(&error) => gone = Some(path),
                Err(error) => return Err(at(&folder.join(path))(error)),
            }
        }
        let Some(gone) = gone else {
            return Ok((meta, files));
        };
        // A newer commit has replaced the file, unless its list is the same: then the file is lost.
        let seen = meta.list_segment_files();
        if before.as_ref() == Some(&seen) {
            let missing = format!("the file {} is missing", gone.display());
            return Err(StoreError::Damaged(missing));
        }
        before = Some(seen);
    }
}

/// Reads a segment list from its open file, since another one may have its name by now.
fn read_list(list: &mut File) -> Result<IndexMeta, StoreError> {
    let mut bytes = Vec::new();
    let read = list.read_to_end(&mut bytes).and_then(|_| list.rewind());
    read.map_err(|error| StoreError::Damaged(format!("{SEGMENT_LIST} cannot be read: {error}")))?;
    let directory = RamDirectory::create();
    directory
        .atomic_write(Path::new(SEGMENT_LIST), &bytes)
        .map_err(tantivy::TantivyError::from)?;
    Ok(Index::open(directory)?.load_metas()?)
}

fn is_missing(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::NotFound
}

fn is_required(file: &Path) -> bool {
    file.extension().is_none_or(|it| it != "del")
}

/// Lists the files of a copied index for tantivy, which checks and deletes only files in its list.
pub(crate) fn write_managed_files(folder: &Path) -> Result<(), StoreError> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).map_err(at(folder))? {
        let name = entry.map_err(at(folder))?.file_name();
        names.push(name.to_string_lossy().into_owned());
    }
    let list = serde_json::to_vec(&names).map_err(io::Error::from);
    let written = list.and_then(|list| {
        let mut file = File::create(folder.join(MANAGED_FILES))?;
        file.write_all(&list)?;
        file.sync_all()
    });
    written.map_err(at(folder))?;
    sync_folder(folder)
}

pub(crate) fn sync_folder(folder: &Path) -> Result<(), StoreError> {
    let synced = File::open(folder).and_then(|folder| folder.sync_all());
    synced.map_err(at(folder))
}

fn at(path: &Path) -> impl FnOnce(io::Error) -> StoreError {
    move |source| StoreError::folder(path, source)
}
