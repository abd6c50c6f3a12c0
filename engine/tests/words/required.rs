//! What is found that does not hold every word?

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

fn ask(rooms: &Rooms, text: &str, required: MatchMode) -> Page {
    rooms.ask(Words::new(text).unwrap().match_mode(required))
}

fn most(min_matches: u64) -> MatchMode {
    MatchMode::Relaxed { min_matches }
}

#[test]
fn any_word_may_be_missing_where_too_few_hold_all_as_long_as_the_others_say_enough() {
    let rooms = Rooms::of(&TITLES, 2);
    // Four have a room, three a desk and two a garden.
    for (min_matches, found, optional) in [
        (0, vec![0], vec![]),
        (1, vec![0], vec![]),
        // A room and a desk say more than a third of it, each of them less.
        (2, vec![0, 2, 1], vec!["room", "desk", "garden"]),
    ] {
        let page = ask(&rooms, "room desk garden", most(min_matches));
        assert_eq!(numbers(&page), found, "{min_matches}");
        assert_eq!(page.optional_words, optional, "{min_matches}");
        assert_eq!(page.total.unwrap().value, found.len() as u64);
    }
    let page = ask(&rooms, "room desk", most(3));
    assert_eq!(page.optional_words, ["room", "desk"]);
    assert_eq!(numbers(&page), [1, 0, 4, 3, 2]);
}

#[test]
fn words_that_nobody_has_are_given_up_first_and_cost_nothing() {
    let rooms = Rooms::of(&TITLES, 2);
    let page = ask(&rooms, "sauna garden zeppelin room", most(1));
    assert_eq!(page.optional_words, ["sauna", "zeppelin"]);
    assert_eq!(numbers(&page), [2, 0]);
    let without = ask(&rooms, "garden room", MatchMode::All);
    assert_eq!(
        text_component(&page.hits[0]),
        text_component(&without.hits[0])
    );
    assert!(numbers(&ask(&rooms, "sauna zeppelin", most(9))).is_empty());
    assert!(numbers(&ask(&rooms, "sauna", MatchMode::Any)).is_empty());
}

#[test]
fn one_word_is_enough_where_any_is_asked_for_and_each_counts_its_share() {
    let rooms = Rooms::of(&TITLES, 3);
    let page = ask(&rooms, "garden desk", MatchMode::Any);
    assert_eq!(page.hits[0].document.key.as_u128(), 0);
    let mut found = numbers(&page);
    found.sort_unstable();
    assert_eq!(found, [0, 1, 2, 4]);
    assert!(page.optional_words.is_empty());
    // Of rooms of one length, what has the rarer word comes first.
    let place = |number| numbers(&page).iter().position(|found| *found == number);
    assert!(place(2) < place(1));
    let alone = |number: u128, word: &str| {
        let page = ask(&rooms, word, MatchMode::All);
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
fn a_word_that_nearly_all_have_is_missed_where_it_is_not() {
    let mut titles = vec!["room"; 20];
    titles.extend(["room sauna", "sauna spa"]);
    let rooms = Rooms::of(&titles, 1);
    let page = ask(&rooms, "sauna room", MatchMode::Any);
    let component = |number: u128| {
        let mut hits = page.hits.iter();
        let hit = hits.find(|hit| hit.document.key.as_u128() == number);
        text_component(hit.unwrap())
    };
    assert!(component(21) < 0.8 * component(20));
}

#[test]
fn a_word_that_was_meant_as_two_is_given_up_as_one() {
    let rooms = Rooms::of(&["new york", "york new", "garden"], 1);
    let words = Words::new("garden newyork")
        .unwrap()
        .typos(Typos::default());
    let page = rooms.ask(words.match_mode(most(1)));
    assert_eq!(page.optional_words, ["garden", "newyork"]);
    assert_eq!(numbers(&page), [0, 1, 2]);
}

#[test]
fn the_next_page_goes_by_the_words_that_the_first_one_went_by() {
    let titles: Vec<String> = (0..30).map(|at| format!("desk {at}")).collect();
    let rooms = Rooms::of(&titles, 3);
    let words = Words::new("desk sauna").unwrap().match_mode(most(20));
    let mut query = Query {
        text: Some(words),
        limit: 7,
        ..Query::all(Profile::room(), crate::NOW_S)
    };
    let mut found = Vec::new();
    loop {
        let page = rooms.reader.search(Collection::Rooms, &query).unwrap();
        assert_eq!(page.optional_words, ["sauna"]);
        found.extend(numbers(&page));
        let Some(next) = page.next else { break };
        assert_eq!(next.optional_words, 0b10);
        query.after = Some(next);
    }
    assert_eq!(found, Vec::from_iter(0..30));
}
