//! Measures updates, restarts and the first load.

use std::time::{Duration, Instant};

use roost_collections::{self as collections, built_in};
use roost_engine::{Document, Store, StoreOptions};

use crate::measure::Latencies;
use crate::queries::Target;
use crate::rooms::{self, Rooms};
use crate::table;

/// Measures all three over an index of these rooms, which stays unchanged.
pub(crate) fn measure(rooms: Rooms) -> String {
    let folder = Rooms::empty_folder();
    let mut copy = rooms.copy_to(folder.path());
    let documents = rooms.documents(20_000);
    let target = Target::us(20_000.0, 150_000.0);
    let mut writes = Vec::new();
    for (at_once, times, target) in [(1, 300, target), (100, 300, target), (10_000, 20, None)] {
        let name = format!("update, {at_once} at once");
        writes.push((name, updates(&mut copy, &documents, at_once, times), target));
    }
    drop(copy);
    let name = format!("restart with {} rooms", rooms.count);
    let (rooms, restarts) = restarts(rooms);
    writes.push((name, restarts, Target::us(2e6, 2e6)));
    let name = format!("first load of {} rooms", rooms.count);
    writes.push((name, load(&rooms), Target::us(60e6, 60e6)));
    table::of_writes(&writes)
}

fn updates(rooms: &mut Rooms, documents: &[Document], at_once: usize, times: usize) -> Latencies {
    let chunks: Vec<&[Document]> = documents.chunks(at_once).collect();
    let took = (0..times).map(|time| {
        let chunk = chunks[time % chunks.len()];
        rooms.change_prices(chunk, 500.0 + time as f64)
    });
    Latencies::of(took.collect())
}

fn restarts(mut rooms: Rooms) -> (Rooms, Latencies) {
    let mut took = Vec::new();
    for _ in 0..5 {
        rooms = rooms.reopened();
        took.push(rooms.opened_in);
    }
    (rooms, Latencies::of(took))
}

/// Measures a first load on all cores with one commit, until searches see all rooms.
fn load(rooms: &Rooms) -> Latencies {
    let folder = Rooms::empty_folder();
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let options = StoreOptions {
        writer_threads: threads,
        writer_memory_bytes: threads * (512 << 20),
        ..StoreOptions::default()
    };
    let start = Instant::now();
    let (mut writer, reader) = Store::open(folder.path(), &built_in(), &options).expect("a store");
    let mut took = Duration::ZERO;
    rooms::load(&mut writer, &rooms.generator, rooms.count, 1, || {
        took = start.elapsed();
    });
    assert_eq!(
        reader.document_count(collections::rooms::collection()),
        rooms.count
    );
    Latencies::of(vec![took])
}
