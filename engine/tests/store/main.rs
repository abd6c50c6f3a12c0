//! The store, through its writer and its readers.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod damage;
mod generations;
mod memory;
mod pinned_commits;
mod segments;
mod writing;

use std::path::Path;

use roost_collections::{built_in, rooms};
use roost_engine::*;
use serde_json::json;

const NOW_S: i64 = 1_800_000_000;

fn key(n: u128) -> Key {
    Key::from_u128(n)
}

fn room(n: u128, title: &str) -> Document {
    Document {
        owner: Some(key(1)),
        ..Document::of(
            rooms::collection(),
            key(n),
            LatLng::new(19.13, 72.91).unwrap(),
            [("title", (title.to_owned()).into())],
        )
        .unwrap()
    }
}

fn checkpoint(position: u64) -> Checkpoint {
    Checkpoint {
        position: Position(position),
        source: json!({"slot": "roost"}),
    }
}

fn open(folder: &Path) -> (Writer, Reader) {
    Store::open(folder, &built_in(), &StoreOptions::default()).unwrap()
}

fn found(reader: &Reader, text: &str) -> Vec<u128> {
    let query = Query {
        text: Some(Words::new(text).unwrap()),
        ..Query::all(rooms::profile(), NOW_S)
    };
    let page = reader.search(rooms::collection(), &query).unwrap();
    page.hits
        .iter()
        .map(|hit| hit.document.key.as_u128())
        .collect()
}
