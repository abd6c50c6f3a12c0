//! Mean times of updates, commits, opening and bulk builds.
//!
//! ```text
//! cargo bench --bench writes                   # updates of 1,000,000 generated rooms
//! ```
//!
//! Opening reads the columns of every segment and builds its tree.

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

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use roost_collections::built_in;
use roost_datasets::generate::Generator;
use roost_engine::{Store, StoreOptions};

use rooms::{NOW_S, Rooms};
use setting::setting;

fn writes(criterion: &mut Criterion) {
    let rooms = Rooms::cached(setting("ROOMS", 1_000_000), 4);
    updates(criterion, &rooms);
    open(criterion, &rooms);
    bulk_build(criterion);
}

/// From the first change until searches see all of them.
fn updates(criterion: &mut Criterion, rooms: &Rooms) {
    let folder = Rooms::empty_folder();
    let mut copy = rooms.copy_to(folder.path());
    let documents = rooms.documents(20_000);
    let mut group = criterion.benchmark_group("update, to visible");
    group.sample_size(10);
    for at_once in [1, 100, 10_000] {
        let mut chunks = documents.chunks(at_once).cycle();
        let mut price = 500.0;
        group.throughput(Throughput::Elements(at_once as u64));
        group.bench_function(format!("rooms {at_once}"), |bencher| {
            bencher.iter_custom(|times| {
                let update = |_| {
                    price += 1.0;
                    copy.change_prices(chunks.next().expect("rooms"), price)
                };
                (0..times).map(update).sum()
            });
        });
    }
    group.finish();
}

fn open(criterion: &mut Criterion, rooms: &Rooms) {
    let mut group = criterion.benchmark_group("open");
    group.sample_size(10);
    let folder = &rooms.folder;
    group.bench_function(format!("rooms {}", rooms.count), |bencher| {
        bencher.iter(|| black_box(Store::open_read_only(folder, &built_in()).expect("an index")));
    });
    group.finish();
}

/// One commit of rows that another thread generates.
fn bulk_build(criterion: &mut Criterion) {
    const COUNT: u64 = 50_000;
    let generator = Generator::new(rooms::SEED, COUNT, NOW_S);
    let mut group = criterion.benchmark_group("bulk build");
    group.sample_size(10);
    group.throughput(Throughput::Elements(COUNT));
    for threads in [1, 2] {
        let options = StoreOptions {
            writer_threads: threads,
            writer_memory_bytes: threads * (256 << 20),
            ..StoreOptions::default()
        };
        group.bench_function(
            format!("rooms {COUNT}, writer threads {threads}"),
            |bencher| {
                bencher.iter_batched(
                    Rooms::empty_folder,
                    |folder| {
                        let (mut writer, reader) =
                            Store::open(folder.path(), &built_in(), &options).expect("a store");
                        rooms::load(&mut writer, &generator, COUNT, 1, || {});
                        (reader, folder)
                    },
                    BatchSize::PerIteration,
                );
            },
        );
    }
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(10));
    targets = writes
}
criterion_main!(benches);
