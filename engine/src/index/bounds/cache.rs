//! The cache of a segment's bounds: those of terms and words, and those of the query-independent
//! score.
//!
//! Term and word bounds do not change, so the least useful ones can be evicted at any time. Static
//! bounds depend on signals: the cache keeps a few and loosens each of them before a signal
//! changes.

use std::fmt;
use std::sync::Arc;

use arc_swap::ArcSwap;
use moka::sync::Cache;
use tantivy::postings::TermInfo;

use super::static_bounds::{StaticBounds, StaticScorer};
use super::term_bounds::{Saturation, TermBounds, TermSource};
use super::word_bounds::WordBounds;
use crate::control::search_budget::SearchBudget;
use crate::control::tuning::Tuning;
use crate::index::cell_tree::CellTree;
use crate::index::columns::Columns;
use crate::index::error::StoreError;
use crate::signals::{OwnerOrdinal, SignalView, Signals};

/// The cached bounds of one segment.
pub(crate) struct BoundsCache {
    /// By the start of the term's postings in the segment.
    terms: Cache<u64, TermEntry>,
    words: Cache<WordKey, Arc<WordBounds>>,
    static_bounds: ArcSwap<Vec<Arc<StaticBounds>>>,
    tuning: Tuning,
}

#[derive(Clone)]
enum TermEntry {
    /// The number of searches that could have used these bounds.
    Missing(u32),
    Present(Arc<TermBounds>),
}

/// The start of the postings of each term in the segment, with the bits of its penalty.
type WordKey = Box<[(u64, u64)]>;

/// Enough for some 500 words: those that occur in more than a few documents. With 120 of them, as
/// drawn by a bench, one search in a hundred computed bounds that had been evicted.
const BYTES_PER_DOCUMENT: u64 = 128;
const BYTES_MIN: u64 = 1 << 20;

/// The weight of a [`TermEntry::Missing`].
const MISSING_BYTES: u32 = 128;

/// The number of score weights for which static bounds are kept.
const STATIC_BOUNDS_MAX: usize = 8;

impl BoundsCache {
    pub(crate) fn new(documents: u32, tuning: &Tuning) -> BoundsCache {
        let bytes_max = BYTES_PER_DOCUMENT * u64::from(documents) + BYTES_MIN;
        let weight = |bytes: usize| u32::try_from(bytes).unwrap_or(u32::MAX);
        let terms = Cache::builder().max_capacity(bytes_max / 4 * 3).weigher(
            move |_: &u64, entry: &TermEntry| match entry {
                TermEntry::Missing(_) => MISSING_BYTES,
                TermEntry::Present(bounds) => weight(bounds.memory_bytes()),
            },
        );
        let words = Cache::builder().max_capacity(bytes_max / 4).weigher(
            move |key: &WordKey, bounds: &Arc<WordBounds>| {
                weight(size_of_val(&key[..]) + bounds.memory_bytes())
            },
        );
        BoundsCache {
            terms: terms.build(),
            words: words.build(),
            static_bounds: ArcSwap::default(),
            tuning: *tuning,
        }
    }

    /// The number of earlier searches that did without the bounds of this word; `None` if they are
    /// cached, or cheap to compute. Counts this search.
    pub(crate) fn count_miss(&self, terms: &[(TermInfo, f64)]) -> Option<u32> {
        if self.words.contains_key(&word_key(terms)) {
            return None;
        }
        let common = terms
            .iter()
            .filter(|(term, _)| term.doc_freq > self.tuning.rare_term_documents);
        let misses = common.filter_map(|(term, _)| {
            let key = term_key(term);
            let misses = match self.terms.get(&key) {
                Some(TermEntry::Present(_)) => return None,
                Some(TermEntry::Missing(misses)) => misses,
                None => 0,
            };
            self.terms.insert(key, TermEntry::Missing(misses + 1));
            Some(misses)
        });
        misses.max()
    }

    /// The bounds of a word, computed if they are not cached. `None` once the budget is exhausted.
    pub(crate) fn word_bounds(
        &self,
        source: TermSource<'_>,
        terms: &[(TermInfo, f64)],
        saturation: &Saturation<'_>,
        budget: &mut SearchBudget,
    ) -> Result<Option<Arc<WordBounds>>, StoreError> {
        let key = word_key(terms);
        if let Some(bounds) = self.words.get(&key) {
            return Ok(Some(bounds));
        }
        let mut of_terms = Vec::with_capacity(terms.len());
        for (term, _) in terms {
            match self.term_bounds(source, term, saturation, budget)? {
                Some(bounds) => of_terms.push(bounds),
                None => return Ok(None),
            }
        }
        let penalties: Vec<f64> = terms.iter().map(|(_, penalty)| *penalty).collect();
        let bounds = Arc::new(WordBounds::of(
            source.tree.leaves().len(),
            of_terms,
            &penalties,
            saturation.words_average,
            self.tuning.leaves_per_block,
        ));
        self.words.insert(key, Arc::clone(&bounds));
        Ok(Some(bounds))
    }

    /// The static bounds for a scorer, if they are cached.
    pub(crate) fn cached_static_bounds(&self, scorer: &StaticScorer) -> Option<Arc<StaticBounds>> {
        let cached = self.static_bounds.load();
        let found = cached.iter().find(|bounds| bounds.are_valid_for(scorer))?;
        found.mark_used();
        Some(Arc::clone(found))
    }

    /// The static bounds for a scorer, computed if they are not cached. `None` once the budget
    /// is exhausted, and while signals change or another search computes bounds.
    pub(crate) fn static_bounds(
        &self,
        scorer: &StaticScorer,
        tree: &CellTree,
        columns: &Columns,
        signals: &SignalView,
        budget: &mut SearchBudget,
    ) -> Option<Arc<StaticBounds>> {
        // A signal that changed between reading it and caching the bounds would be missing in them.
        let _unchanging = signals.try_lock_changes()?;
        if let Some(bounds) = self.cached_static_bounds(scorer) {
            return Some(bounds);
        }
        let computed = StaticBounds::compute(*scorer, tree, columns, signals, budget)?;
        let computed = Arc::new(computed);
        let mut cached: Vec<Arc<StaticBounds>> = Vec::clone(&self.static_bounds.load());
        cached.retain(|bounds| !bounds.have_weights_of(scorer));
        if cached.len() == STATIC_BOUNDS_MAX {
            let unused = cached.iter().position(|bounds| !bounds.take_used());
            cached.remove(unused.unwrap_or(0));
        }
        cached.push(Arc::clone(&computed));
        self.static_bounds.store(Arc::new(cached));
        Some(computed)
    }

    /// Loosens the static bounds above an owner's documents, before its signals change.
    pub(crate) fn raise(
        &self,
        tree: &CellTree,
        columns: &Columns,
        owner: OwnerOrdinal,
        signals: &Signals,
    ) {
        if signals.available {
            for bounds in self.static_bounds.load().iter() {
                bounds.raise(tree, columns, owner, signals);
            }
        }
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        let words_and_terms = self.terms.weighted_size() + self.words.weighted_size();
        let static_bounds = self.static_bounds.load();
        let static_bounds = static_bounds.iter().map(|bounds| bounds.memory_bytes());
        usize::try_from(words_and_terms).unwrap_or(usize::MAX) + static_bounds.sum::<usize>()
    }

    fn term_bounds(
        &self,
        source: TermSource<'_>,
        term: &TermInfo,
        saturation: &Saturation<'_>,
        budget: &mut SearchBudget,
    ) -> Result<Option<Arc<TermBounds>>, StoreError> {
        let key = term_key(term);
        if let Some(TermEntry::Present(bounds)) = self.terms.get(&key) {
            return Ok(Some(bounds));
        }
        let postings_per_cursor = self.tuning.postings_per_cursor;
        let computed = TermBounds::compute(source, term, saturation, postings_per_cursor, budget)?;
        Ok(computed.map(|bounds| {
            let bounds = Arc::new(bounds);
            self.terms
                .insert(key, TermEntry::Present(Arc::clone(&bounds)));
            bounds
        }))
    }
}

impl fmt::Debug for BoundsCache {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("BoundsCache")
            .finish_non_exhaustive()
    }
}

fn term_key(term: &TermInfo) -> u64 {
    term.postings_range.start as u64
}

fn word_key(terms: &[(TermInfo, f64)]) -> WordKey {
    terms
        .iter()
        .map(|(term, penalty)| (term_key(term), penalty.to_bits()))
        .collect()
}
