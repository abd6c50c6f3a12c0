//! Every text parses into query terms or is rejected, and a search for the terms succeeds.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use roost_collections::{built_in, rooms};
use roost_engine::{
    Checkpoint, Count, Document, Key, LatLng, Position, Query, Reader, Store, StoreOptions, Words,
    words,
};

/// Titles with many similar words, in several scripts.
const TITLES: [&str; 8] = [
    "Quiet room with a desk in Powai",
    "Quite a roomy bedroom near the campus, wi-fi",
    "Café rooms & garden compass",
    "शांत कमरा परिसर के पास",
    "校园附近安静的房间",
    "غرفة هادئة بالقرب من الحرم الجامعي",
    "ห้องเงียบใกล้มหาวิทยาลัย",
    "5\" fan, 2 beds: room 12-B",
];

static ROOMS: LazyLock<(tempfile::TempDir, Reader)> = LazyLock::new(|| {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (mut writer, reader) = Store::open(folder.path(), &built_in(), &StoreOptions::default())
        .expect("the new index opens");
    for (number, title) in (0..).zip(TITLES) {
        let place = LatLng::new(19.13, 72.91).expect("valid coordinates");
        let title = [("title", title.to_owned().into())];
        let room = Document::of(rooms::collection(), Key::from_u128(number), place, title)
            .expect("rooms have a title");
        writer
            .put(rooms::collection(), room)
            .expect("the room is written");
    }
    let source = serde_json::Value::Null;
    let position = Position(1);
    writer
        .commit(Checkpoint { position, source })
        .expect("the commit succeeds");
    (folder, reader)
});

fuzz_target!(|text: &str| {
    assert!(words(text).all(|word| !word.is_empty()));
    let Ok(complete) = Words::new(text) else {
        return;
    };
    for text in [complete.clone().prefix_last(), complete] {
        let query = Query {
            text: Some(text),
            count: Count::Exact,
            explain: true,
            ..Query::all(rooms::profile(), 1_800_000_000)
        };
        let page = ROOMS
            .1
            .search(rooms::collection(), &query)
            .expect("the search succeeds");
        let total = page.total.map(|total| total.value);
        assert_eq!(total, Some(page.hits.len() as u64));
        assert!(
            page.hits
                .iter()
                .all(|hit| (0.0..=100.0).contains(&hit.score))
        );
    }
});
