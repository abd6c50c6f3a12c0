//! Pinned commits: they stay readable, and become an index elsewhere.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use roost_collections::{built_in, rooms, venues};
use roost_engine::*;
use tempfile::TempDir;

use crate::{checkpoint, found, key, open, room};

#[test]
fn a_pinned_commit_ranges_readable_while_its_files_are_deleted() {
    let folder = TempDir::new().unwrap();
    let (mut writer, reader) = store_of_three(folder.path());
    let pinned = Store::pin_commit(folder.path(), &built_in()).unwrap();
    for collection in built_in() {
        writer.clear(collection).unwrap();
    }
    writer.commit(checkpoint(9)).unwrap();
    assert_eq!(found(&reader, "room"), vec![]);
    let gone = pinned
        .files
        .iter()
        .filter(|it| !stored(folder.path(), it).exists());
    assert!(gone.count() > 0, "no file was deleted");

    assert_eq!(pinned.checkpoint, Some(checkpoint(3)));
    let mut counts = pinned.documents.clone();
    counts.retain(|(_, count)| *count > 0);
    assert_eq!(
        counts,
        vec![(rooms::collection(), 2), (venues::collection(), 1)]
    );
    let (from, to) = (copied(&pinned), TempDir::new().unwrap());
    Store::adopt_commit(from.path(), &built_in(), checkpoint(3), to.path()).unwrap();
    let (_, reader) = open(to.path());
    assert_eq!(found(&reader, "room"), vec![1, 3]);
    assert_eq!(reader.document_count(venues::collection()), 1);
}

#[test]
fn an_adopted_commit_continues_from_another_checkpoint_and_deletes_its_files_later() {
    let folder = TempDir::new().unwrap();
    store_of_three(folder.path());
    let pinned = Store::pin_commit(folder.path(), &built_in()).unwrap();
    let (from, to) = (copied(&pinned), TempDir::new().unwrap());
    Store::adopt_commit(from.path(), &built_in(), checkpoint(2), to.path()).unwrap();
    let (mut writer, reader) = open(to.path());
    assert_eq!(writer.checkpoint(), Some(&checkpoint(2)));
    writer.put(rooms::collection(), room(4, "room")).unwrap();
    writer.commit(checkpoint(4)).unwrap();
    assert_eq!(found(&reader, "room"), vec![1, 3, 4]);
    for collection in built_in() {
        writer.clear(collection).unwrap();
    }
    writer.commit(checkpoint(5)).unwrap();
    let left = |it: &&PinnedFile| it.name != "meta.json" && stored(to.path(), it).exists();
    assert_eq!(pinned.files.iter().filter(left).count(), 0);
}

#[test]
fn a_commit_with_a_damaged_file_is_not_adopted() {
    let folder = TempDir::new().unwrap();
    store_of_three(folder.path());
    let pinned = Store::pin_commit(folder.path(), &built_in()).unwrap();
    let (from, to) = (copied(&pinned), TempDir::new().unwrap());
    let file = pinned.files.iter().find(|it| it.name.ends_with(".store"));
    let file = path_of(from.path(), file.unwrap());
    let mut bytes = fs::read(&file).unwrap();
    bytes[1] ^= 0xff;
    fs::write(&file, bytes).unwrap();
    let error =
        Store::adopt_commit(from.path(), &built_in(), checkpoint(3), to.path()).unwrap_err();
    assert!(matches!(error, StoreError::Damaged(_)), "{error}");
    assert_eq!(fs::read_dir(to.path()).unwrap().count(), 0);
}

#[test]
fn the_pinned_commit_is_of_the_current_index() {
    let folder = TempDir::new().unwrap();
    let (writer, _) = store_of_three(folder.path());
    let mut newer = Writer::of_new_index(&writer.generations()).unwrap();
    newer.put(rooms::collection(), room(7, "room")).unwrap();
    newer.commit(checkpoint(7)).unwrap();
    let pinned = || {
        Store::pin_commit(folder.path(), &built_in())
            .unwrap()
            .checkpoint
    };
    assert_eq!(pinned(), Some(checkpoint(3)));
    newer.make_current().unwrap();
    assert_eq!(pinned(), Some(checkpoint(7)));
}

#[test]
fn an_index_with_a_lost_file_or_a_missing_index_is_not_pinned() {
    let folder = TempDir::new().unwrap();
    let error = Store::pin_commit(folder.path(), &built_in()).unwrap_err();
    assert!(matches!(error, StoreError::Folder { .. }), "{error}");
    store_of_three(folder.path());
    let pinned = Store::pin_commit(folder.path(), &built_in()).unwrap();
    let file = pinned.files.iter().find(|it| it.name.ends_with(".idx"));
    let file = file.unwrap();
    fs::remove_file(stored(folder.path(), file)).unwrap();
    let error = Store::pin_commit(folder.path(), &built_in())
        .unwrap_err()
        .to_string();
    assert!(error.contains(&file.name), "{error}");
}

/// A store with two rooms, after the deletion of a third, and a venue.
fn store_of_three(folder: &Path) -> (Writer, Reader) {
    let (mut writer, reader) = open(folder);
    for n in 1..=3 {
        writer.put(rooms::collection(), room(n, "room")).unwrap();
    }
    writer.put(venues::collection(), room(9, "venue")).unwrap();
    writer.commit(checkpoint(1)).unwrap();
    writer.delete(rooms::collection(), key(2)).unwrap();
    writer.commit(checkpoint(3)).unwrap();
    (writer, reader)
}

fn copied(pinned: &PinnedCommit) -> TempDir {
    let folder = TempDir::new().unwrap();
    for file in &pinned.files {
        let path = path_of(folder.path(), file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let (mut from, mut to) = (&file.file, File::create(path).unwrap());
        std::io::copy(&mut from, &mut to).unwrap();
    }
    folder
}

/// The path of a file of a store.
fn stored(folder: &Path, file: &PinnedFile) -> PathBuf {
    path_of(&folder.join("generations/1"), file)
}

fn path_of(folder: &Path, file: &PinnedFile) -> PathBuf {
    folder.join(file.collection.name()).join(&file.name)
}
