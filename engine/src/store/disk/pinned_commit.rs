//! How is a commit taken out of a store, and put into another?

use std::fs::{self, File};
use std::io::{self, Read, Seek, Write};
use std::path::Path;

use tantivy::directory::RamDirectory;
use tantivy::{Directory, Index, IndexMeta};

use super::directory::LIST_OF_FILES;
use super::generation_folders;
use crate::checkpoint::Checkpoint;
use crate::collection::Collection;
use crate::index::error::StoreError;
use crate::store::commit_payload::{CHECKPOINTED, Payload};

/// One commit of a store. Its files are open, so they can be read whatever is merged meanwhile, in
/// this process or in another.
#[derive(Debug)]
pub struct PinnedCommit {
    /// Up to where it follows the source; `None` of a store without a commit.
    pub checkpoint: Option<Checkpoint>,
    /// How many documents each collection has.
    pub documents: Vec<(Collection, u64)>,
    /// All that makes up the commit. Their content never changes.
    pub files: Vec<PinnedFile>,
}

/// A file of a commit.
#[derive(Debug)]
pub struct PinnedFile {
    /// The collection that it belongs to.
    pub collection: Collection,
    /// Its name in the folder of that collection.
    pub name: String,
    /// Its content, from the first byte.
    pub file: File,
}

const LIST_OF_SEGMENTS: &str = "meta.json";

/// Opens the files of the newest commit of the index in `folder`.
pub(crate) fn pin_commit(folder: &Path) -> Result<PinnedCommit, StoreError> {
    loop {
        let in_force = generation_folders::current(folder)?;
        let index = match in_force {
            Some(number) => generation_folders::path(folder, number),
            None => folder.to_owned(),
        };
        match hold_index(&index) {
            // Its place was taken before it could be held.
            Err(_) if generation_folders::current(folder)? != in_force => {}
            held => return held,
        }
    }
}

/// The one with the checkpoint is committed last, so it is held first: another then shows at least what the
/// checkpoint says, and never less.
fn hold_index(folder: &Path) -> Result<PinnedCommit, StoreError> {
    let mut held = PinnedCommit {
        checkpoint: None,
        documents: Vec::new(),
        files: Vec::new(),
    };
    let mut collections = Collection::ALL;
    collections.sort_by_key(|collection| *collection != CHECKPOINTED);
    for collection in collections {
        let (meta, files) = hold_collection(collection, &folder.join(collection.name()))?;
        let payload = Payload::read(&meta)?;
        held.checkpoint = held.checkpoint.or(payload.checkpoint);
        let documents = meta.segments.iter().map(|it| u64::from(it.num_docs()));
        held.documents.push((collection, documents.sum()));
        held.files.extend(files);
    }
    held.files
        .sort_by(|a, b| (a.collection, &a.name).cmp(&(b.collection, &b.name)));
    Ok(held)
}

fn hold_collection(
    collection: Collection,
    folder: &Path,
) -> Result<(IndexMeta, Vec<PinnedFile>), StoreError> {
    let hold = |name: &str| -> io::Result<PinnedFile> {
        Ok(PinnedFile {
            collection,
            name: name.to_owned(),
            file: File::open(folder.join(name))?,
        })
    };
    let mut before = None;
    loop {
        let mut list = hold(LIST_OF_SEGMENTS).map_err(|error| match is_missing(&error) {
            true => at(folder)(io::Error::new(error.kind(), "there is no index in it")),
            false => at(folder)(error),
        })?;
        let meta = read_list(&mut list.file)?;
        let mut files = vec![list];
        let mut gone = None;
        for path in meta.list_segment_files() {
            let name = path.to_string_lossy();
            match hold(&name) {
                Ok(file) => files.push(file),
                // A segment that has lost no document has none of these.
                Err(error) if is_missing(&error) && !is_needed(&path) => {}
                Err(error) if is_missing(&error) => gone = Some(path),
                Err(error) => return Err(at(&folder.join(path))(error)),
            }
        }
        let Some(gone) = gone else {
            return Ok((meta, files));
        };
        // It was removed after a newer commit, whose list names others. If there is none, it is lost.
        let seen = meta.list_segment_files();
        if before.as_ref() == Some(&seen) {
            let missing = format!("its file {} is missing", gone.display());
            return Err(StoreError::Damaged(missing));
        }
        before = Some(seen);
    }
}

/// What a list of segments says. The file itself is read, since by its name another may be found by now.
fn read_list(list: &mut File) -> Result<IndexMeta, StoreError> {
    let mut bytes = Vec::new();
    let read = list.read_to_end(&mut bytes).and_then(|_| list.rewind());
    read.map_err(|error| {
        StoreError::Damaged(format!("{LIST_OF_SEGMENTS} can't be read: {error}"))
    })?;
    let alone = RamDirectory::create();
    alone
        .atomic_write(Path::new(LIST_OF_SEGMENTS), &bytes)
        .map_err(tantivy::TantivyError::from)?;
    Ok(Index::open(alone)?.load_metas()?)
}

fn is_missing(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::NotFound
}

fn is_needed(file: &Path) -> bool {
    file.extension().is_none_or(|it| it != "del")
}

/// Tantivy checks and later removes only the files that it takes for its own.
pub(crate) fn list_files(folder: &Path) -> Result<(), StoreError> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).map_err(at(folder))? {
        let name = entry.map_err(at(folder))?.file_name();
        names.push(name.to_string_lossy().into_owned());
    }
    let list = serde_json::to_vec(&names).map_err(io::Error::from);
    let written = list.and_then(|list| {
        let mut file = File::create(folder.join(LIST_OF_FILES))?;
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
