//! The memory of an index and of searches.

use roost_collections::rooms;
use roost_engine::*;

use crate::{NOW_S, checkpoint, key, open, room};

#[test]
fn a_document_takes_less_than_400_bytes_of_memory() {
    let folder = tempfile::tempdir().unwrap();
    let (mut writer, reader) = open(folder.path());
    for n in 0..10_000 {
        let room = Document {
            owner: Some(key(n / 3)),
            ..room(n, "Garden flat")
        };
        writer.put(rooms::collection(), room).unwrap();
    }
    writer.commit(checkpoint(1)).unwrap();
    let usage = reader.usage(rooms::collection());
    let per_document = usage.bytes_per_document();
    assert!((16.0..400.0).contains(&per_document), "{usage:?}");
    assert!(reader.signals_memory_bytes() > 3_333 * 16);
}

/// The peak memory of the process so far.
#[cfg(target_os = "linux")]
fn peak_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmHWM:"))
        .unwrap();
    let kib: u64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
    kib * 1024
}

#[cfg(target_os = "linux")]
#[test]
fn sixty_four_concurrent_searches_take_memory_for_their_pages_and_not_for_their_matches() {
    const ROOMS: u128 = 60_000;
    const SEARCHES: usize = 64;
    let folder = tempfile::tempdir().unwrap();
    let (mut writer, reader) = open(folder.path());
    for n in 0..ROOMS {
        let owner = Some(key(n % 1_000));
        let spread = |n: u128| (n % 1_000) as f64 / 1_000.0;
        let place = LatLng::new(19.0 + spread(n), 72.0 + spread(n / 60)).unwrap();
        let room = Document {
            owner,
            place,
            ..room(n, "Garden flat")
        };
        writer.put(rooms::collection(), room).unwrap();
    }
    writer.commit(checkpoint(1)).unwrap();
    let queries = PlanName::ALL.map(|plan| Query {
        text: Some(Words::new("garden flat").unwrap()),
        count: Count::Exact,
        plan: Some(plan),
        ..Query::all(rooms::profile(), NOW_S)
    });
    let search = |query: &Query| {
        let page = reader.search(rooms::collection(), query).unwrap();
        assert_eq!(page.total.unwrap().value, ROOMS as u64);
        assert_eq!(page.hits.len(), query.limit);
    };
    // The first searches compute what all of them share.
    queries.iter().for_each(search);
    let before = peak_bytes();
    let start = std::sync::Barrier::new(SEARCHES);
    std::thread::scope(|scope| {
        for at in 0..SEARCHES {
            let (start, search, queries) = (&start, &search, &queries);
            scope.spawn(move || {
                start.wait();
                search(&queries[at % queries.len()]);
            });
        }
    });
    let each = (peak_bytes() - before) / SEARCHES as u64;
    // A search that kept only the doc ids of its matches would take more.
    assert!(each < 4 * ROOMS as u64, "{each} bytes per search");
}
