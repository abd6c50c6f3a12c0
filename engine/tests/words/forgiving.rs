//! What is found that is not typed as it is written?

use std::collections::BTreeSet;

use roost_engine::*;

use crate::{Rooms, numbers, text_component};

#[test]
fn what_is_written_beats_one_typo_and_one_typo_beats_two() {
    let rooms = Rooms::of(&["bathrom", "bathroom", "bthrom", "batroon", "bedroom"], 1);
    let page = rooms.ask(Words::new("Bathroom").unwrap().typos(Typos::default()));
    assert_eq!(numbers(&page), [1, 0, 2, 3]);
    let typos: Vec<u8> = page
        .hits
        .iter()
        .map(|hit| {
            let [matched] = &hit.matched_words[..] else {
                panic!("one word was asked for");
            };
            assert_eq!(matched.word, "bathroom");
            assert_eq!(matched.term, hit.document.title);
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
fn short_words_and_numbers_are_taken_as_they_are_written() {
    let rooms = Rooms::of(&["gym", "fan", "wifi", "2bhk", "560001"], 1);
    assert_eq!(rooms.found("gim"), [0u128; 0]);
    assert_eq!(rooms.found("wfii"), [2]);
    assert_eq!(rooms.found("3bhk"), [0u128; 0]);
    assert_eq!(rooms.found("560002"), [0u128; 0]);
    assert_eq!(rooms.found("560001"), [4]);
}

#[test]
fn each_word_is_forgiven_by_itself_and_all_must_be_there() {
    let titles = [
        "quiet room with balcony",
        "quite a room",
        "balcony",
        "quiet garden",
    ];
    let rooms = Rooms::of(&titles, 2);
    assert_eq!(rooms.found("qiuet balkony"), [0]);
    assert_eq!(
        numbers(&rooms.ask(Words::new("qiuet").unwrap())),
        [0u128; 0]
    );
    assert_eq!(rooms.found("quiet").len(), 3);
}

#[test]
fn a_space_too_much_is_forgiven() {
    let rooms = Rooms::of(&["wifi room", "wi fi", "fi", "2bhk near campus"], 1);
    assert_eq!(rooms.found("wi fi"), [1, 0]);
    assert_eq!(rooms.found("2 bhk"), [3]);
    assert_eq!(rooms.found("near cam pus"), [3]);
    let exact = rooms.ask(Words::new("wi fi").unwrap());
    assert_eq!(numbers(&exact), [1]);
}

#[test]
fn a_space_too_few_is_forgiven_where_the_two_words_are_found_more_often() {
    let titles = [
        "new york", "york new", "new room", "bed rom", "bedroom", "bedrooms",
    ];
    let rooms = Rooms::of(&titles, 2);
    assert_eq!(rooms.found("newyork"), [0, 1]);
    assert_eq!(rooms.found("roomnew york"), [0u128; 0]);
    assert_eq!(rooms.found("bedroom"), [4, 5]);
    assert_eq!(rooms.found("bedrom"), [4, 5]);
    let page = rooms.ask(Words::new("newyork").unwrap().typos(Typos::default()));
    let terms: Vec<&str> = page.hits[0]
        .matched_words
        .iter()
        .map(|m| m.term.as_str())
        .collect();
    assert_eq!(terms, ["new", "york"]);
}

#[test]
fn what_few_write_without_a_space_is_found_as_two_words_as_well() {
    let mut titles = vec!["eastvillage"];
    titles.extend(["east village"; 10]);
    titles.push("village of the east");
    let rooms = Rooms::of(&titles, 2);
    let found = rooms.found("eastvillage");
    assert_eq!(found, Vec::from_iter(0..11));
    let page = rooms.ask(Words::new("eastvillage").unwrap().typos(Typos::default()));
    assert_eq!(page.hits[0].document.key.as_u128(), 0);
    let apart = &page.hits[1].matched_words[0];
    assert_eq!((apart.term.as_str(), apart.typos), ("east village", 1));
    // What is typed exactly so is meant so where more write it.
    titles.extend(["eastvillage"; 2]);
    let rooms = Rooms::of(&titles, 2);
    assert_eq!(rooms.found("eastvillage"), [0, 12, 13]);
    // And nothing is taken apart where no typo is forgiven.
    let page = rooms.ask(Words::new("eastvillage").unwrap());
    assert_eq!(page.hits.len(), 3);
}

#[test]
fn a_word_is_not_taken_apart_where_as_many_have_what_it_may_have_been_meant_as() {
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
fn a_word_that_was_typed_before_is_not_the_one_that_is_begun() {
    let rooms = Rooms::of(&["brooklyn room", "brownstone brooklyn", "brooklyn"], 2);
    let found = |text| numbers(&rooms.ask(Words::new(text).unwrap().prefix_last()));
    assert_eq!(found("brooklyn bro"), [1]);
    assert_eq!(found("bro").len(), 3);
    // Nothing else begins so.
    assert_eq!(found("brooklyn brook").len(), 3);
}

#[test]
fn letters_of_every_script_count_as_one() {
    let rooms = Rooms::of(&["विद्यालय", "гостиница", "ξενοδοχείο"], 1);
    assert_eq!(rooms.found("विदयालय"), [0]);
    assert_eq!(rooms.found("гостинница"), [1]);
    assert_eq!(rooms.found("ξενοδοχίεο"), [2]);
}

#[test]
fn of_too_many_terms_the_most_used_count_whatever_segment_they_are_in() {
    let letters = || 'a'..='l';
    let pairs = letters().flat_map(|a| letters().map(move |b| format!("pre{a}{b}")));
    let mut titles: Vec<String> = pairs.collect();
    let twice: Vec<String> = titles.iter().skip(1).step_by(7).cloned().collect();
    titles.extend(twice.iter().cloned());
    let mut first_ones: BTreeSet<&String> = twice.iter().collect();
    let by_alphabet: BTreeSet<&String> = titles.iter().collect();
    for term in by_alphabet {
        if first_ones.len() < 100 {
            first_ones.insert(term);
        }
    }
    let expected: BTreeSet<u128> = (0..)
        .zip(&titles)
        .filter(|(_, title)| first_ones.contains(title))
        .map(|(number, _)| number)
        .collect();
    for commits in [1, 4] {
        let rooms = Rooms::of(&titles, commits);
        let page = rooms.ask(Words::new("pre").unwrap().prefix_last());
        assert_eq!(page.trace.expansions_dropped, 144 - 100);
        assert_eq!(BTreeSet::from_iter(numbers(&page)), expected);
    }
}
