//! Words that must not come back, each with the standard term to write instead.
//!
//! This file is the only one that may contain them.

use super::sources::{Sources, assert_none};

/// Words and the term to write instead. Identifiers are split at underscores and capitals.
const WORDS: &[(&[&str], &str)] = &[
    (&["begun"], "prefix; started"),
    (&["told"], "returned, reported, logged"),
    (&["asked", "asker", "askers"], "requested; query; caller"),
    (&["anew"], "again; rebuilt, copied again"),
    (
        &["whoever", "somebody", "nobody"],
        "name who acts: a caller, a client, no client",
    ),
    (
        &["likeness", "likenesses", "meanings"],
        "term expansion, candidate",
    ),
    (
        &["mend", "mended", "mends", "mending"],
        "repair, correct, fix",
    ),
    (&["drawer", "drawers"], "collection writer"),
    (&["shelf", "shelves"], "collection state"),
    (&["verdict", "verdicts"], "relation; decision"),
    (&["statics"], "query-independent score, static bounds"),
    (&["effort"], "search budget, search statistics"),
    (
        &["wanted"],
        "query term; preferred amenities; page size; expected",
    ),
    (
        &["refuse", "refused", "refuses", "refusal"],
        "reject, rejected; only a connection is refused",
    ),
    (
        &["letters"],
        "characters; only letters of the kind \"dead letters\" are letters",
    ),
    (&["held"], "retained, reserved, kept; only locks are held"),
];

const PHRASES: &[(&str, &str)] = &[
    ("so many", "a number, a count"),
    ("for ever", "forever, without end"),
    ("now and then", "sometimes, periodically"),
    ("how many of what", "name the counts"),
];

/// Lines with a word that must not come back.
pub(super) fn banned_words(sources: &Sources) -> Vec<String> {
    let files = sources.iter().filter(|(path, _)| is_prose(path));
    files
        .flat_map(|(path, text)| {
            text.lines().enumerate().flat_map(move |(index, line)| {
                let number = index + 1;
                let report = move |(word, instead)| {
                    format!(
                        "{path}:{number}: \"{word}\" (write: {instead}): {}",
                        line.trim()
                    )
                };
                banned_in(line).into_iter().map(report)
            })
        })
        .collect()
}

/// Whether the file is prose or code of the project. Skips migrations, which are never edited once
/// applied, and this file, which lists the words.
fn is_prose(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    let ending = name.rsplit_once('.').map(|(_, ending)| ending);
    let is_text = match ending {
        Some(ending) => ["md", "rs", "sh", "sql", "toml", "yml"].contains(&ending),
        None => name == "Makefile" || path.starts_with("scripts/") || path.starts_with(".ci/"),
    };
    is_text && !path.starts_with("migrations/") && !path.ends_with("/structure/words.rs")
}

fn banned_in(line: &str) -> Vec<(&'static str, &'static str)> {
    let lower = line.to_lowercase();
    let words = split(line);
    let mut found = Vec::new();
    for (index, word) in words.iter().enumerate() {
        let before = index.checked_sub(1).map(|before| words[before].as_str());
        for (banned, instead) in WORDS {
            if let Some(banned) = banned.iter().find(|banned| *banned == word)
                && !is_allowed(banned, before, &lower)
            {
                found.push((*banned, *instead));
            }
        }
    }
    found.extend(
        PHRASES
            .iter()
            .filter(|(phrase, _)| contains_phrase(&lower, phrase)),
    );
    found
}

/// Whether the line contains the phrase as whole words: "for every" is not "for ever".
fn contains_phrase(line: &str, phrase: &str) -> bool {
    line.match_indices(phrase).any(|(start, _)| {
        let (before, after) = (&line[..start], &line[start + phrase.len()..]);
        !before.ends_with(char::is_alphabetic) && !after.starts_with(char::is_alphabetic)
    })
}

/// The few contexts in which such a word is the standard term. A booking that is not confirmed yet
/// has the status "held", and old snapshot manifests have a field of that name.
fn is_allowed(word: &str, before: Option<&str>, line: &str) -> bool {
    match word {
        "letters" => before == Some("dead"),
        // The Unix account.
        "nobody" => line.contains("postgres"),
        "held" => [
            "lock",
            "mutex",
            "guard",
            "confirmed",
            "'held'",
            "\"held\"",
            "held_by",
        ]
        .iter()
        .any(|context| line.contains(context)),
        _ if word.starts_with("refus") => line.contains("connection"),
        _ => false,
    }
}

/// The words of a line in lower case, with identifiers taken apart: `HTTPServer_name` has three.
fn split(line: &str) -> Vec<String> {
    let characters: Vec<char> = line.chars().collect();
    let mut words = Vec::new();
    let mut word = String::new();
    for (index, c) in characters.iter().enumerate() {
        let before = index.checked_sub(1).map(|before| characters[before]);
        let after = characters.get(index + 1);
        let starts = c.is_ascii_uppercase()
            && (before.is_some_and(|c| c.is_ascii_lowercase())
                || after.is_some_and(char::is_ascii_lowercase));
        if starts || !c.is_ascii_alphabetic() {
            words.push(std::mem::take(&mut word));
        }
        if c.is_ascii_alphabetic() {
            word.push(c.to_ascii_lowercase());
        }
    }
    words.push(word);
    words.retain(|word| !word.is_empty());
    words
}

#[test]
fn words_that_were_replaced_by_standard_terms_do_not_come_back() {
    assert_none(&banned_words(Sources::of_the_repository()));
}

#[test]
fn replaced_words_are_found_in_prose_and_in_parts_of_identifiers() {
    for (line, expected) in [
        ("/// The last word begun.", &["begun"][..]),
        (
            "let words_wanted = CellsAsked::new();",
            &["wanted", "asked"],
        ),
        ("struct HTTPDrawer;", &["drawer"]),
        ("For ever. So many rows", &["so many", "for ever"]),
        (
            "fn refused_rows() // the 3 letters",
            &["refused", "letters"],
        ),
    ] {
        let found: Vec<&str> = banned_in(line).into_iter().map(|(word, _)| word).collect();
        assert_eq!(found, expected, "{line}");
    }
}

#[test]
fn standard_terms_that_contain_such_a_word_are_allowed() {
    for line in [
        "the table dead_letters, DeadLetters, dead letters",
        "the connection was refused",
        "while the lock is held",
        "status IN ('held', 'confirmed')",
        "DELETE FROM bookings WHERE status = 'held'",
        "a bound for every node",
        "task, basked, shelving, unwantedness, metadata",
    ] {
        assert_eq!(banned_in(line), [], "{line}");
    }
}

#[test]
fn text_files_are_searched_except_migrations_and_this_list() {
    let text = "first line\nwho asked";
    let sources = Sources::of(&[
        ("CHANGELOG.md", text),
        ("benches/versus/rank.sql", text),
        ("datasets/venues.csv", text),
        ("migrations/0001_rooms.sql", text),
        ("roost.example.toml", text),
        ("scripts/test", text),
        ("tests/end_to_end/structure/words.rs", text),
    ]);
    let found = banned_words(&sources);
    let files: Vec<&str> = found
        .iter()
        .filter_map(|report| report.split(": ").next())
        .collect();
    assert_eq!(
        files,
        [
            "CHANGELOG.md:2",
            "benches/versus/rank.sql:2",
            "roost.example.toml:2",
            "scripts/test:2"
        ]
    );
    assert_eq!(
        found[0],
        "CHANGELOG.md:2: \"asked\" (write: requested; query; caller): who asked"
    );
}
