//! What may a word of a query have been meant as?

use crate::Words;
use crate::query::Wanted;

/// The typos and the penalty of a term for each word of a query; `None` where it can't have been meant
/// as it.
pub(super) fn meanings_of(words: &Words, term: &str) -> Vec<Option<(usize, f64)>> {
    let wanted: Vec<Wanted<'_>> = words.iter().collect();
    let mut meanings: Vec<_> = wanted.iter().map(|&word| meant_as(word, term)).collect();
    for (first, _) in words.joined().filter(|(_, joined)| joined == term) {
        for meaning in &mut meanings[first..first + 2] {
            if meaning.is_none_or(|(_, penalty)| penalty < 0.9) {
                *meaning = Some((1, 0.9));
            }
        }
    }
    meanings
}

/// The typos and the penalty of a term, by the whole table of distances and the rules as they are
/// told to users; `None` if the word can't have been meant as it.
fn meant_as(wanted: Wanted<'_>, term: &str) -> Option<(usize, f64)> {
    let word: Vec<char> = wanted.word.chars().collect();
    let term: Vec<char> = term.chars().collect();
    let of_beginnings = (0..=term.len()).map(|end| typos(&word, &term[..end]));
    let whole = typos(&word, &term);
    let fewest = if wanted.is_prefix {
        of_beginnings.min()?
    } else {
        whole
    };
    let is_whole = whole == fewest;
    let longer = if is_whole {
        word.len().max(term.len())
    } else {
        word.len()
    };
    let allowed = match (word.len(), longer) {
        (..4, _) => 0,
        (_, ..8) => 1,
        _ => 2,
    };
    if fewest > usize::from(wanted.typos.most).min(allowed) {
        return None;
    }
    let mut penalty = match fewest {
        0 => 1.0,
        1 => 0.7,
        _ => 0.5,
    };
    if word.first() != term.first() {
        penalty *= 0.9;
    }
    if !is_whole {
        penalty *= 0.8 + (word.len() as f64 / term.len() as f64).min(1.0) / 5.0;
    }
    Some((fewest, penalty))
}

/// Letters too much, too few or wrong, and neighbours that changed places.
fn typos(word: &[char], term: &[char]) -> usize {
    let mut table = vec![vec![0; term.len() + 1]; word.len() + 1];
    for i in 0..=word.len() {
        for j in 0..=term.len() {
            table[i][j] = match (i, j) {
                (0, _) => j,
                (_, 0) => i,
                _ => {
                    let wrong = usize::from(word[i - 1] != term[j - 1]);
                    let mut least = (table[i - 1][j - 1] + wrong)
                        .min(table[i - 1][j] + 1)
                        .min(table[i][j - 1] + 1);
                    let is_swapped =
                        i > 1 && j > 1 && word[i - 1] == term[j - 2] && word[i - 2] == term[j - 1];
                    if is_swapped {
                        least = least.min(table[i - 2][j - 2] + 1);
                    }
                    least
                }
            };
        }
    }
    table[word.len()][term.len()]
}
