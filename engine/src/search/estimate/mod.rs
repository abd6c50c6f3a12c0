//! Estimates how much work a request is, before it does any.
//!
//! An estimate reads the sizes of dictionaries and some dozens of tree nodes, and expands no term.
//! It need not be exact: it tells a search that takes microseconds from one that takes
//! milliseconds. `tests/estimate.rs` compares it with the steps that searches really take.

mod area;
mod cost;
mod terms;

use std::cell::OnceCell;

use self::area::documents_within;
pub use self::cost::Cost;
use self::terms::TermsEstimate;
use super::compiled::filter::{has_attribute_filters, steps_per_document, steps_per_node};
use super::results::{STEPS_PER_HIGHLIGHT, STEPS_PER_HIT};
use super::suggest::{SuggestQuery, SuggestionKind};
use crate::index::Snapshot;
use crate::query::{Count, Facet, Query};

/// Nodes that a best-first search visits for a page of hits, whatever its radius.
const NODES_PER_SEGMENT: u64 = 160;

/// A page further down needs more nodes and documents.
const STEPS_PER_PAGED_HIT: u64 = 8;

/// Scoring a match of a heat map and finding its cell and the median of its numbers.
const STEPS_PER_MAPPED_DOCUMENT: u64 = 3;
const STEPS_PER_CELL: u64 = 16;

/// Documents in the nodes that a border crosses, per node.
const DOCUMENTS_PER_NODE: u64 = 32;

/// A completion is counted up to this many documents.
const COUNTED_PER_COMPLETION: u64 = 1_000;

/// What all parts of an estimate of one query share.
struct Estimate<'a> {
    snapshot: &'a Snapshot,
    query: &'a Query,
    terms: TermsEstimate,
    /// Computed when it is first needed.
    documents: OnceCell<u64>,
}

/// A search for a page of hits, with its count and facets.
pub(crate) fn search(snapshot: &Snapshot, query: &Query) -> Cost {
    let estimate = Estimate::of(snapshot, query);
    estimate.terms.expansion()
        + estimate.best_hits()
        + estimate.count()
        + estimate.facets()
        + estimate.reading(query.limit)
}

/// A search for groups of up to `hits_max` hits each: all matches are walked twice more.
pub(crate) fn groups(snapshot: &Snapshot, query: &Query, hits_max: usize) -> Cost {
    let estimate = Estimate::of(snapshot, query);
    estimate.terms.expansion()
        + estimate.best_hits()
        + estimate.walk(1)
        + estimate.walk(1)
        + estimate.facets()
        + estimate.reading(query.limit.saturating_mul(hits_max))
}

/// A heat map.
pub(crate) fn heat_map(snapshot: &Snapshot, query: &Query, cells_max: usize) -> Cost {
    let estimate = Estimate::of(snapshot, query);
    let cells = cells_max as u64;
    estimate.terms.expansion()
        + estimate.walk(STEPS_PER_MAPPED_DOCUMENT)
        + Cost::of_steps(cells.min(snapshot.document_count()) * STEPS_PER_CELL)
}

/// The score of one document.
pub(crate) fn score(snapshot: &Snapshot, query: &Query) -> Cost {
    let estimate = Estimate::of(snapshot, query);
    estimate.terms.expansion() + estimate.terms.opening() + estimate.reading(1)
}

/// Suggestions of the titles of some documents, and of places and completions from others.
pub(crate) fn suggestions(searched: &Snapshot, titled: &Snapshot, typed: &SuggestQuery) -> Cost {
    let in_searched = TermsEstimate::of(&typed.words, searched);
    let mut cost = Cost::of_steps(searched.steps_to_places());
    if typed.kinds.contains(&SuggestionKind::Title) {
        let in_titled = TermsEstimate::of(&typed.words, titled);
        cost = cost + in_titled.expansion() + in_titled.expansion();
    }
    if typed.kinds.contains(&SuggestionKind::Word) {
        let completion = in_searched.opening().steps + in_searched.steps_per_document();
        let count = COUNTED_PER_COMPLETION.min(searched.document_count());
        let completions = typed.limit as u64 * (completion + count);
        cost = cost + in_searched.expansion() + Cost::of_steps(completions);
    }
    cost
}

impl<'a> Estimate<'a> {
    fn of(snapshot: &'a Snapshot, query: &'a Query) -> Estimate<'a> {
        let terms = match &query.text {
            Some(words) => TermsEstimate::of(words, snapshot),
            None => TermsEstimate::NONE,
        };
        Estimate {
            snapshot,
            query,
            terms,
            documents: OnceCell::new(),
        }
    }

    /// Finding the best documents.
    fn best_hits(&self) -> Cost {
        let page = (self.query.page_end() as u64).saturating_mul(STEPS_PER_PAGED_HIT);
        if self.terms.is_empty() {
            return Cost::of_steps(self.nodes(NODES_PER_SEGMENT) + page);
        }
        let matches = self.terms.matches_of(self.documents());
        self.terms.opening() + Cost::of_steps(matches * self.steps_per_match() + page)
    }

    /// The steps of visiting some nodes of each segment.
    fn nodes(&self, per_segment: u64) -> u64 {
        let segments = self.snapshot.segments.len() as u64;
        segments * per_segment * u64::from(steps_per_node(self.query))
    }

    /// Counting the matches as far as the query needs.
    fn count(&self) -> Cost {
        let query = self.query;
        let counted = match query.count {
            Count::None => return Cost::default(),
            Count::UpTo(limit) => limit,
            Count::Exact => u64::MAX,
        };
        let is_counted_by_nodes = self.terms.is_empty()
            && !has_attribute_filters(&query.filters)
            && query.probes.is_none();
        if is_counted_by_nodes {
            // Only the documents of nodes that the border crosses are visited one by one.
            let documents = NODES_PER_SEGMENT / 4 * u64::from(steps_per_document(query));
            return Cost::of_steps(self.nodes(NODES_PER_SEGMENT / 4) + documents);
        }
        let matches = self.terms.matches_of(self.documents()).min(counted);
        Cost::of_steps(matches * self.steps_per_match())
    }

    /// Counting all matches by facets: together, and each facet with an own filter by itself.
    fn facets(&self) -> Cost {
        let facets = &self.query.facets;
        if facets.is_empty() {
            return Cost::default();
        }
        let filters = &self.query.filters;
        let has_own_filter = |facet: &&Facet| match facet {
            Facet::Distance(_) => self.query.radius.is_some(),
            _ => {
                let mut attributes = filters.attributes.iter();
                attributes.any(|condition| condition.field() == facet.field())
            }
        };
        let own = facets.iter().filter(has_own_filter).count();
        let walks = own + usize::from(own < facets.len());
        (0..walks).map(|_| self.walk(1)).sum()
    }

    /// Visiting every match.
    fn walk(&self, steps_more: u64) -> Cost {
        let matches = self.terms.matches_of(self.documents());
        self.terms.opening() + Cost::of_steps(matches * (self.steps_per_match() + steps_more))
    }

    /// Reading hits, with what is shown beside them.
    fn reading(&self, hits: usize) -> Cost {
        let fields = self.query.highlight.len() as u64;
        let mut steps = u64::from(STEPS_PER_HIT) + fields * u64::from(STEPS_PER_HIGHLIGHT);
        if self.query.explain {
            steps += self.terms.opening().steps / (self.snapshot.segments.len() as u64).max(1);
        }
        Cost::of_steps(hits as u64 * steps)
    }

    fn steps_per_match(&self) -> u64 {
        u64::from(steps_per_document(self.query)) + self.terms.steps_per_document()
    }

    fn documents(&self) -> u64 {
        let within = || documents_within(self.query, self.snapshot);
        *self.documents.get_or_init(within) + DOCUMENTS_PER_NODE
    }
}
