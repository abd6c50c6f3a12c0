//! Tests of required and optional terms.

use roost_collections::rooms;
use roost_engine::*;

use crate::{Rooms, numbers, text_component};

const TITLES: [&str; 6] = [
    "room desk garden",
    "room desk",
    "room garden",
    "room",
    "desk",
    "sea view",
];

fn search(rooms: &Rooms, text: &str, required: MatchMode) -> Page {
    rooms.search(Words::new(text).unwrap().match_mode(required))
}

fn relaxed(min_matches: u64) -> MatchMode {
    MatchMode::Relaxed { min_matches }
}

#[test]
fn terms_become_optional_if_too_few_rooms_match_all() {
    let rooms = Rooms::of(&TITLES, 2);
    // Four have a room, three a desk and two a garden.
    for (min_matches, found, optional) in [
        (0, vec![0], vec![]),
        (1, vec![0], vec![]),
        // Two terms have more than a third of the query's IDF, each alone has less.
        (2, vec![0, 2, 1], vec!["room", "desk", "garden"]),
    ] {
        let page = search(&rooms, "room desk garden", relaxed(min_matches));
        assert_eq!(numbers(&page), found, "{min_matches}");
        assert_eq!(page.optional_words, optional, "{min_matches}");
        assert_eq!(page.total.unwrap().value, found.len() as u64);
    }
    let page = search(&rooms, "room desk", relaxed(3));
    assert_eq!(page.optional_words, ["room", "desk"]);
    assert_eq!(numbers(&page), [1, 0, 4, 3, 2]);
}

#[test]
fn terms_that_no_room_contains_become_optional_first_and_do_not_lower_the_score() {
    let rooms = Rooms::of(&TITLES, 2);
    let page = search(&rooms, "sauna garden zeppelin room", relaxed(1));
    assert_eq!(page.optional_words, ["sauna", "zeppelin"]);
    assert_eq!(numbers(&page), [2, 0]);
    let without = search(&rooms, "garden room", MatchMode::All);
    assert_eq!(
        text_component(&page.hits[0]),
        text_component(&without.hits[0])
    );
    assert!(numbers(&search(&rooms, "sauna zeppelin", relaxed(9))).is_empty());
    assert!(numbers(&search(&rooms, "sauna", MatchMode::Any)).is_empty());
}

#[test]
fn any_term_is_enough_in_mode_any_and_each_adds_its_share() {
    let rooms = Rooms::of(&TITLES, 3);
    let page = search(&rooms, "garden desk", MatchMode::Any);
    assert_eq!(page.hits[0].document.key.as_u128(), 0);
    let mut found = numbers(&page);
    found.sort_unstable();
    assert_eq!(found, [0, 1, 2, 4]);
    assert!(page.optional_words.is_empty());
    // Of rooms of equal length, the one with the rarer term ranks higher.
    let rank = |number| numbers(&page).iter().position(|found| *found == number);
    assert!(rank(2) < rank(1));
    let alone = |number: u128, word: &str| {
        let page = search(&rooms, word, MatchMode::All);
        let hit = page
            .hits
            .iter()
            .find(|hit| hit.document.key.as_u128() == number);
        text_component(hit.unwrap())
    };
    let whole = text_component(&page.hits[0]);
    let both = alone(0, "garden").max(alone(0, "desk"));
    assert!((whole - both).abs() < 1e-12, "{whole} {both}");
}

#[test]
fn lacking_a_very_common_term_lowers_the_score() {
    let mut titles = vec!["room"; 20];
    titles.extend(["room sauna", "sauna spa"]);
    let rooms = Rooms::of(&titles, 1);
    let page = search(&rooms, "sauna room", MatchMode::Any);
    let component = |number: u128| {
        let mut hits = page.hits.iter();
        let hit = hits.find(|hit| hit.document.key.as_u128() == number);
        text_component(hit.unwrap())
    };
    assert!(component(21) < 0.8 * component(20));
}

#[test]
fn both_halves_of_a_split_term_become_optional_together() {
    let rooms = Rooms::of(&["new york", "york new", "garden"], 1);
    let words = Words::new("garden newyork")
        .unwrap()
        .typos(Typos::default());
    let page = rooms.search(words.match_mode(relaxed(1)));
    assert_eq!(page.optional_words, ["garden", "newyork"]);
    assert_eq!(numbers(&page), [0, 1, 2]);
}

#[test]
fn all_pages_have_the_optional_terms_of_the_first() {
    let titles: Vec<String> = (0..30).map(|at| format!("desk {at}")).collect();
    let rooms = Rooms::of(&titles, 3);
    let words = Words::new("desk sauna").unwrap().match_mode(relaxed(20));
    let mut query = Query {
        text: Some(words),
        limit: 7,
        ..Query::all(rooms::profile(), crate::NOW_S)
    };
    let mut found = Vec::new();
    loop {
        let page = rooms.reader.search(rooms::collection(), &query).unwrap();
        assert_eq!(page.optional_words, ["sauna"]);
        found.extend(numbers(&page));
        let Some(next) = page.next else { break };
        assert_eq!(next.optional_words, 0b10);
        query.after = Some(next);
    }
    assert_eq!(found, Vec::from_iter(0..30));
}
