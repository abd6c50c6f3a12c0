//! What does a search answer?

use crate::checkpoint::Position;
use crate::document::{Document, Key};
use crate::query::{PlanName, SearchAfter};
use crate::score::Explanation;

use super::FacetCounts;
use super::highlight::Highlight;
use super::text::MatchedWord;

/// An answer.
#[derive(Clone, Debug)]
pub struct Page<H = Hit> {
    /// The best first.
    pub hits: Vec<H>,
    /// How many match; `None` if that was not asked.
    pub total: Option<Total>,
    /// How all matches divide, in the order of [`Query::facets`](crate::Query::facets).
    pub facets: Vec<FacetCounts>,
    /// Where to continue; `None` at the end.
    pub next: Option<SearchAfter>,
    /// The answer shows the source up to here, or a little later.
    pub position: Position,
    /// The words that matches need not hold, since too few hold all: see
    /// [`MatchMode::Relaxed`](crate::MatchMode::Relaxed).
    pub optional_words: Vec<String>,
    /// How the answer was found.
    pub trace: Trace,
}

/// An answer without its documents.
#[derive(Clone, Debug)]
pub struct Ranking {
    /// The best first.
    pub ranked: Vec<Ranked>,
    /// How many match; `None` if that was not asked.
    pub total: Option<Total>,
    /// How all matches divide, in the order of [`Query::facets`](crate::Query::facets).
    pub facets: Vec<FacetCounts>,
    /// Where to continue; `None` at the end.
    pub next: Option<SearchAfter>,
    /// The answer shows the source up to here, or a little later.
    pub position: Position,
    /// As [`Page::optional_words`].
    pub optional_words: Vec<String>,
    /// How the answer was found.
    pub trace: Trace,
}

/// One document's place in an answer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ranked {
    /// Which document.
    pub key: Key,
    /// As [`Hit::rank_value`].
    pub rank_value: f64,
    /// Great-circle distance in metres, if the query has a center.
    pub distance_m: Option<f64>,
}

/// How an answer was found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Trace {
    /// The way taken.
    pub plan: PlanName,
    /// Nodes of the tree that were judged, for hits and count together.
    pub nodes_visited: u64,
    /// Documents whose rank value was computed.
    pub documents_scored: u64,
    /// The best that anything unseen could have reached; `None` if nothing was left.
    pub bound_at_stop: Option<f64>,
    /// The deadline came first: the hits are the best of what was visited, and the total is a
    /// number that is reached.
    pub is_partial: bool,
    /// How many more terms of the index words could have been meant as than they stood for: those
    /// with the most typos, in the fewest documents.
    pub expansions_dropped: u64,
}

/// How many documents match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Total {
    /// The number, or a number that is reached.
    pub value: u64,
    /// Whether it is the number itself.
    pub is_exact: bool,
}

/// One document of an answer.
#[derive(Clone, Debug)]
pub struct Hit<Text = String> {
    /// The document as it was indexed.
    pub document: Document<Text>,
    /// Great-circle distance in metres, if the query has a center.
    pub distance_m: Option<f64>,
    /// The match score, 0 to 100.
    pub score: f64,
    /// What the order goes by, larger first: the score, or what [`crate::Sort`] names, negated where less is
    /// better.
    pub rank_value: f64,
    /// How the score came about, if the query asks.
    pub explanation: Option<Explanation>,
    /// What each word of the query was taken for in the document, if the query asks.
    pub matched_words: Vec<MatchedWord>,
    /// Where it holds the words of the query, in the texts that the query asks for.
    pub highlights: Vec<Highlight>,
}

impl Hit<&str> {
    /// The same with texts of its own.
    pub fn into_owned(self) -> Hit {
        Hit {
            document: self.document.into_owned(),
            distance_m: self.distance_m,
            score: self.score,
            rank_value: self.rank_value,
            explanation: self.explanation,
            matched_words: self.matched_words,
            highlights: self.highlights,
        }
    }
}
