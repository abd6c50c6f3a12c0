//! Tests of searches that run out of time.

#![allow(clippy::unwrap_used, reason = "a failed test may panic")]

use std::collections::HashMap;
use std::time::{Duration, Instant};

use roost_collections::{built_in, rooms};
use roost_engine::*;
use tempfile::TempDir;

const ROOMS: usize = 3_000;

/// Rooms in two segments, near and far from a venue, with different titles.
fn world() -> (TempDir, Reader) {
    let folder = tempfile::tempdir().unwrap();
    let (mut writer, reader) =
        Store::open(folder.path(), &built_in(), &StoreOptions::default()).unwrap();
    for at in 0..ROOMS {
        let (row, column) = ((at % 60) as f64, (at / 60) as f64);
        let place = LatLng::new(19.0 + 0.003 * row, 72.8 + 0.003 * column).unwrap();
        let room = Document::of(
            rooms::collection(),
            Key::from_u128(at as u128),
            place,
            [
                (
                    "title",
                    (format!("{} room {at}", ["Quiet", "Garden", "Quiet garden"][at % 3])).into(),
                ),
                ("price", (Some((at % 97) as f64)).into()),
            ],
        )
        .unwrap();
        writer.put(rooms::collection(), room).unwrap();
        if at == ROOMS / 2 || at == ROOMS - 1 {
            let checkpoint = Checkpoint {
                position: Position(at as u64),
                source: serde_json::Value::Null,
            };
            writer.commit(checkpoint).unwrap();
        }
    }
    (folder, reader)
}

/// A query for each plan, with terms if it needs them, in two sort orders.
fn queries() -> Vec<Query> {
    let queries = PlanName::ALL.into_iter().flat_map(|plan| {
        let needs_words = matches!(plan, PlanName::Postings | PlanName::WordsBestFirst);
        [Sort::Match, Sort::Ascending(rooms::PRICE)].map(|sort| Query {
            text: needs_words.then(|| Words::new("quiet").unwrap()),
            center: Some(LatLng::new(19.09, 72.87).unwrap()),
            radius: Some(Radius::new(8_000.0).unwrap()),
            sort,
            limit: 50,
            count: Count::Exact,
            plan: Some(plan),
            ..Query::all(rooms::profile(), 1_800_000_000)
        })
    });
    queries.collect()
}

fn search(reader: &Reader, query: &Query) -> Page {
    reader.search(rooms::collection(), query).unwrap()
}

/// The bits of the rank value, and the key, of each hit.
fn ranked(page: &Page) -> Vec<(u64, Key)> {
    let hits = page.hits.iter();
    hits.map(|hit| (hit.rank_value.to_bits(), hit.document.key))
        .collect()
}

#[test]
fn a_search_past_its_deadline_returns_a_partial_result() {
    let (_folder, reader) = world();
    for query in queries() {
        let late = Query {
            deadline: Some(Instant::now()),
            ..query
        };
        let page = search(&reader, &late);
        assert!(page.trace.is_partial, "{late:?}");
        assert!(!page.total.unwrap().is_exact, "{late:?}");
        assert!(page.trace.documents_scored < 100, "{:?}", page.trace);
    }
}

#[test]
fn a_distant_deadline_changes_nothing() {
    let (_folder, reader) = world();
    for query in queries() {
        let unhurried = Query {
            deadline: Some(Instant::now() + Duration::from_secs(3600)),
            ..query.clone()
        };
        let (page, expected) = (search(&reader, &unhurried), search(&reader, &query));
        assert!(!page.trace.is_partial);
        assert_eq!(ranked(&page), ranked(&expected));
        assert_eq!(page.total, expected.total);
        assert!(page.total.unwrap().is_exact);
    }
}

#[test]
fn a_search_that_is_cut_short_returns_matches_in_order() {
    let (_folder, reader) = world();
    for query in queries() {
        let everything = Query {
            limit: ROOMS,
            ..query.clone()
        };
        let everything = search(&reader, &everything);
        let rank: HashMap<_, _> = ranked(&everything).into_iter().zip(0..).collect();
        let best: Vec<i32> = (0..50).collect();
        for time_us in (0..60).map(|step| 5 * step) {
            let hurried = Query {
                deadline: Some(Instant::now() + Duration::from_micros(time_us)),
                ..query.clone()
            };
            let page = search(&reader, &hurried);
            let ranks: Vec<i32> = ranked(&page).iter().map(|hit| rank[hit]).collect();
            assert!(ranks.is_sorted(), "{ranks:?}");
            let total = page.total.unwrap();
            assert!(total.value >= ranks.len() as u64, "{total:?}");
            assert!(total.value <= everything.total.unwrap().value, "{total:?}");
            assert_eq!(total.is_exact, !page.trace.is_partial);
            if !page.trace.is_partial {
                assert_eq!(ranks, best);
                assert_eq!(Some(total), everything.total);
            }
        }
    }
}

/// The number of matches that each facet counted, and whether it is complete.
fn counted(page: &Page) -> Vec<(u64, bool)> {
    let facets = page.facets.iter();
    facets
        .map(|facet| {
            let counts = facet.values.iter().map(|value| value.count);
            (counts.sum::<u64>() + facet.missing, !facet.is_partial)
        })
        .collect()
}

#[test]
fn counts_that_are_cut_short_are_lower_bounds_and_marked_partial() {
    let (_folder, reader) = world();
    let cells = HeatMapOptions {
        resolution: Some(9),
        cells_max: ROOMS,
        number: None,
    };
    let map = |query: &Query| reader.heat_map(rooms::collection(), query, cells).unwrap();
    let groups = |query: &Query| {
        let rooms = rooms::collection();
        let found = reader.search_groups_as(rooms, query, 2, |hit| hit.document.key);
        found.unwrap()
    };
    for query in queries() {
        let edges = Edges::new(vec![10.0, 50.0]).unwrap();
        let query = Query {
            facets: vec![
                Facet::Category(rooms::ROOM_TYPE),
                Facet::Number(rooms::PRICE, edges),
            ],
            ..query
        };
        let all = counted(&search(&reader, &query));
        let total = search(&reader, &query).total.unwrap().value;
        assert_eq!(all, [(total, true); 2]);
        assert_eq!(map(&query).total, total);
        for time_us in (0..60).map(|step| 10 * step) {
            let hurried = || Query {
                deadline: Some(Instant::now() + Duration::from_micros(time_us)),
                ..query.clone()
            };
            for (count, is_complete) in counted(&search(&reader, &hurried())) {
                assert!(
                    count <= total && (count == total || !is_complete),
                    "{count}"
                );
            }
            let map = map(&hurried());
            assert!(map.total <= total && (map.total == total || map.is_partial));
            let groups = groups(&hurried());
            let count = groups.page.total.unwrap();
            assert!(count.value <= total && (count.value == total || !count.is_exact));
            // These rooms have no owner, so each is a group.
            assert_eq!(groups.groups_total, Some(count));
        }
        let late = Query {
            deadline: Some(Instant::now()),
            ..query.clone()
        };
        assert!(map(&late).is_partial && groups(&late).page.trace.is_partial);
        assert!(
            counted(&search(&reader, &late))
                .iter()
                .all(|(_, is_complete)| !is_complete)
        );
    }
}
