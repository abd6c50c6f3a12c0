//! Misspellings from two public lists if they have been downloaded, and random typos otherwise.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use rand::RngExt;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;

/// The misspellings of words, each with its number of typos.
pub(crate) struct Misspellings(HashMap<String, Vec<(String, usize)>>);

const FOLDER: &str = "target/misspellings";
const CODESPELL: &str = "codespell_lib/data/dictionary.txt";
const NLPAUG: &str = "nlpaug/res/word/spelling/spelling_en.txt";

impl Misspellings {
    /// Reads the lists; `None` if they have not been downloaded.
    pub(crate) fn read() -> Result<Option<Misspellings>> {
        let folder = Path::new(FOLDER);
        let (codespell, nlpaug) = (folder.join(CODESPELL), folder.join(NLPAUG));
        if !codespell.is_file() || !nlpaug.is_file() {
            return Ok(None);
        }
        let read = |path| fs::read_to_string(path).context("cannot read a list of misspellings");
        let mut found = Misspellings(HashMap::new());
        // A line is `wrong->right`, or has several corrections, separated by commas.
        for line in read(&codespell)?.lines() {
            let Some((wrong, right)) = line.split_once("->") else {
                continue;
            };
            for right in right.split(',').filter(|right| !right.trim().is_empty()) {
                found.add(right.trim(), wrong);
            }
        }
        // A line is a word and its misspellings.
        for line in read(&nlpaug)?.lines() {
            let mut words = line.split_whitespace();
            if let Some(right) = words.next() {
                words.for_each(|wrong| found.add(right, wrong));
            }
        }
        for wrong in found.0.values_mut() {
            wrong.sort_unstable();
            wrong.dedup();
        }
        Ok(Some(found))
    }

    /// Draws a misspelling of a word with this number of typos.
    pub(crate) fn of(&self, word: &str, typos: usize, rng: &mut StdRng) -> Option<String> {
        let all = self.0.get(word)?.iter();
        let fitting: Vec<_> = all.filter(|(_, of_it)| *of_it == typos).collect();
        fitting.choose(rng).map(|(wrong, _)| wrong.clone())
    }

    /// All misspellings of a word, each with its number of typos.
    pub(crate) fn all_of(&self, word: &str) -> &[(String, usize)] {
        self.0.get(word).map_or(&[], Vec::as_slice)
    }

    fn add(&mut self, right: &str, wrong: &str) {
        let (right, wrong) = (right.to_lowercase(), wrong.to_lowercase());
        let is_word = |word: &str| word.bytes().all(|byte| byte.is_ascii_lowercase());
        let typos = typos(&right, &wrong);
        if is_word(&right) && is_word(&wrong) && typos > 0 {
            self.0.entry(right).or_default().push((wrong, typos));
        }
    }
}

/// Makes random typos: replaces, inserts, deletes or swaps characters.
pub(crate) fn mistyped(word: &str, typos_expected: usize, rng: &mut StdRng) -> String {
    loop {
        let mut chars: Vec<char> = word.chars().collect();
        for _ in 0..typos_expected {
            let at = rng.random_range(0..chars.len());
            let typed = rng.random_range('a'..='z');
            match rng.random_range(0..4) {
                0 => chars[at] = typed,
                1 => chars.insert(at, typed),
                2 => drop(chars.remove(at)),
                _ if at > 0 => chars.swap(at - 1, at),
                _ => {}
            }
        }
        let wrong: String = chars.into_iter().collect();
        if typos(word, &wrong) == typos_expected {
            return wrong;
        }
    }
}

/// The edit distance, in which swapping two neighbours is one edit.
fn typos(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows = vec![(0..=b.len()).collect::<Vec<usize>>()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let wrong = usize::from(a[i - 1] != b[j - 1]);
            let mut distance = (rows[i - 1][j - 1] + wrong)
                .min(rows[i - 1][j] + 1)
                .min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                distance = distance.min(rows[i - 2][j - 2] + 1);
            }
            row.push(distance);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}
