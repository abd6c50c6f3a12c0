//! How is the latency of a type of query measured?

use std::collections::BTreeMap;
use std::hint::black_box;
use std::time::{Duration, Instant};

use roost_engine::{Collection, PlanName, Query, Reader, Trace};

use crate::expansion;
use crate::queries::{self, QueryType, Reach};
use crate::rooms::Rooms;

const ROUNDS: usize = 3;

/// What one type of query took.
#[derive(Clone)]
pub(crate) struct Measured {
    pub(crate) name: String,
    pub(crate) reach: Option<Reach>,
    pub(crate) latencies: Latencies,
    pub(crate) work: Work,
}

/// Latencies in ascending order.
#[derive(Clone)]
pub(crate) struct Latencies(Vec<Duration>);

/// What searches did, by their own account.
#[derive(Clone, Default)]
pub(crate) struct Work {
    pub(crate) nodes_p50: u64,
    pub(crate) scored_p50: u64,
    /// How many queries went by each plan.
    pub(crate) plans: BTreeMap<PlanName, usize>,
}

impl Latencies {
    pub(crate) fn of(mut latencies: Vec<Duration>) -> Latencies {
        latencies.sort_unstable();
        Latencies(latencies)
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// The latency that this share of all is not above.
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

/// Every type of query, the reading of documents, and the looking up of words.
pub(crate) fn all(rooms: &Rooms, each: usize) -> Vec<Measured> {
    let types = queries::all(rooms, each);
    let mut measured: Vec<Measured> = types
        .iter()
        .map(|query_type| ranking(&rooms.reader, query_type))
        .collect();
    let near = types
        .iter()
        .find(|query_type| query_type.name == "radius 5 km");
    measured.extend(near.map(|near| reading(rooms, near)));
    measured.extend(expansion::measure("", each));
    measured
}

/// The types of query in whose names a text occurs.
pub(crate) fn of_types(part: &str, rooms: &Rooms, each: usize) -> Vec<Measured> {
    let mut types = queries::all(rooms, each);
    types.retain(|query_type| query_type.name.contains(part));
    let mut measured: Vec<Measured> = types
        .iter()
        .map(|query_type| ranking(&rooms.reader, query_type))
        .collect();
    measured.extend(expansion::measure(part, each));
    measured
}

/// The measured type of that name.
pub(crate) fn named<'a>(all: &'a [Measured], name: &str) -> &'a Measured {
    let found = all.iter().find(|measured| measured.name == name);
    found.unwrap_or_else(|| panic!("{name} was measured"))
}

/// Finding the keys of the best, without their documents.
pub(crate) fn ranking(reader: &Reader, query_type: &QueryType) -> Measured {
    let mut traces = Vec::new();
    let latencies = in_rounds(&query_type.queries, |query| {
        let start = Instant::now();
        let ranking = reader.rank(Collection::Rooms, query);
        let took = start.elapsed();
        let ranking = black_box(ranking).expect("an answer");
        traces.push(ranking.trace);
        took
    });
    let p50_us = latencies.percentile_us(0.5);
    eprintln!("  {}: p50 {p50_us:.1} µs", query_type.name);
    Measured {
        name: query_type.name.to_owned(),
        reach: query_type.reach,
        latencies,
        work: Work::of(&traces[..query_type.queries.len()]),
    }
}

/// Reading the documents of the best 20: what a search with them takes longer than one without.
fn reading(rooms: &Rooms, query_type: &QueryType) -> Measured {
    let latencies = in_rounds(&query_type.queries, |query| {
        // The first brings to mind what ranking needs, so that both of the others find it there.
        let ranked = || {
            let start = Instant::now();
            black_box(rooms.reader.rank(Collection::Rooms, query)).expect("an answer");
            start.elapsed()
        };
        ranked();
        let ranked = ranked();
        let start = Instant::now();
        black_box(rooms.reader.search(Collection::Rooms, query)).expect("an answer");
        start.elapsed().saturating_sub(ranked)
    });
    Measured {
        name: "reading the 20 documents of a page".to_owned(),
        reach: Reach::us(60.0, 300.0),
        latencies,
        work: Work::default(),
    }
}

/// For each query the median of its rounds, which a moment's interruption leaves alone. A round
/// goes over all queries, so that none finds the caches as its own last run left them.
fn in_rounds(queries: &[Query], mut ask: impl FnMut(&Query) -> Duration) -> Latencies {
    for query in queries.iter().take(200) {
        ask(query);
    }
    let rounds: [Vec<Duration>; ROUNDS] =
        std::array::from_fn(|_| queries.iter().map(&mut ask).collect());
    let medians = (0..queries.len()).map(|at| {
        let mut latencies = rounds.each_ref().map(|round| round[at]);
        latencies.sort_unstable();
        latencies[ROUNDS / 2]
    });
    Latencies::of(medians.collect())
}
