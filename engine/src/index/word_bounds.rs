//! How much can a word add to the score of any document below a node?
//!
//! A text component of at most 1 says too little: without a radius nearly every node may then hold
//! a better document. So the first search for a word in a segment walks its postings once and
//! keeps a byte a node: nothing where no document below holds the word, else the most that it adds
//! there. Beside that it keeps places in the postings from which reading can start, since tantivy's
//! own cursors only go forward.

use std::fmt;
use std::sync::Arc;

use moka::sync::Cache;
use tantivy::postings::{Postings, SegmentPostings, TermInfo};
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{DocSet, TERMINATED, TantivyError};

use super::{SegmentView, StoreError};

/// The bounds of one word in one segment. A word may stand for several terms.
pub(crate) struct WordBounds {
    /// By node: the largest saturation below it in parts of 255, rounded up.
    nodes: Box<[u8]>,
    /// The same by leaf, in the order of their documents.
    leaves: Box<[u8]>,
    /// What the saturations were computed with.
    words_average: f64,
    /// By term: where reading can start.
    starts: Vec<Starts>,
}

/// Cursors into the postings of one term, each with the document that it stands at.
#[derive(Default)]
struct Starts(Vec<(u32, SegmentPostings)>);

/// The words of one segment whose bounds searches use most, up to a number of bytes.
#[derive(Debug)]
pub(crate) struct WordBoundsCache(Cache<CacheKey, Kept>);

#[derive(Clone, Debug)]
enum Kept {
    /// So many searches would have used bounds that were not made yet.
    Missed(u32),
    Made(Arc<WordBounds>),
}

/// Where in the segment the postings of each term begin, with the bits of its penalty.
type CacheKey = Box<[(u64, u64)]>;

/// How long the saturation takes of a document's length, by tantivy's field-norm number.
pub(crate) type Lengths = [f64; 256];

/// A cursor is kept each so many postings: skipping over as many costs less than a microsecond. In
/// tests no word occurs that often.
const START_EVERY: u32 = if cfg!(test) { 16 } else { 64 * 128 };

/// Enough for some 500 words: those that more than a few documents hold. With room for 120 of them, as
/// drawn by a bench, one search in a hundred walked the postings of a word that had to make way.
const BYTES_A_DOCUMENT: u64 = 128;
const BYTES_LEAST: u64 = 1 << 20;

const STARTS_BYTES: usize = size_of::<(u32, SegmentPostings)>();

impl fmt::Debug for WordBounds {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("WordBounds").finish_non_exhaustive()
    }
}

impl WordBounds {
    /// Walks the postings of a word's terms. `None` once `is_over` says that there is no time.
    pub(crate) fn walk(
        view: &SegmentView,
        field: Field,
        terms: &[(TermInfo, f64)],
        lengths: &Lengths,
        words_average: f64,
        is_over: &mut dyn FnMut() -> bool,
    ) -> Result<Option<WordBounds>, StoreError> {
        let tree = &view.segment.tree;
        let norms = view.reader.get_fieldnorms_reader(field)?;
        let index = view.reader.inverted_index(field)?;
        let mut nodes = vec![0; tree.node_count()].into_boxed_slice();
        let mut starts = Vec::with_capacity(terms.len());
        for (term, penalty) in terms {
            let mut postings = index
                .read_postings_from_terminfo(term, IndexRecordOption::WithFreqs)
                .map_err(TantivyError::from)?;
            let mut here = Starts::default();
            let mut walked = 0u32;
            let mut leaves = tree.leaves().iter().copied();
            let (mut leaf, mut leaf_end) = (0, 0);
            while postings.doc() != TERMINATED {
                let doc = postings.doc();
                if walked.is_multiple_of(START_EVERY) {
                    here.0.push((doc, postings.clone()));
                }
                if walked % 1024 == 1023 && is_over() {
                    return Ok(None);
                }
                walked += 1;
                while doc >= leaf_end {
                    let Some(next) = leaves.next() else { break };
                    leaf = next;
                    leaf_end = tree.node(leaf).docs.end;
                }
                let tf = f64::from(postings.term_freq());
                let length = lengths[usize::from(norms.fieldnorm_id(doc))];
                let most = &mut nodes[leaf as usize];
                *most = (*most).max(rounded_up(penalty * tf / (tf + length)));
                postings.advance();
            }
            starts.push(here);
        }
        tree.carry_up(&mut nodes);
        let leaves = tree.leaves().iter().map(|&leaf| nodes[leaf as usize]);
        Ok(Some(WordBounds {
            leaves: leaves.collect(),
            nodes,
            words_average,
            starts,
        }))
    }

    /// At least the saturation of every document below a node; 0 if none holds the word.
    pub(crate) fn most(&self, node: u32, words_average: f64) -> f64 {
        self.most_of(self.nodes[node as usize], words_average)
    }

    /// The byte of the leaf of that number in the order of documents; 0 if none holds the word.
    pub(crate) fn byte_of_leaf(&self, number: u32) -> u8 {
        self.leaves[number as usize]
    }

    /// At least the saturation that a byte stands for.
    pub(crate) fn most_of(&self, byte: u8, words_average: f64) -> f64 {
        let most = f64::from(byte) / 255.0;
        // The saturation tf / (tf + k(average)) grows by less than the average does.
        if words_average > self.words_average {
            most * (words_average / self.words_average)
        } else {
            most
        }
    }

    /// Puts a term's cursor, which may stand anywhere, where it can go forward to `doc` in few steps.
    pub(crate) fn bring_near(&self, term: usize, cursor: &mut SegmentPostings, doc: u32) {
        let starts = &self.starts[term].0;
        let at = starts.partition_point(|&(first, _)| first <= doc);
        // The first cursor stands at the first document: what is before that needs no other.
        let Some((first, start)) = starts.get(at.saturating_sub(1)) else {
            return;
        };
        let is_near = (*first..=doc).contains(&cursor.doc());
        if !is_near {
            cursor.clone_from(start);
        }
    }

    fn bytes(&self) -> usize {
        let starts: usize = self.starts.iter().map(|starts| starts.0.len()).sum();
        self.nodes.len() + self.leaves.len() + starts * STARTS_BYTES + size_of::<WordBounds>()
    }
}

impl WordBoundsCache {
    pub(crate) fn of_segment(documents: u32) -> WordBoundsCache {
        let bytes_max = BYTES_A_DOCUMENT * u64::from(documents) + BYTES_LEAST;
        let weigh = |_: &CacheKey, kept: &Kept| match kept {
            Kept::Missed(_) => 128,
            Kept::Made(bounds) => u32::try_from(bounds.bytes()).unwrap_or(u32::MAX),
        };
        let cache = Cache::builder().max_capacity(bytes_max).weigher(weigh);
        WordBoundsCache(cache.build())
    }

    pub(crate) fn get(&self, terms: &[(TermInfo, f64)]) -> Option<Arc<WordBounds>> {
        match self.0.get(&key(terms))? {
            Kept::Made(bounds) => Some(bounds),
            Kept::Missed(_) => None,
        }
    }

    /// How many searches asked before this one and did without; `None` if there are bounds.
    pub(crate) fn miss(&self, terms: &[(TermInfo, f64)]) -> Option<u32> {
        let key = key(terms);
        let missed = match self.0.get(&key) {
            Some(Kept::Made(_)) => return None,
            Some(Kept::Missed(missed)) => missed,
            None => 0,
        };
        self.0.insert(key, Kept::Missed(missed + 1));
        Some(missed)
    }

    pub(crate) fn keep(&self, terms: &[(TermInfo, f64)], bounds: WordBounds) -> Arc<WordBounds> {
        let bounds = Arc::new(bounds);
        self.0.insert(key(terms), Kept::Made(Arc::clone(&bounds)));
        bounds
    }

    pub(crate) fn bytes(&self) -> u64 {
        self.0.weighted_size()
    }
}

fn key(terms: &[(TermInfo, f64)]) -> CacheKey {
    let terms = terms
        .iter()
        .map(|(term, penalty)| (term.postings_range.start as u64, penalty.to_bits()));
    terms.collect()
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a saturation is within 0 to 1"
)]
fn rounded_up(saturation: f64) -> u8 {
    (saturation * 255.0).ceil() as u8
}
