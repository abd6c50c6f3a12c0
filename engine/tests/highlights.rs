//! Are the words of a query marked where a hit holds them, and nowhere else?

#![allow(clippy::unwrap_used, reason = "a test that can't go on has failed")]

use rand::seq::IndexedRandom;
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
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
const LETTERS: &[char] = &['a', 'o', 'r', 't', 'é', 'и', 'ू'];

fn text(random: &mut impl Rng, words: usize) -> String {
    let mut text = String::new();
    for _ in 0..words {
        text.push_str(&misspelt(random, 0.2));
        text.push_str(BETWEEN.choose(random).unwrap());
    }
    text
}

/// A word, with a letter put in, left out or changed with its neighbour as often as `share` says.
fn misspelt(random: &mut impl Rng, share: f64) -> String {
    let mut letters: Vec<char> = WORDS.choose(random).unwrap().chars().collect();
    while random.random_bool(share) {
        let at = random.random_range(0..letters.len());
        match random.random_range(0..3) {
            0 => letters.insert(at, *LETTERS.choose(random).unwrap()),
            1 if letters.len() > 1 => drop(letters.remove(at)),
            _ => letters.swap(at, at.saturating_sub(1)),
        }
    }
    letters.into_iter().collect()
}

fn store(random: &mut impl Rng) -> (tempfile::TempDir, Writer, Reader) {
    let folder = tempfile::tempdir().unwrap();
    let (mut writer, reader) = Store::open(folder.path(), &StoreOptions::default()).unwrap();
    for number in 0..400 {
        let room = Document {
            title: text(random, 4),
            description: text(random, 12),
            ..Document::empty(Key::from_u128(number), LatLng::new(19.1, 72.9).unwrap())
        };
        writer.put(Collection::Rooms, room).unwrap();
    }
    let (position, source) = (Position(1), serde_json::Value::Null);
    writer.commit(Checkpoint { position, source }).unwrap();
    (folder, writer, reader)
}

/// The smallest number of typos between a word and a term, or a beginning of it, as a book has it.
fn typos(word: &str, term: &str, is_prefix: bool) -> usize {
    let (word, term): (Vec<char>, Vec<char>) = (word.chars().collect(), term.chars().collect());
    let mut rows = vec![(0..=word.len()).collect::<Vec<usize>>()];
    for i in 1..=term.len() {
        let mut row = vec![i];
        for j in 1..=word.len() {
            let is_same = word[j - 1] == term[i - 1];
            let mut least = (rows[i - 1][j] + 1)
                .min(row[j - 1] + 1)
                .min(rows[i - 1][j - 1] + usize::from(!is_same));
            if i > 1 && j > 1 && word[j - 1] == term[i - 2] && word[j - 2] == term[i - 1] {
                least = least.min(rows[i - 2][j - 2] + 1);
            }
            row.push(least);
        }
        rows.push(row);
    }
    let whole = rows[term.len()][word.len()];
    let begun = rows.iter().map(|row| row[word.len()]).min();
    begun.filter(|_| is_prefix).unwrap_or(whole)
}

/// Whether a term may be marked for these words of a query, the last of which is a beginning.
fn is_meant(words: &[String], term: &str) -> bool {
    let typos_most = |word: &str| match word.chars().count().max(term.chars().count()) {
        _ if word.chars().count() < 4 || word.chars().any(char::is_numeric) => 0,
        letters if letters < 8 => 1,
        _ => 2,
    };
    let is_half = term.chars().count() > 1;
    let mut each = words.iter().enumerate();
    let is_like = each.any(|(at, word)| {
        let is_prefix = at + 1 == words.len();
        typos(word, term, is_prefix) <= typos_most(word)
            || is_half && (word.starts_with(term) || word.ends_with(term))
    });
    is_like || words.windows(2).any(|pair| pair.concat() == term)
}

#[test]
fn what_is_marked_is_what_the_words_stand_for_and_what_is_written_is_marked() {
    let random = &mut ChaCha8Rng::seed_from_u64(11);
    let (_folder, _writer, reader) = store(random);
    let mut marked_words = 0;
    let mut forgiven_words = 0;
    for _ in 0..400 {
        let count = random.random_range(1..=3);
        let asked: Vec<String> = (0..count).map(|_| misspelt(random, 0.3)).collect();
        let asked = asked.join(["", " ", " "].choose(random).unwrap());
        let Ok(words) = Words::new(&asked) else {
            continue;
        };
        let query = Query {
            text: Some(words.typos(Typos::default()).prefix_last()),
            highlight: TextField::ALL.to_vec(),
            limit: 10,
            ..Query::all(Profile::room(), NOW_S)
        };
        let mut folded: Vec<String> = Vec::new();
        for word in words_of(&asked) {
            if !folded.contains(&word) {
                folded.push(word);
            }
        }
        for hit in reader.search(Collection::Rooms, &query).unwrap().hits {
            assert!(!hit.highlights.is_empty(), "{asked:?} {:?}", hit.document);
            for field in [TextField::Title, TextField::Description] {
                let text = field.of(&hit.document);
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
                    assert!(is_meant(&folded, term), "{asked:?} marks {term:?}");
                    forgiven_words += usize::from(!folded.contains(term));
                }
                for word in words_of(text).filter(|word| folded.contains(word)) {
                    assert!(marked.contains(&word), "{asked:?} in {text:?}: {word:?}");
                }
                marked_words += marked.len();
                let shown = snippet(text, marks, 5);
                assert!(shown.end <= text.len() && text.get(shown).is_some());
            }
        }
    }
    assert!(marked_words > 3_000, "only {marked_words} were marked");
    assert!(forgiven_words > 500, "only {forgiven_words} were forgiven");
}

#[test]
fn nothing_is_marked_that_is_not_asked_for() {
    let random = &mut ChaCha8Rng::seed_from_u64(12);
    let (_folder, _writer, reader) = store(random);
    let mut query = Query {
        text: Some(Words::new("quiet").unwrap()),
        ..Query::all(Profile::room(), NOW_S)
    };
    let page = reader.search(Collection::Rooms, &query).unwrap();
    assert!(page.hits.iter().all(|hit| hit.highlights.is_empty()));
    query.highlight = vec![TextField::Title];
    let page = reader.search(Collection::Rooms, &query).unwrap();
    let mut highlights = page.hits.iter().flat_map(|hit| &hit.highlights);
    assert!(highlights.all(|highlight| highlight.field == TextField::Title));
    query.text = None;
    query.highlight = TextField::ALL.to_vec();
    let page = reader.search(Collection::Rooms, &query).unwrap();
    assert!(page.hits.iter().all(|hit| hit.highlights.is_empty()));
}
