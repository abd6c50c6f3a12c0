//! Tests of typo tolerance, prefixes and spaces.

use std::collections::BTreeSet;

use roost_collections::rooms;
use roost_engine::*;

use crate::{Rooms, numbers, text_component};

#[test]
fn exact_matches_rank_above_one_typo_and_one_typo_above_two() {
    let rooms = Rooms::of(&["bathrom", "bathroom", "bthrom", "batroon", "bedroom"], 1);
    let page = rooms.search(Words::new("Bathroom").unwrap().typos(Typos::default()));
    assert_eq!(numbers(&page), [1, 0, 2, 3]);
    let typos: Vec<u8> = page
        .hits
        .iter()
        .map(|hit| {
            let [matched] = &hit.matched_words[..] else {
                panic!("the query has one term");
            };
            assert_eq!(matched.word, "bathroom");
            assert_eq!(matched.term, hit.document.text(rooms::TITLE));
            matched.typos
        })
        .collect();
    assert_eq!(typos, [0, 1, 2, 2]);
    let best = text_component(&page.hits[0]);
    for hit in &page.hits {
        let penalty = hit.matched_words[0].penalty;
        assert!((text_component(hit) - penalty * best).abs() < 1e-12);
    }
}

#[test]
fn short_words_and_numbers_match_exactly() {
    let rooms = Rooms::of(&["gym", "fan", "wifi", "2bhk", "560001"], 1);
    assert_eq!(rooms.found("gim"), [0u128; 0]);
    assert_eq!(rooms.found("wfii"), [2]);
    assert_eq!(rooms.found("3bhk"), [0u128; 0]);
    assert_eq!(rooms.found("560002"), [0u128; 0]);
    assert_eq!(rooms.found("560001"), [4]);
}

#[test]
fn each_word_has_its_own_typos_and_all_are_required() {
    let titles = [
        "quiet room with balcony",
        "quite a room",
        "balcony",
        "quiet garden",
    ];
    let rooms = Rooms::of(&titles, 2);
    assert_eq!(rooms.found("qiuet balkony"), [0]);
    assert_eq!(
        numbers(&rooms.search(Words::new("qiuet").unwrap())),
        [0u128; 0]
    );
    assert_eq!(rooms.found("quiet").len(), 3);
}

#[test]
fn a_superfluous_space_is_a_typo() {
    let rooms = Rooms::of(&["wifi room", "wi fi", "fi", "2bhk near campus"], 1);
    assert_eq!(rooms.found("wi fi"), [1, 0]);
    assert_eq!(rooms.found("2 bhk"), [3]);
    assert_eq!(rooms.found("near cam pus"), [3]);
    let exact = rooms.search(Words::new("wi fi").unwrap());
    assert_eq!(numbers(&exact), [1]);
}

#[test]
fn a_missing_space_is_a_typo_if_the_two_words_are_more_frequent() {
    let titles = [
        "new york", "york new", "new room", "bed rom", "bedroom", "bedrooms",
    ];
    let rooms = Rooms::of(&titles, 2);
    assert_eq!(rooms.found("newyork"), [0, 1]);
    assert_eq!(rooms.found("roomnew york"), [0u128; 0]);
    assert_eq!(rooms.found("bedroom"), [4, 5]);
    assert_eq!(rooms.found("bedrom"), [4, 5]);
    let page = rooms.search(Words::new("newyork").unwrap().typos(Typos::default()));
    let terms: Vec<&str> = page.hits[0]
        .matched_words
        .iter()
        .map(|m| m.term.as_str())
        .collect();
    assert_eq!(terms, ["new", "york"]);
}

#[test]
fn a_rare_word_without_a_space_also_matches_the_frequent_phrase() {
    let mut titles = vec!["eastvillage"];
    titles.extend(["east village"; 10]);
    titles.push("village of the east");
    let rooms = Rooms::of(&titles, 2);
    let found = rooms.found("eastvillage");
    assert_eq!(found, Vec::from_iter(0..11));
    let page = rooms.search(Words::new("eastvillage").unwrap().typos(Typos::default()));
    assert_eq!(page.hits[0].document.key.as_u128(), 0);
    let apart = &page.hits[1].matched_words[0];
    assert_eq!((apart.term.as_str(), apart.typos), ("east village", 1));
    // A frequent word is not read as a phrase.
    titles.extend(["eastvillage"; 2]);
    let rooms = Rooms::of(&titles, 2);
    assert_eq!(rooms.found("eastvillage"), [0, 12, 13]);
    // Without typos no word is split.
    let page = rooms.search(Words::new("eastvillage").unwrap());
    assert_eq!(page.hits.len(), 3);
}

#[test]
fn a_word_is_not_split_if_a_similar_word_is_as_frequent() {
    let titles = [
        "beautiful",
        "beautiful room",
        "beautifull",
        "beauty full",
        "full beauty",
    ];
    let rooms = Rooms::of(&titles, 2);
    let mut found = rooms.found("beautyfull");
    found.sort_unstable();
    assert_eq!(found, [0, 1, 2]);
}

#[test]
fn a_prefix_does_not_stand_for_an_earlier_word_of_the_query() {
    let rooms = Rooms::of(&["brooklyn room", "brownstone brooklyn", "brooklyn"], 2);
    let found = |text| numbers(&rooms.search(Words::new(text).unwrap().prefix_last()));
    assert_eq!(found("brooklyn bro"), [1]);
    assert_eq!(found("bro").len(), 3);
    // No other word begins with this prefix.
    assert_eq!(found("brooklyn brook").len(), 3);
}

#[test]
fn typos_count_characters_in_every_script() {
    let rooms = Rooms::of(&["विद्यालय", "гостиница", "ξενοδοχείο"], 1);
    assert_eq!(rooms.found("विदयालय"), [0]);
    assert_eq!(rooms.found("гостинница"), [1]);
    assert_eq!(rooms.found("ξενοδοχίεο"), [2]);
}

#[test]
fn the_most_frequent_expansions_are_kept_across_segments() {
    let chars = || 'a'..='l';
    let pairs = chars().flat_map(|a| chars().map(move |b| format!("pre{a}{b}")));
    let mut titles: Vec<String> = pairs.collect();
    let twice: Vec<String> = titles.iter().skip(1).step_by(7).cloned().collect();
    titles.extend(twice.iter().cloned());
    let mut kept: BTreeSet<&String> = twice.iter().collect();
    let by_alphabet: BTreeSet<&String> = titles.iter().collect();
    for term in by_alphabet {
        if kept.len() < 100 {
            kept.insert(term);
        }
    }
    let expected: BTreeSet<u128> = (0..)
        .zip(&titles)
        .filter(|(_, title)| kept.contains(title))
        .map(|(number, _)| number)
        .collect();
    for commits in [1, 4] {
        let rooms = Rooms::of(&titles, commits);
        let page = rooms.search(Words::new("pre").unwrap().prefix_last());
        assert_eq!(page.trace.expansions_dropped, 144 - 100);
        assert_eq!(BTreeSet::from_iter(numbers(&page)), expected);
    }
}
