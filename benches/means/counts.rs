//! Mean times of facets, heat maps and groups by landlord, which visit every match.
//!
//! ```text
//! cargo bench --bench counts                   # 100,000 generated rooms, all of which match
//! ROOMS=1000000 cargo bench --bench counts
//! ```
//!
//! Queries cycle through all shipped venues, or search for a common word in the whole country. The
//! number of matches is that of the first query.

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
use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use roost_collections as collections;
use roost_engine::{
    Condition, Count, Edges, Facet, Filters, HeatMapOptions, Interval, Query, Reader,
};

use rooms::Rooms;
use setting::setting;

const QUERIES: usize = 482;

fn counts(criterion: &mut Criterion) {
    let rooms = Rooms::cached(setting("ROOMS", 100_000), 4);
    let types = queries::all(&rooms, QUERIES);
    let reader = &rooms.reader;
    for (name, rename) in [
        ("radius unlimited", "all rooms"),
        ("radius 25 km", "25 km"),
        ("one common word, whole country", "one common word"),
    ] {
        let found = types.iter().find(|query_type| query_type.name == name);
        let queries = &found.expect("a type of that name").queries;
        let matches = matches(reader, &queries[0]);
        let mut group = criterion.benchmark_group(format!("{rename}, {matches} matches"));
        let mut bench = |what: &str, run: &dyn Fn(&Query)| {
            let mut round = queries.iter().cycle();
            group.bench_function(what, |bencher| {
                bencher.iter(|| run(round.next().expect("a query")));
            });
        };
        bench("the best 20", &|query| rank(reader, query));
        bench("the best 20 and six facets", &|query| {
            rank(reader, &with_facets(query));
        });
        bench("the same, with filters on two facets", &|query| {
            rank(reader, &filtered(&with_facets(query)));
        });
        bench("a heat map", &|query| {
            let options = HeatMapOptions {
                resolution: None,
                cells_max: 1_000,
                number: Some(collections::rooms::PRICE),
            };
            let map = reader.heat_map(collections::rooms::collection(), query, options);
            black_box(map.expect("a map"));
        });
        bench("the best 20 landlords, three rooms each", &|query| {
            let found =
                reader
                    .search_groups_as(collections::rooms::collection(), query, 3, |hit| hit.score);
            black_box(found.expect("an answer"));
        });
    }
}

fn rank(reader: &Reader, query: &Query) {
    black_box(
        reader
            .rank(collections::rooms::collection(), query)
            .expect("an answer"),
    );
}

fn matches(reader: &Reader, query: &Query) -> u64 {
    let counted = Query {
        count: Count::Exact,
        ..query.clone()
    };
    let ranking = reader
        .rank(collections::rooms::collection(), &counted)
        .expect("an answer");
    ranking.total.map_or(0, |total| total.value)
}

/// Adds the facets that a search page shows. Without a place, the city facet replaces distance.
fn with_facets(query: &Query) -> Query {
    let edges = |edges: &[f64]| Edges::new(edges.to_vec()).expect("edges");
    let rings = edges(&[500.0, 1_000.0, 2_000.0, 5_000.0, 10_000.0, 25_000.0]);
    let near = match query.center {
        Some(_) => Facet::Distance(rings),
        None => Facet::Name(collections::rooms::CITY, 10),
    };
    let prices = [100.0, 200.0, 500.0, 1_000.0, 2_000.0, 5_000.0, 10_000.0];
    Query {
        facets: vec![
            Facet::Category(collections::rooms::ROOM_TYPE),
            Facet::Tag(collections::rooms::AMENITIES),
            Facet::Name(collections::rooms::LOCALITY, 10),
            Facet::Number(collections::rooms::PRICE, edges(&prices)),
            near,
            Facet::Number(collections::rooms::RATING, edges(&[3.0, 3.5, 4.0, 4.5])),
        ],
        ..query.clone()
    }
}

fn filtered(query: &Query) -> Query {
    let rooms = collections::rooms::collection();
    let room_type = collections::rooms::ROOM_TYPE;
    let price_max = Interval::UpTo(1_000.0);
    let private = rooms.category(room_type, "private_room");
    let attributes = vec![
        Condition::Number(collections::rooms::PRICE, price_max),
        Condition::Category(room_type, private.into_iter().collect()),
    ];
    Query {
        filters: Filters {
            attributes,
            ..Filters::default()
        },
        ..query.clone()
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1))
        .sample_size(50);
    targets = counts
}
criterion_main!(benches);
