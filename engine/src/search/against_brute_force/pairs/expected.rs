//! The oracle: pairs, their scores and their order, by formulas written independently of the
//! engine.
//!
//! What a wish must satisfy apart from the probes, and its text component, are those of the same
//! search without probes, which has an oracle of its own.

use std::collections::BTreeMap;

use super::collections::{OFFERS, WISHES};
use super::world::World;
use crate::search::against_brute_force::expected::distance_m;
use crate::search::against_brute_force::things::NOW_S;
use crate::*;

/// A wish that accepts a probe, with its best one.
#[derive(Clone, Debug)]
pub(super) struct Expected {
    pub(super) key: Key,
    pub(super) rank_value: f64,
    /// The highest score of a pair with this rank value.
    pub(super) score: f64,
    /// All pairs with a probe that the wish accepts.
    pub(super) pairs: Vec<Pair>,
}

/// A wish and a probe that it accepts.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pair {
    pub(super) probe: Key,
    pub(super) rank_value: f64,
    pub(super) score: f64,
}

/// All matches of a query with probes, the best first.
pub(super) fn expected(world: &World, query: &Query) -> Vec<Expected> {
    let texts = without_probes(world, query);
    let probes = query.probes.as_ref().unwrap().documents();
    let mut matches: Vec<Expected> = texts
        .iter()
        .filter_map(|(key, &text)| best(world, &world.wishes[key], probes, query, text))
        .collect();
    matches.sort_by(|a, b| {
        let by_rank = b.rank_value.total_cmp(&a.rank_value);
        by_rank.then(a.key.cmp(&b.key))
    });
    matches
}

/// Whether a wish accepts an offer.
pub(super) fn accepts(world: &World, wish: &Document, offer: &Document) -> bool {
    let at_most = |low: Option<f64>, high: Option<f64>| match (low, high) {
        (_, None) => true,
        (None, Some(_)) => false,
        (Some(low), Some(high)) => low <= high,
    };
    let (beds, people) = (offer.number(OFFERS.beds), wish.number(WISHES.people));
    let days = wish.date_range(WISHES.days);
    let stay = days.map(|days| f64::from(days.day_count()));
    let is_busy = |day| {
        world
            .busy
            .get(&offer.key)
            .is_some_and(|busy| busy.contains(&day))
    };
    let mut nights = days
        .into_iter()
        .flat_map(|days| days.start().days()..days.end().days());
    let kinds = wish.tags(WISHES.kinds);
    let kind = offer.category(OFFERS.kind);
    signals_of(world, offer).available
        && wish
            .number(WISHES.reach)
            .is_none_or(|reach_m| distance_m(wish.place, offer.place) <= reach_m)
        && at_most(offer.number(OFFERS.price), wish.number(WISHES.budget))
        && people.is_none_or(|people| beds.is_some_and(|beds| beds >= people))
        && offer.tags(OFFERS.tags).contains(wish.tags(WISHES.required))
        && (kinds.is_empty() || kind.is_some_and(|kind| kinds.has(usize::from(kind.0))))
        && at_most(offer.number(OFFERS.days_min), stay)
        && !nights.any(is_busy)
}

/// The text components of the wishes that match but for the probes.
fn without_probes(world: &World, query: &Query) -> BTreeMap<Key, f64> {
    let profile = Profile::new("text", 0.0, DecayShape::Exponential, 1.0).unwrap();
    let plain = Query {
        probes: None,
        profile: profile.with_weight(Component::Text, 1.0).unwrap(),
        sort: Sort::Match,
        offset: 0,
        limit: usize::MAX,
        after: None,
        explain: true,
        facets: Vec::new(),
        plan: Some(PlanName::Scan),
        ..query.clone()
    };
    let page = world.reader.search(WISHES.collection, &plain).unwrap();
    let text = |hit: &Hit| {
        let parts = &hit.explanation.as_ref().unwrap().parts;
        parts.first().map_or(0.0, |part| part.value)
    };
    page.hits
        .iter()
        .map(|hit| (hit.document.key, text(hit)))
        .collect()
}

fn best(
    world: &World,
    wish: &Document,
    probes: &[Document],
    query: &Query,
    text: f64,
) -> Option<Expected> {
    let accepted = probes.iter().filter(|probe| accepts(world, wish, probe));
    let pairs = accepted.map(|probe| {
        let score = score(world, (wish, probe), query, text);
        let number = |field| wish.number(field).or(first_day(wish, field));
        let rank_value = match query.sort {
            Sort::Match => score,
            Sort::Distance => -distance_m(wish.place, probe.place),
            Sort::Ascending(field) => -number(field).unwrap_or(f64::INFINITY),
            Sort::Descending(field) => number(field).unwrap_or(f64::NEG_INFINITY),
            Sort::Rating => rating(world, probe),
        };
        Pair {
            probe: probe.key,
            rank_value,
            score,
        }
    });
    let pairs: Vec<Pair> = pairs.collect();
    let values = pairs.iter().map(|pair| (pair.rank_value, pair.score));
    let (rank_value, score) = values.reduce(|a, b| match a.partial_cmp(&b).unwrap() {
        std::cmp::Ordering::Less => b,
        _ => a,
    })?;
    Some(Expected {
        key: wish.key,
        rank_value,
        score,
        pairs,
    })
}

fn first_day(wish: &Document, field: FieldId) -> Option<f64> {
    wish.date_range(field)
        .map(|days| f64::from(days.start().days()))
}

fn score(world: &World, (wish, offer): (&Document, &Document), query: &Query, text: f64) -> f64 {
    let signals = signals_of(world, offer);
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
    let preferred = wish.tags(WISHES.preferred);
    let found = offer.tags(OFFERS.tags).intersection(preferred);
    let fit = match (wish.number(WISHES.budget), offer.number(OFFERS.price)) {
        (None, _) => 1.0,
        (Some(_), None) => 0.0,
        (Some(budget), Some(price)) if price <= budget => 1.0 - 0.5 * price / budget,
        (Some(budget), Some(price)) => 0.5 * 0.25f64.powf(price / budget - 1.0),
    };
    let distance_m = distance_m(wish.place, offer.place);
    let drawn = world.drawn.get(&wish.key).copied().unwrap_or_default();
    let values = [
        query.text.is_some().then_some(text),
        Some(if distance_m >= 80_000.0 {
            0.0
        } else {
            0.5f64.powf(distance_m / 2_000.0)
        }),
        Some(capacity),
        Some(activity),
        Some(performance / 15.0),
        Some(match preferred.len() {
            0 => 1.0,
            count => f64::from(found.len()) / f64::from(count),
        }),
        (mean_rating(world) > 0.0).then(|| rating(world, offer)),
        Some(fit),
        Some((1.0 + drawn).recip()),
    ];
    let (mut sum, mut total) = (0.0, 0.0);
    for (component, value) in Component::ALL.into_iter().zip(values) {
        let weight = query.profile.weight(component);
        sum += value.map_or(0.0, |value| weight * value);
        total += value.map_or(0.0, |_| weight);
    }
    let share = if total > 0.0 { sum / total } else { 0.0 };
    query.profile.base() + (100.0 - query.profile.base()) * share
}

fn signals_of(world: &World, offer: &Document) -> Signals {
    let known = offer.owner.and_then(|owner| world.signals.get(&owner));
    known.copied().unwrap_or_default()
}

/// The mean in which deleted documents count comes from the index.
fn mean_rating(world: &World) -> f64 {
    world
        .reader
        .snapshot(OFFERS.collection)
        .statistics
        .rating_mean
}

fn rating(world: &World, offer: &Document) -> f64 {
    let mean = mean_rating(world);
    offer.number(OFFERS.rating).map_or(mean, |rating| {
        let reviews = offer.number(OFFERS.reviews).unwrap_or(0.0);
        (5.0 * mean + reviews * rating) / (5.0 + reviews)
    }) / 5.0
}
