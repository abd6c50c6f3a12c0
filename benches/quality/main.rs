//! Is the room found that somebody looks for, however they type?
//!
//! ```text
//! make quality
//! make quality LISTINGS=listings.csv.gz VENUES=venues.csv QUERIES=1000
//! MISSES=1 make quality          # also shows searches whose room is not among the first ten
//! UNJUDGED=file.csv make quality # also writes which rooms nobody has judged yet
//! ```
//!
//! One Postgres holds the listings of a public file. The engine follows it and is asked as the API
//! asks it, first by its words alone, then by the profile `room`; beside it PostgreSQL's own full-text
//! search and trigrams are asked the same. Both are asked for known rooms, and for queries whose
//! answers a person judged. `docs/quality.md` says more.

#[path = "../cluster/mod.rs"]
mod cluster;
#[path = "../copy/mod.rs"]
mod copy;
mod engine;
mod figures;
mod items;
mod judged;
mod misspellings;
mod ndcg;
mod relevance;
#[path = "../setting/mod.rs"]
mod setting;
mod sql;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use roost_engine::{Profile, Reader};
use tokio::signal::unix::{SignalKind, signal};

use cluster::Postgres;
use figures::Figures;
use items::{Items, Search, Slip};
use misspellings::Misspellings;
use setting::setting;
use sql::Sql;

/// A room that stands below is not found.
const PLACES: usize = 10;

/// Around the venue nearest to the room.
const RADIUS_M: f64 = 5_000.0;

/// Misses that are shown of each kind.
const SHOWN_MAX: usize = 12;

/// Searches by which PostgreSQL's threshold is chosen.
const TUNING_SEARCHES: usize = 60;

struct Kind {
    name: &'static str,
    slip: Slip,
    is_near: bool,
    /// Whether all that makes a room a good match counts, and not only the words.
    is_by_room: bool,
}

/// By the lists of misspellings; without them, by random letters.
const KINDS: [Kind; 15] = [
    kind("clean", Slip::None, false),
    kind("one typo", Slip::Real(1), false),
    kind("two typos", Slip::Real(2), false),
    by_room("clean, by the profile `room`", Slip::None),
    by_room("one typo, by the profile `room`", Slip::Real(1)),
    by_room("two typos, by the profile `room`", Slip::Real(2)),
    kind("one random typo", Slip::MadeUp(1), false),
    kind("two random typos", Slip::MadeUp(2), false),
    kind("last word begun, 2 letters", Slip::Begun(2), false),
    kind("last word begun, 3 letters", Slip::Begun(3), false),
    kind("last word begun, 4 letters", Slip::Begun(4), false),
    kind("last word begun, 5 letters", Slip::Begun(5), false),
    kind("clean, within 5 km of a venue", Slip::None, true),
    kind("one typo, within 5 km of a venue", Slip::Real(1), true),
    kind("two typos, within 5 km of a venue", Slip::Real(2), true),
];

const fn kind(name: &'static str, slip: Slip, is_near: bool) -> Kind {
    Kind {
        name,
        slip,
        is_near,
        is_by_room: false,
    }
}

const fn by_room(name: &'static str, slip: Slip) -> Kind {
    Kind {
        is_by_room: true,
        ..kind(name, slip, false)
    }
}

#[tokio::main]
async fn main() -> Result<()> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    // Whichever way it ends, what was started is dropped here, and so ended and deleted.
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
    ensure!(queries > 0, "QUERIES is above 0");

    let folder = tempfile::tempdir()?;
    let step = Instant::now();
    let postgres = Postgres::start(folder.path()).await?;
    import(&postgres.url, "inside-airbnb", &listings, &[]).await?;
    import(&postgres.url, "venues", &venues, &["--country", "US"]).await?;
    let reader = copy::copy(folder.path(), &postgres.url).await?;
    let mut sql = Sql::prepare(&postgres.url).await?;
    let items = Items::of(sql.rooms().await?, Misspellings::read()?);
    ensure!(items.len() > 0, "no listing has a title to look for");
    println!(
        "{} rooms to look for, made ready in {:.1} s",
        items.len(),
        step.elapsed().as_secs_f64()
    );
    if !items.has_misspellings() {
        println!("no lists of misspellings in target: every typo is a random one");
    }
    let tuning = items.searches(real_or_random(&items, Slip::Real(1)), None, TUNING_SEARCHES);
    let threshold = sql.tune(&tuning).await?;
    println!("PostgreSQL finds most words at a similarity of {threshold}\n");
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

/// Looks for known rooms, and returns the share that is found of each kind of search.
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
        let slip = real_or_random(items, kind.slip);
        let searches = items.searches(slip, kind.is_near.then_some(RADIUS_M), queries);
        let (mut ours, mut theirs) = (Figures::default(), Figures::default());
        let mut took = Vec::new();
        let mut missed = Vec::new();
        let profile = if kind.is_by_room {
            Profile::room()
        } else {
            engine::words_only()?
        };
        for search in &searches {
            let started = Instant::now();
            let place = place(reader, search, &profile)?;
            took.push(started.elapsed());
            ours.add(place);
            theirs.add(sql.place(search).await?);
            if place.is_none() {
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
            for search in missed.iter().take(SHOWN_MAX) {
                println!("    {:?} for {:?}", search.words.join(" "), search.title);
            }
        }
        at_ten.push(ours.success_at(PLACES));
    }
    Ok(at_ten)
}

fn row(figures: &Figures) -> String {
    format!(
        "{:.3} | {:.3} | {:.3}",
        figures.success_at(1),
        figures.success_at(PLACES),
        figures.reciprocal_rank()
    )
}

fn median_us(mut took: Vec<Duration>) -> u128 {
    took.sort_unstable();
    took.get(took.len() / 2).map_or(0, Duration::as_micros)
}

fn real_or_random(items: &Items, slip: Slip) -> Slip {
    match slip {
        Slip::Real(typos) if !items.has_misspellings() => Slip::MadeUp(typos),
        slip => slip,
    }
}

/// The place of the room that is looked for.
fn place(reader: &Reader, search: &Search, profile: &Profile) -> Result<Option<usize>> {
    let text = search.words.join(" ");
    let found = engine::ranked(reader, &text, search.near, profile, PLACES)?;
    let at = found.iter().position(|&room| room == search.room);
    Ok(at.map(|at| at + 1))
}

async fn import(url: &str, what: &str, file: &Path, flags: &[&str]) -> Result<()> {
    let file = file.to_str().context("the path of a file is no text")?;
    let arguments = ["import", what, file, "--database-url", url];
    cluster::roost(&[&arguments[..], flags].concat()).await
}

/// The file that a variable names; commands run in another folder, so its whole path.
fn file(variable: &str, default: &str) -> Result<PathBuf> {
    let named = std::env::var(variable).ok().filter(|path| !path.is_empty());
    let path = named.as_deref().unwrap_or(default);
    std::fs::canonicalize(path)
        .with_context(|| format!("{path} can't be read: {variable} names another file"))
}
