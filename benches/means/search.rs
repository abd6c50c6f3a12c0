//! Mean times of searches by type, number of segments and number of threads, and with documents.
//!
//! ```text
//! cargo bench --bench search                   # 1,000,000 generated rooms
//! ROOMS=100000 cargo bench --bench search
//! ```
//!
//! `cargo bench --bench percentiles` measures the distribution.

#[allow(
    dead_code,
    reason = "shared by several benches, each of which uses a part"
)]
#[path = "../shared/queries/mod.rs"]
mod queries;
#[allow(
    dead_code,
    reason = "shared by several benches, each of which uses a part"
)]
#[path = "../shared/rooms/mod.rs"]
mod rooms;
#[path = "../shared/setting/mod.rs"]
mod setting;

use std::hint::black_box;
use std::thread;
use std::time::{Duration, Instant};

use criterion::{Criterion, criterion_group, criterion_main};
use roost_collections as collections;
use roost_engine::{Query, Reader};

use queries::QueryType;
use rooms::Rooms;
use setting::setting;

/// One query per shipped venue.
const QUERIES: usize = 482;

fn searches(criterion: &mut Criterion) {
    let count = setting("ROOMS", 1_000_000);
    for segments in [1, 4, 8] {
        let rooms = Rooms::cached(count, segments);
        let types = queries::all(&rooms, QUERIES);
        ranking(criterion, segments, &rooms.reader, &types);
        if segments == 4 {
            threads(criterion, &rooms.reader, &types);
            documents(criterion, &rooms.reader, &types);
        }
    }
}

fn ranking(criterion: &mut Criterion, segments: usize, reader: &Reader, types: &[QueryType]) {
    let mut group = criterion.benchmark_group(format!("rank, segments {segments}"));
    for query_type in types {
        let mut round = query_type.queries.iter().cycle();
        group.bench_function(query_type.name, |bencher| {
            bencher.iter(|| {
                let query = round.next().expect("a query");
                black_box(
                    reader
                        .rank(collections::rooms::collection(), query)
                        .expect("an answer"),
                )
            });
        });
    }
    group.finish();
}

/// The time per search when several threads search concurrently.
fn threads(criterion: &mut Criterion, reader: &Reader, types: &[QueryType]) {
    for name in ["radius 5 km", "one word, 5 km"] {
        let mut group = criterion.benchmark_group(format!("throughput, {name}"));
        let queries = &named(types, name).queries;
        for count in [1, 2] {
            group.bench_function(format!("threads {count}"), |bencher| {
                bencher.iter_custom(|searches| on_threads(count, searches, reader, queries));
            });
        }
        group.finish();
    }
}

fn on_threads(count: u64, searches: u64, reader: &Reader, queries: &[Query]) -> Duration {
    let start = Instant::now();
    thread::scope(|scope| {
        for thread in 0..count {
            let share = searches / count + u64::from(thread < searches % count);
            let round = queries.iter().cycle().skip(thread as usize * 100);
            scope.spawn(move || {
                for (_, query) in (0..share).zip(round) {
                    black_box(
                        reader
                            .rank(collections::rooms::collection(), query)
                            .expect("an answer"),
                    );
                }
            });
        }
    });
    start.elapsed()
}

fn documents(criterion: &mut Criterion, reader: &Reader, types: &[QueryType]) {
    let mut group = criterion.benchmark_group("search with 20 documents");
    for name in ["radius 5 km", "one word, 5 km"] {
        let mut round = named(types, name).queries.iter().cycle();
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                let query = round.next().expect("a query");
                black_box(
                    reader
                        .search(collections::rooms::collection(), query)
                        .expect("an answer"),
                )
            });
        });
    }
    group.finish();
}

fn named<'a>(types: &'a [QueryType], name: &str) -> &'a QueryType {
    let found = types.iter().find(|query_type| query_type.name == name);
    found.expect("a type of that name")
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1))
        .sample_size(50);
    targets = searches
}
criterion_main!(benches);
