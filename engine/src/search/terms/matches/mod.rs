//! Which documents of a segment hold the words?

use std::sync::Arc;

use tantivy::postings::{Postings, SegmentPostings, TermInfo};
use tantivy::{DocSet, TERMINATED};

use super::{Phrase, Text, Word};
use crate::index::{Segment, SegmentView, Tree, WordBounds};

/// The documents of one segment that may match, in the order of their numbers: those that hold every
/// word that is required, or if none is one of those without which the others say too little. Whether
/// the words of a document say enough, and whether it holds a phrase of which the rarest word is there, is
/// told of one document at a time.
pub(crate) struct Matches<'a> {
    text: &'a Text,
    /// In the order of the query: a sum in another order would differ in its last bits.
    words: Vec<WordMatches<'a>>,
    /// The words that documents are looked for by, which hold all of them or one: those that fewest
    /// documents of the segment hold come first, so that the others skip.
    leading: Vec<usize>,
    /// Whether one of the leading words is enough.
    is_any: bool,
    /// How much the words of a match say at least.
    idf_least: f64,
    has_phrases: bool,
    segment: Arc<Segment>,
    doc: u32,
}

/// The documents of one segment that hold a word, or what it stands for.
pub(super) struct WordMatches<'a> {
    pub(super) is_required: bool,
    pub(super) idf: f64,
    /// What it counts in the text component.
    pub(super) weight: f64,
    /// The phrases last.
    pub(super) terms: &'a [(TermInfo, f64)],
    pub(super) phrases: Vec<Phrase>,
    /// `None` where postings are walked from the first document to the last.
    pub(super) bounds: Option<Arc<WordBounds>>,
    /// The postings that were needed so far; of a phrase those of its rarest word.
    pub(super) postings: Vec<SegmentPostings>,
    /// The terms that may occur at a document that is looked at, each with the place of its postings.
    here: Vec<(usize, usize)>,
    /// By term: the place of its postings, if they were needed.
    places: Vec<Option<usize>>,
}

/// How the postings of a word are read.
pub(super) enum Access {
    /// From the first document to the last; one for each term.
    Forward(Vec<SegmentPostings>),
    /// Leaf by leaf, in any order.
    ByBounds(Arc<WordBounds>),
}

/// A word, and where it is.
pub(crate) struct BoundedWord<'a> {
    pub(crate) bounds: &'a Arc<WordBounds>,
    /// Of the text component.
    pub(crate) share: f64,
    /// How much it says.
    pub(crate) idf: f64,
    pub(crate) is_required: bool,
}

impl<'a> Matches<'a> {
    pub(super) fn new(
        text: &'a Text,
        words: Vec<WordMatches<'a>>,
        view: &SegmentView,
    ) -> Matches<'a> {
        let mut leading = text.leading();
        leading.sort_by_key(|&at| words[at].size());
        Matches {
            text,
            is_any: !words.iter().any(|word| word.is_required),
            idf_least: text.idf_least(),
            has_phrases: words.iter().any(|word| !word.phrases.is_empty()),
            words,
            leading,
            segment: Arc::clone(&view.segment),
            doc: 0,
        }
    }

    /// Goes to the first match.
    pub(super) fn begin(mut self) -> Self {
        self.align(0);
        self
    }

    /// Moves to the first match that is not before `target`, or to tantivy's `TERMINATED`. It only goes
    /// forward.
    pub(crate) fn seek(&mut self, target: u32) -> u32 {
        if target > self.doc {
            self.align(target);
        }
        self.doc
    }

    /// Moves to the first match in the leaf of that number which is not before `target`, wherever it
    /// stands; to a document behind the leaf if there is none. Only with bounds.
    pub(crate) fn jump(&mut self, leaf: u32, target: u32) {
        for word in &mut self.words {
            word.jump(Some(leaf), target);
        }
        self.align(target);
    }

    /// Moves back to the first match; without bounds it has to stand there still.
    pub(crate) fn rewind(&mut self) {
        for word in &mut self.words {
            word.jump(None, 0);
        }
        self.align(0);
    }

    /// Whether the document it stands at is a match.
    pub(crate) fn is_match(&mut self) -> bool {
        if !self.has_phrases && self.idf_least == 0.0 {
            return true;
        }
        for word in &mut self.words {
            word.look(self.doc);
        }
        let is_held = |word: &&WordMatches<'_>| word.holds(self.doc);
        let mut leading = self.leading.iter().map(|&at| &self.words[at]);
        if !self.is_any {
            return leading.all(|word| is_held(&word));
        }
        let held = self.words.iter().filter(is_held).map(|word| word.idf);
        leading.any(|word| is_held(&word)) && held.sum::<f64>() >= self.idf_least
    }

    /// The text component of the document it stands at, which is a match.
    pub(crate) fn value(&mut self) -> f64 {
        if self.is_any || self.leading.len() < self.words.len() {
            for word in &mut self.words {
                word.seek(self.doc);
            }
        }
        self.text.value(&self.words, &self.segment, self.doc)
    }

    /// At least the text component of every match below a node; `None` if there is no match.
    pub(crate) fn most(&self, tree: &Tree, node: u32) -> Option<f64> {
        let leaves = tree.leaves_below(node);
        let (mut sum, mut said, mut is_found) = (0.0, 0.0, false);
        for word in &self.words {
            let most = word.bounds.as_ref().map_or(1.0, |bounds| {
                bounds.most(leaves.clone(), self.text.words_average)
            });
            if most > 0.0 {
                is_found = true;
                said += word.idf;
            } else if word.is_required {
                return None;
            }
            sum += word.weight * most;
        }
        (is_found && said >= self.idf_least).then(|| sum / self.text.weight_total)
    }

    /// How much the words of a match say at least; `None` if words are required.
    pub(crate) fn least_said(&self) -> Option<f64> {
        self.is_any.then_some(self.idf_least)
    }

    /// Each word, as far as its bounds were learned.
    pub(crate) fn bounds(&self) -> impl Iterator<Item = BoundedWord<'_>> {
        let words = self.words.iter();
        words.filter_map(|word| {
            Some(BoundedWord {
                bounds: word.bounds.as_ref()?,
                share: word.weight / self.text.weight_total,
                idf: word.idf,
                is_required: word.is_required,
            })
        })
    }

    /// At least the saturation that a byte of a word's bounds stands for.
    pub(crate) fn most_of(&self, bounds: &WordBounds, byte: u8) -> f64 {
        bounds.most_of(byte, self.text.words_average)
    }

    fn align(&mut self, mut target: u32) {
        if self.is_any {
            let docs = self.leading.iter().map(|&at| self.words[at].seek(target));
            self.doc = docs.min().unwrap_or(TERMINATED);
            return;
        }
        'again: loop {
            for &at in &self.leading {
                let doc = self.words[at].seek(target);
                if doc > target {
                    target = doc;
                    if target == TERMINATED {
                        break 'again;
                    }
                    continue 'again;
                }
            }
            break;
        }
        self.doc = target;
    }
}

impl<'a> WordMatches<'a> {
    /// With bounds it stands nowhere before it is sent somewhere, else at the first document.
    pub(super) fn new(
        word: &Word,
        terms: &'a [(TermInfo, f64)],
        phrases: Vec<Phrase>,
        access: Access,
    ) -> WordMatches<'a> {
        let (postings, bounds) = match access {
            Access::Forward(postings) => (postings, None),
            Access::ByBounds(bounds) => (Vec::new(), Some(bounds)),
        };
        WordMatches {
            is_required: word.is_required,
            idf: word.idf,
            weight: word.weight(),
            terms,
            phrases,
            here: (0..postings.len()).map(|at| (at, at)).collect(),
            places: vec![None; if bounds.is_some() { terms.len() } else { 0 }],
            postings,
            bounds,
        }
    }

    fn size(&self) -> u64 {
        let terms = self.terms.iter();
        terms.map(|(term, _)| u64::from(term.doc_freq)).sum()
    }

    /// The first document that is not before `target` and holds one of the terms. It only goes
    /// forward.
    pub(super) fn seek(&mut self, target: u32) -> u32 {
        let docs = self.here.iter().map(|&(_, at)| {
            let postings = &mut self.postings[at];
            if postings.doc() < target {
                postings.seek(target)
            } else {
                postings.doc()
            }
        });
        docs.min().unwrap_or(TERMINATED)
    }

    /// Looks at the terms that occur in the leaf of that number, or at all, and brings their postings
    /// where they can go forward to `target` in few steps.
    fn jump(&mut self, leaf: Option<u32>, target: u32) {
        let Some(bounds) = &self.bounds else { return };
        self.here.clear();
        for term in 0..self.terms.len() {
            if leaf.is_some_and(|leaf| !bounds.is_in(term, leaf)) {
                continue;
            }
            // The first one stands at the first document: what is before that needs no other.
            let Some((first, start)) = bounds.start(term, target) else {
                continue;
            };
            match self.places[term] {
                Some(at) => {
                    let postings = &mut self.postings[at];
                    if !(*first..=target).contains(&postings.doc()) {
                        postings.clone_from(start);
                    }
                }
                None => {
                    self.places[term] = Some(self.postings.len());
                    self.postings.push(start.clone());
                }
            }
            self.here.extend(self.places[term].map(|at| (term, at)));
        }
    }

    /// What the word adds to the sum for a document that the cursors were brought to.
    pub(super) fn value(&self, doc: u32, length: f64) -> f64 {
        let best = self.best(doc, length);
        best.map_or(0.0, |(_, saturation)| self.weight * saturation)
    }

    /// Goes forward to a document and looks which phrases it holds.
    pub(super) fn look(&mut self, doc: u32) {
        self.seek(doc);
        let words = self.words();
        for &(term, at) in &self.here {
            if term >= words && self.postings[at].doc() == doc {
                self.phrases[term - words].look(doc);
            }
        }
    }

    /// Whether a document that was looked at holds the word.
    fn holds(&self, doc: u32) -> bool {
        let words = self.words();
        let mut here = self.here.iter();
        here.any(|&(term, at)| match term.checked_sub(words) {
            None => self.postings[at].doc() == doc,
            Some(phrase) => self.phrases[phrase].count_at(doc) > 0,
        })
    }

    /// The term that counts most, and its saturation.
    pub(super) fn best(&self, doc: u32, length: f64) -> Option<(usize, f64)> {
        let words = self.words();
        let mut best = None;
        for &(term, at) in &self.here {
            let postings = &self.postings[at];
            if postings.doc() == doc {
                let tf = match term.checked_sub(words) {
                    None => postings.term_freq(),
                    Some(phrase) => self.phrases[phrase].count_at(doc),
                };
                let (_, penalty) = self.terms[term];
                let saturation = penalty * f64::from(tf) / (f64::from(tf) + length);
                if tf > 0 && best.is_none_or(|(_, most)| saturation > most) {
                    best = Some((term, saturation));
                }
            }
        }
        best
    }

    /// How many of the terms are words.
    fn words(&self) -> usize {
        self.terms.len() - self.phrases.len()
    }
}
