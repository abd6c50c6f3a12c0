//! Generations: a new index replaces the current one in one step.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use roost_collections::{built_in, rooms, venues};
use roost_engine::*;

use crate::{checkpoint, found, open, room};

/// A new index with one room that is not current yet.
fn new_index(generations: &IndexGenerations, n: u128) -> Writer {
    let mut next = Writer::of_new_index(generations).unwrap();
    assert_eq!(next.checkpoint(), None);
    next.put(rooms::collection(), room(n, "Garden shed"))
        .unwrap();
    next.commit(checkpoint(2)).unwrap();
    next
}

fn filled(folder: &Path) -> (Writer, Reader) {
    let (mut writer, reader) = open(folder);
    writer
        .put(rooms::collection(), room(7, "Garden flat"))
        .unwrap();
    writer.commit(checkpoint(1)).unwrap();
    (writer, reader)
}

fn generation_names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder.join("generations")).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.collect();
    names.sort();
    names
}

#[test]
fn searches_see_a_new_index_once_it_is_current_and_the_old_one_is_deleted_with_its_last_search() {
    let folder = tempfile::tempdir().unwrap();
    let (mut writer, reader) = filled(folder.path());
    let generations = writer.generations();
    let next = new_index(&generations, 8);
    // The current index changes meanwhile.
    writer
        .put(rooms::collection(), room(9, "Garden house"))
        .unwrap();
    writer.commit(checkpoint(3)).unwrap();
    assert_eq!(found(&reader, "garden"), [7, 9]);
    let search = reader.pinned();
    next.make_current().unwrap();
    assert_eq!(found(&reader, "garden"), [8]);
    assert_eq!(reader.checkpoint(), Some(checkpoint(2)));
    assert_eq!(reader.freshness().position, Position(2));
    assert_eq!(found(&search, "garden"), [7, 9]);
    assert_eq!(search.freshness().position, Position(3));
    writer.retire();
    assert_eq!(generations.sweep(), 0, "a search reads it");
    assert_eq!(generation_names(folder.path()), ["1", "2"]);
    drop(search);
    let start = Instant::now();
    while generations.sweep() == 0 {
        assert!(start.elapsed() < Duration::from_secs(30));
        std::thread::yield_now();
    }
    assert_eq!(generation_names(folder.path()), ["2"]);
    drop((next, reader, generations));
    assert_eq!(found(&open(folder.path()).1, "garden"), [8]);
}

#[test]
fn an_index_that_did_not_become_current_is_deleted_at_the_next_start() {
    let folder = tempfile::tempdir().unwrap();
    let (writer, reader) = filled(folder.path());
    let next = new_index(&writer.generations(), 8);
    assert_eq!(generation_names(folder.path()), ["1", "2"]);
    drop((writer, reader, next));
    let (writer, reader) = open(folder.path());
    assert_eq!(generation_names(folder.path()), ["1"]);
    assert_eq!(writer.checkpoint(), Some(&checkpoint(1)));
    assert_eq!(found(&reader, "garden"), [7]);
}

#[test]
fn an_index_that_was_dropped_is_swept() {
    let folder = tempfile::tempdir().unwrap();
    let (writer, reader) = filled(folder.path());
    let generations = writer.generations();
    drop(new_index(&generations, 8));
    assert_eq!(generations.sweep(), 1);
    assert_eq!(generation_names(folder.path()), ["1"]);
    assert_eq!(found(&reader, "garden"), [7]);
}

#[test]
fn a_reader_of_another_process_moves_on_to_the_current_index() {
    let folder = tempfile::tempdir().unwrap();
    let (writer, _reader) = filled(folder.path());
    let other = Store::open_read_only(folder.path(), &built_in()).unwrap();
    let next = new_index(&writer.generations(), 8);
    other.refresh().unwrap();
    assert_eq!(found(&other, "garden"), [7]);
    next.make_current().unwrap();
    assert_eq!(found(&other, "garden"), [7]);
    other.refresh().unwrap();
    assert_eq!(found(&other, "garden"), [8]);
}

#[test]
fn an_index_in_the_folder_itself_becomes_the_first_generation() {
    let folder = tempfile::tempdir().unwrap();
    drop(filled(folder.path()));
    for collection in built_in().map(Collection::name) {
        let moved = folder.path().join("generations/1").join(collection);
        fs::rename(moved, folder.path().join(collection)).unwrap();
    }
    fs::remove_dir_all(folder.path().join("generations")).unwrap();
    fs::remove_file(folder.path().join("current")).unwrap();
    let reader = Store::open_read_only(folder.path(), &built_in()).unwrap();
    assert_eq!(found(&reader, "garden"), [7]);
    let (writer, reader) = open(folder.path());
    assert_eq!(writer.checkpoint(), Some(&checkpoint(1)));
    assert_eq!(found(&reader, "garden"), [7]);
    assert!(!folder.path().join("rooms").exists());
}

#[test]
fn a_folder_without_a_valid_current_generation_is_reset() {
    let folder = tempfile::tempdir().unwrap();
    drop(filled(folder.path()));
    fs::write(folder.path().join("current"), "one").unwrap();
    let opened = Store::open_or_reset(folder.path(), &built_in(), &StoreOptions::default());
    let (writer, _reader, reason) = opened.unwrap();
    assert!(reason.unwrap().to_string().contains("\"one\""));
    assert_eq!(writer.checkpoint(), None);
}

#[test]
fn an_index_of_other_collections_is_reset_and_names_its_own_before() {
    let folder = tempfile::tempdir().unwrap();
    let names = || Store::collection_names(folder.path()).unwrap();
    assert_eq!(names(), [""; 0]);
    drop(filled(folder.path()));
    let mut built_in: Vec<&str> = built_in().map(Collection::name).into();
    built_in.sort_unstable();
    assert_eq!(names(), built_in);
    let (rooms, venues) = (rooms::collection(), venues::collection());
    let stations = Collection::new(SchemaBuilder::new("stations").build().unwrap());
    for (collections, expected) in [
        (vec![rooms], vec!["rooms"]),
        (
            vec![rooms, venues, stations],
            vec!["rooms", "stations", "venues"],
        ),
    ] {
        let opened = Store::open_or_reset(folder.path(), &collections, &StoreOptions::default());
        let (mut writer, reader, reason) = opened.unwrap();
        assert!(
            matches!(reason, Some(StoreError::OtherSchema)),
            "{reason:?}"
        );
        assert_eq!(writer.checkpoint(), None);
        assert_eq!(reader.document_count(rooms), 0);
        assert_eq!(names(), expected);
        writer.commit(checkpoint(2)).unwrap();
    }
}
