//! The index keeps few segments under any stream of commits.

use std::thread;
use std::time::{Duration, Instant};

use roost_collections::{built_in, rooms};
use roost_engine::*;

use crate::{NOW_S, checkpoint, found, key, open, room};

/// Waits up to a minute for merges in the background.
fn eventually(condition: &str, mut is_met: impl FnMut() -> bool) {
    let until = Instant::now() + Duration::from_secs(60);
    while !is_met() {
        assert!(Instant::now() < until, "{condition}: not within a minute");
        thread::yield_now();
    }
}

#[test]
fn many_small_commits_leave_few_segments_and_few_deleted_documents() {
    let folder = tempfile::tempdir().unwrap();
    let (mut writer, reader) = open(folder.path());
    for n in 0..3_000 {
        writer.put(rooms::collection(), room(n, "First")).unwrap();
    }
    writer.commit(checkpoint(1)).unwrap();
    // Every room changes once, except every tenth, which is deleted.
    for n in 0..100u128 {
        for n in (n * 30)..(n * 30 + 30) {
            match n % 10 {
                0 => writer.delete(rooms::collection(), key(n)).unwrap(),
                _ => writer.put(rooms::collection(), room(n, "Second")).unwrap(),
            }
        }
        writer.commit(checkpoint(2)).unwrap();
    }
    let usage = || {
        reader.refresh().unwrap();
        reader.usage(rooms::collection())
    };
    eventually("few segments without deletes", || {
        usage().segments.len() <= 3 && usage().deleted_share() < 0.2
    });
    assert_eq!(usage().documents, 2_700);
    assert_eq!(found(&reader, "first"), [0u128; 0]);
    assert_eq!(found(&reader, "second").len(), 20);
    assert_eq!(reader.get(rooms::collection(), key(10)).unwrap(), None);
    let changed = reader.get(rooms::collection(), key(11)).unwrap();
    assert_eq!(changed, Some(room(11, "Second")));
}

#[test]
fn a_room_that_changes_with_every_commit_does_not_block_the_merge_of_the_others() {
    let folder = tempfile::tempdir().unwrap();
    let (mut writer, reader) = open(folder.path());
    for n in 0..6_000 {
        writer.put(rooms::collection(), room(n, "Calm")).unwrap();
        if n % 1_500 == 0 {
            writer.commit(checkpoint(1)).unwrap();
        }
    }
    for round in 0..60 {
        let busy = room(1, &format!("Busy {round}"));
        writer.put(rooms::collection(), busy).unwrap();
        writer.commit(checkpoint(2)).unwrap();
    }
    let segments = || {
        reader.refresh().unwrap();
        reader.usage(rooms::collection()).segments
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
    assert_eq!(reader.document_count(rooms::collection()), 6_000);
}

#[test]
fn a_collection_whose_documents_are_all_deleted_has_no_segment() {
    let folder = tempfile::tempdir().unwrap();
    let (mut writer, reader) = open(folder.path());
    for n in 0..50 {
        writer
            .put(rooms::collection(), room(n, "Garden flat"))
            .unwrap();
    }
    writer.commit(checkpoint(1)).unwrap();
    assert_eq!(reader.usage(rooms::collection()).segments.len(), 1);
    for n in 0..50 {
        writer.delete(rooms::collection(), key(n)).unwrap();
    }
    writer.commit(checkpoint(2)).unwrap();
    assert_eq!(reader.usage(rooms::collection()).segments, []);
    assert_eq!(found(&reader, "garden"), [0u128; 0]);
}

#[test]
fn a_bulk_load_with_two_threads_and_a_small_commit_after_it_are_both_found() {
    let folder = tempfile::tempdir().unwrap();
    let options = StoreOptions {
        writer_threads: 2,
        ..StoreOptions::default()
    };
    let (mut writer, reader) = Store::open(folder.path(), &built_in(), &options).unwrap();
    for n in 0..20_000 {
        writer.put(rooms::collection(), room(n, "Bulk")).unwrap();
    }
    writer.commit(checkpoint(1)).unwrap();
    assert_eq!(reader.document_count(rooms::collection()), 20_000);
    let before = reader.usage(rooms::collection()).segments.len();
    for n in 0..500 {
        writer.put(rooms::collection(), room(n, "Small")).unwrap();
    }
    writer.commit(checkpoint(2)).unwrap();
    let usage = reader.usage(rooms::collection());
    assert!(usage.segments.len() <= before + 1, "{usage:?}");
    assert_eq!(usage.documents, 20_000);
    assert_eq!(found(&reader, "small").len(), 20);
}

#[test]
fn a_score_is_the_same_to_the_last_bit_in_every_segment() {
    const TWINS: u128 = 40;
    let folder = tempfile::tempdir().unwrap();
    let options = StoreOptions {
        is_merging: false,
        ..StoreOptions::default()
    };
    let (mut writer, reader) = Store::open(folder.path(), &built_in(), &options).unwrap();
    // Each segment has a different rarest word.
    let fillers = [
        ["garden", "garden", "quiet"],
        ["quiet", "desk", "desk"],
        ["desk", "desk", "quiet"],
    ];
    for (segment, fillers) in (0..).zip(&fillers) {
        let first = segment * 1_000;
        for n in 0..TWINS {
            let times = |word: &str, times: u128| word.repeat(usize::try_from(times).unwrap());
            let description = times("desk ", n / 7) + &times("garden ", n / 3) + &times("calm ", n);
            let mut twin = Document {
                owner: None,
                ..room(first + n, "Quiet garden desk")
            };
            twin.set(rooms::DESCRIPTION, description);
            writer.put(rooms::collection(), twin).unwrap();
        }
        for (n, word) in (0..300).zip(fillers.iter().cycle()) {
            let filler = room(first + TWINS + n, word);
            writer.put(rooms::collection(), filler).unwrap();
        }
        writer.commit(checkpoint(1)).unwrap();
    }
    assert_eq!(
        reader.usage(rooms::collection()).segments.len(),
        fillers.len()
    );
    let query = Query {
        text: Some(Words::new("quiet garden desk").unwrap()),
        limit: 200,
        ..Query::all(rooms::profile(), NOW_S)
    };
    let page = reader.search(rooms::collection(), &query).unwrap();
    assert_eq!(page.hits.len() as u128, TWINS * fillers.len() as u128);
    for hit in &page.hits {
        let at = hit.document.key.as_u128();
        let twin = reader.score(rooms::collection(), key(at % 1_000), &query);
        assert_eq!(hit.score.to_bits(), twin.unwrap().unwrap().score.to_bits());
    }
}

#[test]
fn the_first_delete_after_a_start_or_a_rollback_survives_a_concurrent_merge() {
    for is_rolled_back in [false, true] {
        let folder = tempfile::tempdir().unwrap();
        let unmerged = StoreOptions {
            is_merging: false,
            ..StoreOptions::default()
        };
        let (mut writer, _) = Store::open(folder.path(), &built_in(), &unmerged).unwrap();
        // Two segments; the last commit deletes a document of the smaller one.
        for rooms in [0..40, 100..130] {
            for n in rooms {
                writer.put(rooms::collection(), room(n, "Calm")).unwrap();
            }
            writer.commit(checkpoint(1)).unwrap();
        }
        writer.delete(rooms::collection(), key(100)).unwrap();
        writer.commit(checkpoint(2)).unwrap();
        drop(writer);

        let (mut writer, reader) = open(folder.path());
        if is_rolled_back {
            writer.put(rooms::collection(), room(7, "Loud")).unwrap();
            writer.rollback().unwrap();
        }
        writer.delete(rooms::collection(), key(101)).unwrap();
        writer.put(rooms::collection(), room(200, "Calm")).unwrap();
        writer.commit(checkpoint(3)).unwrap();
        eventually("a merge of the two", || {
            reader.refresh().unwrap();
            reader.usage(rooms::collection()).segments.len() < 3
        });
        let deleted = reader.get(rooms::collection(), key(101)).unwrap();
        assert_eq!(deleted, None, "rolled back: {is_rolled_back}");
        assert_eq!(reader.document_count(rooms::collection()), 40 + 28 + 1);
    }
}
