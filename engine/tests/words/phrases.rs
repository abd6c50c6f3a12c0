//! Tests of phrases in quotes and of exclusions.

use roost_collections::{built_in, rooms};
use roost_engine::*;

use crate::{Rooms, numbers, text_component};

const TITLES: [&str; 6] = [
    "room with sea view",
    "view of the sea",
    "sea, view: both",
    "a sea viewed from afar",
    "wifi desk",
    "wi-fi desk",
];

fn search(rooms: &Rooms, text: &str) -> Page {
    rooms.search(
        Words::new(text)
            .unwrap()
            .typos(Typos::default())
            .prefix_last(),
    )
}

fn found(rooms: &Rooms, text: &str) -> Vec<u128> {
    let mut found = numbers(&search(rooms, text));
    found.sort_unstable();
    found
}

#[test]
fn quoted_words_match_as_a_phrase() {
    for commits in [1, 3] {
        let rooms = Rooms::of(&TITLES, commits);
        assert_eq!(found(&rooms, "sea view"), [0, 1, 2, 3]);
        assert_eq!(found(&rooms, "\"sea view\""), [0, 2]);
        assert_eq!(found(&rooms, "“SEA VIEW” room"), [0]);
        assert_eq!(found(&rooms, "\"view sea\""), [0u128; 0]);
        assert_eq!(found(&rooms, "\"sea\" \"view\""), [0, 1, 2]);
    }
}

#[test]
fn quoted_words_match_without_typos() {
    let rooms = Rooms::of(&TITLES, 1);
    assert_eq!(found(&rooms, "viev"), [0, 1, 2, 3]);
    assert_eq!(found(&rooms, "\"viev\""), [0u128; 0]);
    assert_eq!(found(&rooms, "\"vie\""), [0u128; 0]);
    assert_eq!(found(&rooms, "wi-fi"), [4, 5]);
    assert_eq!(found(&rooms, "\"wi-fi\""), [5]);
}

#[test]
fn a_phrase_does_not_span_two_fields() {
    let folder = tempfile::tempdir().unwrap();
    let (mut writer, reader) =
        Store::open(folder.path(), &built_in(), &StoreOptions::default()).unwrap();
    let room = Document::of(
        rooms::collection(),
        Key::from_u128(1),
        LatLng::new(19.13, 72.91).unwrap(),
        [
            ("title", ("room by the sea".to_owned()).into()),
            ("description", ("view of a garden".to_owned()).into()),
        ],
    )
    .unwrap();
    writer.put(rooms::collection(), room).unwrap();
    let source = serde_json::Value::Null;
    let position = Position(1);
    writer.commit(Checkpoint { position, source }).unwrap();
    for (text, expected) in [("\"the sea\"", 1), ("\"sea view\"", 0), ("\"sea room\"", 0)] {
        let query = Query {
            text: Some(Words::new(text).unwrap()),
            ..Query::all(rooms::profile(), crate::NOW_S)
        };
        let page = reader.search(rooms::collection(), &query).unwrap();
        assert_eq!(page.hits.len(), expected, "{text}");
    }
}

#[test]
fn a_hyphen_excludes_matching_rooms() {
    for commits in [1, 3] {
        let rooms = Rooms::of(&TITLES, commits);
        assert_eq!(found(&rooms, "sea -room"), [1, 2, 3]);
        assert_eq!(found(&rooms, "sea -\"sea view\" -afar"), [1]);
        assert_eq!(found(&rooms, "desk -wi-fi"), [4]);
        assert_eq!(found(&rooms, "sea - room"), [0]);
        assert_eq!(found(&rooms, "sea -zeppelin"), [0, 1, 2, 3]);
    }
}

#[test]
fn a_query_of_exclusions_matches_all_other_rooms() {
    let rooms = Rooms::of(&TITLES, 2);
    let page = search(&rooms, "-desk");
    assert_eq!(numbers(&page), [0, 1, 2, 3]);
    assert_eq!(page.total.unwrap().value, 4);
    let parts = &page.hits[0].explanation.as_ref().unwrap().parts;
    assert!(parts.iter().all(|part| part.component != Component::Text));
    assert_eq!(found(&rooms, "-desk -\"sea view\" -\"of the\""), [3]);
}

#[test]
fn quoted_terms_are_always_required() {
    let rooms = Rooms::of(&TITLES, 2);
    for required in [MatchMode::Any, MatchMode::Relaxed { min_matches: 20 }] {
        let words = Words::new("\"sea view\" desk zeppelin").unwrap();
        let page = rooms.search(words.match_mode(required));
        assert_eq!(numbers(&page).len(), 2, "{required:?}");
        let words = Words::new("\"zeppelin\" desk").unwrap();
        assert!(rooms.search(words.match_mode(required)).hits.is_empty());
    }
}

#[test]
fn every_occurrence_of_a_phrase_counts_and_the_phrase_is_explained() {
    let rooms = Rooms::of(&["sea view", "sea of the view", "sea view, sea view"], 1);
    let page = search(&rooms, "\"sea view\"");
    assert_eq!(numbers(&page), [2, 0]);
    assert!(text_component(&page.hits[0]) > text_component(&page.hits[1]));
    let matched = &page.hits[0].matched_words;
    assert_eq!(matched.len(), 1);
    assert_eq!(
        (matched[0].word.as_str(), matched[0].term.as_str()),
        ("sea view", "sea view")
    );
}
