//! Tests of the nodes that a condition lets a search skip.

#![allow(clippy::unwrap_used, reason = "a failed test may panic")]

use roost_collections::{built_in, rooms};
use roost_engine::*;

const ROOMS: u32 = 4_000;

/// Rooms in a row from west to east, each a rupee more expensive than the one before, without
/// ratings.
fn rooms() -> (tempfile::TempDir, Reader) {
    let folder = tempfile::tempdir().unwrap();
    let (mut writer, reader) =
        Store::open(folder.path(), &built_in(), &StoreOptions::default()).unwrap();
    for n in 0..ROOMS {
        let place = LatLng::new(19.13, 70.0 + f64::from(n) * 0.001).unwrap();
        let room = Document::of(
            rooms::collection(),
            Key::from_u128(u128::from(n)),
            place,
            [("price", (Some(f64::from(n))).into())],
        )
        .unwrap();
        writer.put(rooms::collection(), room).unwrap();
    }
    let checkpoint = Checkpoint {
        position: Position(1),
        source: serde_json::Value::Null,
    };
    writer.commit(checkpoint).unwrap();
    (folder, reader)
}

fn rank(reader: &Reader, condition: Option<Condition>) -> Ranking {
    let filters = Filters {
        condition,
        ..Filters::default()
    };
    let query = Query {
        filters,
        count: Count::Exact,
        limit: 1,
        ..Query::all(rooms::profile(), 1_800_000_000)
    };
    reader.rank(rooms::collection(), &query).unwrap()
}

fn price(interval: Interval) -> Condition {
    Condition::Number(rooms::PRICE, interval)
}

fn not(condition: Condition) -> Condition {
    Condition::Not(Box::new(condition))
}

#[test]
fn nodes_whose_rooms_all_satisfy_the_condition_are_counted_as_a_whole() {
    let (_folder, reader) = rooms();
    let all = f64::from(ROOMS);
    let visited = rank(&reader, None).trace.nodes_visited;
    for condition in [
        price(Interval::Below(all)),
        not(price(Interval::From(all))),
        not(Condition::Any(vec![
            Condition::Number(rooms::RATING, Interval::From(0.0)),
            Condition::Flag(rooms::VERIFIED, true),
        ])),
        Condition::All(Vec::new()),
    ] {
        let found = rank(&reader, Some(condition.clone()));
        assert_eq!(
            found.total.unwrap().value,
            u64::from(ROOMS),
            "{condition:?}"
        );
        assert_eq!(found.trace.nodes_visited, visited, "{condition:?}");
    }
}

#[test]
fn nodes_without_a_room_that_satisfies_the_condition_are_skipped() {
    let (_folder, reader) = rooms();
    let price_min = f64::from(ROOMS - 10);
    for condition in [
        price(Interval::From(price_min)),
        not(price(Interval::Below(price_min))),
        not(not(price(Interval::Between(price_min, f64::INFINITY)))),
    ] {
        let found = rank(&reader, Some(condition.clone()));
        assert_eq!(found.total.unwrap().value, 10, "{condition:?}");
        let (visited, scored) = (found.trace.nodes_visited, found.trace.documents_scored);
        assert!(visited < 200, "{condition:?} visited {visited} nodes");
        assert!(scored <= 10, "{condition:?} scored {scored} documents");
    }
    for condition in [
        not(Condition::All(Vec::new())),
        Condition::Any(Vec::new()),
        price(Interval::Above(f64::from(ROOMS))),
        price(Interval::Below(f64::NAN)),
        Condition::Number(rooms::RATING, Interval::From(0.0)),
    ] {
        let found = rank(&reader, Some(condition.clone()));
        assert_eq!(found.total.unwrap().value, 0, "{condition:?}");
        assert!(found.trace.nodes_visited < 10, "{condition:?}");
    }
}

#[test]
fn a_single_room_passes_the_filters_by_which_a_search_finds_it() {
    let (_folder, reader) = rooms();
    let restricted = |condition: Condition| Query {
        filters: Filters {
            restriction: Some(condition),
            ..Filters::default()
        },
        ..Query::all(rooms::profile(), 1_800_000_000)
    };
    let cheap = restricted(price(Interval::Below(3.0)));
    let expensive = restricted(not(price(Interval::Below(3.0))));
    let passes = |key: u128, query: &Query| {
        let key = Key::from_u128(key);
        reader.passes(rooms::collection(), key, query).unwrap()
    };
    for key in [0, 2, 3, u128::from(ROOMS) - 1] {
        assert_eq!(passes(key, &cheap), Some(key < 3), "{key}");
        assert_eq!(passes(key, &expensive), Some(key >= 3), "{key}");
    }
    assert_eq!(passes(u128::from(ROOMS), &cheap), None);
    let found = reader.rank(rooms::collection(), &cheap).unwrap();
    assert_eq!(found.total.unwrap().value, 3);
}
