//! Property tests of search against an oracle that scores every document by brute force.
//!
//! The formulas are written independently of the engine. Only the statistics in which deleted
//! documents still count (document frequencies, the average length, the mean rating) come from the
//! index; [`statistics_are_those_of_the_documents`] checks them where nothing was deleted.

mod busy_days;
mod checks;
mod concurrent;
mod conditions;
mod expansions;
mod expected;
mod facets;
mod groups;
mod heat_map;
mod pairs;
mod random;
mod things;
mod world;

use checks::{change_and_check, check, check_some};
use expected::{all_words, assert_same, expected, length};
use proptest::prelude::*;
use rand::RngExt;
use random::random_condition;
use random::random_query;
use tantivy::Term;
use things::THINGS;
use things::{NOW_S, VOCABULARY};
use world::{World, tunings, worlds};

use crate::control::tuning::Tuning;
use crate::*;

proptest! {
    #![proptest_config(worlds(32))]

    #[test]
    fn the_answer_equals_brute_force(
        seed in any::<u64>(),
        documents in 1usize..1_200,
        commits in 1usize..6,
        tuning in tunings(),
    ) {
        check_some(&mut World::new(seed, documents, commits, tuning), 12);
    }

    #[test]
    fn the_answer_equals_brute_force_after_deletes_updates_and_new_signals(
        seed in any::<u64>(),
        documents in 1usize..800,
        commits in 1usize..4,
        tuning in tunings(),
    ) {
        change_and_check(&mut World::new(seed, documents, commits, tuning));
    }
}

proptest! {
    #![proptest_config(worlds(800))]

    #[test]
    #[ignore = "runs 21,600 queries by every plan, which takes minutes in release"]
    fn the_answer_equals_brute_force_in_a_great_many_worlds(
        seed in any::<u64>(),
        documents in 1usize..1_200,
        commits in 1usize..6,
        tuning in tunings(),
    ) {
        check_some(&mut World::new(seed, documents, commits, tuning), 12);
        change_and_check(&mut World::new(!seed, documents, commits, tuning));
    }
}

proptest! {
    #![proptest_config(worlds(24))]

    #[test]
    fn documents_that_satisfy_a_condition_are_found_and_counted_as_by_brute_force(
        seed in any::<u64>(),
        documents in 1usize..300,
        commits in 1usize..3,
        tuning in tunings(),
    ) {
        let mut world = World::new(seed, documents, commits, tuning);
        for _ in 0..100 {
            let condition = random_condition(&mut world.random, 2);
            check_condition(&world, condition);
        }
    }
}

proptest! {
    #![proptest_config(worlds(2))]

    #[test]
    fn the_answer_equals_brute_force_in_a_world_that_takes_every_branch_as_shipped(
        seed in any::<u64>(),
    ) {
        let mut world = World::new(seed, 6_000, 2, Tuning::SHIPPED);
        for _ in 0..6 {
            let query = Query {
                limit: world.random.random_range(1..400),
                ..random_query(&mut world.random)
            };
            check(&mut world, &query);
        }
    }
}

#[test]
fn statistics_are_those_of_the_documents() {
    let world = World::new(7, 90, 3, Tuning::SHIPPED);
    // Documents that replaced one of the same key leave a deleted one behind; this seed has none.
    let snapshot = world.snapshot();
    assert_eq!(snapshot.statistics.documents, world.documents.len() as u64);
    let words: u32 = world.documents.values().map(length).sum();
    assert_eq!(
        snapshot.statistics.words_average,
        f64::from(words) / world.documents.len() as f64
    );
    for word in VOCABULARY {
        let with_word = world
            .documents
            .values()
            .filter(|d| all_words(d).contains(&word.to_owned()));
        let term = Term::from_field_text(snapshot.fields.text, word);
        assert_eq!(snapshot.doc_freq(&term), with_word.count() as u64);
    }
}

/// Checks that nodes are skipped only if no document satisfies the condition, and counted as a
/// whole only if all do.
fn check_condition(world: &World, condition: Condition) {
    let query = Query {
        filters: Filters {
            condition: Some(condition),
            ..Filters::default()
        },
        limit: world.documents.len(),
        count: Count::Exact,
        plan: Some(PlanName::BestFirst),
        ..Query::all(THINGS.profile(), NOW_S)
    };
    let (matches, found) = (expected(world, &query), world.rank(&query));
    assert_same(&matches, &found.ranked, &query);
    assert_eq!(
        found.total.unwrap().value,
        matches.len() as u64,
        "{query:?}"
    );
}
