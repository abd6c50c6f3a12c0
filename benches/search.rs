//! How long does the engine take for a search, and for a bulk build?
//!
//! ```text
//! cargo bench --bench search            # 100,000 generated rooms
//! ROOMS=1000000 cargo bench --bench search
//! ```
//!
//! Rooms and landlords are those of the shipped generator, seed 7; one thread; one segment. Each
//! query type goes round all shipped venues.

use std::hint::black_box;
use std::path::Path;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use roost_datasets::generate::Generator;
use roost_datasets::rows::{LandlordRow, RoomRow};
use roost_datasets::shipped;
use roost_engine::{
    Checkpoint, Collection, Count, Document, LatLng, Position, Profile, Query, Radius, Reader,
    Signals, Store, StoreOptions, Tags, Words,
};

const SEED: u64 = 7;
const NOW_S: i64 = 1_800_000_000;

fn main_bench(criterion: &mut Criterion) {
    let rooms = std::env::var("ROOMS").map_or(100_000, |rooms| rooms.parse().expect("a number"));
    let folder = tempfile::tempdir().expect("a folder");
    let reader = build(folder.path(), rooms);
    searches(criterion, &reader);
    bulk_build(criterion);
}

fn searches(criterion: &mut Criterion, reader: &Reader) {
    let venues = shipped::venues();
    let places: Vec<LatLng> = venues
        .iter()
        .map(|venue| LatLng::new(venue.latitude, venue.longitude).expect("a place"))
        .collect();
    let mut group = criterion.benchmark_group("search");
    let mut measure = |name: &str, query: &dyn Fn(LatLng) -> Query| {
        let mut round = places.iter().cycle();
        group.bench_function(name, |bencher| {
            bencher.iter_batched(
                || query(*round.next().expect("there are venues")),
                |query| black_box(reader.search(Collection::Rooms, &query).expect("an answer")),
                BatchSize::SmallInput,
            );
        });
    };
    for radius_m in [2_000.0, 5_000.0, 10_000.0, 25_000.0] {
        let name = format!("radius {} km", radius_m / 1_000.0);
        measure(&name, &|place| near(place, radius_m));
    }
    measure("radius 5 km, no documents read", &|place| Query {
        limit: 0,
        ..near(place, 5_000.0)
    });
    measure("radius 5 km, no count", &|place| Query {
        count: Count::None,
        ..near(place, 5_000.0)
    });
    measure("unlimited radius", &|place| Query {
        radius: None,
        ..near(place, 5_000.0)
    });
    for text in ["quiet", "quiet desk", "guindy"] {
        let words = Words::new(text).ok();
        measure(&format!("\"{text}\", 5 km"), &|place| Query {
            text: words.clone(),
            ..near(place, 5_000.0)
        });
        measure(&format!("\"{text}\", anywhere"), &|_| Query {
            text: words.clone(),
            ..all()
        });
    }
    group.finish();
}

fn bulk_build(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("build");
    group.sample_size(10);
    group.bench_function("10,000 rooms", |bencher| {
        bencher.iter_batched(
            || tempfile::tempdir().expect("a folder"),
            |folder| {
                black_box(build(folder.path(), 10_000));
                folder
            },
            BatchSize::PerIteration,
        );
    });
    group.finish();
}

fn build(folder: &Path, rooms: u64) -> Reader {
    let generator = Generator::new(SEED, rooms, NOW_S);
    let (mut writer, reader) = Store::open(folder, &StoreOptions::default()).expect("a store");
    for landlord in generator.landlords() {
        writer.set_signals(landlord.id, signals(&landlord));
    }
    for room in generator.rooms() {
        writer
            .put(Collection::Rooms, document(room))
            .expect("written");
    }
    let checkpoint = Checkpoint {
        position: Position(1),
        source: serde_json::Value::Null,
    };
    writer.commit(checkpoint).expect("committed");
    reader
}

fn near(place: LatLng, radius_m: f64) -> Query {
    Query {
        center: Some(place),
        radius: Radius::new(radius_m).ok(),
        ..all()
    }
}

fn all() -> Query {
    Query::all(Profile::room(), NOW_S)
}

fn signals(landlord: &LandlordRow) -> Signals {
    Signals {
        capacity_total: landlord.total_capacity.unsigned_abs(),
        capacity_used: landlord.active_contracts.unsigned_abs(),
        active_at_s: landlord.last_active_at_s,
        accepts_most: landlord.acceptance_rate > 0.8,
        answers_fast: landlord.response_time_s_average.is_some_and(|s| s < 3600.0),
        available: landlord.is_available,
    }
}

fn document(room: RoomRow) -> Document {
    let place = LatLng::new(room.latitude, room.longitude).expect("a place");
    let tag = |tags: Tags, name: &&str| tags.with(Collection::Rooms.tag(name).expect("known"));
    Document {
        owner: Some(room.landlord_id),
        status: Collection::Rooms.status(room.status).expect("known"),
        verified: room.verified_at_s.is_some(),
        title: room.title,
        description: room.description,
        address: room.address,
        locality: room.locality,
        city: room.city,
        category: Collection::Rooms.category(room.room_type).expect("known"),
        tags: room.amenities.iter().fold(Tags::NONE, tag),
        price: room.price,
        occupancy: room.occupancy.unsigned_abs(),
        rating: room.rating_average,
        reviews: room.review_count.unsigned_abs(),
        ..Document::empty(room.id, place)
    }
}

criterion_group!(benches, main_bench);
criterion_main!(benches);
