//! Measures known-item searches: at which rank the room appears whose title was typed.

use std::time::{Duration, Instant};

use anyhow::Result;
use roost_collections::rooms;
use roost_engine::{Profile, Reader};

use crate::engine;
use crate::figures::{Figures, RANKS};
use crate::items::{Distortion, Items, Search};
use crate::sql::Sql;

/// The radius around the venue nearest to the room.
const RADIUS_M: f64 = 5_000.0;

/// Maximum number of printed misses for each kind.
const MISSES_MAX: usize = 12;

struct Kind {
    name: &'static str,
    distortion: Distortion,
    is_near: bool,
    /// Whether the search ranks by the profile `room` instead of by text alone.
    is_by_room: bool,
}

/// Misspellings come from the lists if these are available; otherwise typos are random.
const KINDS: [Kind; 17] = [
    kind("clean", Distortion::None, false),
    kind("one typo", Distortion::Misspelling(1), false),
    kind("two typos", Distortion::Misspelling(2), false),
    by_room("clean, profile `room`", Distortion::None),
    by_room("one typo, profile `room`", Distortion::Misspelling(1)),
    by_room("two typos, profile `room`", Distortion::Misspelling(2)),
    kind("one random typo", Distortion::RandomTypos(1), false),
    kind("two random typos", Distortion::RandomTypos(2), false),
    kind("last word: prefix of 2", Distortion::Prefix(2), false),
    kind("last word: prefix of 3", Distortion::Prefix(3), false),
    kind("last word: prefix of 4", Distortion::Prefix(4), false),
    kind("last word: prefix of 5", Distortion::Prefix(5), false),
    kind("complete title", Distortion::CompleteTitle, false),
    by_room("complete title, profile `room`", Distortion::CompleteTitle),
    kind("clean, within 5 km of a venue", Distortion::None, true),
    kind(
        "one typo, within 5 km of a venue",
        Distortion::Misspelling(1),
        true,
    ),
    kind(
        "two typos, within 5 km of a venue",
        Distortion::Misspelling(2),
        true,
    ),
];

const fn kind(name: &'static str, distortion: Distortion, is_near: bool) -> Kind {
    Kind {
        name,
        distortion,
        is_near,
        is_by_room: false,
    }
}

const fn by_room(name: &'static str, distortion: Distortion) -> Kind {
    Kind {
        is_by_room: true,
        ..kind(name, distortion, false)
    }
}

/// Runs the searches of all kinds, and returns the success rate at ten of each.
pub(crate) async fn measure(
    reader: &Reader,
    sql: &mut Sql,
    items: &Items,
    queries: usize,
) -> Result<Vec<f64>> {
    println!(
        "| searches | number | success@1 | success@10 | MRR | pg@1 | pg@10 | pg MRR | engine p50 us |"
    );
    println!("|---|---:|---:|---:|---:|---:|---:|---:|---:|");
    let mut at_ten = Vec::new();
    for kind in &KINDS {
        let distortion = real_or_random(items, kind.distortion);
        let searches = items.searches(distortion, kind.is_near.then_some(RADIUS_M), queries);
        let (mut ours, mut theirs) = (Figures::default(), Figures::default());
        let mut took = Vec::new();
        let mut missed = Vec::new();
        let profile = if kind.is_by_room {
            rooms::profile()
        } else {
            engine::text_only()?
        };
        for search in &searches {
            let started = Instant::now();
            let rank = rank(reader, search, &profile)?;
            took.push(started.elapsed());
            ours.add(rank);
            theirs.add(sql.rank(search).await?);
            if rank.is_none() {
                missed.push(search);
            }
        }
        println!(
            "| {} | {} | {} | {} | {} |",
            kind.name,
            ours.count(),
            row(&ours),
            row(&theirs),
            median_us(took)
        );
        if std::env::var("MISSES").is_ok_and(|text| text == "1") {
            for search in missed.iter().take(MISSES_MAX) {
                println!("    {:?} for {:?}", search.words.join(" "), search.title);
            }
        }
        at_ten.push(ours.success_at(RANKS));
    }
    Ok(at_ten)
}

/// The distortion if the lists of misspellings are available, otherwise random typos.
pub(crate) fn real_or_random(items: &Items, distortion: Distortion) -> Distortion {
    match distortion {
        Distortion::Misspelling(typos) if !items.has_misspellings() => {
            Distortion::RandomTypos(typos)
        }
        distortion => distortion,
    }
}

fn row(figures: &Figures) -> String {
    format!(
        "{:.3} | {:.3} | {:.3}",
        figures.success_at(1),
        figures.success_at(RANKS),
        figures.reciprocal_rank()
    )
}

fn median_us(mut took: Vec<Duration>) -> u128 {
    took.sort_unstable();
    took.get(took.len() / 2).map_or(0, Duration::as_micros)
}

/// The rank of the expected room, from 1.
fn rank(reader: &Reader, search: &Search, profile: &Profile) -> Result<Option<usize>> {
    let text = search.words.join(" ");
    let found = engine::ranked(reader, &text, search.near, profile, RANKS)?;
    let index = found.iter().position(|&room| room == search.room);
    Ok(index.map(|index| index + 1))
}
