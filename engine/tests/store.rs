//! The index as its two users see it: who writes and who reads.

#![allow(clippy::unwrap_used, reason = "a test that can't go on has failed")]

use std::fs;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use roost_engine::*;
use serde_json::json;

const NOW_S: i64 = 1_800_000_000;

fn key(n: u128) -> Key {
    Key::from_u128(n)
}

fn room(n: u128, title: &str) -> Document {
    Document {
        owner: Some(key(1)),
        title: title.to_owned(),
        ..Document::empty(key(n), LatLng::new(19.13, 72.91).unwrap())
    }
}

fn checkpoint(position: u64) -> Checkpoint {
    Checkpoint {
        position: Position(position),
        source: json!({"slot": "roost"}),
    }
}

fn open(folder: &Path) -> (Writer, Reader) {
    Store::open(folder, &StoreOptions::default()).unwrap()
}

fn found(reader: &Reader, text: &str) -> Vec<u128> {
    let query = Query {
        text: Some(Words::new(text).unwrap()),
        ..Query::all(Profile::room(), NOW_S)
    };
    let page = reader.search(Collection::Rooms, &query).unwrap();
    page.hits
        .iter()
        .map(|hit| hit.document.key.as_u128())
        .collect()
}

#[test]
fn what_is_committed_is_found_again_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let (mut writer, reader) = open(folder.path());
    assert_eq!(writer.checkpoint(), None);
    writer
        .put(Collection::Rooms, room(7, "Garden flat"))
        .unwrap();
    assert_eq!(
        found(&reader, "garden"),
        [0u128; 0],
        "not before the commit"
    );
    writer.commit(checkpoint(5)).unwrap();
    assert_eq!(found(&reader, "garden"), [7]);
    assert_eq!(reader.freshness().position, Position(5));

    drop((writer, reader));
    let (writer, reader) = open(folder.path());
    assert_eq!(writer.checkpoint(), Some(&checkpoint(5)));
    assert_eq!(found(&reader, "GARDEN"), [7]);
    assert_eq!(
        reader.get(Collection::Rooms, key(7)).unwrap(),
        Some(room(7, "Garden flat"))
    );
}

#[test]
fn what_is_not_committed_is_gone_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let (mut writer, reader) = open(folder.path());
    writer
        .put(Collection::Rooms, room(7, "Garden flat"))
        .unwrap();
    writer.commit(checkpoint(5)).unwrap();
    writer.delete(Collection::Rooms, key(7)).unwrap();
    writer
        .put(Collection::Rooms, room(8, "Garden shed"))
        .unwrap();
    drop((writer, reader));
    let (writer, reader) = open(folder.path());
    assert_eq!(writer.checkpoint().unwrap().position, Position(5));
    assert_eq!(found(&reader, "garden"), [7]);
}

#[test]
fn a_later_document_of_the_same_key_replaces_the_earlier_one() {
    let folder = tempfile::tempdir().unwrap();
    let (mut writer, reader) = open(folder.path());
    writer
        .put(Collection::Rooms, room(7, "Garden flat"))
        .unwrap();
    writer.put(Collection::Rooms, room(7, "Roof flat")).unwrap();
    writer.commit(checkpoint(1)).unwrap();
    assert_eq!(
        (found(&reader, "garden"), found(&reader, "roof")),
        (vec![], vec![7])
    );
    writer
        .put(Collection::Rooms, room(7, "Cellar flat"))
        .unwrap();
    writer.commit(checkpoint(2)).unwrap();
    assert_eq!(
        (found(&reader, "roof"), found(&reader, "cellar")),
        (vec![], vec![7])
    );
    writer.delete(Collection::Rooms, key(7)).unwrap();
    writer.delete(Collection::Rooms, key(99)).unwrap();
    writer.commit(checkpoint(3)).unwrap();
    assert_eq!(found(&reader, "flat"), [0u128; 0]);
    assert_eq!(reader.document_count(Collection::Rooms), 0);
}

#[test]
fn more_changes_than_fit_in_memory_keep_their_order() {
    let folder = tempfile::tempdir().unwrap();
    let (mut writer, reader) = open(folder.path());
    for round in 0..3 {
        for n in 0..9_000 {
            writer
                .put(Collection::Rooms, room(n, &format!("Round {round}")))
                .unwrap();
        }
    }
    assert_eq!(
        writer.get(Collection::Rooms, key(0)).unwrap(),
        Lookup::Flushed
    );
    writer.commit(checkpoint(1)).unwrap();
    assert_eq!(reader.document_count(Collection::Rooms), 9_000);
    assert!(found(&reader, "0").is_empty() && found(&reader, "1").is_empty());
    assert_eq!(found(&reader, "2").len(), 20);
}

#[test]
fn clearing_a_collection_spares_what_comes_after_and_the_other_collection() {
    let folder = tempfile::tempdir().unwrap();
    let (mut writer, reader) = open(folder.path());
    writer.put(Collection::Rooms, room(1, "Old one")).unwrap();
    writer
        .put(Collection::Venues, room(1, "Old venue"))
        .unwrap();
    writer.commit(checkpoint(1)).unwrap();
    writer.put(Collection::Rooms, room(2, "Old two")).unwrap();
    writer.clear(Collection::Rooms).unwrap();
    writer.put(Collection::Rooms, room(2, "New two")).unwrap();
    assert_eq!(
        writer.get(Collection::Rooms, key(1)).unwrap(),
        Lookup::Absent
    );
    writer.commit(checkpoint(2)).unwrap();
    assert_eq!(found(&reader, "old"), [0u128; 0]);
    assert_eq!(found(&reader, "new"), [2]);
    assert_eq!(reader.document_count(Collection::Venues), 1);
}

#[test]
fn a_rollback_leaves_the_last_commit_and_what_comes_after() {
    let folder = tempfile::tempdir().unwrap();
    let (mut writer, reader) = open(folder.path());
    writer.put(Collection::Rooms, room(1, "Old one")).unwrap();
    writer.commit(checkpoint(1)).unwrap();
    writer.clear(Collection::Rooms).unwrap();
    for n in 0..9_000 {
        writer.put(Collection::Rooms, room(n, "Half done")).unwrap();
    }
    writer.rollback().unwrap();
    assert_eq!(writer.pending(), 0);
    assert_eq!(
        writer.get(Collection::Rooms, key(1)).unwrap(),
        Lookup::Found(Box::new(room(1, "Old one")))
    );
    writer.put(Collection::Rooms, room(2, "New two")).unwrap();
    writer.commit(checkpoint(2)).unwrap();
    assert_eq!(
        (found(&reader, "old"), found(&reader, "new")),
        (vec![1], vec![2])
    );
    assert_eq!(reader.document_count(Collection::Rooms), 2);
}

#[test]
fn a_lookup_sees_the_changes_that_wait_for_a_commit() {
    let folder = tempfile::tempdir().unwrap();
    let (mut writer, _reader) = open(folder.path());
    let lookup = |writer: &Writer| writer.get(Collection::Rooms, key(7)).unwrap();
    assert_eq!(lookup(&writer), Lookup::Absent);
    writer.put(Collection::Rooms, room(7, "One")).unwrap();
    assert_eq!(lookup(&writer), Lookup::Found(Box::new(room(7, "One"))));
    writer.commit(checkpoint(1)).unwrap();
    assert_eq!(lookup(&writer), Lookup::Found(Box::new(room(7, "One"))));
    writer.delete(Collection::Rooms, key(7)).unwrap();
    assert_eq!(lookup(&writer), Lookup::Absent);
}

#[test]
fn new_signals_are_seen_without_a_commit() {
    let folder = tempfile::tempdir().unwrap();
    let (mut writer, reader) = open(folder.path());
    writer
        .put(Collection::Rooms, room(7, "Garden flat"))
        .unwrap();
    writer.commit(checkpoint(1)).unwrap();
    let score = || {
        let query = Query::all(Profile::landlord(), NOW_S);
        reader
            .search(Collection::Rooms, &query)
            .unwrap()
            .hits
            .first()
            .map(|hit| hit.score)
    };
    assert_eq!(score(), Some(50.0));
    let signals = Signals {
        capacity_total: 4,
        active_at_s: NOW_S,
        ..Signals::default()
    };
    writer.set_signals(key(1), signals);
    assert_eq!(score(), Some(85.0));
    assert_eq!(reader.signals(key(1)), signals);
    writer.set_signals(
        key(1),
        Signals {
            available: false,
            ..signals
        },
    );
    assert_eq!(
        score(),
        None,
        "rooms of an owner who is not available are hidden"
    );
    writer.clear_signals();
    assert_eq!(score(), Some(50.0));
}

#[test]
fn signals_of_the_nil_owner_do_not_reach_rooms_without_an_owner() {
    let folder = tempfile::tempdir().unwrap();
    let (mut writer, reader) = open(folder.path());
    let ownerless = Document {
        owner: None,
        ..room(7, "Garden flat")
    };
    writer.put(Collection::Rooms, ownerless).unwrap();
    writer.commit(checkpoint(1)).unwrap();
    let away = Signals {
        available: false,
        ..Signals::default()
    };
    writer.set_signals(key(0), away);
    assert_eq!(found(&reader, "garden"), [7]);
}

#[test]
fn an_index_that_is_being_written_is_never_taken_for_damaged() {
    let folder = tempfile::tempdir().unwrap();
    let (mut writer, reader) = open(folder.path());
    let room = room(7, "Garden flat");
    writer.put(Collection::Rooms, room).unwrap();
    writer.commit(checkpoint(3)).unwrap();
    // What another process may see while files come and go, or of another version.
    let list = folder.path().join("rooms/meta.json");
    let whole = fs::read(&list).unwrap();
    fs::write(&list, "{").unwrap();
    let second = Store::open_or_reset(folder.path(), &StoreOptions::default());
    assert!(matches!(second.map(|_| ()), Err(StoreError::Locked(_))));
    fs::write(&list, whole).unwrap();
    assert_eq!(found(&reader, "garden"), [7]);
    assert!(Store::open_read_only(folder.path()).is_ok());
}

#[test]
fn a_second_writer_is_refused_and_a_second_reader_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let (mut writer, _reader) = open(folder.path());
    let second = Store::open_or_reset(folder.path(), &StoreOptions::default());
    assert!(matches!(second.map(|_| ()), Err(StoreError::Locked(_))));
    let other = Store::open_read_only(folder.path()).unwrap();
    writer
        .put(Collection::Rooms, room(7, "Garden flat"))
        .unwrap();
    writer.commit(checkpoint(3)).unwrap();
    assert_eq!(other.document_count(Collection::Rooms), 0);
    other.refresh().unwrap();
    assert_eq!(found(&other, "garden"), [7]);
    assert_eq!(other.checkpoint(), Some(checkpoint(3)));
}

#[test]
fn a_folder_without_an_index_can_not_be_opened_for_reading() {
    let folder = tempfile::tempdir().unwrap();
    let opened = Store::open_read_only(folder.path());
    assert!(matches!(opened.map(|_| ()), Err(StoreError::Folder { .. })));
}

/// A committed index whose files `spoil` has touched is made anew, and the reason is told.
fn reset_reason(spoil: impl Fn(&Path)) -> StoreError {
    let folder = tempfile::tempdir().unwrap();
    let (mut writer, reader) = open(folder.path());
    writer
        .put(Collection::Rooms, room(7, "Garden flat"))
        .unwrap();
    writer.commit(checkpoint(1)).unwrap();
    drop((writer, reader));
    spoil(&folder.path().join("rooms"));
    let opened = Store::open_or_reset(folder.path(), &StoreOptions::default()).unwrap();
    let (mut writer, reader, reason) = opened;
    assert_eq!(writer.checkpoint(), None);
    assert_eq!(reader.document_count(Collection::Rooms), 0);
    writer
        .put(Collection::Rooms, room(8, "Garden shed"))
        .unwrap();
    writer.commit(checkpoint(2)).unwrap();
    assert_eq!(found(&reader, "garden"), [8]);
    reason.unwrap()
}

fn files(folder: &Path, ending: &str) -> Vec<std::path::PathBuf> {
    let entries = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    entries
        .filter(|path| path.extension().is_some_and(|found| found == ending))
        .collect()
}

#[test]
fn a_flipped_byte_is_noticed_and_the_index_made_anew() {
    let reason = reset_reason(|rooms| {
        let store = &files(rooms, "store")[0];
        let mut bytes = fs::read(store).unwrap();
        bytes[10] ^= 1;
        fs::write(store, bytes).unwrap();
    });
    assert!(matches!(reason, StoreError::Damaged(_)), "{reason}");
}

#[test]
fn a_missing_or_cut_file_is_noticed_and_the_index_made_anew() {
    for ending in ["fast", "idx", "term"] {
        reset_reason(|rooms| fs::remove_file(&files(rooms, ending)[0]).unwrap());
        reset_reason(|rooms| fs::write(&files(rooms, ending)[0], b"cut").unwrap());
    }
    reset_reason(|rooms| fs::write(rooms.join("meta.json"), b"{").unwrap());
}

#[test]
fn an_index_of_another_version_is_made_anew() {
    let reason = reset_reason(|rooms| {
        let meta = fs::read_to_string(rooms.join("meta.json")).unwrap();
        fs::write(
            rooms.join("meta.json"),
            meta.replace("format\\\":", "format\\\":999"),
        )
        .unwrap();
    });
    assert!(
        matches!(reason, StoreError::OtherVersion { .. }),
        "{reason}"
    );
}

/// Waits for merges in the background, as long as a test may take.
fn eventually(what: &str, mut is_so: impl FnMut() -> bool) {
    let until = Instant::now() + Duration::from_secs(60);
    while !is_so() {
        assert!(Instant::now() < until, "{what} has not come about");
        thread::yield_now();
    }
}

#[test]
fn many_small_commits_leave_few_segments_and_no_deleted_documents_behind() {
    let folder = tempfile::tempdir().unwrap();
    let (mut writer, reader) = open(folder.path());
    for n in 0..3_000 {
        writer.put(Collection::Rooms, room(n, "First")).unwrap();
    }
    writer.commit(checkpoint(1)).unwrap();
    // Every room changes once, and every tenth is deleted.
    for n in 0..100u128 {
        for n in (n * 30)..(n * 30 + 30) {
            match n % 10 {
                0 => writer.delete(Collection::Rooms, key(n)).unwrap(),
                _ => writer.put(Collection::Rooms, room(n, "Second")).unwrap(),
            }
        }
        writer.commit(checkpoint(2)).unwrap();
    }
    let usage = || {
        reader.refresh().unwrap();
        reader.usage(Collection::Rooms)
    };
    eventually("few segments without deletes", || {
        usage().segments.len() <= 3 && usage().deleted_share() < 0.2
    });
    assert_eq!(usage().documents, 2_700);
    assert_eq!(found(&reader, "first"), [0u128; 0]);
    assert_eq!(found(&reader, "second").len(), 20);
    assert_eq!(reader.get(Collection::Rooms, key(10)).unwrap(), None);
    let changed = reader.get(Collection::Rooms, key(11)).unwrap();
    assert_eq!(changed, Some(room(11, "Second")));
}

#[test]
fn a_room_that_changes_with_every_commit_does_not_keep_the_others_from_being_merged() {
    let folder = tempfile::tempdir().unwrap();
    let (mut writer, reader) = open(folder.path());
    for n in 0..6_000 {
        writer.put(Collection::Rooms, room(n, "Calm")).unwrap();
        if n % 1_500 == 0 {
            writer.commit(checkpoint(1)).unwrap();
        }
    }
    for round in 0..60 {
        let busy = room(1, &format!("Busy {round}"));
        writer.put(Collection::Rooms, busy).unwrap();
        writer.commit(checkpoint(2)).unwrap();
    }
    let segments = || {
        reader.refresh().unwrap();
        reader.usage(Collection::Rooms).segments
    };
    eventually("one large segment", || {
        segments()
            .iter()
            .filter(|segment| segment.documents >= 1_000)
            .count()
            == 1
    });
    assert_eq!(found(&reader, "59"), [1]);
    assert_eq!(found(&reader, "58"), [0u128; 0]);
    assert_eq!(reader.document_count(Collection::Rooms), 6_000);
}

#[test]
fn a_collection_whose_documents_are_all_deleted_has_no_segment() {
    let folder = tempfile::tempdir().unwrap();
    let (mut writer, reader) = open(folder.path());
    for n in 0..50 {
        writer
            .put(Collection::Rooms, room(n, "Garden flat"))
            .unwrap();
    }
    writer.commit(checkpoint(1)).unwrap();
    assert_eq!(reader.usage(Collection::Rooms).segments.len(), 1);
    for n in 0..50 {
        writer.delete(Collection::Rooms, key(n)).unwrap();
    }
    writer.commit(checkpoint(2)).unwrap();
    assert_eq!(reader.usage(Collection::Rooms).segments, []);
    assert_eq!(found(&reader, "garden"), [0u128; 0]);
}

#[test]
fn a_bulk_load_over_two_threads_and_a_small_commit_after_it_are_both_found() {
    let folder = tempfile::tempdir().unwrap();
    let options = StoreOptions {
        writer_threads: 2,
        ..StoreOptions::default()
    };
    let (mut writer, reader) = Store::open(folder.path(), &options).unwrap();
    for n in 0..20_000 {
        writer.put(Collection::Rooms, room(n, "Bulk")).unwrap();
    }
    writer.commit(checkpoint(1)).unwrap();
    assert_eq!(reader.document_count(Collection::Rooms), 20_000);
    let before = reader.usage(Collection::Rooms).segments.len();
    for n in 0..500 {
        writer.put(Collection::Rooms, room(n, "Small")).unwrap();
    }
    writer.commit(checkpoint(2)).unwrap();
    let usage = reader.usage(Collection::Rooms);
    assert!(usage.segments.len() <= before + 1, "{usage:?}");
    assert_eq!(usage.documents, 20_000);
    assert_eq!(found(&reader, "small").len(), 20);
}

#[test]
fn a_document_takes_less_than_400_bytes_of_memory() {
    let folder = tempfile::tempdir().unwrap();
    let (mut writer, reader) = open(folder.path());
    for n in 0..10_000 {
        let room = Document {
            owner: Some(key(n / 3)),
            ..room(n, "Garden flat")
        };
        writer.put(Collection::Rooms, room).unwrap();
    }
    writer.commit(checkpoint(1)).unwrap();
    let usage = reader.usage(Collection::Rooms);
    let per_document = usage.bytes_per_document();
    assert!((16.0..400.0).contains(&per_document), "{usage:?}");
    assert!(reader.signals_memory_bytes() > 3_333 * 16);
}
