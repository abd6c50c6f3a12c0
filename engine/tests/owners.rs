//! Filters by owner find all documents of an owner, for one document and for many.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use roost_collections::{built_in, rooms};
use roost_engine::*;

const MANY: Key = Key::from_u128(1);
const ONE: Key = Key::from_u128(2);

#[test]
fn all_rooms_of_an_owner_with_many_rooms_and_of_one_with_a_single_room_are_found() {
    let folder = tempfile::tempdir().unwrap();
    let (mut writer, reader) =
        Store::open(folder.path(), &built_in(), &StoreOptions::default()).unwrap();
    // A leaf each: more of them than a node is tested for one by one.
    for n in 0..12_000u32 {
        let lng = f64::from(n % 120) * 3.0 - 180.0;
        let lat = f64::from(n / 120) * 1.5 - 75.0;
        put(&mut writer, n, MANY, LatLng::new(lat, lng).unwrap());
    }
    put(&mut writer, 12_000, ONE, LatLng::new(19.13, 72.91).unwrap());
    let checkpoint = Checkpoint {
        position: Position(1),
        source: serde_json::Value::Null,
    };
    writer.commit(checkpoint).unwrap();

    assert_eq!(count(&reader, vec![MANY]), 12_000);
    assert_eq!(count(&reader, vec![ONE]), 1);
    assert_eq!(count(&reader, vec![ONE, MANY]), 12_001);
    assert_eq!(count(&reader, vec![Key::from_u128(3)]), 0);
}

fn put(writer: &mut Writer, n: u32, owner: Key, place: LatLng) {
    let room = Document {
        owner: Some(owner),
        ..Document::empty(
            rooms::collection(),
            Key::from_u128(100 + u128::from(n)),
            place,
        )
    };
    writer.put(rooms::collection(), room).unwrap();
}

/// The number of matches, which equals the number of hits on a page that has all of them.
fn count(reader: &Reader, owners: Vec<Key>) -> u64 {
    let filters = Filters {
        owners: owners.clone(),
        ..Filters::default()
    };
    let query = Query {
        filters,
        count: Count::Exact,
        limit: 20_000,
        ..Query::all(rooms::profile(), 1_800_000_000)
    };
    let page = reader.search(rooms::collection(), &query).unwrap();
    assert!(page.hits.iter().all(|hit| {
        hit.document
            .owner
            .is_some_and(|owner| owners.contains(&owner))
    }));
    assert_eq!(page.total.unwrap().value, page.hits.len() as u64);
    page.hits.len() as u64
}
