//! Measures nDCG@10 of the judged queries, for the engine and for PostgreSQL.

use std::fmt::Write as _;
use std::fs;

use anyhow::{Context, Result};
use roost_collections::rooms;
use roost_engine::Reader;
use uuid::Uuid;

use crate::engine;
use crate::figures::RANKS;
use crate::judged::{Judged, Loaded, Rating};
use crate::sql::Sql;

/// A query with a lower nDCG is printed as a miss.
const GOOD_FROM: f64 = 0.5;

/// The compared rankings, in the order of the table.
const RANKINGS: [&str; 3] = ["text alone", "profile `room`", "pg"];

/// Ratings of one query, one per ranking.
type Ratings = [Rating; RANKINGS.len()];

/// Prints nDCG@10 for each group of queries, and returns that of all queries by text alone; `None`
/// if other listings than the judged ones are loaded.
pub(crate) async fn measure(reader: &Reader, sql: &mut Sql) -> Result<Option<f64>> {
    let queries = Judged::all()?;
    let loaded = sql.loaded().await?;
    let missing = loaded.missing(&queries);
    if missing > 0 {
        println!("\nno judged queries: {missing} judged listings and venues are not loaded");
        return Ok(None);
    }
    let profiles = [engine::text_only()?, rooms::profile()];
    let mut rated: Vec<(&Judged, Ratings)> = Vec::new();
    let mut unjudged = String::from("query,listing\n");
    for query in &queries {
        let near = query.near(&loaded)?;
        let ranked = |profile| engine::ranked(reader, &query.text, near, profile, RANKS);
        let answers = [
            ranked(&profiles[0])?,
            ranked(&profiles[1])?,
            sql.ranked(&query.text, near).await?,
        ];
        for answer in &answers {
            list_unjudged(query, answer, &loaded, &mut unjudged);
        }
        rated.push((
            query,
            answers.map(|answer| query.rate(&answer, RANKS, &loaded)),
        ));
    }
    print_table(&rated);
    if std::env::var("MISSES").is_ok_and(|text| text == "1") {
        print_misses(&rated);
    }
    if let Some(path) = std::env::var("UNJUDGED")
        .ok()
        .filter(|path| !path.is_empty())
    {
        fs::write(&path, unjudged).with_context(|| format!("UNJUDGED is {path:?}"))?;
    }
    Ok(Some(mean(&rated.iter().collect::<Vec<_>>(), 0)))
}

fn print_table(rated: &[(&Judged, Ratings)]) {
    println!(
        "\n| judged queries | number | ndcg@10 | profile `room` | pg | unjudged | profile `room` | pg |"
    );
    println!("|---|---:|---:|---:|---:|---:|---:|---:|");
    let mut groups: Vec<&str> = Vec::new();
    for (query, _) in rated {
        if !groups.contains(&query.group.as_str()) {
            groups.push(&query.group);
        }
    }
    for group in groups {
        let of_group = rated.iter().filter(|(query, _)| query.group == group);
        print_row(group, &of_group.collect::<Vec<_>>());
    }
    print_row("all", &rated.iter().collect::<Vec<_>>());
}

fn print_row(name: &str, rated: &[&(&Judged, Ratings)]) {
    let mut row = format!("| {name} | {} |", rated.len());
    for ranking in 0..RANKINGS.len() {
        let _ = write!(row, " {:.3} |", mean(rated, ranking));
    }
    for ranking in 0..RANKINGS.len() {
        let _ = write!(row, " {:.3} |", unjudged_share(rated, ranking));
    }
    println!("{row}");
}

fn mean(rated: &[&(&Judged, Ratings)], ranking: usize) -> f64 {
    let sum: f64 = rated.iter().map(|(_, of)| of[ranking].ndcg).sum();
    sum / rated.len() as f64
}

/// The share of unjudged rooms among the results, which bounds how far nDCG may be too low.
fn unjudged_share(rated: &[&(&Judged, Ratings)], ranking: usize) -> f64 {
    let shown = rated.iter().flat_map(|(_, of)| &of[ranking].grades);
    let (mut all, mut unjudged) = (0, 0);
    for grade in shown {
        all += 1;
        unjudged += usize::from(grade.is_none());
    }
    f64::from(unjudged as u32) / f64::from((all as u32).max(1))
}

fn print_misses(rated: &[(&Judged, Ratings)]) {
    for (query, of) in rated {
        for (name, rating) in RANKINGS.iter().zip(of) {
            if rating.ndcg < GOOD_FROM {
                let grades = rating.grades.iter().map(|grade| match grade {
                    Some(grade) => grade.to_string(),
                    None => "?".to_owned(),
                });
                let grades: String = grades.collect();
                println!("    {:?} {name}: {:.3} {grades}", query.text, rating.ndcg);
            }
        }
    }
}

/// Lists unjudged results. Judging them keeps the judgements from favouring the rankings of their
/// time.
fn list_unjudged(query: &Judged, answer: &[Uuid], loaded: &Loaded, list: &mut String) {
    for room in answer.iter().take(RANKS) {
        if query.rate(&[*room], 1, loaded).grades == [None] {
            let _ = writeln!(list, "{},{}", query.name, loaded.listings[room]);
        }
    }
}
