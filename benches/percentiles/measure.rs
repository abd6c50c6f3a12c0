//! Measures the latency of one query type.

use std::collections::BTreeMap;
use std::hint::black_box;
use std::time::{Duration, Instant};

use roost_collections::rooms;
use roost_engine::{PlanName, Query, Reader, Trace};

use crate::queries::{QueryType, Target};
use crate::rooms::Rooms;

const ROUNDS: usize = 3;

/// The results of one query type.
#[derive(Clone)]
pub(crate) struct Measured {
    pub(crate) name: String,
    pub(crate) target: Option<Target>,
    pub(crate) latencies: Latencies,
    pub(crate) work: Work,
}

/// Latencies in ascending order.
#[derive(Clone)]
pub(crate) struct Latencies(Vec<Duration>);

/// The work of searches, from the statistics of the engine.
#[derive(Clone, Default)]
pub(crate) struct Work {
    pub(crate) nodes_p50: u64,
    pub(crate) scored_p50: u64,
    /// The number of queries by plan.
    pub(crate) plans: BTreeMap<PlanName, usize>,
}

impl Latencies {
    pub(crate) fn of(mut latencies: Vec<Duration>) -> Latencies {
        latencies.sort_unstable();
        Latencies(latencies)
    }

    /// The number of latencies.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns a percentile, for example 0.99 for p99.
    pub(crate) fn percentile_us(&self, share: f64) -> f64 {
        let at = (self.0.len() as f64 * share).ceil() as usize;
        let latency = self.0.get(at.saturating_sub(1)).copied();
        latency.unwrap_or_default().as_nanos() as f64 / 1_000.0
    }
}

impl Work {
    pub(crate) fn of(traces: &[Trace]) -> Work {
        let middle = |mut values: Vec<u64>| {
            values.sort_unstable();
            values.get(values.len() / 2).copied().unwrap_or_default()
        };
        let mut plans = BTreeMap::new();
        for trace in traces {
            *plans.entry(trace.plan).or_default() += 1;
        }
        Work {
            nodes_p50: middle(traces.iter().map(|trace| trace.nodes_visited).collect()),
            scored_p50: middle(traces.iter().map(|trace| trace.documents_scored).collect()),
            plans,
        }
    }
}

/// Measures ranking, which returns keys without documents.
pub(crate) fn ranking(reader: &Reader, query_type: &QueryType) -> Measured {
    let mut traces = Vec::new();
    let latencies = in_rounds(&query_type.queries, |query| {
        let start = Instant::now();
        let ranking = reader.rank(rooms::collection(), query);
        let took = start.elapsed();
        let ranking = black_box(ranking).expect("an answer");
        traces.push(ranking.trace);
        took
    });
    let p50_us = latencies.percentile_us(0.5);
    eprintln!("  {}: p50 {p50_us:.1} µs", query_type.name);
    Measured {
        name: query_type.name.to_owned(),
        target: query_type.target,
        latencies,
        work: Work::of(&traces[..query_type.queries.len()]),
    }
}

/// Measures reading the documents of the best 20: the difference between a search with documents
/// and one without.
pub(crate) fn reading(rooms: &Rooms, query_type: &QueryType) -> Measured {
    let latencies = in_rounds(&query_type.queries, |query| {
        // The first run loads the caches for the other two.
        let ranked = || {
            let start = Instant::now();
            black_box(rooms.reader.rank(rooms::collection(), query)).expect("an answer");
            start.elapsed()
        };
        ranked();
        let ranked = ranked();
        let start = Instant::now();
        black_box(rooms.reader.search(rooms::collection(), query)).expect("an answer");
        start.elapsed().saturating_sub(ranked)
    });
    Measured {
        name: "reading the 20 documents of a page".to_owned(),
        target: Target::us(60.0, 300.0),
        latencies,
        work: Work::default(),
    }
}

/// Returns the median of the rounds for each query, which a short interruption does not affect. A
/// round runs all queries, so that no query finds the caches as its own previous run left them.
fn in_rounds(queries: &[Query], mut run: impl FnMut(&Query) -> Duration) -> Latencies {
    for query in queries.iter().take(200) {
        run(query);
    }
    let rounds: [Vec<Duration>; ROUNDS] =
        std::array::from_fn(|_| queries.iter().map(&mut run).collect());
    let medians = (0..queries.len()).map(|at| {
        let mut latencies = rounds.each_ref().map(|round| round[at]);
        latencies.sort_unstable();
        latencies[ROUNDS / 2]
    });
    Latencies::of(medians.collect())
}
