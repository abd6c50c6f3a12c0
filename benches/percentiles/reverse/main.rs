//! Latency percentiles of both directions: the requests that one room, or all rooms of a landlord,
//! can serve, and the landlords who can serve a request.
//!
//! ```text
//! cargo bench --bench reverse            # 100,000 requests and 50,000 rooms in 4 segments
//! REQUESTS=1000000 ROOMS=1000000 cargo bench --bench reverse
//! ```
//!
//! | variable | what it sets | default |
//! |---|---|---|
//! | `REQUESTS` | requests in the index, of which about 94 % are active | 100000 |
//! | `ROOMS` | rooms in the index, which probes are taken from | 50000 |
//! | `SEGMENTS` | segments of each, each covering the country | 4 |
//! | `QUERIES` | different queries of each type | 1000 |
//!
//! One thread. Each query runs in three rounds over all queries of its type. Its latency is the
//! median of the three, and percentiles are over queries.

#[allow(
    dead_code,
    reason = "shared by several benches, each of which uses a part"
)]
#[path = "../../shared/rooms/mod.rs"]
mod rooms;
mod rows;
#[path = "../../shared/setting/mod.rs"]
mod setting;
#[allow(
    dead_code,
    reason = "shared by several benches, each of which uses a part"
)]
#[path = "../../shared/times/mod.rs"]
mod times;

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use roost_collections::{built_in, requests};
use roost_datasets::generate::Generator;
use roost_engine::{Category, Count, Document, Probes, Query, Store, StoreOptions, Trace, Writer};

use rooms::{NOW_S, Rooms, SEED};
use setting::setting;
use times::Times;

const ROUNDS: usize = 3;

/// The number of rooms of each type of query.
const PROBES: [usize; 3] = [1, 5, 50];

fn main() {
    // Test runners also start benches, to list their tests. There are none.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let count = setting("REQUESTS", 100_000);
    let folder = Rooms::empty_folder();
    let options = StoreOptions {
        writer_memory_bytes: 1 << 30,
        writer_threads: 1,
        is_merging: false,
    };
    let (mut writer, reader) =
        Store::open(folder.path(), &built_in(), &options).expect("an empty store");
    let room_count = setting("ROOMS", 50_000);
    let generator = Generator::new(SEED, room_count, NOW_S);
    load(&mut writer, &generator, count);
    let rooms = rooms_of_landlords(&generator);
    println!(
        "{count} requests and {room_count} rooms in {} segments each, one thread, latencies in µs:\n",
        setting("SEGMENTS", 4)
    );
    println!("| query | p50 | p95 | p99 | max | nodes | scored | matches |");
    println!("|---|---:|---:|---:|---:|---:|---:|---:|");
    for probes in PROBES {
        for (name, counted) in [("top 20", Count::None), ("counted", Count::UpTo(10_000))] {
            let queries = queries(&rooms, probes, counted);
            let name = format!("{probes} rooms, {name}");
            measure(&name, queries.len(), |at| {
                let ranking = reader.rank(requests::collection(), &queries[at]);
                let ranking = ranking.expect("an answer");
                (ranking.trace, ranking.ranked.len())
            });
        }
    }
    let of_requests = queries_of_requests(&generator, count);
    for limit in [20, 100] {
        let name = format!("a request, top {limit} landlords");
        measure(&name, of_requests.len(), |at| {
            let query = Query {
                limit,
                ..of_requests[at].clone()
            };
            let page =
                reader.search_owners_as(roost_collections::rooms::collection(), &query, |hit| {
                    black_box(hit.score);
                });
            let page = page.expect("an answer");
            (page.trace, page.hits.len())
        });
    }
}

/// Queries for the landlords of requests from the whole country, with their best rooms, as the
/// matching of requests ranks them.
fn queries_of_requests(generator: &Generator, count: u64) -> Vec<Query> {
    let queries = setting("QUERIES", 1_000);
    let step = usize::try_from((count / queries).max(1)).unwrap_or(usize::MAX);
    let requests = generator.requests(count).map(rows::document);
    let active = Some(Category::FIRST);
    let requests = requests.filter(|it| it.category(requests::STATUS) == active);
    let chosen = requests
        .step_by(step)
        .take(usize::try_from(queries).unwrap_or(usize::MAX));
    let query = |request: Document| Query {
        count: Count::None,
        explain: true,
        ..Query::all(roost_collections::rooms::landlord_profile(), NOW_S)
            .for_document(&request, &requests::matching())
    };
    chosen.map(query).collect()
}

/// Loads rooms, signals and nights, and requests in as many commits as there are segments.
fn load(writer: &mut Writer, generator: &Generator, count: u64) {
    let segments = setting("SEGMENTS", 4);
    let shares = usize::try_from(segments).unwrap_or(1);
    rooms::load(writer, generator, setting("ROOMS", 50_000), shares, || {});
    rooms::set_signals(writer, generator);
    rooms::set_nights(writer, generator);
    let share = count.div_ceil(segments).max(1);
    for (before, request) in (1..).zip(generator.requests(count)) {
        let document = rows::document(request);
        writer
            .put(requests::collection(), document)
            .expect("written");
        if before % share == 0 || before == count {
            rooms::commit(writer);
        }
    }
}

/// All rooms, those of a landlord together.
fn rooms_of_landlords(generator: &Generator) -> Vec<Document> {
    generator.rooms().map(rooms::rows::document).collect()
}

/// Queries for the requests of consecutive rooms: those of a landlord, and of the next ones in the
/// same city where a landlord has fewer.
fn queries(rooms: &[Document], probes: usize, count: Count) -> Vec<Query> {
    let queries = usize::try_from(setting("QUERIES", 1_000)).unwrap_or(usize::MAX);
    let step = (rooms.len() / queries).max(1);
    let starts = (0..rooms.len()).step_by(step).take(queries);
    let query = |start: usize| {
        let city = rooms[start].text(roost_collections::rooms::CITY);
        let rest = rooms.iter().cycle().skip(start);
        let in_city = rest.filter(|room| room.text(roost_collections::rooms::CITY) == city);
        let documents = in_city.take(probes).cloned().collect();
        let probes = Probes::new(requests::matching(), documents).expect("few probes");
        Query {
            probes: Some(Arc::new(probes)),
            count,
            ..Query::all(requests::profile(), NOW_S)
        }
    };
    starts.map(query).collect()
}

/// Times each of `count` queries, of which `run` returns the trace and the number of hits.
fn measure(name: &str, count: usize, run: impl Fn(usize) -> (Trace, usize)) {
    let mut traces: Vec<(Trace, usize)> = Vec::new();
    let mut timed = |at: usize| {
        let start = Instant::now();
        let found = black_box(run(at));
        let took = start.elapsed();
        traces.push(found);
        took
    };
    let rounds: [Vec<Duration>; ROUNDS] =
        std::array::from_fn(|_| (0..count).map(&mut timed).collect());
    let mut times = Times::default();
    for at in 0..count {
        let mut of_query = rounds.each_ref().map(|round| round[at]);
        of_query.sort_unstable();
        times.push(of_query[ROUNDS / 2]);
    }
    let percentiles = [0.5, 0.95, 0.99, 1.0].map(|share| {
        let time = times.percentile_us(share).unwrap_or_default();
        format!("{time:.1}")
    });
    let middle = |value: &dyn Fn(&(Trace, usize)) -> u64| {
        let mut values: Vec<u64> = traces.iter().map(value).collect();
        values.sort_unstable();
        values.get(values.len() / 2).copied().unwrap_or_default()
    };
    println!(
        "| {name} | {} | {} | {} | {} |",
        percentiles.join(" | "),
        middle(&|(trace, _)| trace.nodes_visited),
        middle(&|(trace, _)| trace.documents_scored),
        middle(&|(_, hits)| *hits as u64),
    );
}
