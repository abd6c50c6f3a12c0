//! Searches the engine in this process.

use std::time::{Duration, Instant};

use anyhow::Result;
use roost_collections::rooms;
use roost_engine::{Query, Reader};

use crate::answer::{Answer, Hit};

/// Runs a search on this thread.
pub(crate) fn search(reader: &Reader, query: &Query) -> Result<(Duration, Answer)> {
    let started = Instant::now();
    let ranking = reader.rank(rooms::collection(), query)?;
    let took = started.elapsed();
    let hits = ranking.ranked.iter().map(|ranked| Hit {
        id: ranked.key,
        score: ranked.rank_value,
    });
    let answer = Answer {
        hits: hits.collect(),
        total: ranking.total.map(|total| total.value),
    };
    Ok((took, answer))
}
