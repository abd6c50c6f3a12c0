//! Search quality: known-item searches with typos and prefixes, single words, judged queries, and
//! searches that name a city.
//!
//! ```text
//! make quality
//! make quality LISTINGS=listings.csv.gz VENUES=venues.csv QUERIES=1000
//! make quality SETS=city,demo    # only these of listings, city and demo
//! MISSES=1 make quality          # also prints searches whose room is not among the first ten
//! UNJUDGED=file.csv make quality # also writes the results without a judgement
//! ```
//!
//! A Postgres contains the rooms of a data set: the listings of a public file, a generated city, or
//! the demo. The engine follows it and searches as the API does, by text alone and by the profile
//! `room`. PostgreSQL runs the same searches over the same texts with full-text search and
//! trigrams. `docs/quality.md` explains the method.

mod city;
#[path = "../shared/cluster/mod.rs"]
mod cluster;
#[path = "../shared/cluster/copy.rs"]
mod copy;
mod data_set;
mod engine;
mod figures;
mod items;
mod judged;
mod known;
mod misspellings;
mod phrasings;
mod relevance;
#[path = "../shared/setting/mod.rs"]
mod setting;
mod single_words;
mod sql;

use std::path::PathBuf;

use anyhow::{Context, Result, bail, ensure};
use tokio::signal::unix::{SignalKind, signal};

use data_set::DataSet;
use items::{Distortion, Items};
use misspellings::Misspellings;
use setting::setting;

/// Number of searches for choosing PostgreSQL's threshold.
const TUNING_SEARCHES: usize = 60;

/// The data sets in the order of their measurement.
const SETS: [&str; 3] = ["listings", "city", "demo"];

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
    let queries = usize::try_from(setting("QUERIES", 300))?;
    ensure!(queries > 0, "QUERIES is 0: expected a larger number");
    let sets = sets()?;
    let is_measured = |name: &str| sets.iter().any(|set| set == name);
    if is_measured("city") {
        println!("\nThe generated city");
        measure(&mut DataSet::of_city().await?, queries).await?;
    }
    if is_measured("demo") {
        println!("\nThe demo");
        let mut demo = DataSet::of_demo().await?;
        phrasings::measure(&demo.reader, &mut demo.sql).await?;
    }
    if is_measured("listings") {
        let listings = file("LISTINGS", "../shared/data/nyc/nyc_listings_2019.csv.gz")?;
        let venues = file("VENUES", "../shared/data/nyc/nyc_venues.csv")?;
        println!("\nThe listings of {}", listings.display());
        let mut listings = DataSet::of_files(&listings, &venues).await?;
        let at_ten = measure(&mut listings, queries).await?;
        let ndcg = relevance::measure(&listings.reader, &mut listings.sql).await?;
        println!(
            "\nquality: clean {:.3}, one typo {:.3}, two typos {:.3}, ndcg@10 {}",
            at_ten[0],
            at_ten[1],
            at_ten[2],
            ndcg.map_or("none".to_owned(), |ndcg| format!("{ndcg:.3}"))
        );
    }
    Ok(())
}

/// Measures known-item searches and single words, and returns the success rate at ten of each kind
/// of known-item searches.
async fn measure(set: &mut DataSet, queries: usize) -> Result<Vec<f64>> {
    let rooms = set.sql.rooms().await?;
    let items = Items::of(rooms.clone(), Misspellings::read()?);
    ensure!(
        items.len() > 0,
        "no listing has a title that can be searched for"
    );
    println!("{} rooms to search for", items.len());
    if !items.has_misspellings() {
        println!("no lists of misspellings in target: all typos are random");
    }
    let misspelt = known::real_or_random(&items, Distortion::Misspelling(1));
    let tuning = items.searches(misspelt, None, TUNING_SEARCHES);
    let threshold = set.sql.tune(&tuning).await?;
    println!("PostgreSQL finds the most rooms with a similarity threshold of {threshold}\n");
    let at_ten = known::measure(&set.reader, &mut set.sql, &items, queries).await?;
    single_words::measure(&set.reader, &mut set.sql, &rooms, queries).await?;
    Ok(at_ten)
}

/// The data sets to measure.
fn sets() -> Result<Vec<String>> {
    let named = std::env::var("SETS").unwrap_or_default();
    if named.is_empty() {
        return Ok(SETS.map(str::to_owned).to_vec());
    }
    let sets: Vec<String> = named.split(',').map(str::to_owned).collect();
    for set in &sets {
        ensure!(
            SETS.contains(&set.as_str()),
            "SETS contains {set:?}: expected some of {}",
            SETS.join(",")
        );
    }
    Ok(sets)
}

/// The absolute path of the file in a variable, because commands run in another folder.
fn file(variable: &str, default: &str) -> Result<PathBuf> {
    let named = std::env::var(variable).ok().filter(|path| !path.is_empty());
    let path = named.as_deref().unwrap_or(default);
    std::fs::canonicalize(path)
        .with_context(|| format!("cannot read {path}: set {variable} to another file"))
}
