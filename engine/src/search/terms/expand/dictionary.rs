//! The term dictionaries of a snapshot's segments, read as one.

use std::cmp::Reverse;

use tantivy::postings::TermInfo;

use super::expansion::{Expansion, TermExpansions};
use super::top_expansions::TopExpansions;
use crate::control::search_budget::SearchBudget;
use crate::index::{Snapshot, StoreError, Terms};
use crate::text::edit_distance::{Distance, TypoAutomaton};
use crate::text::query_term::{QueryTerm, Typos};
use crate::text::term_tree::FuzzyTerms;

/// The limit of expansions of a query term.
const EXPANSIONS_MAX: usize = 50;

/// The limit for a prefix, which has more expansions, since continuations are no errors.
const PREFIX_EXPANSIONS_MAX: usize = 100;

/// The steps of looking up a term in one dictionary.
pub(crate) const STEPS_PER_LOOKUP: u32 = 16;

/// The dictionaries of all segments. Document frequencies are summed over them, so that every
/// segment uses the same expansions.
pub(crate) struct Dictionary<'s> {
    segments: Vec<&'s Terms>,
    /// The number of documents in the snapshot.
    pub(super) documents: u64,
}

impl Dictionary<'_> {
    pub(crate) fn of(snapshot: &Snapshot) -> Dictionary<'_> {
        let segments = snapshot.segments.iter();
        Dictionary {
            segments: segments.map(|view| &view.segment.terms).collect(),
            documents: snapshot.statistics.documents,
        }
    }

    /// The expansion that is the term itself; `None` if it does not occur, and once the budget is
    /// exhausted.
    pub(super) fn exact(
        &self,
        term: &str,
        budget: &mut SearchBudget,
    ) -> Result<Option<Expansion>, StoreError> {
        let mut postings = Vec::with_capacity(self.segments.len());
        for terms in &self.segments {
            if budget.spend(STEPS_PER_LOOKUP).is_err() {
                return Ok(None);
            }
            postings.push(terms.find(term)?);
        }
        let documents = postings.iter().flatten().map(document_frequency).sum();
        let expansion = Expansion {
            text: term.to_owned(),
            typos: 0,
            penalty: 1.0,
            documents,
            postings,
            phrase: Vec::new(),
        };
        Ok((documents > 0).then_some(expansion))
    }

    /// The phrase of these terms as one expansion; `None` if one of them does not occur, and once
    /// the budget is exhausted.
    pub(super) fn phrase(
        &self,
        terms: &[String],
        budget: &mut SearchBudget,
    ) -> Result<Option<Expansion>, StoreError> {
        let mut found = Vec::with_capacity(terms.len());
        for term in terms {
            match self.exact(term, budget)? {
                Some(term) => found.push(term),
                None => return Ok(None),
            }
        }
        if found.len() < 2 {
            return Ok(found.pop());
        }
        let in_segment = |at: usize| -> Vec<TermInfo> {
            let terms = found.iter().map(|term| term.postings[at].clone());
            terms.collect::<Option<_>>().unwrap_or_default()
        };
        let phrase: Vec<Vec<TermInfo>> = (0..self.segments.len()).map(in_segment).collect();
        let rarest = |terms: &Vec<TermInfo>| terms.iter().min_by_key(|term| term.doc_freq).cloned();
        Ok(Some(Expansion {
            text: terms.join(" "),
            typos: 0,
            penalty: 1.0,
            documents: found.iter().map(|term| term.documents).min().unwrap_or(0),
            postings: phrase.iter().map(rarest).collect(),
            phrase,
        }))
    }

    /// The indexed terms within the typos that a query term may have, and its continuations if it
    /// is a prefix. Walks all dictionaries side by side in alphabetical order, until the budget is
    /// exhausted.
    pub(super) fn similar(&self, term: QueryTerm<'_>, budget: &mut SearchBudget) -> TermExpansions {
        let chars = term.text.chars().count();
        let typos_max = term.typos_max(chars + usize::from(Typos::MAX));
        let automaton = TypoAutomaton::new(term.text, typos_max, term.is_prefix);
        let segments = self.segments.iter().enumerate();
        let walks =
            segments.filter_map(|(segment, terms)| Walk::begin(segment, terms, &automaton, budget));
        let mut walks: Vec<Walk<'_>> = walks.collect();
        let mut top = TopExpansions::new(if term.is_prefix {
            PREFIX_EXPANSIONS_MAX
        } else {
            EXPANSIONS_MAX
        });
        let mut text = String::new();
        while let Some(first) = walks.iter().min_by_key(|walk| walk.similar.text()) {
            let distance = first.distance;
            text.clear();
            text.push_str(first.similar.text());
            if distance.is_allowed(term, &text) {
                let here = walks.iter().filter(|walk| walk.similar.text() == text);
                let documents = here.clone().map(|it| document_frequency(it.postings()));
                let documents = documents.sum();
                let rank = (distance.typos, text != term.text, Reverse(documents));
                top.offer(rank, || {
                    let mut postings = vec![None; self.segments.len()];
                    for walk in here {
                        postings[walk.segment] = Some(walk.postings().clone());
                    }
                    Expansion {
                        text: text.clone(),
                        typos: distance.typos,
                        penalty: distance.penalty(term.text, &text),
                        documents,
                        postings,
                        phrase: Vec::new(),
                    }
                });
            }
            walks.retain_mut(|walk| walk.similar.text() != text || walk.advance(budget));
        }
        let (expansions, dropped) = top.finish();
        TermExpansions {
            term: term.text.to_owned(),
            position: term.position,
            is_quoted: false,
            expansions,
            dropped,
        }
    }
}

/// A walk along the similar terms of one segment, standing at one of them.
struct Walk<'s> {
    segment: usize,
    terms: &'s Terms,
    similar: FuzzyTerms<'s>,
    ordinal: u32,
    distance: Distance,
}

impl<'s> Walk<'s> {
    /// Starts at the first similar term; `None` if there is none.
    fn begin(
        segment: usize,
        terms: &'s Terms,
        automaton: &'s TypoAutomaton,
        budget: &mut SearchBudget,
    ) -> Option<Walk<'s>> {
        let mut similar = terms.fuzzy_terms(automaton);
        let (ordinal, distance) = similar.next(budget)?;
        Some(Walk {
            segment,
            terms,
            similar,
            ordinal,
            distance,
        })
    }

    /// Goes to the next similar term; `false` if there is none.
    fn advance(&mut self, budget: &mut SearchBudget) -> bool {
        let next = self.similar.next(budget);
        if let Some((ordinal, distance)) = next {
            (self.ordinal, self.distance) = (ordinal, distance);
        }
        next.is_some()
    }

    fn postings(&self) -> &TermInfo {
        self.terms.postings_at(self.ordinal)
    }
}

fn document_frequency(term: &TermInfo) -> u64 {
    u64::from(term.doc_freq)
}
