//! An index that cannot be used is rebuilt, and the log says why.

use std::fs;
use std::path::{Path, PathBuf};

use crate::harness::{REBUILDING, Roost, TestDatabase, assert_equal, rooms};

const UNREADABLE: &str = "the index could not be read and is rebuilt from Postgres";

#[tokio::test]
async fn an_initial_copy_logs_no_warning() {
    let database = TestDatabase::create().await;
    database.execute(&rooms(5)).await;
    let node = Roost::start(&database).await;
    let line = node.logged("copying the tables for the first time");
    assert_eq!(line.unwrap()["level"], "INFO");
    assert!(!node.log().contains("\"WARN\""), "{}", node.log());
}

#[tokio::test]
async fn an_index_with_a_damaged_file_is_rebuilt_and_the_file_is_named() {
    let damage = |data_dir: &Path| {
        let file = largest_file(&data_dir.join("generations/1/rooms"));
        let mut bytes = fs::read(&file).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 0xff;
        fs::write(&file, bytes).unwrap();
        file.file_name().unwrap().to_string_lossy().into_owned()
    };
    assert_rebuilt(damage, UNREADABLE, "differ from their checksums").await;
}

#[tokio::test]
async fn an_index_with_a_truncated_segment_list_is_rebuilt() {
    let cut = |data_dir: &Path| {
        let meta = data_dir.join("generations/1/venues/meta.json");
        let text = fs::read_to_string(&meta).unwrap();
        fs::write(&meta, &text[..text.len() / 2]).unwrap();
        String::new()
    };
    assert_rebuilt(cut, UNREADABLE, "index").await;
}

#[tokio::test]
async fn an_index_with_other_fields_is_rebuilt() {
    let rename = |data_dir: &Path| {
        rewrite_meta(data_dir, r#""name": "cell""#, r#""name": "cel1""#);
        String::new()
    };
    assert_rebuilt(rename, UNREADABLE, "other collections or other fields").await;
}

#[tokio::test]
async fn an_index_of_another_format_is_rebuilt() {
    let age = |data_dir: &Path| {
        rewrite_meta(data_dir, r#"\"format\":"#, r#"\"format\":9"#);
        String::new()
    };
    assert_rebuilt(age, UNREADABLE, "its format is 9").await;
}

#[tokio::test]
async fn an_index_of_another_version_of_the_follower_is_rebuilt() {
    let age = |data_dir: &Path| {
        rewrite_meta(data_dir, r#"\"version\":1"#, r#"\"version\":9"#);
        String::new()
    };
    assert_rebuilt(age, REBUILDING, "its checkpoint has version 9, not 1").await;
}

#[tokio::test]
async fn a_deleted_index_is_rebuilt() {
    let delete = |data_dir: &Path| {
        fs::remove_dir_all(data_dir).unwrap();
        String::new()
    };
    assert_rebuilt(delete, REBUILDING, "it was removed").await;
}

/// Damages the index of a stopped node, and asserts that the next start logs a warning with the
/// reason and the text that `damage` returns, and that the index is complete afterwards.
async fn assert_rebuilt(damage: impl FnOnce(&Path) -> String, message: &str, reason: &str) {
    let database = TestDatabase::create().await;
    database.execute(&rooms(20)).await;
    let mut node = Roost::start(&database).await;
    node.stop().await;
    database
        .execute("DELETE FROM rooms WHERE title = 'Room 7'")
        .await;
    let named = damage(&node.data_dir);
    node.restart().await;
    let line = node.logged(message).expect(message);
    assert_eq!(line["level"], "WARN");
    let logged = line["reason"].as_str().unwrap();
    assert!(
        logged.contains(reason) && logged.contains(&named),
        "{logged}"
    );
    assert_equal(&database, &node.data_dir, 19).await;
}

fn largest_file(folder: &Path) -> PathBuf {
    let files = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    // The JSON files list segments and files, and have no checksums.
    let files = files.filter(|file| file.extension().is_none_or(|name| name != "json"));
    let largest = files.max_by_key(|file| file.metadata().unwrap().len());
    largest.unwrap()
}

/// Changes the segment list of the rooms, whose payload contains the checkpoint.
fn rewrite_meta(data_dir: &Path, from: &str, to: &str) {
    let meta = data_dir.join("generations/1/rooms/meta.json");
    let text = fs::read_to_string(&meta).unwrap();
    assert!(text.contains(from), "{text}");
    fs::write(&meta, text.replace(from, to)).unwrap();
}
