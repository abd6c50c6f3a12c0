//! Tests of filters that few documents satisfy, scattered over all nodes.

#![allow(clippy::unwrap_used, reason = "a failed test may panic")]

use roost_collections::{built_in, rooms};
use roost_engine::*;

const ROOMS: u32 = 20_000;
const ROOMS_PER_MATCH: u32 = 1_000;

/// Rooms in a row from west to east. Every sixteenth has a desk and every other sixteenth a tv, so
/// that each node has both; one in a thousand has both itself.
fn rooms() -> (tempfile::TempDir, Reader) {
    let folder = tempfile::tempdir().unwrap();
    let (mut writer, reader) =
        Store::open(folder.path(), &built_in(), &StoreOptions::default()).unwrap();
    for n in 0..ROOMS {
        let place = LatLng::new(19.13, 70.0 + f64::from(n) * 0.001).unwrap();
        let amenities = match n % 16 {
            _ if n % ROOMS_PER_MATCH == 0 => tags(&["desk", "tv"]),
            0 => tags(&["desk"]),
            8 => tags(&["tv"]),
            _ => Tags::NONE,
        };
        let room = Document::of(
            rooms::collection(),
            Key::from_u128(u128::from(n)),
            place,
            [("amenities", amenities.into())],
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

fn tags(names: &[&str]) -> Tags {
    let each = names
        .iter()
        .map(|name| rooms::collection().tag(rooms::AMENITIES, name).unwrap());
    each.fold(Tags::NONE, Tags::with)
}

fn rank(reader: &Reader, plan: Option<PlanName>) -> Ranking {
    let filters = Filters {
        attributes: vec![Condition::AllTags(rooms::AMENITIES, tags(&["desk", "tv"]))],
        ..Filters::default()
    };
    let query = Query {
        filters,
        count: Count::Exact,
        plan,
        ..Query::all(rooms::profile(), 1_800_000_000)
    };
    reader.rank(rooms::collection(), &query).unwrap()
}

#[test]
fn few_matches_in_all_nodes_are_found_without_visiting_all_nodes() {
    let (_folder, reader) = rooms();
    let scanned = rank(&reader, Some(PlanName::Scan));
    let found = rank(&reader, None);
    assert_eq!(found.ranked, scanned.ranked);
    assert_eq!(found.total, scanned.total);
    assert_eq!(
        found.total.unwrap().value,
        u64::from(ROOMS / ROOMS_PER_MATCH)
    );
    let (visited, all) = (found.trace.nodes_visited, scanned.trace.nodes_visited);
    assert!(all > 625, "a leaf has at most 32 rooms: {all} nodes");
    assert!(visited < 560, "visited {visited} of {all} nodes");
}
