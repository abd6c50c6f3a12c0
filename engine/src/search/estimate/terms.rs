//! Estimates the work of finding and reading the expansions of query terms.

use super::Cost;
use crate::index::Snapshot;
use crate::query::Words;
use crate::search::terms::{STEPS_PER_LOOKUP, STEPS_PER_OPENED, steps_of};
use crate::text::query_term::QueryTerm;

/// What the terms of a query take.
#[derive(Clone, Copy)]
pub(super) struct TermsEstimate {
    terms: u64,
    expansion: u64,
    /// The expansions of all terms together.
    expansions: u64,
    segments: u64,
}

/// Of the nodes of a dictionary, the share that a walk with no, one or two typos visits. A longer
/// word has fewer similar terms.
const WALKED_PER_MILLE: [u64; 3] = [1, 8, 80];

/// The expansions that a term with no, one or two typos has, and a prefix.
const EXPANSIONS: [u64; 3] = [1, 6, 12];
const PREFIX_EXPANSIONS: u64 = 24;

/// One in this many documents contains a query term.
const DOCUMENTS_PER_MATCH: u64 = 8;

impl TermsEstimate {
    pub(super) const NONE: TermsEstimate = TermsEstimate {
        terms: 0,
        expansion: 0,
        expansions: 0,
        segments: 0,
    };

    pub(super) fn of(words: &Words, snapshot: &Snapshot) -> TermsEstimate {
        let dictionaries = snapshot.segments.iter();
        let nodes = dictionaries.map(|view| view.segment.terms.node_count() as u64);
        let nodes = nodes.sum();
        let mut estimate = TermsEstimate {
            segments: snapshot.segments.len() as u64,
            ..TermsEstimate::NONE
        };
        for term in words.iter() {
            estimate.add(term, nodes);
        }
        estimate
    }

    pub(super) fn is_empty(&self) -> bool {
        self.terms == 0
    }

    /// Finding the expansions in the dictionaries.
    pub(super) fn expansion(&self) -> Cost {
        Cost::of_steps(self.expansion)
    }

    /// Opening the postings of all expansions.
    pub(super) fn opening(&self) -> Cost {
        Cost::of_steps(self.expansions * self.segments * u64::from(STEPS_PER_OPENED))
    }

    /// The steps of moving the postings to one document.
    pub(super) fn steps_per_document(&self) -> u64 {
        match usize::try_from(self.expansions) {
            Ok(expansions) if !self.is_empty() => self.terms + u64::from(steps_of(expansions)),
            _ => 0,
        }
    }

    /// The documents of an area that are visited for the terms.
    pub(super) fn matches_of(&self, documents: u64) -> u64 {
        match self.is_empty() {
            true => documents,
            false => documents / DOCUMENTS_PER_MATCH,
        }
    }

    fn add(&mut self, term: QueryTerm<'_>, nodes: u64) {
        let chars = term.text.chars().count();
        let typos = usize::from(term.typos_max(chars));
        let lookups = if !term.quoted.is_empty() {
            term.quoted.len()
        } else if typos > 0 {
            // The term joined to its neighbour, and its halves.
            1 + 2 * chars.saturating_sub(3)
        } else {
            1
        };
        let of_synonyms = term.synonyms.iter().map(|synonym| synonym.words.len());
        let lookups = (lookups + of_synonyms.sum::<usize>()) as u64;
        self.expansion += lookups * self.segments * u64::from(STEPS_PER_LOOKUP);
        self.terms += 1;
        self.expansions += EXPANSIONS[typos] + term.synonyms.len() as u64;
        if term.quoted.is_empty() && (typos > 0 || term.is_prefix) {
            self.expansion += nodes * WALKED_PER_MILLE[typos] / 1_000;
        }
        if term.is_prefix {
            self.expansions += PREFIX_EXPANSIONS;
        }
    }
}
