//! The oracle: matches, scores and order of documents, by formulas written independently of the
//! engine.

use std::collections::{BTreeMap, BTreeSet};

use ::geo::{Distance, HaversineMeasure, Point};
use tantivy::fieldnorm::FieldNormReader;

use super::busy_days::days_of;
use super::conditions::satisfies;
use super::expansions::{Expanded, expand, idf, optional, reaches_idf_min};
use super::things::{DRAWN_DEFAULT, NOW_S, THINGS};
use super::world::World;
use crate::geo::area::turns::turns_around;
use crate::index::Snapshot;
use crate::*;

/// A match with the scores that the oracle expects.
#[derive(Clone, Debug)]
pub(super) struct Expected {
    pub(super) key: Key,
    pub(super) rank_value: f64,
    pub(super) score: f64,
}

/// All matches, the best first.
pub(super) fn expected(world: &World, query: &Query) -> Vec<Expected> {
    expected_without(world, query, &optional_terms(world, query))
}

/// The positions of the query's optional terms.
pub(super) fn optional_terms(world: &World, query: &Query) -> BTreeSet<usize> {
    let snapshot = world.snapshot();
    let count = |optional: &BTreeSet<usize>| matching(world, query, optional).len() as u64;
    let words = query.text.as_ref();
    let optional = words.map(|words| optional(words, &snapshot, count));
    optional.unwrap_or_default()
}

/// All matches for a set of optional terms, the best first.
pub(super) fn expected_without(
    world: &World,
    query: &Query,
    optional: &BTreeSet<usize>,
) -> Vec<Expected> {
    let snapshot = world.snapshot();
    let matching = matching(world, query, optional).into_iter();
    let mut matches: Vec<Expected> = matching
        .map(|(document, signals)| {
            let live = (&signals, number_of(world, document));
            rank(document, live, query, &snapshot)
        })
        .collect();
    matches.sort_by(|a, b| {
        b.rank_value
            .total_cmp(&a.rank_value)
            .then(a.key.cmp(&b.key))
    });
    matches
}

fn matching<'w>(
    world: &'w World,
    query: &Query,
    optional: &BTreeSet<usize>,
) -> Vec<(&'w Document, Signals)> {
    let snapshot = world.snapshot();
    let documents = world.documents.values();
    documents
        .map(|document| (document, signals_of(world, document)))
        .filter(|(_, signals)| signals.available)
        .filter(|(document, _)| matches(document, query, optional, &snapshot))
        .filter(|(document, _)| is_free(world, document, query))
        .collect()
}

fn is_free(world: &World, document: &Document, query: &Query) -> bool {
    let mut days = query.filters.free.iter().flat_map(days_of);
    !days.any(|day| world.days.holds(document.key, day))
}

fn signals_of(world: &World, document: &Document) -> Signals {
    let known = document.owner.and_then(|owner| world.signals.get(&owner));
    known.copied().unwrap_or_default()
}

fn number_of(world: &World, document: &Document) -> f64 {
    let known = world.numbers.get(&document.key);
    known.copied().unwrap_or(DRAWN_DEFAULT)
}

/// Whether a document matches for a set of optional terms, if its owner is available and the
/// document is free on the requested days.
pub(super) fn matches(
    document: &Document,
    query: &Query,
    optional: &BTreeSet<usize>,
    snapshot: &Snapshot,
) -> bool {
    let filters = &query.filters;
    let texts = texts(document);
    let contains = |words: &Words| {
        let expanded = expand(words, snapshot);
        let is_present = |term: &Expanded| {
            let mut expansions = term.expansions.iter();
            expansions.any(|it| occurrences(&texts, &it.term) > 0)
        };
        let mut required = expanded
            .iter()
            .filter(|term| !optional.contains(&term.position));
        let mut excluded = words.excluded().iter();
        let present: Vec<&Expanded> = expanded.iter().filter(|term| is_present(term)).collect();
        let is_enough =
            || !present.is_empty() && reaches_idf_min(words, &present, &expanded, snapshot);
        required.clone().all(is_present)
            && (expanded.is_empty() || required.next().is_some() || is_enough())
            && !excluded.any(|phrase| occurrences(&texts, &phrase.join(" ")) > 0)
    };
    let visibility = &filters.visibility;
    let status = document.category(THINGS.status).unwrap();
    (status == Category::FIRST && visibility.is_empty() || visibility.contains(&status))
        && query.center.is_none_or(|center| {
            query
                .radius
                .is_none_or(|r| distance_m(center, document.place) <= r.metres())
                && query
                    .radius_min
                    .is_none_or(|r| distance_m(center, document.place) >= r.metres())
        })
        && filters
            .attributes
            .iter()
            .all(|condition| satisfies(document, condition))
        && (filters.owners.is_empty()
            || document
                .owner
                .is_some_and(|owner| filters.owners.contains(&owner)))
        && !filters.exclude.contains(&document.key)
        && filters
            .polygon
            .as_ref()
            .is_none_or(|polygon| is_within(polygon, document.place))
        && filters
            .bounding_box
            .is_none_or(|area| is_between(&area, document.place))
        && [&filters.condition, &filters.restriction]
            .into_iter()
            .flatten()
            .all(|condition| satisfies(document, condition))
        && query.text.as_ref().is_none_or(contains)
}

/// The scores of a document with a number, whose owner has these signals.
pub(super) fn rank(
    document: &Document,
    (signals, number): (&Signals, f64),
    query: &Query,
    snapshot: &Snapshot,
) -> Expected {
    let profile = &query.profile;
    let mean = snapshot.statistics.rating_mean;
    let review = document.number(THINGS.rating).map_or(mean, |rating| {
        let reviews = document.number(THINGS.reviews).unwrap_or(0.0);
        (5.0 * mean + reviews * rating) / (5.0 + reviews)
    }) / 5.0;
    let distance = query
        .center
        .map(|center| distance_m(center, document.place));
    let decay = |d: f64| {
        if d >= 80_000.0 {
            0.0
        } else {
            0.5f64.powf(d / 2_000.0)
        }
    };
    let preferred = f64::from(query.preferred_tags.len());
    let has = f64::from(
        query
            .preferred_tags
            .intersection(document.tags(THINGS.tags))
            .len(),
    );
    let [capacity, activity, performance] = signal_components(signals);
    let values = [
        query
            .text
            .as_ref()
            .filter(|words| words.has_words())
            .map(|words| text(document, words, snapshot)),
        distance.map(decay),
        Some(capacity),
        Some(activity),
        Some(performance),
        (preferred > 0.0).then_some(has / preferred),
        (mean > 0.0).then_some(review),
        query
            .budget
            .map(|budget| match document.number(THINGS.price) {
                None => 0.0,
                Some(price) if price <= budget => 1.0 - 0.5 * price / budget,
                Some(price) => 0.5 * 0.25f64.powf(price / budget - 1.0),
            }),
        Some((1.0 + number).recip()),
    ];
    let weighted = Component::ALL.into_iter().zip(values);
    let (mut sum, mut total) = (0.0, 0.0);
    for (component, value) in weighted {
        if let Some(value) = value {
            sum += profile.weight(component) * value;
            total += profile.weight(component);
        }
    }
    let share = if total > 0.0 { sum / total } else { 0.0 };
    let score = profile.base() + (100.0 - profile.base()) * share;
    let rank_value = match query.sort {
        Sort::Match => score,
        Sort::Distance => -distance.unwrap_or(0.0),
        Sort::Ascending(field) => -document.number(field).unwrap_or(f64::INFINITY),
        Sort::Descending(field) => document.number(field).unwrap_or(f64::NEG_INFINITY),
        Sort::Rating => review,
    };
    Expected {
        key: document.key,
        rank_value,
        score,
    }
}

/// Capacity, activity and performance.
fn signal_components(signals: &Signals) -> [f64; 3] {
    let capacity = match signals.capacity_total {
        0 => 0.0,
        total => 1.0 - f64::from(signals.capacity_used) / f64::from(total),
    };
    let activity = match NOW_S - signals.active_at_s {
        age_s if age_s <= 86_400 => 1.0,
        age_s if age_s <= 7 * 86_400 => 2.0 / 3.0,
        _ => 0.0,
    };
    let performance = if signals.high_acceptance { 10.0 } else { 0.0 }
        + if signals.fast_response { 5.0 } else { 0.0 };
    [capacity, activity, performance / 15.0]
}

/// Asserts the same documents in the same order. Two whose values differ only by rounding may be
/// swapped, but those that are equal in the engine are in the order of their keys.
pub(super) fn assert_same(expected: &[Expected], ranked: &[Ranked], query: &Query) {
    assert_eq!(ranked.len(), expected.len(), "{query:?}");
    let by_key: BTreeMap<Key, &Expected> = expected.iter().map(|e| (e.key, e)).collect();
    for (at_this_rank, found) in expected.iter().zip(ranked) {
        let Some(same) = by_key.get(&found.key) else {
            panic!("{query:?}: {found:?} does not match")
        };
        let is_near = near(at_this_rank.rank_value, found.rank_value)
            && near(same.rank_value, found.rank_value);
        assert!(is_near, "{query:?}: {found:?}, {same:?}, {at_this_rank:?}");
    }
    assert_in_order(ranked, query);
}

/// Asserts that no document ranks after a worse one or occurs twice.
pub(super) fn assert_in_order(ranked: &[Ranked], query: &Query) {
    assert!(
        ranked.is_sorted_by(|a, b| {
            a.rank_value > b.rank_value || a.rank_value == b.rank_value && a.key < b.key
        }),
        "{query:?}: out of order, or a duplicate"
    );
}

/// Equal but for rounding.
pub(super) fn near(a: f64, b: f64) -> bool {
    a == b || (a - b).abs() <= 1e-9 * a.abs().max(1.0)
}

/// Polygons of queries are small, so places far from the first corner are outside.
fn is_within(polygon: &Polygon, place: LatLng) -> bool {
    let corners = polygon.corners();
    distance_m(corners[0], place) < 1_000_000.0 && turns_around(corners, place) != 0
}

/// Places lie on a grid, so a billionth of a degree only makes up for rounding.
fn is_between(area: &BoundingBox, place: LatLng) -> bool {
    let eastward = |lng: f64| (lng - area.west + 1e-9).rem_euclid(360.0);
    let is_pole = place.lat().abs() == 90.0;
    (area.south - 1e-9..=area.north + 1e-9).contains(&place.lat())
        && (is_pole || eastward(place.lng()) <= eastward(area.east) + 1e-9)
}

pub(super) fn distance_m(a: LatLng, b: LatLng) -> f64 {
    let sphere = HaversineMeasure::new(EARTH_RADIUS_M);
    sphere.distance(Point::new(a.lng(), a.lat()), Point::new(b.lng(), b.lat()))
}

/// The words of each text, with its weight.
fn texts(document: &Document) -> Vec<(usize, Vec<String>)> {
    let texts = document.weighted_texts(&THINGS.collection);
    let texts = texts.iter();
    texts
        .map(|(weight, text)| (usize::from(*weight), words(text).collect()))
        .collect()
}

/// The number of occurrences of a term or phrase, each with the weight of its field.
fn occurrences(texts: &[(usize, Vec<String>)], term: &str) -> usize {
    let term: Vec<&str> = term.split(' ').collect();
    let in_text = |(weight, words): &(usize, Vec<String>)| {
        let windows = words.windows(term.len());
        weight * windows.filter(|words| **words == term[..]).count()
    };
    texts.iter().map(in_text).sum()
}

pub(super) fn all_words(document: &Document) -> Vec<String> {
    let texts = document.weighted_texts(&THINGS.collection);
    let repeated = texts
        .iter()
        .flat_map(|(weight, text)| (0..*weight).flat_map(move |_| words(text)));
    repeated.collect()
}

/// The number of words without the names of tags, with tantivy's rounding of both.
pub(super) fn length(document: &Document) -> u32 {
    let rounded = |words: usize| {
        FieldNormReader::id_to_fieldnorm(FieldNormReader::fieldnorm_to_id(words as u32))
    };
    let tags = document.tags(THINGS.tags);
    let tags: Vec<&str> = THINGS.collection.tag_names(THINGS.tags, tags).collect();
    let tags = tags.join(" ");
    let of_tags = words(&tags.replace('_', " ")).count();
    let all = rounded(all_words(document).len()) as usize;
    rounded(all.saturating_sub(of_tags))
}

/// The text component by the textbook formula of BM25.
fn text(document: &Document, query: &Words, snapshot: &Snapshot) -> f64 {
    let statistics = snapshot.statistics;
    let texts = texts(document);
    let k = 1.2 * (0.6 + 0.4 * f64::from(length(document)) / statistics.words_average.max(1.0));
    let (mut sum, mut largest) = (0.0, 0.0);
    for term in expand(query, snapshot) {
        let mut best: f64 = 0.0;
        for expansion in &term.expansions {
            let tf = occurrences(&texts, &expansion.term) as f64;
            best = best.max(expansion.penalty * tf / (tf + k));
        }
        let weight = match idf(&term.expansions, snapshot) {
            0.0 => 0.0,
            idf => 1.0 + idf,
        };
        sum += weight * best;
        largest += weight;
    }
    sum / largest
}
