//! Where do benches get their rooms?
//!
//! From the shipped generator, seed 7. The index is built once and kept below `target/`, since
//! building takes minutes and searching it takes seconds. Its folder is named after all that decides
//! what is in it; an index of another format is built anew.

mod rows;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::mpsc::sync_channel;
use std::thread;
use std::time::{Duration, Instant};

use roost_datasets::generate::Generator;
use roost_engine::{
    Checkpoint, Collection, Date, Document, NightsChange, Position, Reader, Store, StoreError,
    StoreOptions, Writer,
};
use sha2::{Digest, Sha256};
use tantivy::index::SegmentId;
use tantivy::indexer::NoMergePolicy;
use tantivy::{Index, IndexWriter};

/// When the queries of benches are asked, which decides how active a landlord is.
pub(crate) const NOW_S: i64 = 1_800_000_000;

/// What the rooms are generated from.
pub(crate) const SEED: u64 = 7;

/// An index of generated rooms.
pub(crate) struct Rooms {
    pub(crate) reader: Reader,
    pub(crate) writer: Writer,
    pub(crate) generator: Generator,
    pub(crate) count: u64,
    /// How long the engine took until it could answer, from files that the system had in memory or
    /// not.
    pub(crate) opened_in: Duration,
    /// Where the index is.
    pub(crate) folder: PathBuf,
}

impl Rooms {
    /// The kept index of so many rooms in so many segments, which is built if there is none. Every
    /// segment covers all of the country.
    pub(crate) fn kept(count: u64, segments: usize) -> Rooms {
        let name = format!(
            "{count}-rooms-{segments}-segments-seed-{SEED}-{}",
            &dataset()[..12]
        );
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
            .join("bench-indexes")
            .join(name);
        // It is written last, so that an index which was cut short is not taken for a whole one.
        let mark = folder.join("complete");
        if mark.exists() {
            match Rooms::open(&folder, count) {
                Ok(rooms) => return rooms,
                Err(StoreError::OtherVersion { .. } | StoreError::Damaged(_)) => {}
                Err(error) => panic!("{}: {error}", folder.display()),
            }
        }
        let _ = fs::remove_dir_all(&folder);
        build(&folder, count, segments);
        fs::write(mark, "").expect("the index is marked as complete");
        Rooms::open(&folder, count).expect("a new index opens")
    }

    /// The same index in a folder of its own, to change. Files are linked, for the engine never
    /// writes into one that it has finished.
    pub(crate) fn copy_to(&self, folder: &Path) -> Rooms {
        let in_force = in_force(&self.folder);
        for collection in Collection::ALL {
            let from = self.folder.join(&in_force).join(collection.name());
            let to = folder.join(&in_force).join(collection.name());
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

    /// An empty folder on the disk of the kept indexes, deleted when it is dropped.
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

    /// Writes these rooms anew at another price and commits: how long it takes until searches see
    /// it, which they do when the commit returns.
    pub(crate) fn change_prices(&mut self, documents: &[Document], price: f64) -> Duration {
        let changed = documents.iter().map(|document| Document {
            price: Some(price),
            ..document.clone()
        });
        let changed: Vec<Document> = changed.collect();
        let start = Instant::now();
        for document in changed {
            self.writer
                .put(Collection::Rooms, document)
                .expect("written");
        }
        commit(&mut self.writer);
        start.elapsed()
    }

    /// The first of the rooms, as documents.
    pub(crate) fn documents(&self, count: usize) -> Vec<Document> {
        self.generator
            .rooms()
            .take(count)
            .map(rows::document)
            .collect()
    }

    /// How many documents each segment has, the largest first.
    pub(crate) fn segment_sizes(&self) -> Vec<u32> {
        let index = index_of_rooms(&self.folder);
        let metas = index.searchable_segment_metas().expect("segments");
        let mut sizes: Vec<u32> = metas.iter().map(tantivy::SegmentMeta::num_docs).collect();
        sizes.sort_unstable_by(|a, b| b.cmp(a));
        sizes
    }

    fn open(folder: &Path, count: u64) -> Result<Rooms, StoreError> {
        let start = Instant::now();
        let (writer, reader) = Store::open(folder, &StoreOptions::default())?;
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

/// Which data the rooms come from: a hash over the first 10,000 rooms and landlords of the generator,
/// in which a change to the shipped venues shows as well as one to the generator.
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

/// Puts all rooms of a generator into an empty index with one commit for each of so many shares.
/// Rooms are generated on a thread of their own. Says after each commit how long all took so far.
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
            writer.put(Collection::Rooms, document).expect("written");
            if before % share == 0 || before == count {
                commit(writer);
                committed();
            }
        }
    });
}

/// Commits what was changed.
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
    let (mut writer, reader) = Store::open(folder, &options).expect("a store");
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

/// A share that outgrew the writer's memory is in several segments, and becomes one.
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
    let rooms = folder.join(in_force(folder)).join(Collection::Rooms.name());
    Index::open_in_dir(rooms).expect("an index")
}

/// Where the index that is in force is below the folder of its store.
fn in_force(folder: &Path) -> PathBuf {
    let number = fs::read_to_string(folder.join("current")).expect("a store names its index");
    Path::new("generations").join(number.trim())
}

fn set_signals(writer: &Writer, generator: &Generator) {
    for landlord in generator.landlords() {
        writer.set_signals(landlord.id, rows::signals(&landlord));
    }
}

fn set_nights(writer: &Writer, generator: &Generator) {
    let today = Date::of_moment(NOW_S);
    while writer.keep_nights_from(Collection::Rooms, today).is_some() {}
    let changes: Vec<NightsChange> = generator
        .bookings()
        .filter_map(|b| rows::nights(&b))
        .collect();
    for some in changes.chunks(10_000) {
        writer
            .change_nights(Collection::Rooms, some)
            .expect("nights are kept");
    }
}
