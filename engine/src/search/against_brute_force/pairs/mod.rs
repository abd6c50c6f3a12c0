//! Property tests of reverse search against an oracle that tries every pair, and of both directions
//! against each other.

mod changing_numbers;
mod collections;
mod concurrent;
mod expected;
mod world;

use std::collections::BTreeMap;
use std::sync::Arc;

use proptest::prelude::*;
use rand::RngExt;
use rand::seq::IndexedRandom;
use rand_chacha::ChaCha8Rng;

use super::expected::near;
use super::random::{random_place, random_range_of_days, random_text, some};
use super::things::NOW_S;
use super::world::{bits, tunings, worlds};
use crate::*;
use collections::{OFFERS, WISHES};
use expected::{Expected, Pair, accepts, expected};
use world::World;

proptest! {
    #![proptest_config(worlds(32))]

    #[test]
    fn reverse_search_equals_brute_force_over_all_pairs(
        seed in any::<u64>(),
        wishes in 1usize..900,
        commits in 1usize..5,
        tuning in tunings(),
    ) {
        let mut world = World::new(seed, wishes, commits, tuning);
        check_some(&mut world, 8);
        change_and_check(&mut world);
    }

    #[test]
    fn both_directions_find_the_same_pairs_with_the_same_components(
        seed in any::<u64>(),
        wishes in 1usize..200,
        tuning in tunings(),
    ) {
        check_directions(&mut World::new(seed, wishes, 2, tuning), 20);
    }
}

proptest! {
    #![proptest_config(worlds(800))]

    #[test]
    #[ignore = "runs 20,000 queries by every plan, which takes minutes in release"]
    fn reverse_search_equals_brute_force_in_a_great_many_worlds(
        seed in any::<u64>(),
        wishes in 1usize..900,
        commits in 1usize..5,
        tuning in tunings(),
    ) {
        let mut world = World::new(seed, wishes, commits, tuning);
        check_some(&mut world, 19);
        change_and_check(&mut world);
        check_directions(&mut world, 3);
    }
}

fn check_some(world: &mut World, queries: usize) {
    for _ in 0..queries {
        let probes = world.random_probes();
        let query = random_query(&mut world.random, &world.matching, probes);
        check(world, &query);
    }
}

fn change_and_check(world: &mut World) {
    for _ in 0..2 {
        world.delete_some_wishes();
        (0..10).for_each(|_| world.put_wish());
        world.commit();
        world.change_signals();
        world.book_some();
        world.draw_some();
        check_some(world, 3);
    }
}

/// Checks that every plan returns the same hits to the last bit, and those of the oracle but for
/// rounding.
fn check(world: &mut World, query: &Query) {
    let matches = expected(world, query);
    let rank = |query: &Query| world.reader.rank(WISHES.collection, query).unwrap();
    let all = rank(&Query {
        plan: Some(PlanName::Scan),
        offset: 0,
        limit: usize::MAX,
        count: Count::Exact,
        ..query.clone()
    });
    assert_same(&matches, &all.ranked, query);
    for plan in PlanName::ALL.into_iter().map(Some).chain([None]) {
        let query = Query {
            plan,
            ..query.clone()
        };
        let found = rank(&query);
        let rest = &all.ranked[query.offset.min(all.ranked.len())..];
        let page = &rest[..query.limit.min(rest.len())];
        assert_eq!(bits(&found.ranked), bits(page), "{query:?}");
        assert_eq!(found.ranked, page, "{query:?}");
        assert_eq!(found.next.is_some(), rest.len() > query.limit, "{query:?}");
        assert!(
            found
                .total
                .is_none_or(|total| total.value <= matches.len() as u64)
        );
        let is_exact = query.count == Count::Exact;
        assert!(!is_exact || found.total.unwrap().value == matches.len() as u64);
    }
    check_hits(world, query, &matches);
    check_facets(world, query, &matches);
    check_pages(world, query, &all.ranked);
}

fn assert_same(expected: &[Expected], ranked: &[Ranked], query: &Query) {
    assert_eq!(ranked.len(), expected.len(), "{query:?}");
    let by_key: BTreeMap<Key, &Expected> = expected.iter().map(|it| (it.key, it)).collect();
    for (at_this_rank, found) in expected.iter().zip(ranked) {
        let same = by_key.get(&found.key);
        let same = same.unwrap_or_else(|| panic!("{query:?}: {found:?} does not match"));
        assert!(
            near(at_this_rank.rank_value, found.rank_value),
            "{query:?}: {found:?}"
        );
        assert!(
            near(same.rank_value, found.rank_value),
            "{query:?}: {found:?}, {same:?}"
        );
    }
    assert!(
        ranked.is_sorted_by(|a, b| {
            a.rank_value > b.rank_value || a.rank_value == b.rank_value && a.key < b.key
        }),
        "{query:?}: out of order, or a duplicate"
    );
}

/// Whether these are the expected hits but for rounding. Two whose values differ only by rounding
/// may be swapped.
fn is_same(expected: &[Expected], ranked: &[Ranked]) -> bool {
    let mut pairs = expected.iter().zip(ranked);
    let last = expected.last().map(|last| last.rank_value);
    let is_expected = |found: &Ranked| {
        let same = expected.iter().find(|it| it.key == found.key);
        // At the end of a page, one of several equal ones is found.
        let is_last = last.is_some_and(|last| near(last, found.rank_value));
        same.map_or(is_last, |same| near(same.rank_value, found.rank_value))
    };
    expected.len() == ranked.len()
        && pairs.all(|(at, found)| near(at.rank_value, found.rank_value) && is_expected(found))
}

/// Checks that each hit explains its score, and is scored for a probe that the wish accepts.
fn check_hits(world: &World, query: &Query, matches: &[Expected]) {
    let page = world.reader.search(WISHES.collection, query).unwrap();
    let probes = query.probes.as_ref().unwrap().documents();
    for hit in &page.hits {
        let wish = &hit.document;
        let same = matches.iter().find(|it| it.key == wish.key).unwrap();
        // Of probes at the same place near a pole, rounding decides which is nearest.
        let is_best = query.sort == Sort::Distance || near(same.score, hit.score);
        assert!(is_best, "{query:?}: {hit:?}, {same:?}");
        let is_pair = |pair: &Pair| {
            Some(pair.probe) == hit.probe
                && near(pair.rank_value, hit.rank_value)
                && near(pair.score, hit.score)
        };
        assert!(
            same.pairs.iter().any(is_pair),
            "{query:?}: {hit:?}, {same:?}"
        );
        assert_eq!(hit.explanation.as_ref().unwrap().score(), hit.score);
        let is_probe = |probe: &&Document| Some(probe.key) == hit.probe;
        let mut named = probes.iter().filter(is_probe);
        assert!(
            named.any(|probe| accepts(world, wish, probe)),
            "{query:?}: {hit:?}"
        );
        let scored = world
            .reader
            .score(WISHES.collection, wish.key, query)
            .unwrap()
            .unwrap();
        assert_eq!((scored.score, scored.probe), (hit.score, hit.probe));
    }
}

fn check_facets(world: &World, query: &Query, matches: &[Expected]) {
    let edges = Edges::new(vec![500.0, 1_000.0]).unwrap();
    let query = Query {
        facets: vec![
            Facet::Tag(WISHES.kinds),
            Facet::Number(WISHES.budget, edges),
        ],
        ..query.clone()
    };
    let page = world.reader.search(WISHES.collection, &query).unwrap();
    let wishes = || matches.iter().map(|it| &world.wishes[&it.key]);
    let count = |is_counted: &dyn Fn(&Document) -> bool| {
        wishes().filter(|wish| is_counted(wish)).count() as u64
    };
    for FacetCount {
        value,
        count: found,
    } in &page.facets[0].values
    {
        let FacetValue::Tag(tag) = *value else {
            panic!("{value:?}")
        };
        assert_eq!(*found, count(&|wish| wish.tags(WISHES.kinds).contains(tag)));
    }
    let (kinds, budgets) = (&page.facets[0], &page.facets[1]);
    assert_eq!(
        kinds.missing,
        count(&|wish| wish.tags(WISHES.kinds).is_empty())
    );
    // The filter of a facet's own field is ignored, so such counts may be higher.
    let filters_budget = |it: &Condition| it.field() == Some(WISHES.budget);
    if !query.filters.attributes.iter().any(filters_budget) {
        let all: u64 = budgets.values.iter().map(|value| value.count).sum();
        assert_eq!(all + budgets.missing, matches.len() as u64, "{query:?}");
    }
}

/// Pages through all hits by cursor.
fn check_pages(world: &mut World, query: &Query, all: &[Ranked]) {
    let mut query = Query {
        plan: PlanName::ALL.choose(&mut world.random).copied(),
        offset: 0,
        limit: 9,
        ..query.clone()
    };
    let mut ranked = Vec::new();
    loop {
        let page = world.reader.rank(WISHES.collection, &query).unwrap();
        ranked.extend(page.ranked);
        let Some(next) = page.next else { break };
        query.after = Some(next);
    }
    assert_eq!(bits(&ranked), bits(all), "{query:?}");
}

/// Compares some wishes' searches for offers with the offers' searches for wishes.
fn check_directions(world: &mut World, wishes: usize) {
    let some_wishes: Vec<Key> = world.wishes.keys().copied().collect();
    for _ in 0..wishes {
        let wish = &world.wishes[some_wishes.choose(&mut world.random).unwrap()];
        if wish.category(WISHES.status) != Some(Category::FIRST) {
            continue;
        }
        let base = Query {
            limit: usize::MAX,
            explain: true,
            ..Query::all(profile(), NOW_S)
        };
        let forward = base.clone().for_document(wish, &world.matching);
        let page = world.reader.search(OFFERS.collection, &forward).unwrap();
        let found: BTreeMap<Key, Hit> = page
            .hits
            .into_iter()
            .map(|hit| (hit.document.key, hit))
            .collect();
        for offer in world.offers.values() {
            let probes = Probes::new(Arc::clone(&world.matching), vec![offer.clone()]).unwrap();
            let reverse = Query {
                probes: Some(Arc::new(probes)),
                filters: Filters {
                    condition: Some(Condition::Key(vec![wish.key])),
                    ..Filters::default()
                },
                ..base.clone()
            };
            let page = world.reader.search(WISHES.collection, &reverse).unwrap();
            match (found.get(&offer.key), page.hits.first()) {
                (None, None) => {}
                (Some(offer), Some(wish)) => assert_same_components(offer, wish),
                (offer, wish) => panic!("one direction only: {offer:?}, {wish:?}"),
            }
        }
    }
}

/// The components that both hits have must be the same to the last bit.
fn assert_same_components(forward: &Hit, reverse: &Hit) {
    assert_eq!(
        forward.distance_m.map(f64::to_bits),
        reverse.distance_m.map(f64::to_bits)
    );
    let parts = |hit: &Hit| {
        let parts = hit.explanation.clone().unwrap().parts.into_iter();
        parts
            .map(|part| (part.component, part.value.to_bits()))
            .collect::<BTreeMap<_, _>>()
    };
    let (forward_parts, reverse_parts) = (parts(forward), parts(reverse));
    let mut shared = 0;
    for (component, value) in &forward_parts {
        if let Some(other) = reverse_parts.get(component) {
            assert_eq!(value, other, "{component:?}: {forward:?}, {reverse:?}");
            shared += 1;
        }
    }
    assert!(shared >= 4, "{forward_parts:?}, {reverse_parts:?}");
}

fn profile() -> Profile {
    let profile = Profile::new("feed", 0.0, DecayShape::Exponential, 2_000.0).unwrap();
    let weights = [20.0, 30.0, 5.0, 7.5, 7.5, 10.0, 10.0, 10.0, 20.0];
    let weighted = Component::ALL.into_iter().zip(weights);
    weighted.fold(profile, |profile, (component, weight)| {
        profile.with_weight(component, weight).unwrap()
    })
}

fn random_query(random: &mut ChaCha8Rng, matching: &Arc<Matching>, probes: Vec<Document>) -> Query {
    let probes = Probes::new(Arc::clone(matching), probes).unwrap();
    let mut profile = profile();
    if random.random_bool(0.5) {
        for component in Component::ALL {
            let weight = f64::from(random.random_range(0..4)) * 10.0;
            profile = profile.with_weight(component, weight).unwrap();
        }
    }
    let sorts = [
        Sort::Match,
        Sort::Match,
        Sort::Match,
        Sort::Distance,
        Sort::Ascending(WISHES.days),
        Sort::Descending(WISHES.budget),
        Sort::Rating,
    ];
    let counts = [Count::Exact, Count::None, Count::UpTo(10)];
    let area = some(random).then(|| random_place(random));
    Query {
        text: random.random_bool(0.3).then(|| random_words(random)),
        center: area,
        radius: area.map(|_| Radius::new(random.random_range(2_000.0..20_000.0)).unwrap()),
        filters: Filters {
            attributes: random_attributes(random),
            ..Filters::default()
        },
        probes: Some(Arc::new(probes)),
        sort: *sorts.choose(random).unwrap(),
        offset: if some(random) {
            random.random_range(0..30)
        } else {
            0
        },
        limit: random.random_range(1..30),
        count: *counts.choose(random).unwrap(),
        explain: true,
        ..Query::all(profile, NOW_S)
    }
}

fn random_words(random: &mut ChaCha8Rng) -> Words {
    let words = random_text(random, 2);
    let mode = *[MatchMode::All, MatchMode::Any].choose(random).unwrap();
    Words::new(&words).unwrap().match_mode(mode)
}

fn random_attributes(random: &mut ChaCha8Rng) -> Vec<Condition> {
    let range = random_range_of_days(random);
    let all = [
        Condition::Number(WISHES.budget, Interval::From(500.0)),
        Condition::Number(WISHES.reach, Interval::UpTo(5_000.0)),
        Condition::Overlaps(WISHES.days, range),
        Condition::Not(Box::new(Condition::Overlaps(WISHES.days, range))),
        Condition::AnyTag(WISHES.preferred, Tags(0b101)),
    ];
    all.into_iter().filter(|_| some(random)).collect()
}
