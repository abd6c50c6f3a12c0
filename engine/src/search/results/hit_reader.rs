//! Turns candidates into hits: reads the stored document, explains its score and highlights it.

use uuid::Uuid;

use super::highlight::Highlighter;
use super::page::Hit;
use crate::control::search_budget::SearchBudget;
use crate::index::{Snapshot, StoreError};
use crate::query::Query;
use crate::search::collector::Candidate;
use crate::search::compiled::scoring::DocumentScorer;
use crate::search::terms::{TermQuery, matched_words};

/// The steps of reading a hit, and of highlighting one of its fields.
pub(crate) const STEPS_PER_HIT: u32 = 128;
pub(crate) const STEPS_PER_HIGHLIGHT: u32 = 128;

/// Reads the hits of one query.
pub(crate) struct HitReader<'a> {
    snapshot: &'a Snapshot,
    scorer: &'a DocumentScorer<'a>,
    query: &'a Query,
    terms: Option<&'a TermQuery>,
    /// `None` if the query wants no highlights.
    highlighter: Option<Highlighter<'a>>,
}

impl<'a> HitReader<'a> {
    pub(crate) fn new(
        snapshot: &'a Snapshot,
        scorer: &'a DocumentScorer<'a>,
        query: &'a Query,
        terms: Option<&'a TermQuery>,
    ) -> HitReader<'a> {
        let highlighted = terms.filter(|_| !query.highlight.is_empty());
        HitReader {
            snapshot,
            scorer,
            query,
            terms,
            highlighter: highlighted.map(|terms| {
                let expansions = terms.expansions();
                Highlighter::new(expansions.map(|(_, of_term)| of_term.iter().map(|it| &*it.text)))
            }),
        }
    }

    /// Reads a hit. Once the budget is exhausted, it has no matched words and no highlights.
    pub(crate) fn read<H>(
        &self,
        candidate: &Candidate,
        budget: &mut SearchBudget,
        read: impl FnOnce(Hit<&str>) -> H,
    ) -> Result<H, StoreError> {
        let (segment, doc) = (candidate.segment, candidate.doc);
        let view = &self.snapshot.segments[segment as usize];
        let scored = self.scorer.explain(view, candidate);
        let stored = self.snapshot.stored(segment, doc)?;
        let document = stored.read()?;
        debug_assert_eq!(document.key, Uuid::from_u128(candidate.key));
        let matched_words = match self.terms.filter(|_| self.query.explain) {
            Some(terms) => matched_words(terms, segment as usize, view, doc, budget)?,
            None => Vec::new(),
        };
        let highlights = match &self.highlighter {
            Some(highlighter) if budget.spend(self.highlight_steps()).is_ok() => {
                highlighter.highlight(&document, &self.query.highlight)
            }
            _ => Vec::new(),
        };
        budget.note(STEPS_PER_HIT);
        Ok(read(Hit {
            document,
            distance_m: scored.distance_m,
            probe: scored.probe,
            score: scored.score,
            rank_value: candidate.rank_value,
            explanation: scored.explanation,
            matched_words,
            highlights,
        }))
    }

    fn highlight_steps(&self) -> u32 {
        let fields = u32::try_from(self.query.highlight.len()).unwrap_or(u32::MAX);
        fields.saturating_mul(STEPS_PER_HIGHLIGHT)
    }
}
