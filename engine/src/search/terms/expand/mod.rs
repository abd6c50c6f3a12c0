//! Which terms may a word have been meant as?
//!
//! Those that are the word but for the typos it may have, where it may be a beginning those that begin
//! so, its synonyms, and what it is with other spaces (`spaces.rs`). At most [`TERMS_MAX`] or
//! [`BEGUN_TERMS_MAX`] count, the same ones in every segment: with the fewest typos first, then in the most
//! documents. Each has a penalty, so that what is written beats what may be meant.

use std::cmp::Reverse;

use tantivy::postings::TermInfo;

use crate::index::{Snapshot, StoreError, Terms};
use crate::query::{Typos, Wanted, Words};
use crate::text::edit_distance::{Distance, Edits};
use crate::text::term_tree::Resembling;

/// A word stands for at most so many terms.
const TERMS_MAX: usize = 50;

/// One that may be the beginning of a longer one stands for more, since nothing is wrong with them.
const BEGUN_TERMS_MAX: usize = 100;

/// A term that a word stands for.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Term {
    pub(super) text: String,
    pub(super) typos: u8,
    pub(super) penalty: f64,
    /// How many documents hold it.
    pub(super) documents: u64,
    /// By segment: where its postings are; of a phrase those of its rarest word there.
    pub(super) postings: Vec<Option<TermInfo>>,
    /// Of a phrase, by segment: where the postings of its words are, if all occur there. Nothing for a
    /// word.
    pub(super) phrase: Vec<Vec<TermInfo>>,
}

/// The terms of a word, the best first.
pub(super) struct Meanings {
    pub(super) word: String,
    /// Its place in the query.
    pub(super) number: usize,
    pub(super) is_quoted: bool,
    pub(super) terms: Vec<Term>,
    /// How many more there would be.
    pub(super) left_out: u64,
}

/// The words of a snapshot's segments.
pub(super) struct Dictionaries<'s> {
    segments: Vec<&'s Terms>,
    /// How many documents there are.
    pub(super) documents: u64,
}

/// A walk along the words of a segment that one may have been meant as.
struct Walk<'s> {
    segment: usize,
    terms: &'s Terms,
    words: Resembling<'s>,
    place: u32,
    distance: Distance,
}

/// Terms with a lower rank are looked up first: typos, whether it is more or less than what was
/// written, and documents.
type Rank = (u8, bool, Reverse<u64>);

impl Dictionaries<'_> {
    pub(super) fn of(snapshot: &Snapshot) -> Dictionaries<'_> {
        let segments = snapshot.segments.iter();
        Dictionaries {
            segments: segments.map(|view| &view.segment.terms).collect(),
            documents: snapshot.statistics.documents,
        }
    }

    /// The meanings of each word. One that was meant as two is two.
    pub(super) fn look_up_all(&self, words: &Words) -> Result<Vec<Meanings>, StoreError> {
        let found: Result<Vec<Meanings>, StoreError> =
            words.iter().map(|wanted| self.look_up(wanted)).collect();
        let mut found = found?;
        leave_out_what_was_typed(words, &mut found);
        self.join(words, &mut found)?;
        for (wanted, meanings) in words.iter().zip(&mut found) {
            self.add_synonyms(wanted, meanings)?;
            self.take_apart(wanted, meanings)?;
        }
        let mut all = Vec::with_capacity(found.len());
        for (wanted, meanings) in words.iter().zip(found) {
            match self.split(wanted, &meanings)? {
                Some(halves) => all.extend(halves.map(|half| Meanings {
                    word: wanted.word.to_owned(),
                    number: wanted.number,
                    is_quoted: false,
                    terms: vec![half],
                    left_out: 0,
                })),
                None => all.push(meanings),
            }
        }
        Ok(all)
    }

    fn add_synonyms(&self, wanted: Wanted<'_>, meanings: &mut Meanings) -> Result<(), StoreError> {
        for synonym in wanted.synonyms {
            if let Some(term) = self.phrase(&synonym.words)? {
                meanings.add(Term {
                    typos: synonym.typos,
                    penalty: f64::from(synonym.percent) / 100.0,
                    ..term
                });
            }
        }
        Ok(())
    }

    fn look_up(&self, wanted: Wanted<'_>) -> Result<Meanings, StoreError> {
        let is_exact = wanted.typos_most(usize::MAX) == 0 && !wanted.is_prefix
            || wanted.word.chars().count() > Edits::LETTERS_MAX;
        let term = match wanted.quoted {
            [] if is_exact => self.exact(wanted.word)?,
            [] => return Ok(self.like(wanted)),
            quoted => self.phrase(quoted)?,
        };
        Ok(Meanings {
            word: wanted.word.to_owned(),
            number: wanted.number,
            is_quoted: !wanted.quoted.is_empty(),
            terms: term.into_iter().collect(),
            left_out: 0,
        })
    }

    /// Words next to each other, as one term.
    pub(super) fn phrase(&self, words: &[String]) -> Result<Option<Term>, StoreError> {
        let mut terms = Vec::with_capacity(words.len());
        for word in words {
            match self.exact(word)? {
                Some(term) => terms.push(term),
                None => return Ok(None),
            }
        }
        if terms.len() < 2 {
            return Ok(terms.pop());
        }
        let in_segment = |at: usize| -> Vec<TermInfo> {
            let words = terms.iter().map(|term| term.postings[at].clone());
            words.collect::<Option<_>>().unwrap_or_default()
        };
        let phrase: Vec<Vec<TermInfo>> = (0..self.segments.len()).map(in_segment).collect();
        let rarest = |words: &Vec<TermInfo>| words.iter().min_by_key(|term| term.doc_freq).cloned();
        Ok(Some(Term {
            text: words.join(" "),
            typos: 0,
            penalty: 1.0,
            // At most.
            documents: terms.iter().map(|term| term.documents).min().unwrap_or(0),
            postings: phrase.iter().map(rarest).collect(),
            phrase,
        }))
    }

    /// The term that is the word.
    pub(super) fn exact(&self, word: &str) -> Result<Option<Term>, StoreError> {
        let mut postings = Vec::with_capacity(self.segments.len());
        for terms in &self.segments {
            postings.push(terms.find(word)?);
        }
        let documents = postings.iter().flatten().map(documents).sum();
        let term = Term {
            text: word.to_owned(),
            typos: 0,
            penalty: 1.0,
            documents,
            postings,
            phrase: Vec::new(),
        };
        Ok((documents > 0).then_some(term))
    }

    /// The terms that the word may have been meant as: a walk along all dictionaries at once, in the
    /// order of the alphabet.
    fn like(&self, wanted: Wanted<'_>) -> Meanings {
        let letters = wanted.word.chars().count();
        let typos_most = wanted.typos_most(letters + usize::from(Typos::MAX));
        let edits = Edits::new(wanted.word, typos_most, wanted.is_prefix);
        let segments = self.segments.iter().enumerate();
        let walks = segments.filter_map(|(segment, terms)| Walk::begin(segment, terms, &edits));
        let mut walks: Vec<Walk<'_>> = walks.collect();
        let mut best = Best::of(if wanted.is_prefix {
            BEGUN_TERMS_MAX
        } else {
            TERMS_MAX
        });
        let mut word = String::new();
        while let Some(first) = walks.iter().min_by_key(|walk| walk.words.text()) {
            let distance = first.distance;
            word.clear();
            word.push_str(first.words.text());
            if distance.is_allowed(wanted, &word) {
                let here = walks.iter().filter(|walk| walk.words.text() == word);
                let documents = here.clone().map(|walk| documents(walk.postings())).sum();
                let rank = (distance.typos, word != wanted.word, Reverse(documents));
                best.offer(rank, || {
                    let mut postings = vec![None; self.segments.len()];
                    for walk in here {
                        postings[walk.segment] = Some(walk.postings().clone());
                    }
                    Term {
                        text: word.clone(),
                        typos: distance.typos,
                        penalty: distance.penalty(wanted.word, &word),
                        documents,
                        postings,
                        phrase: Vec::new(),
                    }
                });
            }
            walks.retain_mut(|walk| walk.words.text() != word || walk.advance());
        }
        best.into_meanings(wanted)
    }
}

impl Meanings {
    /// How many documents may hold what the word was most likely meant as: the terms with the fewest
    /// typos. A word that is rare because it is misspelt must not count like one that says much.
    pub(super) fn documents(&self) -> u64 {
        let fewest = self.terms.iter().map(|term| term.typos).min();
        let likeliest = self.terms.iter();
        let likeliest = likeliest.filter(|term| Some(term.typos) == fewest);
        likeliest.map(|term| term.documents).sum()
    }

    /// A term counts once, for what it counts most.
    pub(super) fn add(&mut self, term: Term) {
        match self.terms.iter_mut().find(|same| same.text == term.text) {
            Some(same) if same.penalty >= term.penalty => {}
            Some(same) => *same = term,
            None => self.terms.push(term),
        }
    }
}

impl<'s> Walk<'s> {
    /// Stands at the first word; `None` if there is none.
    fn begin(segment: usize, terms: &'s Terms, edits: &'s Edits) -> Option<Walk<'s>> {
        let mut words = terms.resembling(edits);
        let (place, distance) = words.next()?;
        Some(Walk {
            segment,
            terms,
            words,
            place,
            distance,
        })
    }

    /// Goes to the next word. `false` if there is none.
    fn advance(&mut self) -> bool {
        let next = self.words.next();
        if let Some((place, distance)) = next {
            (self.place, self.distance) = (place, distance);
        }
        next.is_some()
    }

    fn postings(&self) -> &TermInfo {
        self.terms.postings_at(self.place)
    }
}

/// The best terms so far. Those of the same rank came in the order of the alphabet, and stay so.
struct Best {
    terms_max: usize,
    terms: Vec<(Rank, Term)>,
    offered: u64,
    /// What is no better comes too late.
    worst: Option<Rank>,
}

impl Best {
    fn of(terms_max: usize) -> Best {
        Best {
            terms_max,
            terms: Vec::new(),
            offered: 0,
            worst: None,
        }
    }

    fn offer(&mut self, rank: Rank, term: impl FnOnce() -> Term) {
        self.offered += 1;
        if self.worst.is_none_or(|worst| rank < worst) {
            self.terms.push((rank, term()));
            if self.terms.len() >= 2 * self.terms_max {
                self.cut();
            }
        }
    }

    fn cut(&mut self) {
        self.terms.sort_by_key(|(rank, _)| *rank);
        self.terms.truncate(self.terms_max);
        let is_full = self.terms.len() == self.terms_max;
        self.worst = self.terms.last().filter(|_| is_full).map(|(rank, _)| *rank);
    }

    fn into_meanings(mut self, wanted: Wanted<'_>) -> Meanings {
        self.cut();
        Meanings {
            word: wanted.word.to_owned(),
            number: wanted.number,
            is_quoted: false,
            left_out: self.offered - self.terms.len() as u64,
            terms: self.terms.into_iter().map(|(_, term)| term).collect(),
        }
    }
}

/// Who begins one more word does not mean one of those before: "brooklyn bro" is not "brooklyn" twice.
/// Unless no other word begins so.
fn leave_out_what_was_typed(words: &Words, found: &mut [Meanings]) {
    for (wanted, meanings) in words.iter().zip(found) {
        let is_typed = |term: &Term| {
            let mut others = words.iter().filter(|it| it.number != wanted.number);
            others.any(|other| other.word == term.text)
        };
        if wanted.is_prefix && !meanings.terms.iter().all(is_typed) {
            meanings.terms.retain(|term| !is_typed(term));
        }
    }
}

fn documents(term: &TermInfo) -> u64 {
    u64::from(term.doc_freq)
}
