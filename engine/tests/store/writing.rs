//! What readers see of written documents and signals, and who can open an index.

use std::fs;

use roost_collections::{built_in, rooms, venues};
use roost_engine::*;

use crate::{NOW_S, checkpoint, found, key, open, room};

#[test]
fn committed_documents_are_found_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let (mut writer, reader) = open(folder.path());
    assert_eq!(writer.checkpoint(), None);
    writer
        .put(rooms::collection(), room(7, "Garden flat"))
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
        reader.get(rooms::collection(), key(7)).unwrap(),
        Some(room(7, "Garden flat"))
    );
}

#[test]
fn uncommitted_changes_are_lost_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let (mut writer, reader) = open(folder.path());
    writer
        .put(rooms::collection(), room(7, "Garden flat"))
        .unwrap();
    writer.commit(checkpoint(5)).unwrap();
    writer.delete(rooms::collection(), key(7)).unwrap();
    writer
        .put(rooms::collection(), room(8, "Garden shed"))
        .unwrap();
    drop((writer, reader));
    let (writer, reader) = open(folder.path());
    assert_eq!(writer.checkpoint().unwrap().position, Position(5));
    assert_eq!(found(&reader, "garden"), [7]);
}

#[test]
fn a_pinned_reader_does_not_see_later_commits() {
    let folder = tempfile::tempdir().unwrap();
    let (mut writer, reader) = open(folder.path());
    for number in [7, 8] {
        let room = room(number, "Garden flat");
        writer.put(rooms::collection(), room).unwrap();
    }
    writer.commit(checkpoint(1)).unwrap();
    let pinned = reader.pinned();
    writer.delete(rooms::collection(), key(7)).unwrap();
    writer
        .put(rooms::collection(), room(9, "Garden shed"))
        .unwrap();
    writer.commit(checkpoint(2)).unwrap();
    let seen = |reader: &Reader| {
        let exists = |number| {
            reader
                .get(rooms::collection(), key(number))
                .unwrap()
                .is_some()
        };
        (
            found(reader, "garden"),
            [7, 9].map(exists),
            reader.document_count(rooms::collection()),
            reader.freshness().position,
        )
    };
    let before = (vec![7, 8], [true, false], 2, Position(1));
    assert_eq!(
        (seen(&pinned), seen(&pinned.clone())),
        (before.clone(), before)
    );
    assert_eq!(seen(&reader), (vec![8, 9], [false, true], 2, Position(2)));
    assert_eq!(seen(&reader.pinned()), seen(&reader));
}

#[test]
fn a_later_document_of_the_same_key_replaces_the_earlier_one() {
    let folder = tempfile::tempdir().unwrap();
    let (mut writer, reader) = open(folder.path());
    writer
        .put(rooms::collection(), room(7, "Garden flat"))
        .unwrap();
    writer
        .put(rooms::collection(), room(7, "Roof flat"))
        .unwrap();
    writer.commit(checkpoint(1)).unwrap();
    assert_eq!(
        (found(&reader, "garden"), found(&reader, "roof")),
        (vec![], vec![7])
    );
    writer
        .put(rooms::collection(), room(7, "Cellar flat"))
        .unwrap();
    writer.commit(checkpoint(2)).unwrap();
    assert_eq!(
        (found(&reader, "roof"), found(&reader, "cellar")),
        (vec![], vec![7])
    );
    writer.delete(rooms::collection(), key(7)).unwrap();
    writer.delete(rooms::collection(), key(99)).unwrap();
    writer.commit(checkpoint(3)).unwrap();
    assert_eq!(found(&reader, "flat"), [0u128; 0]);
    assert_eq!(reader.document_count(rooms::collection()), 0);
}

#[test]
fn changes_keep_their_order_when_they_exceed_the_memory() {
    let folder = tempfile::tempdir().unwrap();
    let (mut writer, reader) = open(folder.path());
    for round in 0..3 {
        for n in 0..9_000 {
            writer
                .put(rooms::collection(), room(n, &format!("Round {round}")))
                .unwrap();
        }
    }
    assert_eq!(
        writer.get(rooms::collection(), key(0)).unwrap(),
        Lookup::Flushed
    );
    writer.commit(checkpoint(1)).unwrap();
    assert_eq!(reader.document_count(rooms::collection()), 9_000);
    assert!(found(&reader, "0").is_empty() && found(&reader, "1").is_empty());
    assert_eq!(found(&reader, "2").len(), 20);
}

#[test]
fn clearing_a_collection_keeps_later_documents_and_the_other_collection() {
    let folder = tempfile::tempdir().unwrap();
    let (mut writer, reader) = open(folder.path());
    writer.put(rooms::collection(), room(1, "Old one")).unwrap();
    writer
        .put(venues::collection(), room(1, "Old venue"))
        .unwrap();
    writer.commit(checkpoint(1)).unwrap();
    writer.put(rooms::collection(), room(2, "Old two")).unwrap();
    writer.clear(rooms::collection()).unwrap();
    writer.put(rooms::collection(), room(2, "New two")).unwrap();
    assert_eq!(
        writer.get(rooms::collection(), key(1)).unwrap(),
        Lookup::Absent
    );
    writer.commit(checkpoint(2)).unwrap();
    assert_eq!(found(&reader, "old"), [0u128; 0]);
    assert_eq!(found(&reader, "new"), [2]);
    assert_eq!(reader.document_count(venues::collection()), 1);
}

#[test]
fn a_rollback_keeps_the_last_commit_and_later_changes() {
    let folder = tempfile::tempdir().unwrap();
    let (mut writer, reader) = open(folder.path());
    writer.put(rooms::collection(), room(1, "Old one")).unwrap();
    writer.commit(checkpoint(1)).unwrap();
    writer.clear(rooms::collection()).unwrap();
    for n in 0..9_000 {
        writer
            .put(rooms::collection(), room(n, "Half done"))
            .unwrap();
    }
    writer.rollback().unwrap();
    assert_eq!(writer.pending(), 0);
    assert_eq!(
        writer.get(rooms::collection(), key(1)).unwrap(),
        Lookup::Found(Box::new(room(1, "Old one")))
    );
    writer.put(rooms::collection(), room(2, "New two")).unwrap();
    writer.commit(checkpoint(2)).unwrap();
    assert_eq!(
        (found(&reader, "old"), found(&reader, "new")),
        (vec![1], vec![2])
    );
    assert_eq!(reader.document_count(rooms::collection()), 2);
}

#[test]
fn a_lookup_sees_the_changes_that_wait_for_a_commit() {
    let folder = tempfile::tempdir().unwrap();
    let (mut writer, _reader) = open(folder.path());
    let lookup = |writer: &Writer| writer.get(rooms::collection(), key(7)).unwrap();
    assert_eq!(lookup(&writer), Lookup::Absent);
    writer.put(rooms::collection(), room(7, "One")).unwrap();
    assert_eq!(lookup(&writer), Lookup::Found(Box::new(room(7, "One"))));
    writer.commit(checkpoint(1)).unwrap();
    assert_eq!(lookup(&writer), Lookup::Found(Box::new(room(7, "One"))));
    writer.delete(rooms::collection(), key(7)).unwrap();
    assert_eq!(lookup(&writer), Lookup::Absent);
}

#[test]
fn searches_see_new_signals_without_a_commit() {
    let folder = tempfile::tempdir().unwrap();
    let (mut writer, reader) = open(folder.path());
    writer
        .put(rooms::collection(), room(7, "Garden flat"))
        .unwrap();
    writer.commit(checkpoint(1)).unwrap();
    let score = || {
        let query = Query::all(rooms::landlord_profile(), NOW_S);
        reader
            .search(rooms::collection(), &query)
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
        "the rooms of an unavailable owner are hidden"
    );
    writer.clear_signals();
    assert_eq!(score(), Some(50.0));
}

#[test]
fn signals_of_the_nil_owner_do_not_affect_rooms_without_an_owner() {
    let folder = tempfile::tempdir().unwrap();
    let (mut writer, reader) = open(folder.path());
    let ownerless = Document {
        owner: None,
        ..room(7, "Garden flat")
    };
    writer.put(rooms::collection(), ownerless).unwrap();
    writer.commit(checkpoint(1)).unwrap();
    let away = Signals {
        available: false,
        ..Signals::default()
    };
    writer.set_signals(key(0), away);
    assert_eq!(found(&reader, "garden"), [7]);
}

#[test]
fn an_index_with_a_writer_is_never_reset_as_damaged() {
    let folder = tempfile::tempdir().unwrap();
    let (mut writer, reader) = open(folder.path());
    let room = room(7, "Garden flat");
    writer.put(rooms::collection(), room).unwrap();
    writer.commit(checkpoint(3)).unwrap();
    // As another process may see it while files change, or a process of another version.
    let list = folder.path().join("generations/1/rooms/meta.json");
    let whole = fs::read(&list).unwrap();
    fs::write(&list, "{").unwrap();
    let second = Store::open_or_reset(folder.path(), &built_in(), &StoreOptions::default());
    assert!(matches!(second.map(|_| ()), Err(StoreError::Locked(_))));
    fs::write(&list, whole).unwrap();
    assert_eq!(found(&reader, "garden"), [7]);
    assert!(Store::open_read_only(folder.path(), &built_in()).is_ok());
}

#[test]
fn a_second_writer_is_rejected_and_a_second_reader_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let (mut writer, _reader) = open(folder.path());
    let second = Store::open_or_reset(folder.path(), &built_in(), &StoreOptions::default());
    assert!(matches!(second.map(|_| ()), Err(StoreError::Locked(_))));
    let other = Store::open_read_only(folder.path(), &built_in()).unwrap();
    writer
        .put(rooms::collection(), room(7, "Garden flat"))
        .unwrap();
    writer.commit(checkpoint(3)).unwrap();
    assert_eq!(other.document_count(rooms::collection()), 0);
    other.refresh().unwrap();
    assert_eq!(found(&other, "garden"), [7]);
    assert_eq!(other.checkpoint(), Some(checkpoint(3)));
}

#[test]
fn a_folder_without_an_index_cannot_be_opened_for_reading() {
    let folder = tempfile::tempdir().unwrap();
    let opened = Store::open_read_only(folder.path(), &built_in());
    assert!(matches!(opened.map(|_| ()), Err(StoreError::Folder { .. })));
}
