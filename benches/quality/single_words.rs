//! Measures searches for one word: a complete word that is also a prefix of others, and
//! misspellings by their number of typos and their length.

use std::collections::{BTreeMap, HashMap, HashSet};

use anyhow::Result;
use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use roost_engine::Reader;
use uuid::Uuid;

use crate::engine;
use crate::figures::RANKS;
use crate::items::{Room, words_of};
use crate::misspellings::Misspellings;
use crate::sql::Sql;

/// The words of rooms.
struct Vocabulary {
    /// The words of all searched texts of each room.
    words_by_room: HashMap<Uuid, HashSet<String>>,
    /// The number of rooms that contain each word.
    rooms_by_word: BTreeMap<String, usize>,
    /// The words of titles, in an arbitrary but fixed order.
    title_words: Vec<String>,
}

/// A typed word, and the word that was meant.
struct Typed {
    typed: String,
    meant: String,
    typos: usize,
}

/// Prints the shares of searches that find what was meant.
pub(crate) async fn measure(
    reader: &Reader,
    sql: &mut Sql,
    rooms: &[Room],
    queries: usize,
) -> Result<()> {
    let vocabulary = Vocabulary::of(rooms);
    println!("\n| one word | number | roost | pg | roost: no result |");
    println!("|---|---:|---:|---:|---:|");
    let complete = vocabulary.continued_words();
    let name = "complete word that others continue: in the first hit";
    print_row((name, 1), reader, sql, &vocabulary, &complete[..], queries).await?;
    let Some(misspellings) = Misspellings::read()? else {
        return Ok(());
    };
    let misspelt = vocabulary.misspelt(&misspellings);
    for (name, typos, chars) in [
        ("misspelling, distance 1", 1..=1, 4..=usize::MAX),
        ("misspelling, distance 2", 2..=2, 4..=usize::MAX),
        (
            "misspelling, distance 3 and more",
            3..=usize::MAX,
            4..=usize::MAX,
        ),
        ("distance 1, 3 characters", 1..=1, 3..=3),
        ("distance 1, 4 and 5 characters", 1..=1, 4..=5),
        ("distance 2, 4 characters", 2..=2, 4..=4),
        ("distance 2, 5 characters", 2..=2, 5..=5),
        ("distance 2, 6 characters", 2..=2, 6..=6),
        ("distance 2, 7 characters", 2..=2, 7..=7),
        ("distance 2, 8 characters and more", 2..=2, 8..=usize::MAX),
    ] {
        let fitting = misspelt
            .iter()
            .filter(|it| typos.contains(&it.typos) && chars.contains(&it.typed.chars().count()));
        let fitting: Vec<&Typed> = fitting.collect();
        print_row((name, RANKS), reader, sql, &vocabulary, fitting, queries).await?;
    }
    Ok(())
}

/// Prints the share of searches with the word that was meant among the first `ranks` hits.
async fn print_row(
    (name, ranks): (&str, usize),
    reader: &Reader,
    sql: &mut Sql,
    vocabulary: &Vocabulary,
    searches: impl IntoIterator<Item = impl std::borrow::Borrow<Typed>>,
    queries: usize,
) -> Result<()> {
    let profile = engine::text_only()?;
    let (mut count, mut ours, mut theirs, mut empty) = (0_u32, 0_u32, 0_u32, 0_u32);
    for search in searches.into_iter().take(queries) {
        let Typed { typed, meant, .. } = search.borrow();
        let found = engine::ranked(reader, typed, None, &profile, ranks)?;
        let theirs_found = sql.ranked(typed, None).await?;
        let is_found = |rooms: &[Uuid]| {
            let mut first = rooms.iter().take(ranks);
            first.any(|room| vocabulary.words_by_room[room].contains(meant))
        };
        count += 1;
        ours += u32::from(is_found(&found));
        theirs += u32::from(is_found(&theirs_found));
        empty += u32::from(found.is_empty());
    }
    let share = |of: u32| f64::from(of) / f64::from(count.max(1));
    println!(
        "| {name} | {count} | {:.3} | {:.3} | {:.3} |",
        share(ours),
        share(theirs),
        share(empty)
    );
    Ok(())
}

impl Vocabulary {
    fn of(rooms: &[Room]) -> Vocabulary {
        let mut words_by_room = HashMap::new();
        let mut rooms_by_word = BTreeMap::new();
        let mut title_words = HashSet::new();
        for room in rooms {
            let words: HashSet<String> = roost_engine::words(&room.searched).collect();
            for word in &words {
                *rooms_by_word.entry(word.clone()).or_default() += 1;
            }
            words_by_room.insert(room.id, words);
            title_words.extend(words_of(&room.title));
        }
        let mut title_words: Vec<String> = title_words.into_iter().collect();
        title_words.sort_unstable();
        title_words.shuffle(&mut StdRng::seed_from_u64(9));
        Vocabulary {
            words_by_room,
            rooms_by_word,
            title_words,
        }
    }

    /// The words of titles that other words continue.
    fn continued_words(&self) -> Vec<Typed> {
        let is_continued = |word: &&String| {
            let mut behind = self.rooms_by_word.range::<String, _>(*word..).skip(1);
            behind
                .next()
                .is_some_and(|(next, _)| next.starts_with(*word))
        };
        let continued = self.title_words.iter().filter(is_continued);
        let typed = continued.map(|word| Typed {
            typed: word.clone(),
            meant: word.clone(),
            typos: 0,
        });
        typed.collect()
    }

    /// The misspellings of words of titles that are not words themselves.
    fn misspelt(&self, misspellings: &Misspellings) -> Vec<Typed> {
        let mut misspelt = Vec::new();
        for meant in &self.title_words {
            for (wrong, typos) in misspellings.all_of(meant) {
                if !self.rooms_by_word.contains_key(wrong) {
                    misspelt.push(Typed {
                        typed: wrong.clone(),
                        meant: meant.clone(),
                        typos: *typos,
                    });
                }
            }
        }
        misspelt.shuffle(&mut StdRng::seed_from_u64(10));
        misspelt
    }
}
