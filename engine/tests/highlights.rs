//! Tests that highlights mark exactly the words of a hit that match the query.

#![allow(clippy::unwrap_used, reason = "a failed test may panic")]

use rand::seq::IndexedRandom;
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use roost_collections::{built_in, rooms};
use roost_engine::words as words_of;
use roost_engine::*;

const NOW_S: i64 = 1_800_000_000;

const WORDS: &[&str] = &[
    "quiet",
    "room",
    "rooms",
    "balcony",
    "wifi",
    "wi",
    "fi",
    "2BHK",
    "bathroom",
    "bath",
    "Café",
    "Straße",
    "ZÜRICH",
    "ﬁne",
    "गार्डन",
    "북촌",
    "北京大学",
    "гостиница",
    "ﾎﾃﾙ",
    "New",
    "York",
    "l’hôtel",
    "İzmir",
];
const BETWEEN: &[&str] = &[" ", ", ", " – ", "\u{A0}", " 🏠 ", "; ", "/"];
const CHARS: &[char] = &['a', 'o', 'r', 't', 'é', 'и', 'ू'];

fn text(random: &mut impl Rng, words: usize) -> String {
    let mut text = String::new();
    for _ in 0..words {
        text.push_str(&misspelt(random, 0.2));
        text.push_str(BETWEEN.choose(random).unwrap());
    }
    text
}

/// A word with random typos, each with the probability `share`.
fn misspelt(random: &mut impl Rng, share: f64) -> String {
    let mut chars: Vec<char> = WORDS.choose(random).unwrap().chars().collect();
    while random.random_bool(share) {
        let at = random.random_range(0..chars.len());
        match random.random_range(0..3) {
            0 => chars.insert(at, *CHARS.choose(random).unwrap()),
            1 if chars.len() > 1 => drop(chars.remove(at)),
            _ => chars.swap(at, at.saturating_sub(1)),
        }
    }
    chars.into_iter().collect()
}

fn store(random: &mut impl Rng) -> (tempfile::TempDir, Writer, Reader) {
    let folder = tempfile::tempdir().unwrap();
    let (mut writer, reader) =
        Store::open(folder.path(), &built_in(), &StoreOptions::default()).unwrap();
    for number in 0..400 {
        let room = Document::of(
            rooms::collection(),
            Key::from_u128(number),
            LatLng::new(19.1, 72.9).unwrap(),
            [
                ("title", (text(random, 4)).into()),
                ("description", (text(random, 12)).into()),
            ],
        )
        .unwrap();
        writer.put(rooms::collection(), room).unwrap();
    }
    let (position, source) = (Position(1), serde_json::Value::Null);
    writer.commit(Checkpoint { position, source }).unwrap();
    (folder, writer, reader)
}

/// The textbook edit distance between a word and a term, or the closest prefix of the term.
fn typos(word: &str, term: &str, is_prefix: bool) -> usize {
    let (word, term): (Vec<char>, Vec<char>) = (word.chars().collect(), term.chars().collect());
    let mut rows = vec![(0..=word.len()).collect::<Vec<usize>>()];
    for i in 1..=term.len() {
        let mut row = vec![i];
        for j in 1..=word.len() {
            let is_same = word[j - 1] == term[i - 1];
            let mut min = (rows[i - 1][j] + 1)
                .min(row[j - 1] + 1)
                .min(rows[i - 1][j - 1] + usize::from(!is_same));
            if i > 1 && j > 1 && word[j - 1] == term[i - 2] && word[j - 2] == term[i - 1] {
                min = min.min(rows[i - 2][j - 2] + 1);
            }
            row.push(min);
        }
        rows.push(row);
    }
    let whole = rows[term.len()][word.len()];
    let prefix = rows.iter().map(|row| row[word.len()]).min();
    prefix.filter(|_| is_prefix).unwrap_or(whole)
}

/// Whether a term may be marked for these query terms, of which the last is a prefix.
fn may_match(words: &[String], term: &str) -> bool {
    let typos_max = |word: &str| match word.chars().count().max(term.chars().count()) {
        _ if word.chars().count() < 4 || word.chars().any(char::is_numeric) => 0,
        chars if chars < 8 => 1,
        _ => 2,
    };
    let is_half = term.chars().count() > 1;
    let mut each = words.iter().enumerate();
    let is_similar = each.any(|(at, word)| {
        let is_prefix = at + 1 == words.len();
        typos(word, term, is_prefix) <= typos_max(word)
            || is_half && (word.starts_with(term) || word.ends_with(term))
    });
    is_similar || words.windows(2).any(|pair| pair.concat() == term)
}

#[test]
fn exactly_the_matching_words_are_marked() {
    let random = &mut ChaCha8Rng::seed_from_u64(11);
    let (_folder, _writer, reader) = store(random);
    let mut marked_words = 0;
    let mut typo_words = 0;
    for _ in 0..400 {
        let count = random.random_range(1..=3);
        let typed: Vec<String> = (0..count).map(|_| misspelt(random, 0.3)).collect();
        let typed = typed.join(["", " ", " "].choose(random).unwrap());
        let Ok(words) = Words::new(&typed) else {
            continue;
        };
        let query = Query {
            text: Some(words.typos(Typos::default()).prefix_last()),
            highlight: vec![rooms::TITLE, rooms::DESCRIPTION],
            limit: 10,
            ..Query::all(rooms::profile(), NOW_S)
        };
        let mut folded: Vec<String> = Vec::new();
        for word in words_of(&typed) {
            if !folded.contains(&word) {
                folded.push(word);
            }
        }
        for hit in reader.search(rooms::collection(), &query).unwrap().hits {
            assert!(!hit.highlights.is_empty(), "{typed:?} {:?}", hit.document);
            for field in [rooms::TITLE, rooms::DESCRIPTION] {
                let text = hit.document.text(field);
                let highlight = hit.highlights.iter().find(|other| other.field == field);
                let marks = highlight.map_or(&[][..], |highlight| &highlight.marks);
                let mut end = 0;
                let mut marked = Vec::new();
                for mark in marks {
                    assert!(end <= mark.range.start && mark.range.start < mark.range.end);
                    end = mark.range.end;
                    marked.extend(words_of(&text[mark.range.clone()]));
                }
                for term in &marked {
                    assert!(may_match(&folded, term), "{typed:?} marks {term:?}");
                    typo_words += usize::from(!folded.contains(term));
                }
                for word in words_of(text).filter(|word| folded.contains(word)) {
                    assert!(marked.contains(&word), "{typed:?} in {text:?}: {word:?}");
                }
                marked_words += marked.len();
                let shown = snippet(text, marks, 5);
                assert!(shown.end <= text.len() && text.get(shown).is_some());
            }
        }
    }
    assert!(marked_words > 3_000, "only {marked_words} were marked");
    assert!(typo_words > 500, "only {typo_words} had typos");
}

#[test]
fn nothing_is_marked_without_terms_or_fields() {
    let random = &mut ChaCha8Rng::seed_from_u64(12);
    let (_folder, _writer, reader) = store(random);
    let mut query = Query {
        text: Some(Words::new("quiet").unwrap()),
        ..Query::all(rooms::profile(), NOW_S)
    };
    let page = reader.search(rooms::collection(), &query).unwrap();
    assert!(page.hits.iter().all(|hit| hit.highlights.is_empty()));
    query.highlight = vec![rooms::TITLE];
    let page = reader.search(rooms::collection(), &query).unwrap();
    let mut highlights = page.hits.iter().flat_map(|hit| &hit.highlights);
    assert!(highlights.all(|highlight| highlight.field == rooms::TITLE));
    query.text = None;
    query.highlight = vec![rooms::TITLE, rooms::DESCRIPTION];
    let page = reader.search(rooms::collection(), &query).unwrap();
    assert!(page.hits.iter().all(|hit| hit.highlights.is_empty()));
}
