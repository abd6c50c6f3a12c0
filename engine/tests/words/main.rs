//! Tests of text search: typos, synonyms, phrases and required terms.

#![allow(clippy::unwrap_used, reason = "a failed test may panic")]

mod phrases;
mod required_terms;
mod synonyms;
mod typos;

use roost_collections::{built_in, rooms};
use roost_engine::*;

const NOW_S: i64 = 1_800_000_000;

/// Rooms with numbered titles, from 0.
struct Rooms {
    reader: Reader,
    _writer: Writer,
    _folder: tempfile::TempDir,
}

impl Rooms {
    /// Indexes the titles in several commits.
    fn of<T: AsRef<str>>(titles: &[T], commits: usize) -> Rooms {
        let folder = tempfile::tempdir().unwrap();
        let (mut writer, reader) =
            Store::open(folder.path(), &built_in(), &StoreOptions::default()).unwrap();
        let place = LatLng::new(19.13, 72.91).unwrap();
        let titles: Vec<(u128, &str)> = (0..).zip(titles.iter().map(AsRef::as_ref)).collect();
        for (at, titles) in titles.chunks(titles.len().div_ceil(commits)).enumerate() {
            for &(number, title) in titles {
                let room = Document::of(
                    rooms::collection(),
                    Key::from_u128(number),
                    place,
                    [("title", (title.to_owned()).into())],
                )
                .unwrap();
                writer.put(rooms::collection(), room).unwrap();
            }
            let position = Position(at as u64 + 1);
            let source = serde_json::Value::Null;
            writer.commit(Checkpoint { position, source }).unwrap();
        }
        Rooms {
            reader,
            _writer: writer,
            _folder: folder,
        }
    }

    fn search(&self, words: Words) -> Page {
        let query = Query {
            text: Some(words),
            explain: true,
            limit: 1_000,
            ..Query::all(rooms::profile(), NOW_S)
        };
        self.reader.search(rooms::collection(), &query).unwrap()
    }

    /// The numbers of the rooms that match with the default typos, the best first.
    fn found(&self, text: &str) -> Vec<u128> {
        numbers(&self.search(Words::new(text).unwrap().typos(Typos::default())))
    }
}

fn numbers(page: &Page) -> Vec<u128> {
    let hits = page.hits.iter();
    hits.map(|hit| hit.document.key.as_u128()).collect()
}

fn text_component(hit: &Hit) -> f64 {
    let parts = &hit.explanation.as_ref().unwrap().parts;
    let text = parts.iter().find(|part| part.component == Component::Text);
    text.unwrap().value
}
