//! Checks the results of all plans against the oracle and against each other.

use rand::RngExt;
use rand::seq::IndexedRandom;

use super::expected::{Expected, assert_same, expected, near};
use super::facets::check_facets;
use super::groups::check_groups;
use super::heat_map::check_heat_map;
use super::random::random_query;
use super::things::THINGS;
use super::world::{World, bits};
use crate::*;

pub(super) fn check_some(world: &mut World, queries: usize) {
    for _ in 0..queries {
        let query = random_query(&mut world.random);
        check(world, &query);
    }
}

pub(super) fn change_and_check(world: &mut World) {
    for _ in 0..3 {
        world.delete_some();
        (0..10).for_each(|_| world.put_one());
        world.commit();
        world.change_signals();
        world.change_days();
        world.change_numbers();
        check_some(world, 5);
    }
}

/// Checks that every plan returns the same hits to the last bit, and those of the oracle but for
/// rounding.
pub(super) fn check(world: &mut World, query: &Query) {
    let matches = expected(world, query);
    let all = world.rank(&Query {
        plan: Some(PlanName::Scan),
        offset: 0,
        limit: usize::MAX,
        count: Count::Exact,
        ..query.clone()
    });
    assert_same(&matches, &all.ranked, query);
    let plans = PlanName::ALL.into_iter().map(Some);
    for plan in plans.chain([None]) {
        let query = Query {
            plan,
            ..query.clone()
        };
        check_plan(world, &query, &all.ranked);
    }
    check_hits(world, query, &matches);
    if world.random.random_bool(0.3) {
        check_groups(world, query, &all.ranked);
    }
    if world.random.random_bool(0.3) {
        check_facets(world, query);
    }
    if world.random.random_bool(0.3) {
        check_heat_map(world, query);
    }
    if world.random.random_bool(0.3) {
        let plan = *PlanName::ALL.choose(&mut world.random).unwrap();
        check_pages(world, query, plan, &all.ranked);
    }
}

fn check_plan(world: &World, query: &Query, all: &[Ranked]) {
    let found = world.rank(query);
    let matching = all.len() as u64;
    let total = match query.count {
        Count::None => None,
        Count::Exact => Some((matching, true)),
        Count::UpTo(limit) => Some((matching.min(limit), matching <= limit)),
    };
    let total = total.map(|(value, is_exact)| Total { value, is_exact });
    assert_eq!(found.total, total, "{query:?}");
    let rest = &all[query.offset.min(all.len())..];
    assert_eq!(
        bits(&found.ranked),
        bits(&rest[..query.limit.min(rest.len())]),
        "{query:?}"
    );
    assert_eq!(found.next.is_some(), rest.len() > query.limit, "{query:?}");
    assert!(!found.trace.is_partial);
}

fn check_hits(world: &World, query: &Query, expected: &[Expected]) {
    let page = world.reader.search(THINGS.collection, query).unwrap();
    for (rank, hit) in page.hits.iter().enumerate() {
        let explained = hit.explanation.as_ref().unwrap();
        assert_eq!(explained.score(), hit.score);
        let key = hit.document.key;
        let scored = world.reader.score(THINGS.collection, key, query).unwrap();
        assert_eq!(scored.unwrap().score, hit.score);
        let same = expected
            .iter()
            .find(|expected| expected.key == key)
            .unwrap();
        assert!(near(same.score, hit.score), "{query:?}: {rank}, {same:?}");
    }
}

/// Pages through all hits by cursor.
fn check_pages(world: &World, query: &Query, plan: PlanName, all: &[Ranked]) {
    let mut query = Query {
        plan: Some(plan),
        offset: 0,
        limit: 7,
        ..query.clone()
    };
    let mut ranked = Vec::new();
    loop {
        let page = world.rank(&query);
        ranked.extend(page.ranked);
        let Some(next) = page.next else { break };
        query.after = Some(next);
    }
    assert_eq!(bits(&ranked), bits(all), "{query:?}");
}
