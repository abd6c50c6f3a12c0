//! Answers queries over one snapshot: pages of hits, rankings, counts, heat maps and single scores.

use uuid::Uuid;

use super::aggregations::{self, HeatMap, HeatMapError, HeatMapOptions};
use super::collector::{Counter, SearchBudget, TopCollector, Total};
use super::compiled::CompiledQuery;
use super::execution::{find, page_collector};
use super::plans::{self, SearchState};
use super::results::{Hit, HitReader, Page, Ranked, Ranking};
use super::terms::{TermQuery, text_score};
use crate::checkpoint::Position;
use crate::document::Key;
use crate::index::{Snapshot, StoreError};
use crate::query::{Count, Query};
use crate::signals::SignalView;

/// A page of hits, each of which `read` converts while the stored document is borrowed.
pub(crate) fn search<H>(
    snapshot: &Snapshot,
    signals: SignalView,
    query: &Query,
    position: Position,
    mut read: impl FnMut(Hit<&str>) -> H,
) -> Result<Page<H>, StoreError> {
    let compiled = CompiledQuery::new(query, snapshot, signals)?;
    let found = find(snapshot, &compiled, query, || page_collector(query))?;
    let hits = HitReader::new(snapshot, &compiled.scorer, query, found.terms.as_ref());
    let candidates = found.candidates.iter();
    let hits: Result<Vec<H>, StoreError> = candidates
        .map(|candidate| hits.read(candidate, &mut read))
        .collect();
    Ok(Page {
        hits: hits?,
        total: found.total,
        facets: aggregations::count_facets(
            snapshot,
            &compiled.signals,
            query,
            found.terms.as_ref(),
        )?,
        next: found.next,
        position: snapshot.position().unwrap_or(position),
        optional_words: found.optional_words(),
        trace: found.trace,
    })
}

/// As [`search`], without reading the stored documents.
pub(crate) fn rank(
    snapshot: &Snapshot,
    signals: SignalView,
    query: &Query,
    position: Position,
) -> Result<Ranking, StoreError> {
    let compiled = CompiledQuery::new(query, snapshot, signals)?;
    let found = find(snapshot, &compiled, query, || page_collector(query))?;
    let ranked = found.candidates.iter().map(|candidate| {
        let view = &snapshot.segments[candidate.segment as usize];
        Ranked {
            key: Uuid::from_u128(candidate.key),
            rank_value: candidate.rank_value,
            distance_m: compiled
                .scorer
                .distance_m(&view.segment.columns, candidate.doc),
        }
    });
    Ok(Ranking {
        ranked: ranked.collect(),
        total: found.total,
        facets: aggregations::count_facets(
            snapshot,
            &compiled.signals,
            query,
            found.terms.as_ref(),
        )?,
        next: found.next,
        position: snapshot.position().unwrap_or(position),
        optional_words: found.optional_words(),
        trace: found.trace,
    })
}

/// The number of documents that match a query with terms, as far as the query counts.
pub(crate) fn count(
    snapshot: &Snapshot,
    signals: SignalView,
    query: &Query,
) -> Result<Option<Total>, StoreError> {
    let compiled = CompiledQuery::new(query, snapshot, signals)?;
    let counter = Counter::new(query.count, 0);
    let budget = SearchBudget::until(query.deadline);
    let top = TopCollector::new(0, None);
    let mut state = SearchState::new(snapshot, &compiled, top, counter, budget);
    if let Some(words) = &query.text {
        let terms = TermQuery::look_up(words, snapshot, query.after)?;
        plans::count(&mut state, &terms)?;
    }
    let is_partial = state.budget.is_exhausted();
    Ok(state.counter.total(is_partial))
}

/// The matches of a query by H3 cell.
pub(crate) fn heat_map(
    snapshot: &Snapshot,
    signals: SignalView,
    query: &Query,
    options: HeatMapOptions,
    position: Position,
) -> Result<HeatMap, HeatMapError> {
    let compiled = CompiledQuery::new(query, snapshot, signals)?;
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
            find(snapshot, &compiled, &query, || TopCollector::new(1, None))?.terms
        }
    };
    aggregations::heat_map(
        snapshot,
        &compiled,
        query,
        terms.as_ref(),
        options,
        position,
    )
}

/// The hit for the document with this key, even if it does not match.
pub(crate) fn score(
    snapshot: &Snapshot,
    signals: SignalView,
    key: Key,
    query: &Query,
) -> Result<Option<Hit>, StoreError> {
    let Some((segment, doc)) = snapshot.find(key)? else {
        return Ok(None);
    };
    let compiled = CompiledQuery::new(query, snapshot, signals)?;
    let view = &snapshot.segments[segment as usize];
    let words = query.text.as_ref().filter(|words| words.has_words());
    let terms = words
        .map(|words| TermQuery::look_up(words, snapshot, query.after))
        .transpose()?;
    let text = match &terms {
        Some(terms) => text_score(terms, segment as usize, view, doc)?,
        None => 0.0,
    };
    let candidate = compiled.scorer.candidate(view, segment, doc, text);
    let hits = HitReader::new(snapshot, &compiled.scorer, query, terms.as_ref());
    hits.read(&candidate, |hit| hit.into_owned()).map(Some)
}
