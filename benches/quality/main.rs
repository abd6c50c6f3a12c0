//! Search quality: known-item searches with typos and prefixes, and judged queries.
//!
//! ```text
//! make quality
//! make quality LISTINGS=listings.csv.gz VENUES=venues.csv QUERIES=1000
//! MISSES=1 make quality          # also prints searches whose room is not among the first ten
//! UNJUDGED=file.csv make quality # also writes the results without a judgement
//! ```
//!
//! One Postgres contains the listings of a public file. The engine follows it and searches as the
//! API does, by text alone and by the profile `room`. PostgreSQL runs the same searches with
//! full-text search and trigrams. `docs/quality.md` explains the method.

#[path = "../shared/cluster/mod.rs"]
mod cluster;
#[path = "../shared/cluster/copy.rs"]
mod copy;
mod engine;
mod figures;
mod items;
mod judged;
mod misspellings;
mod ndcg;
mod relevance;
#[path = "../shared/setting/mod.rs"]
mod setting;
mod sql;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use roost_collections::rooms;
use roost_engine::{Profile, Reader};
use tokio::signal::unix::{SignalKind, signal};

use cluster::Postgres;
use figures::{Figures, RANKS};
use items::{Distortion, Items, Search};
use misspellings::Misspellings;
use setting::setting;
use sql::Sql;

/// The radius around the venue nearest to the room.
const RADIUS_M: f64 = 5_000.0;

/// Maximum number of printed misses for each kind.
const MISSES_MAX: usize = 12;

/// Number of searches for choosing PostgreSQL's threshold.
const TUNING_SEARCHES: usize = 60;

struct Kind {
    name: &'static str,
    distortion: Distortion,
    is_near: bool,
    /// Whether the search ranks by the profile `room` instead of by text alone.
    is_by_room: bool,
}

/// Misspellings come from the lists if these are available; otherwise typos are random.
const KINDS: [Kind; 15] = [
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

#[tokio::main]
async fn main() -> Result<()> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    // However the run ends, dropping its future stops and deletes everything that it started.
    tokio::select! {
        done = run() => done,
        _ = interrupt.recv() => bail!("interrupted"),
        _ = terminate.recv() => bail!("terminated"),
    }
}

async fn run() -> Result<()> {
    let listings = file("LISTINGS", "../shared/data/nyc/nyc_listings_2019.csv.gz")?;
    let venues = file("VENUES", "../shared/data/nyc/nyc_venues.csv")?;
    let queries = usize::try_from(setting("QUERIES", 300))?;
    ensure!(queries > 0, "QUERIES is 0: expected a larger number");

    let folder = tempfile::tempdir()?;
    let step = Instant::now();
    let postgres = Postgres::start(folder.path()).await?;
    import(&postgres.url, "inside-airbnb", &listings, &[]).await?;
    import(&postgres.url, "venues", &venues, &["--country", "US"]).await?;
    let reader = copy::copy(folder.path(), &postgres.url).await?;
    let mut sql = Sql::prepare(&postgres.url).await?;
    let items = Items::of(sql.rooms().await?, Misspellings::read()?);
    ensure!(
        items.len() > 0,
        "no listing has a title that can be searched for"
    );
    println!(
        "{} rooms to search for, prepared in {:.1} s",
        items.len(),
        step.elapsed().as_secs_f64()
    );
    if !items.has_misspellings() {
        println!("no lists of misspellings in target: all typos are random");
    }
    let tuning = items.searches(
        real_or_random(&items, Distortion::Misspelling(1)),
        None,
        TUNING_SEARCHES,
    );
    let threshold = sql.tune(&tuning).await?;
    println!("PostgreSQL finds the most rooms with a similarity threshold of {threshold}\n");
    let at_ten = measure_known(&reader, &mut sql, &items, queries).await?;
    let ndcg = relevance::measure(&reader, &mut sql).await?;
    println!(
        "\nquality: clean {:.3}, one typo {:.3}, two typos {:.3}, ndcg@10 {}",
        at_ten[0],
        at_ten[1],
        at_ten[2],
        ndcg.map_or("none".to_owned(), |ndcg| format!("{ndcg:.3}"))
    );
    Ok(())
}

/// Runs the known-item searches, and returns the success rate at ten of each kind.
async fn measure_known(
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

fn real_or_random(items: &Items, distortion: Distortion) -> Distortion {
    match distortion {
        Distortion::Misspelling(typos) if !items.has_misspellings() => {
            Distortion::RandomTypos(typos)
        }
        distortion => distortion,
    }
}

/// The rank of the expected room, from 1.
fn rank(reader: &Reader, search: &Search, profile: &Profile) -> Result<Option<usize>> {
    let text = search.words.join(" ");
    let found = engine::ranked(reader, &text, search.near, profile, RANKS)?;
    let index = found.iter().position(|&room| room == search.room);
    Ok(index.map(|index| index + 1))
}

async fn import(url: &str, what: &str, file: &Path, flags: &[&str]) -> Result<()> {
    let file = file
        .to_str()
        .context("the path of a file is not valid UTF-8")?;
    let arguments = ["import", what, file, "--database-url", url];
    cluster::roost(&[&arguments[..], flags].concat()).await
}

/// The absolute path of the file in a variable, because commands run in another folder.
fn file(variable: &str, default: &str) -> Result<PathBuf> {
    let named = std::env::var(variable).ok().filter(|path| !path.is_empty());
    let path = named.as_deref().unwrap_or(default);
    std::fs::canonicalize(path)
        .with_context(|| format!("cannot read {path}: set {variable} to another file"))
}
