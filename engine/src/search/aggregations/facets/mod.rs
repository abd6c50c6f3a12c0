//! How many matches are there of each kind?
//!
//! Every match is counted, whatever the page. The matches are the same for all facets but those whose
//! own filter is in force, each of which has a walk of its own over the matches of the query without
//! it, by the words that the hits went by. Counting takes memory for the values that there may be, never
//! for the matches.

mod tally;

use super::effort::Effort;
use super::every_match::EveryMatch;
use super::filter::Filter;
use super::text::Text;
use crate::collection::{Category, Tags};
use crate::geo::Radius;
use crate::index::{Snapshot, StoreError};
use crate::query::{Facet, Query};
use crate::signals::SignalView;
use tally::Tally;

/// How the matches divide by one [`Facet`].
#[derive(Clone, Debug, PartialEq)]
pub struct FacetCounts {
    /// Values that matches have, the one of most matches first; or all ranges, the lowest first.
    pub values: Vec<FacetCount>,
    /// How many different values the matches have, told or not.
    pub values_total: u64,
    /// Matches without a value.
    pub missing: u64,
    /// Of ranges: the lowest and the highest value.
    pub extent: Option<(f64, f64)>,
    /// The deadline came first, so that there are more.
    pub is_partial: bool,
}

/// How many matches have a value.
#[derive(Clone, Debug, PartialEq)]
pub struct FacetCount {
    /// The value.
    pub value: FacetValue,
    /// How many have it.
    pub count: u64,
}

/// What matches were counted by.
#[derive(Clone, Debug, PartialEq)]
pub enum FacetValue {
    /// One of the collection's categories.
    Category(Category),
    /// One of the collection's tags.
    Tag(Tags),
    /// A locality or city.
    Name(String),
    /// From the first number on and below the second; open where there is none.
    Range(Option<f64>, Option<f64>),
}

/// Counts the matches of a query by all that it asks for.
pub(super) fn count(
    snapshot: &Snapshot,
    signals: &SignalView,
    query: &Query,
    text: Option<&Text>,
) -> Result<Vec<FacetCounts>, StoreError> {
    let mut effort = Effort::until(query.deadline);
    let facets = query.facets.iter();
    let mut tallies: Vec<Tally<'_>> = facets
        .map(|facet| Tally::new(facet, query, snapshot))
        .collect();
    let (mut shared, mut own) = (Vec::new(), Vec::new());
    for tally in &mut tallies {
        match without_own_filter(tally.facet(), query) {
            None => shared.push(tally),
            Some(wider) => own.push((wider, tally)),
        }
    }
    if !shared.is_empty() {
        add_matches(snapshot, signals, query, text, &mut shared, &mut effort)?;
    }
    for (wider, tally) in own {
        add_matches(snapshot, signals, &wider, text, &mut [tally], &mut effort)?;
    }
    let counts = tallies.into_iter().map(|tally| tally.finish(snapshot));
    Ok(counts.collect())
}

/// The query as a facet counts it; `None` if it filters by nothing of the kind.
fn without_own_filter(facet: &Facet, query: &Query) -> Option<Query> {
    let filters = &query.filters;
    let (mut radius, mut radius_min, mut wider) = (query.radius, query.radius_min, filters.clone());
    match facet {
        Facet::Category => wider.categories.clear(),
        Facet::Tag => wider.tags = Tags::NONE,
        Facet::Price(_) => (wider.price_min, wider.price_max) = (None, None),
        Facet::Distance(edges) => {
            radius = radius.and_then(|_| Radius::new(edges.last()).ok());
            radius_min = None;
        }
        Facet::Locality(_) | Facet::City(_) | Facet::Rating(_) => {}
    }
    let is_same = radius == query.radius && radius_min == query.radius_min && wider == *filters;
    (!is_same).then(|| Query {
        radius,
        radius_min,
        filters: wider,
        ..query.clone()
    })
}

/// So many matches are counted at a time, column by column.
const BATCH: usize = 128;

fn add_matches(
    snapshot: &Snapshot,
    signals: &SignalView,
    query: &Query,
    text: Option<&Text>,
    tallies: &mut [&mut Tally<'_>],
    effort: &mut Effort,
) -> Result<(), StoreError> {
    let filter = Filter::new(query, snapshot, signals.clone())?;
    for segment in 0..snapshot.segments.len() {
        let every = EveryMatch::of_segment(snapshot, segment, &filter, text)?;
        let Some(mut every) = every else { continue };
        let columns = &every.view().segment.columns;
        let (mut batch, mut filled) = ([0; BATCH], 0);
        while let Some(doc) = every.next(effort) {
            batch[filled] = doc;
            filled += 1;
            if filled == BATCH {
                filled = 0;
                tallies.iter_mut().for_each(|it| it.add(columns, &batch));
            }
        }
        let rest = &batch[..filled];
        tallies.iter_mut().for_each(|it| it.add(columns, rest));
    }
    if effort.is_over() {
        tallies.iter_mut().for_each(|it| it.is_partial = true);
    }
    Ok(())
}
