//! Indexes of generated rooms, cached below `target/`.
//!
//! Rooms come from the shipped generator, seed 7. Building an index takes minutes and searching it
//! seconds, so an index is built once. Its folder name contains everything that determines its
//! contents. An index of another format is rebuilt.

pub(crate) mod rows;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::mpsc::sync_channel;
use std::thread;
use std::time::{Duration, Instant};

use roost_collections::{built_in, rooms};
use roost_datasets::generate::Generator;
use roost_engine::{
    Checkpoint, Date, DaysChange, Document, Position, Reader, Store, StoreError, StoreOptions,
    Writer,
};
use sha2::{Digest, Sha256};
use tantivy::index::SegmentId;
use tantivy::indexer::NoMergePolicy;
use tantivy::{Index, IndexWriter};

/// The time of all bench queries, which determines how active a landlord is.
pub(crate) const NOW_S: i64 = 1_800_000_000;

/// Seed of the generated rooms.
pub(crate) const SEED: u64 = 7;

/// An index of generated rooms.
pub(crate) struct Rooms {
    pub(crate) reader: Reader,
    pub(crate) writer: Writer,
    pub(crate) generator: Generator,
    pub(crate) count: u64,
    /// How long the engine took to open the index. The files may or may not be in the page cache.
    pub(crate) opened_in: Duration,
    /// The folder of the index.
    pub(crate) folder: PathBuf,
}

impl Rooms {
    /// Opens the cached index with this number of rooms and segments, or builds it. Every segment
    /// covers the whole country.
    pub(crate) fn cached(count: u64, segments: usize) -> Rooms {
        let name = format!(
            "{count}-rooms-{segments}-segments-seed-{SEED}-format-{}-{}",
            Store::FORMAT_VERSION,
            &dataset()[..12]
        );
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
            .join("bench-indexes")
            .join(name);
        // This file is written last, so an interrupted build does not pass for a complete index.
        let mark = folder.join("complete");
        if mark.exists() {
            match Rooms::open(&folder, count) {
                Ok(rooms) => return rooms,
                Err(
                    StoreError::OtherVersion { .. }
                    | StoreError::OtherSchema
                    | StoreError::Damaged(_),
                ) => {}
                Err(error) => panic!("{}: {error}", folder.display()),
            }
        }
        let _ = fs::remove_dir_all(&folder);
        build(&folder, count, segments);
        fs::write(mark, "").expect("the index is marked as complete");
        Rooms::open(&folder, count).expect("a new index opens")
    }

    /// Copies the index to another folder so that it can be changed. Files are hard links, because
    /// the engine never modifies a finished file.
    pub(crate) fn copy_to(&self, folder: &Path) -> Rooms {
        let generation = current_generation(&self.folder);
        for collection in built_in() {
            let from = self.folder.join(&generation).join(collection.name());
            let to = folder.join(&generation).join(collection.name());
            fs::create_dir_all(&to).expect("a folder");
            for entry in fs::read_dir(from).expect("a folder") {
                let path = entry.expect("an entry").path();
                let name = path.file_name().expect("a file").to_owned();
                if path.extension().is_none_or(|ending| ending != "lock") {
                    fs::hard_link(&path, to.join(name)).expect("a link");
                }
            }
        }
        fs::copy(self.folder.join("current"), folder.join("current")).expect("a copy");
        Rooms::open(folder, self.count).expect("a copy opens")
    }

    /// An empty folder on the disk of the cached indexes, deleted when dropped.
    pub(crate) fn empty_folder() -> tempfile::TempDir {
        tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder")
    }

    /// Closes the index and opens it again, as a restart does.
    pub(crate) fn reopened(self) -> Rooms {
        let Rooms {
            reader,
            writer,
            count,
            folder,
            ..
        } = self;
        drop((reader, writer));
        Rooms::open(&folder, count).expect("an index opens again")
    }

    /// Writes these rooms with another price and commits. Returns the time until searches see the
    /// change, which is when the commit returns.
    pub(crate) fn change_prices(&mut self, documents: &[Document], price: f64) -> Duration {
        let mut changed = documents.to_vec();
        for document in &mut changed {
            document.set(rooms::PRICE, price);
        }
        let start = Instant::now();
        for document in changed {
            self.writer
                .put(rooms::collection(), document)
                .expect("written");
        }
        commit(&mut self.writer);
        start.elapsed()
    }

    /// The first `count` rooms, as documents.
    pub(crate) fn documents(&self, count: usize) -> Vec<Document> {
        self.generator
            .rooms()
            .take(count)
            .map(rows::document)
            .collect()
    }

    /// The number of documents of each segment, in descending order.
    pub(crate) fn segment_sizes(&self) -> Vec<u32> {
        let index = index_of_rooms(&self.folder);
        let metas = index.searchable_segment_metas().expect("segments");
        let mut sizes: Vec<u32> = metas.iter().map(tantivy::SegmentMeta::num_docs).collect();
        sizes.sort_unstable_by(|a, b| b.cmp(a));
        sizes
    }

    fn open(folder: &Path, count: u64) -> Result<Rooms, StoreError> {
        let start = Instant::now();
        let (writer, reader) = Store::open(folder, &built_in(), &StoreOptions::default())?;
        let opened_in = start.elapsed();
        let generator = Generator::new(SEED, count, NOW_S);
        set_signals(&writer, &generator);
        set_nights(&writer, &generator);
        Ok(Rooms {
            reader,
            writer,
            generator,
            count,
            opened_in,
            folder: folder.to_owned(),
        })
    }
}

/// Identifies the dataset: a hash over the first 10,000 rooms and their landlords, which changes
/// with the generator and with the shipped venues.
pub(crate) fn dataset() -> String {
    let generator = Generator::new(SEED, 10_000, NOW_S);
    let mut hash = Sha256::new();
    for landlord in generator.landlords() {
        hash.update(format!("{landlord:?}"));
    }
    for room in generator.rooms() {
        hash.update(format!("{room:?}"));
    }
    let bytes = hash.finalize();
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Loads all rooms of a generator into an empty index, with one commit for each of `shares` shares.
/// Another thread generates the rooms. Calls `committed` after each commit.
pub(crate) fn load(
    writer: &mut Writer,
    generator: &Generator,
    count: u64,
    shares: usize,
    mut committed: impl FnMut(),
) {
    const BATCH: usize = 1_000;
    let share = count.div_ceil(shares as u64).max(1);
    thread::scope(|scope| {
        let (sender, receiver) = sync_channel(8);
        scope.spawn(move || {
            let mut rooms = generator.rooms().map(rows::document).peekable();
            while rooms.peek().is_some() {
                let batch: Vec<Document> = rooms.by_ref().take(BATCH).collect();
                if sender.send(batch).is_err() {
                    return;
                }
            }
        });
        for (before, document) in (1..).zip(receiver.into_iter().flatten()) {
            writer.put(rooms::collection(), document).expect("written");
            if before % share == 0 || before == count {
                commit(writer);
                committed();
            }
        }
    });
}

/// Commits all changes.
pub(crate) fn commit(writer: &mut Writer) {
    let checkpoint = Checkpoint {
        position: Position(1),
        source: serde_json::Value::Null,
    };
    writer.commit(checkpoint).expect("committed");
}

fn build(folder: &Path, count: u64, segments: usize) {
    eprintln!(
        "building an index of {count} rooms in {segments} segments below {}",
        folder.display()
    );
    fs::create_dir_all(folder).expect("a folder");
    let start = Instant::now();
    let options = StoreOptions {
        writer_threads: 1,
        writer_memory_bytes: 2 << 30,
        is_merging: false,
    };
    let (mut writer, reader) = Store::open(folder, &built_in(), &options).expect("a store");
    let generator = Generator::new(SEED, count, NOW_S);
    let mut shares: Vec<Vec<SegmentId>> = Vec::new();
    load(&mut writer, &generator, count, segments, || {
        let all = index_of_rooms(folder)
            .searchable_segment_ids()
            .expect("segments");
        let is_new = |id: &SegmentId| !shares.iter().flatten().any(|known| known == id);
        shares.push(all.into_iter().filter(is_new).collect());
        eprintln!(
            "  {} of {segments} shares after {:.0?}",
            shares.len(),
            start.elapsed()
        );
    });
    drop((writer, reader));
    merge_shares(folder, &shares);
    eprintln!("  built after {:.0?}", start.elapsed());
}

/// Merges the segments of each share. A share that exceeds the writer's memory has several.
fn merge_shares(folder: &Path, shares: &[Vec<SegmentId>]) {
    let mut writer: IndexWriter = index_of_rooms(folder)
        .writer_with_num_threads(1, 64 << 20)
        .expect("a writer");
    writer.set_merge_policy(Box::new(NoMergePolicy));
    for share in shares.iter().filter(|share| share.len() > 1) {
        writer.merge(share).wait().expect("merged");
    }
    writer.garbage_collect_files().wait().expect("cleaned up");
    writer.wait_merging_threads().expect("closed");
}

fn index_of_rooms(folder: &Path) -> Index {
    let rooms = folder
        .join(current_generation(folder))
        .join(rooms::collection().name());
    Index::open_in_dir(rooms).expect("an index")
}

/// The path of the current generation, relative to the folder of its store.
fn current_generation(folder: &Path) -> PathBuf {
    let number =
        fs::read_to_string(folder.join("current")).expect("a store names its current generation");
    Path::new("generations").join(number.trim())
}

pub(crate) fn set_signals(writer: &Writer, generator: &Generator) {
    for landlord in generator.landlords() {
        writer.set_signals(landlord.id, rows::signals(&landlord));
    }
}

pub(crate) fn set_nights(writer: &Writer, generator: &Generator) {
    let today = Date::of_moment(NOW_S);
    while writer
        .advance_availability_window(rooms::collection(), today)
        .is_some()
    {}
    let changes: Vec<DaysChange> = generator
        .bookings()
        .filter_map(|b| rows::nights(&b))
        .collect();
    for some in changes.chunks(10_000) {
        writer
            .change_days(rooms::collection(), some)
            .expect("nights are kept");
    }
}
