//! Checks the counts of every kind of facet against the oracle.

use std::collections::BTreeMap;

use rand::seq::IndexedRandom;
use rand::{Rng, RngExt};

use super::expected::{distance_m, expected_without, optional_terms};
use super::things::THINGS;
use super::world::World;
use crate::*;

/// Counts by all facets at once, which does not change the hits.
pub(super) fn check_facets(world: &mut World, query: &Query) {
    let query = Query {
        facets: random_facets(&mut world.random),
        ..query.clone()
    };
    let page = world.rank(&query);
    assert_eq!(page.facets.len(), query.facets.len());
    for (facet, found) in query.facets.iter().zip(&page.facets) {
        let mut expected = expected_counts(world, facet, &query);
        if let (Some(found), Some(expected)) = (found.extent, expected.extent) {
            let is_near = is_near(found.0, expected.0) && is_near(found.1, expected.1);
            assert!(
                is_near,
                "{found:?} for {expected:?}: {facet:?} of {query:?}"
            );
        }
        expected.extent = expected.extent.and(found.extent);
        assert_eq!(found, &expected, "{facet:?} of {query:?}");
        if matches!(facet, Facet::Tag(_))
            && let Some(counted) = found.values.choose(&mut world.random.clone())
            && let FacetValue::Tag(tag) = counted.value
        {
            assert_eq!(
                counted.count,
                matches_with_tag(world, tag, &query),
                "{tag:?} of {query:?}"
            );
        }
    }
}

/// The documents that match the query without its filter on the facet's attribute. The optional
/// terms are those of the query's own matches.
fn matches_without<'w>(world: &'w World, facet: &Facet, query: &Query) -> Vec<&'w Document> {
    let mut wider = query.clone();
    match facet {
        Facet::Distance(edges) => {
            wider.radius_min = None;
            if query.radius.is_some() {
                wider.radius = Some(Radius::new(edges.last()).unwrap());
            }
        }
        Facet::Tag(_) => {}
        Facet::Category(_) | Facet::Flag(_) | Facet::Name(..) | Facet::Number(..) => {
            let attributes = wider.filters.attributes.iter();
            let others = attributes.filter(|condition| condition.field() != facet.field());
            wider.filters.attributes = others.cloned().collect();
        }
    }
    let keys = expected_without(world, &wider, &optional_terms(world, query));
    keys.iter().map(|it| &world.documents[&it.key]).collect()
}

/// The number of matches if a tag was required as well.
fn matches_with_tag(world: &World, tag: Tags, query: &Query) -> u64 {
    let mut narrower = query.clone();
    let required = Condition::AllTags(THINGS.tags, tag);
    narrower.filters.attributes.push(required);
    let matches = expected_without(world, &narrower, &optional_terms(world, query));
    matches.len() as u64
}

fn expected_counts(world: &World, facet: &Facet, query: &Query) -> FacetCounts {
    let documents = matches_without(world, facet, query);
    let distance = |d: &Document| Some(distance_m(query.center?, d.place));
    match facet {
        Facet::Category(field) => {
            let names = THINGS.collection.names(*field).iter();
            let categories = names.map(|name| THINGS.collection.category(*field, name).unwrap());
            let count_of = |it| count(&documents, |d| d.category(*field) == Some(it));
            let counts = categories.map(|it| (FacetValue::Category(it), count_of(it)));
            let missing = count(&documents, |d| d.category(*field).is_none());
            most_first(counts.collect(), missing)
        }
        Facet::Tag(field) => {
            let names = THINGS.collection.names(*field).iter();
            let tags = names.map(|name| THINGS.collection.tag(*field, name).unwrap());
            let count_of = |tag| count(&documents, |d| d.tags(*field).contains(tag));
            let counts = tags.map(|tag| (FacetValue::Tag(tag), count_of(tag)));
            let missing = count(&documents, |d| d.tags(*field).is_empty());
            most_first(counts.collect(), missing)
        }
        Facet::Flag(field) => {
            let count_of = |is_set| count(&documents, |d| d.flag(*field) == is_set);
            let counts = [false, true].map(|it| (FacetValue::Flag(it), count_of(it)));
            most_first(counts.to_vec(), 0)
        }
        Facet::Name(field, max) => named(&documents, *max, |d| d.text(*field)),
        Facet::Number(field, edges) => ranges(&documents, edges, false, |d| d.number(*field)),
        Facet::Distance(edges) => {
            let is_closed = query.radius.is_some();
            ranges(&documents, edges, is_closed, distance)
        }
    }
}

/// Whether distances are equal but for rounding. The formulas lose digits near the antipode.
fn is_near(a: f64, b: f64) -> bool {
    let tolerance = if a > 20_000_000.0 { 1.0 } else { 1e-3 };
    (a - b).abs() <= tolerance
}

fn random_facets(random: &mut impl Rng) -> Vec<Facet> {
    let mut edges = |max: f64| {
        let count = random.random_range(1..6);
        let mut edges: Vec<f64> = (0..count).map(|_| random.random_range(1.0..max)).collect();
        if random.random_bool(0.5) {
            edges.push(0.0);
        }
        edges.sort_by(f64::total_cmp);
        Edges::new(edges).unwrap()
    };
    vec![
        Facet::Number(THINGS.rating, edges(5.0)),
        Facet::Number(THINGS.price, edges(3_000.0)),
        Facet::Distance(edges(30_000.0)),
        Facet::Category(THINGS.category),
        Facet::Tag(THINGS.tags),
        Facet::Flag(THINGS.verified),
        Facet::Name(THINGS.locality, *[1, 2, 10].choose(random).unwrap()),
        Facet::Name(THINGS.city, 10),
    ]
}

fn count(documents: &[&Document], is_counted: impl Fn(&Document) -> bool) -> u64 {
    documents
        .iter()
        .filter(|document| is_counted(document))
        .count() as u64
}

/// The values that occur, the most frequent first; equal ones keep the given order.
fn most_first(counts: Vec<(FacetValue, u64)>, missing: u64) -> FacetCounts {
    let counts = counts.into_iter().filter(|(_, count)| *count > 0);
    let mut values: Vec<FacetCount> = counts
        .map(|(value, count)| FacetCount { value, count })
        .collect();
    values.sort_by_key(|it| std::cmp::Reverse(it.count));
    FacetCounts {
        values_total: values.len() as u64,
        values,
        missing,
        extent: None,
        is_partial: false,
    }
}

fn named(documents: &[&Document], max: usize, name_of: impl Fn(&Document) -> &str) -> FacetCounts {
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    for document in documents {
        *counts.entry(name_of(document).to_owned()).or_default() += 1;
    }
    let missing = counts.remove("").unwrap_or(0);
    let counts = counts.into_iter();
    let counts = counts.map(|(name, count)| (FacetValue::Name(name), count));
    let mut named = most_first(counts.collect(), missing);
    named.values.truncate(max);
    named
}

fn ranges(
    documents: &[&Document],
    edges: &Edges,
    is_closed: bool,
    value_of: impl Fn(&Document) -> Option<f64>,
) -> FacetCounts {
    let known: Vec<f64> = documents.iter().filter_map(|it| value_of(it)).collect();
    let mut bounds: Vec<Option<f64>> = edges.as_slice().iter().copied().map(Some).collect();
    if bounds[0] != Some(0.0) {
        bounds.insert(0, None);
    }
    if !is_closed {
        bounds.push(None);
    }
    let values = bounds.windows(2).map(|pair| {
        let (from, to) = (pair[0], pair[1]);
        let is_within = |&&value: &&f64| {
            from.is_none_or(|from| value >= from) && to.is_none_or(|to| value < to)
        };
        FacetCount {
            value: FacetValue::Range(from, to),
            count: known.iter().filter(is_within).count() as u64,
        }
    });
    let values: Vec<FacetCount> = values.collect();
    FacetCounts {
        values_total: values.iter().filter(|it| it.count > 0).count() as u64,
        values,
        missing: (documents.len() - known.len()) as u64,
        extent: known.iter().fold(None, |extent, &value| match extent {
            None => Some((value, value)),
            Some((min, max)) => Some((value.min(min), value.max(max))),
        }),
        is_partial: false,
    }
}
