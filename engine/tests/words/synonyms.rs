//! Tests of synonyms and stop words.

use roost_engine::*;

use crate::{Rooms, numbers, text_component};

fn language() -> Language {
    let mut language = Language::new(90);
    let synonyms = "flat, apartment\nlaundry => washing machine\nnew bombay, navi mumbai";
    language.add_synonyms(synonyms).unwrap();
    language.add_stop_words("a the with in near");
    language
}

fn search(rooms: &Rooms, text: &str) -> Page {
    rooms.search(Words::new(text).unwrap().in_language(&language()))
}

fn found(rooms: &Rooms, text: &str) -> Vec<u128> {
    let mut found = numbers(&search(rooms, text));
    found.sort_unstable();
    found
}

#[test]
fn synonyms_match_each_other_and_rank_below_the_typed_word() {
    let rooms = Rooms::of(&["sunny apartment", "sunny flat", "sunny house"], 1);
    for (text, expected) in [("flat", [1, 0]), ("apartment", [0, 1])] {
        let page = search(&rooms, text);
        assert_eq!(numbers(&page), expected);
        let [best, second] = [&page.hits[0], &page.hits[1]];
        assert!((text_component(second) - 0.9 * text_component(best)).abs() < 1e-12);
        let matched = &second.matched_words[0];
        assert_eq!((matched.word.as_str(), matched.penalty), (text, 0.9));
        assert_ne!(matched.term, text);
    }
    assert_eq!(found(&rooms, "\"flat\""), [1]);
    assert_eq!(found(&rooms, "sunny -flat"), [0, 2]);
}

#[test]
fn a_misspelt_name_and_a_prefix_of_a_name_have_its_synonyms() {
    let rooms = Rooms::of(&["room in bengaluru", "room in prayagraj"], 1);
    let mut language = Language::new(90);
    let names = "bengaluru, bangalore\nprayagraj, allahabad";
    language.add_synonyms(names).unwrap();
    let search = |text: &str, typos| {
        let words = Words::new(text).unwrap().typos(typos).prefix_last();
        rooms.search(words.in_language(&language))
    };
    for (text, expected, typos, penalty) in [
        ("bangalore", 0, 0, 0.9),
        ("banglore", 0, 1, 0.63),
        ("bang", 0, 0, 0.81),
        ("allhabad", 1, 1, 0.63),
        ("alahabd", 1, 2, 0.45),
    ] {
        let page = search(text, Typos::default());
        assert_eq!(numbers(&page), [expected], "{text}");
        let matched = &page.hits[0].matched_words[0];
        assert_eq!((matched.typos, matched.penalty), (typos, penalty), "{text}");
    }
    for text in ["ba", "bxngalore1", "\"banglore\""] {
        assert!(
            numbers(&search(text, Typos::default())).is_empty(),
            "{text}"
        );
    }
    assert!(numbers(&search("banglore ", Typos::NONE)).is_empty());
}

#[test]
fn synonyms_of_several_words_match_as_phrases() {
    let titles = [
        "washing machine",
        "machine for washing",
        "laundry",
        "room in navi mumbai",
        "room in new bombay",
        "new room in bombay",
        "navi",
    ];
    for commits in [1, 3] {
        let rooms = Rooms::of(&titles, commits);
        assert_eq!(found(&rooms, "laundry"), [0, 2]);
        assert_eq!(found(&rooms, "washing machine"), [0, 1]);
        assert_eq!(found(&rooms, "new bombay"), [3, 4, 5]);
        assert_eq!(found(&rooms, "navi mumbai room"), [3, 4]);
        assert_eq!(found(&rooms, "bombay"), [4, 5]);
        let page = search(&rooms, "laundry");
        let matched = page
            .hits
            .iter()
            .map(|hit| hit.matched_words[0].term.as_str());
        let matched: Vec<&str> = matched.collect();
        assert!(matched.contains(&"washing machine"), "{matched:?}");
    }
}

#[test]
fn stop_words_are_ignored_unless_they_are_alone_or_quoted() {
    let rooms = Rooms::of(&["room desk", "room with a desk", "the room"], 1);
    assert_eq!(found(&rooms, "a room with the desk"), [0, 1]);
    assert_eq!(found(&rooms, "with a"), [1]);
    assert_eq!(found(&rooms, "room \"with\""), [1]);
    assert_eq!(found(&rooms, "\"with a desk\""), [1]);
    let typing = Words::new("room th")
        .unwrap()
        .prefix_last()
        .in_language(&language());
    assert_eq!(numbers(&rooms.search(typing)), [2]);
    let typing = Words::new("room the")
        .unwrap()
        .prefix_last()
        .in_language(&language());
    assert_eq!(numbers(&rooms.search(typing)), [2]);
}
