//! Answers queries over one snapshot: pages of hits, rankings, counts, heat maps and single scores.

use uuid::Uuid;

use super::aggregations::{self, HeatMap, HeatMapError, HeatMapOptions};
use super::collector::{Counter, TopCollector, Total};
use super::compiled::filter::Filter;
use super::compiled::{CompiledQuery, SearchContext};
use super::execution::{find, page_collector};
use super::plans::{self, SearchState};
use super::results::{Hit, HitReader, Page, Ranked, Ranking};
use super::terms::{TermQuery, text_score};
use crate::checkpoint::Position;
use crate::control::search_budget::SearchBudget;
use crate::index::{Snapshot, StoreError};
use crate::query::{Count, Query};
use crate::schema::Key;

/// A page of hits, each of which `read` converts while the stored document is borrowed.
pub(crate) fn search<H>(
    snapshot: &Snapshot,
    context: SearchContext,
    query: &Query,
    position: Position,
    budget: &mut SearchBudget,
    mut read: impl FnMut(Hit<&str>) -> H,
) -> Result<Page<H>, StoreError> {
    let compiled = CompiledQuery::new(query, snapshot, context)?;
    let found = find(snapshot, &compiled, query, budget, || page_collector(query))?;
    let terms = found.terms.as_ref();
    let facets = aggregations::count_facets(snapshot, &compiled.context, query, terms, budget)?;
    let hits = HitReader::new(snapshot, &compiled.scorer, query, found.terms.as_ref());
    let candidates = found.candidates.iter();
    let hits: Result<Vec<H>, StoreError> = candidates
        .map(|candidate| hits.read(candidate, budget, &mut read))
        .collect();
    let mut page = Page {
        hits: hits?,
        total: found.total,
        facets,
        next: found.next,
        position: snapshot.position().unwrap_or(position),
        optional_words: found.optional_words(),
        trace: found.trace,
    };
    page.close(budget);
    Ok(page)
}

/// As [`search`], without reading the stored documents.
pub(crate) fn rank(
    snapshot: &Snapshot,
    context: SearchContext,
    query: &Query,
    position: Position,
) -> Result<Ranking, StoreError> {
    let mut budget = query.search_budget();
    let compiled = CompiledQuery::new(query, snapshot, context)?;
    let found = find(snapshot, &compiled, query, &mut budget, || {
        page_collector(query)
    })?;
    let terms = found.terms.as_ref();
    let facets =
        aggregations::count_facets(snapshot, &compiled.context, query, terms, &mut budget)?;
    let ranked = found.candidates.iter().map(|candidate| {
        let view = &snapshot.segments[candidate.segment as usize];
        let columns = &view.segment.columns;
        let pair = compiled.scorer.pair(view, &candidate.inputs());
        Ranked {
            key: Uuid::from_u128(candidate.key),
            rank_value: candidate.rank_value,
            distance_m: compiled
                .scorer
                .distance_of(pair.as_ref(), columns, candidate.doc),
            probe: pair.map(|pair| pair.probe),
        }
    });
    let mut ranking = Ranking {
        ranked: ranked.collect(),
        total: found.total,
        facets,
        next: found.next,
        position: snapshot.position().unwrap_or(position),
        optional_words: found.optional_words(),
        trace: found.trace,
    };
    ranking.close(&budget);
    Ok(ranking)
}

/// The number of documents that match a query with terms, as far as the query counts.
pub(crate) fn count(
    snapshot: &Snapshot,
    context: SearchContext,
    query: &Query,
    budget: &mut SearchBudget,
) -> Result<Option<Total>, StoreError> {
    let compiled = CompiledQuery::new(query, snapshot, context)?;
    let terms = match &query.text {
        Some(words) => TermQuery::look_up(words, snapshot, query.after, budget)?,
        None => None,
    };
    let counter = Counter::new(query.count, 0);
    let top = TopCollector::new(0, None);
    let mut state = SearchState::new(snapshot, &compiled, top, counter, budget);
    if let Some(terms) = &terms {
        plans::count(&mut state, terms)?;
    }
    let is_partial = state.budget.is_exhausted();
    Ok(state.counter.total(is_partial))
}

/// The matches of a query by H3 cell.
pub(crate) fn heat_map(
    snapshot: &Snapshot,
    context: SearchContext,
    query: &Query,
    options: HeatMapOptions,
    position: Position,
) -> Result<HeatMap, HeatMapError> {
    let mut budget = query.search_budget();
    let compiled = CompiledQuery::new(query, snapshot, context)?;
    // Only a search finds out which terms are optional.
    let terms = match query.text {
        None => None,
        Some(_) => {
            let query = Query {
                offset: 0,
                limit: 0,
                after: None,
                count: Count::None,
                ..query.clone()
            };
            let collector = || TopCollector::new(1, None);
            find(snapshot, &compiled, &query, &mut budget, collector)?.terms
        }
    };
    aggregations::heat_map(
        snapshot,
        &compiled,
        query,
        terms.as_ref(),
        (options, position),
        &mut budget,
    )
}

/// Whether the document with this key passes the filters of a query, shown or not; `None` if there
/// is none.
pub(crate) fn passes(
    snapshot: &Snapshot,
    context: SearchContext,
    key: Key,
    query: &Query,
) -> Result<Option<bool>, StoreError> {
    let Some((segment, doc)) = snapshot.find(key)? else {
        return Ok(None);
    };
    let filter = Filter::new(query, snapshot, &context)?;
    let view = &snapshot.segments[segment as usize];
    Ok(Some(filter.accepted(view, doc, 1, false) != 0))
}

/// Why a document has no score.
#[derive(Debug, thiserror::Error)]
pub enum ScoreError {
    /// The deadline of the query has passed.
    #[error("the deadline has passed")]
    DeadlinePassed,
    /// The index can't be read.
    #[error(transparent)]
    Unreadable(#[from] StoreError),
}

/// The hit for the document with this key, even if it does not match.
pub(crate) fn score(
    snapshot: &Snapshot,
    context: SearchContext,
    key: Key,
    query: &Query,
) -> Result<Option<Hit>, ScoreError> {
    let Some((segment, doc)) = snapshot.find(key)? else {
        return Ok(None);
    };
    let mut budget = query.search_budget();
    let compiled = CompiledQuery::new(query, snapshot, context)?;
    let view = &snapshot.segments[segment as usize];
    let words = query.text.as_ref().filter(|words| words.has_words());
    let terms = match words {
        Some(words) => TermQuery::look_up(words, snapshot, query.after, &mut budget)?,
        None => None,
    };
    let text = match &terms {
        Some(terms) => text_score(terms, segment as usize, view, doc, &mut budget)?,
        None => Some(0.0),
    };
    let candidate = compiled
        .scorer
        .candidate(view, segment, doc, text.unwrap_or(0.0));
    let hits = HitReader::new(snapshot, &compiled.scorer, query, terms.as_ref());
    let hit = hits.read(&candidate, &mut budget, |hit| hit.into_owned())?;
    // The components of a score cannot be partial.
    match budget.is_exhausted() {
        true => Err(ScoreError::DeadlinePassed),
        false => Ok(Some(hit)),
    }
}
