//! A damaged index is reset, with the reason.

use std::fs;
use std::path::Path;

use roost_collections::{built_in, rooms};
use roost_engine::*;

use crate::{checkpoint, found, open, room};

/// Resets a committed index after `spoil` changed its files, and returns the reason.
fn reset_reason(spoil: impl Fn(&Path)) -> StoreError {
    let folder = tempfile::tempdir().unwrap();
    let (mut writer, reader) = open(folder.path());
    writer
        .put(rooms::collection(), room(7, "Garden flat"))
        .unwrap();
    writer.commit(checkpoint(1)).unwrap();
    drop((writer, reader));
    spoil(&folder.path().join("generations/1/rooms"));
    let opened =
        Store::open_or_reset(folder.path(), &built_in(), &StoreOptions::default()).unwrap();
    let (mut writer, reader, reason) = opened;
    assert_eq!(writer.checkpoint(), None);
    assert_eq!(reader.document_count(rooms::collection()), 0);
    writer
        .put(rooms::collection(), room(8, "Garden shed"))
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
fn an_index_with_a_flipped_byte_is_reset() {
    let reason = reset_reason(|rooms| {
        let store = &files(rooms, "store")[0];
        let mut bytes = fs::read(store).unwrap();
        bytes[10] ^= 1;
        fs::write(store, bytes).unwrap();
    });
    assert!(matches!(reason, StoreError::Damaged(_)), "{reason}");
}

#[test]
fn an_index_with_a_missing_or_truncated_file_is_reset() {
    for ending in ["fast", "idx", "term"] {
        reset_reason(|rooms| fs::remove_file(&files(rooms, ending)[0]).unwrap());
        reset_reason(|rooms| fs::write(&files(rooms, ending)[0], b"cut").unwrap());
    }
    reset_reason(|rooms| fs::write(rooms.join("meta.json"), b"{").unwrap());
}

#[test]
fn an_index_of_another_version_is_reset() {
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

/// A process that is killed while it commits leaves files behind. The next one numbers its changes
/// from the same commit on, so the names of its files may be the same.
#[test]
fn a_file_of_an_interrupted_commit_does_not_stop_the_next_commit() {
    let folder = tempfile::tempdir().unwrap();
    let other = tempfile::tempdir().unwrap();
    let (mut writer, reader) = open(folder.path());
    for n in [7, 8] {
        writer
            .put(rooms::collection(), room(n, "Garden flat"))
            .unwrap();
    }
    writer.commit(checkpoint(1)).unwrap();
    drop((writer, reader));
    copy_files(folder.path(), other.path());
    let delete = |folder: &Path| {
        let (mut writer, reader) = open(folder);
        writer.delete(rooms::collection(), room(7, "").key).unwrap();
        writer.commit(checkpoint(2)).unwrap();
        assert_eq!(found(&reader, "garden"), [8]);
    };
    delete(other.path());
    let rooms = "generations/1/rooms";
    let deletes = files(&other.path().join(rooms), "del");
    let list = other.path().join(rooms).join(".managed.json");
    for left in deletes.iter().chain([&list]) {
        let name = left.file_name().unwrap();
        fs::copy(left, folder.path().join(rooms).join(name)).unwrap();
    }
    assert_eq!(files(&folder.path().join(rooms), "del").len(), 1);
    delete(folder.path());
}

/// Copies a folder with all folders below.
fn copy_files(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let to = to.join(path.file_name().unwrap());
        if path.is_dir() {
            fs::create_dir_all(&to).unwrap();
            copy_files(&path, &to);
        } else {
            fs::copy(&path, &to).unwrap();
        }
    }
}
