//! Pages of hits, rankings, and the trace of how they were found.

use super::highlight::Highlight;
use crate::checkpoint::Position;
use crate::control::search_budget::SearchBudget;
use crate::document::Document;
use crate::query::{PlanName, SearchAfter};
use crate::ranking::score::Explanation;
use crate::schema::Key;
use crate::search::aggregations::FacetCounts;
use crate::search::collector::Total;
use crate::search::terms::MatchedWord;

/// A page of hits.
#[derive(Clone, Debug)]
pub struct Page<H = Hit> {
    /// The best first.
    pub hits: Vec<H>,
    /// The number of matches; `None` if the query does not count them.
    pub total: Option<Total>,
    /// The counts of all matches by facet, in the order of [`Query::facets`](crate::Query::facets).
    pub facets: Vec<FacetCounts>,
    /// Where the next page starts; `None` at the end.
    pub next: Option<SearchAfter>,
    /// The page shows the source as of this position, or a little later.
    pub position: Position,
    /// The query terms that matches may lack, since too few documents match all: see
    /// [`MatchMode::Relaxed`](crate::MatchMode::Relaxed).
    pub optional_words: Vec<String>,
    /// How the hits were found.
    pub trace: Trace,
}

/// A page without the stored documents.
#[derive(Clone, Debug)]
pub struct Ranking {
    /// The best first.
    pub ranked: Vec<Ranked>,
    /// The number of matches; `None` if the query does not count them.
    pub total: Option<Total>,
    /// The counts of all matches by facet, in the order of [`Query::facets`](crate::Query::facets).
    pub facets: Vec<FacetCounts>,
    /// Where the next page starts; `None` at the end.
    pub next: Option<SearchAfter>,
    /// The page shows the source as of this position, or a little later.
    pub position: Position,
    /// As [`Page::optional_words`].
    pub optional_words: Vec<String>,
    /// How the documents were found.
    pub trace: Trace,
}

/// A ranked document.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ranked {
    /// The key of the document.
    pub key: Key,
    /// As [`Hit::rank_value`].
    pub rank_value: f64,
    /// As [`Hit::distance_m`].
    pub distance_m: Option<f64>,
    /// As [`Hit::probe`].
    pub probe: Option<Key>,
}

/// How hits were found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Trace {
    /// The plan that was run.
    pub plan: PlanName,
    /// Visited tree nodes, for hits and count together.
    pub nodes_visited: u64,
    /// Documents whose rank value was computed.
    pub documents_scored: u64,
    /// The upper bound of everything that was left unvisited; `None` if nothing was left.
    pub bound_at_stop: Option<f64>,
    /// Whether the deadline has cut the search short: then the hits are the best of the visited
    /// documents, and the total is a lower bound.
    pub is_partial: bool,
    /// Term expansions dropped because a query term had more than the limit; those with the most
    /// typos and lowest document frequency go first.
    pub expansions_dropped: u64,
    /// The steps of the search budget that all phases together have used, see
    /// [`Cost`](crate::Cost).
    pub steps: u64,
}

impl<H> Page<H> {
    /// Notes what the search has used of its budget, once all phases are over.
    pub(crate) fn close(&mut self, budget: &SearchBudget) {
        close(&mut self.trace, &mut self.total, &mut self.facets, budget);
    }
}

impl Ranking {
    /// As [`Page::close`].
    pub(crate) fn close(&mut self, budget: &SearchBudget) {
        close(&mut self.trace, &mut self.total, &mut self.facets, budget);
    }
}

/// A phase that was cut may be what the others are derived from, so all of them are partial.
fn close(
    trace: &mut Trace,
    total: &mut Option<Total>,
    facets: &mut [FacetCounts],
    budget: &SearchBudget,
) {
    trace.steps = budget.steps_used();
    if !budget.is_exhausted() {
        return;
    }
    trace.is_partial = true;
    if let Some(total) = total {
        total.is_exact = false;
    }
    for facet in facets {
        facet.is_partial = true;
    }
}

/// One document of a page.
#[derive(Clone, Debug)]
pub struct Hit<Text = String> {
    /// The document as it was indexed.
    pub document: Document<Text>,
    /// Great-circle distance in metres from the best probe, or else from the center of the query.
    pub distance_m: Option<f64>,
    /// The best of the probes that the document accepts, if the query has probes.
    pub probe: Option<Key>,
    /// The match score, 0 to 100.
    pub score: f64,
    /// The value that hits are sorted by, larger first: the score, or what [`crate::Sort`] names,
    /// negated where smaller is better.
    pub rank_value: f64,
    /// The components of the score, if the query asks for an explanation.
    pub explanation: Option<Explanation>,
    /// The term of the document that each query term matches, if the query asks for an explanation.
    pub matched_words: Vec<MatchedWord>,
    /// The matching parts of the fields that the query wants highlighted.
    pub highlights: Vec<Highlight>,
}

impl Hit<&str> {
    /// The same hit with strings of its own.
    pub fn into_owned(self) -> Hit {
        Hit {
            document: self.document.into_owned(),
            distance_m: self.distance_m,
            probe: self.probe,
            score: self.score,
            rank_value: self.rank_value,
            explanation: self.explanation,
            matched_words: self.matched_words,
            highlights: self.highlights,
        }
    }
}
