//! What may the words become when the last one is typed to its end?

use super::{Text, Word};
use crate::text::analyze;

/// Words that complete what was typed.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Completion {
    /// Every word as it may have been meant.
    pub(crate) text: String,
    /// What the penalties leave, above 0.
    pub(crate) fit: f64,
}

impl Text {
    /// The likeliest first: with the fewest typos, then in the most documents. None where words can't
    /// be told apart from their parts, as in scripts without spaces.
    pub(crate) fn completions(&self) -> Vec<Completion> {
        let words = self.words.iter();
        let is_of_parts = words
            .clone()
            .any(|word| analyze::is_of_unspaced(&word.word));
        let Some((last, before)) = self.words.split_last().filter(|_| !is_of_parts) else {
            return Vec::new();
        };
        let likeliest: Option<Vec<(&str, f64)>> = before.iter().map(Word::likeliest).collect();
        let Some(likeliest) = likeliest else {
            return Vec::new();
        };
        let fit: f64 = likeliest.iter().map(|(_, penalty)| penalty).product();
        let mut begun: String = likeliest
            .iter()
            .flat_map(|(term, _)| [*term, " "])
            .collect();
        let typed = begun.len();
        let joined = before.last().map(|word| word.word.clone() + &last.word);
        // A term that holds both words leaves nothing to complete.
        let terms = last
            .terms
            .iter()
            .filter(|term| Some(&term.text) != joined.as_ref());
        let completions = terms.map(|term| {
            begun.truncate(typed);
            begun.push_str(&term.text);
            Completion {
                text: begun.clone(),
                fit: fit * term.penalty,
            }
        });
        completions.collect()
    }
}

impl Word {
    /// The term that counts most, then of which there is most.
    fn likeliest(&self) -> Option<(&str, f64)> {
        let best = self.terms.iter().max_by(|a, b| {
            let penalty = a.penalty.total_cmp(&b.penalty);
            penalty.then(a.documents.cmp(&b.documents))
        });
        best.map(|term| (term.text.as_str(), term.penalty))
    }
}
