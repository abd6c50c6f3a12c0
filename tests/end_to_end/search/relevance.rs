//! The floor under the search quality in `docs/quality.md`.
//!
//! The engine alone searches a part of the listings of `make quality`, with random typos instead of
//! the lists of real ones. The figures of `make quality` differ, because it has more listings, but
//! a worse ranking lowers both.

#[path = "../../../benches/quality/engine.rs"]
mod engine;
#[path = "../../../benches/quality/figures.rs"]
#[allow(dead_code, reason = "the bench prints more of them")]
mod figures;
#[path = "../../../benches/quality/items.rs"]
#[allow(
    dead_code,
    reason = "the bench also searches near venues and with prefixes"
)]
mod items;
#[path = "../../../benches/quality/judged/mod.rs"]
#[allow(dead_code, reason = "the bench also prints the queries")]
mod judged;
#[path = "../../../benches/quality/misspellings.rs"]
#[allow(dead_code, reason = "the bench also reads lists of misspellings")]
mod misspellings;
#[path = "../../../benches/shared/rooms/rows.rs"]
#[allow(dead_code, reason = "benches also convert bookings")]
mod rows;

use std::collections::HashSet;
use std::fs::File;
use std::path::PathBuf;

use roost_collections::{built_in, rooms};
use roost_datasets::airbnb::{ListingOptions, Listings};
use roost_datasets::rows::RoomRow;
use roost_datasets::venues::{VenueOptions, Venues};
use roost_engine::{Checkpoint, Position, Reader, Store, StoreOptions};
use tempfile::TempDir;

use crate::harness::repository;
use figures::{Figures, RANKS};
use items::{Distortion, Items, Room};
use judged::ndcg::ndcg;
use judged::{Judged, Loaded};

/// Only one in this number of unjudged listings is loaded, which takes seconds instead of a minute.
const ONE_IN: usize = 8;

/// Searches of each kind.
const SEARCHES: usize = 100;

/// The loaded rooms.
struct Rooms {
    reader: Reader,
    rows: Vec<RoomRow>,
    loaded: Loaded,
    _folder: TempDir,
}

#[test]
fn known_rooms_are_found_with_typos() {
    let Some(rooms) = Rooms::load() else { return };
    let known = rooms.rows.iter().map(|row| Room {
        id: row.id,
        title: row.title.clone(),
        place: format!("{} {}", row.locality, row.city),
        searched: String::new(),
        venue: (row.longitude, row.latitude),
    });
    let items = Items::of(known.collect(), None);
    for (distortion, floor) in [
        (Distortion::None, 0.99),
        (Distortion::RandomTypos(1), 0.98),
        (Distortion::RandomTypos(2), 0.98),
    ] {
        let searches = items.searches(distortion, None, SEARCHES);
        assert_eq!(searches.len(), SEARCHES);
        let mut figures = Figures::default();
        for search in searches {
            let text = search.words.join(" ");
            let profile = engine::text_only().unwrap();
            let found = engine::ranked(&rooms.reader, &text, None, &profile, RANKS).unwrap();
            figures.add(
                found
                    .iter()
                    .position(|&room| room == search.room)
                    .map(|index| index + 1),
            );
        }
        let success = figures.success_at(RANKS);
        println!("{distortion:?}: {success:.3}");
        assert!(
            success >= floor,
            "{distortion:?}: success@10 {success:.3} below {floor}"
        );
    }
}

#[test]
fn judged_queries_rank_good_rooms_first() {
    let Some(rooms) = Rooms::load() else { return };
    let queries = Judged::all().unwrap();
    assert_eq!(rooms.loaded.missing(&queries), 0);
    for (name, profile, floor) in [
        ("text alone", engine::text_only().unwrap(), 0.75),
        ("room", rooms::profile(), 0.72),
    ] {
        let ndcg = queries.iter().map(|query| {
            let near = query.near(&rooms.loaded).unwrap();
            let ranked = engine::ranked(&rooms.reader, &query.text, near, &profile, RANKS);
            query.rate(&ranked.unwrap(), RANKS, &rooms.loaded).ndcg
        });
        let mean = ndcg.sum::<f64>() / queries.len() as f64;
        println!("{name}: {mean:.3}");
        assert!(mean >= floor, "{name}: ndcg@10 {mean:.3} below {floor}");
    }
}

#[test]
fn at_least_sixty_queries_are_judged_with_ten_listings_each() {
    let queries = Judged::all().unwrap();
    assert!(queries.len() >= 60);
    for query in &queries {
        assert!(query.listings().count() >= 10, "{}", query.name);
    }
}

#[test]
fn ndcg_is_one_for_the_best_order_and_zero_without_a_good_room() {
    assert!((ndcg(&[3, 2, 1], [1, 2, 3, 0].into_iter(), 10) - 1.0).abs() < 1e-12);
    assert!(ndcg(&[0, 0], [3].into_iter(), 10).abs() < 1e-12);
    assert!(ndcg(&[], [3].into_iter(), 10).abs() < 1e-12);
}

#[test]
fn a_lower_rank_counts_less_and_one_beyond_the_last_does_not_count() {
    let second = ndcg(&[0, 3], [3].into_iter(), 10);
    assert!((second - 1.0 / 3_f64.log2()).abs() < 1e-12);
    assert!(ndcg(&[0, 0, 3], [3].into_iter(), 2).abs() < 1e-12);
}

#[test]
fn ndcg_equals_the_formula_calculated_by_hand() {
    // 7/1 + 1/log2(3) + 3/2 over 7/1 + 3/log2(3) + 1/2.
    let by_hand = (7.0 + 0.630_929_753_571_457_4 + 1.5) / (7.0 + 1.892_789_260_714_372_2 + 0.5);
    assert!((ndcg(&[3, 1, 2], [1, 3, 2].into_iter(), 10) - by_hand).abs() < 1e-12);
}

impl Rooms {
    /// Loads the rooms, or prints that the listings are missing and returns `None`.
    fn load() -> Option<Rooms> {
        let (listings, venues) = (file("nyc_listings_2019.csv.gz")?, file("nyc_venues.csv")?);
        let queries = Judged::all().unwrap();
        let judged: HashSet<&str> = queries.iter().flat_map(Judged::listings).collect();
        let folder = tempfile::tempdir().unwrap();
        let (mut writer, reader) =
            Store::open(folder.path(), &built_in(), &StoreOptions::default()).unwrap();
        let mut rows = Vec::new();
        let mut loaded = Loaded::default();
        for (index, listing) in Listings::read(listings, listing_options())
            .unwrap()
            .enumerate()
        {
            let listing = listing.unwrap();
            let row = listing.room;
            if index % ONE_IN > 0 && !judged.contains(row.external_id.as_str()) {
                continue;
            }
            writer.set_signals(row.landlord_id, rows::signals(&listing.landlord));
            writer
                .put(rooms::collection(), rows::document(row.clone()))
                .unwrap();
            loaded.listings.insert(row.id, row.external_id.clone());
            rows.push(row);
        }
        // `flatten` skips the rows of a repeated venue, as an import does.
        for venue in Venues::read(venues, venue_options()).unwrap().flatten() {
            let place = (venue.longitude, venue.latitude);
            loaded.venues.insert(venue.external_id, place);
        }
        let checkpoint = Checkpoint {
            position: Position(1),
            source: serde_json::Value::Null,
        };
        writer.commit(checkpoint).unwrap();
        Some(Rooms {
            reader,
            rows,
            loaded,
            _folder: folder,
        })
    }
}

fn file(name: &str) -> Option<File> {
    let path: PathBuf = repository().parent()?.join("shared/data/nyc").join(name);
    let file = File::open(path).ok();
    if file.is_none() {
        println!("skipped: {name} is not in shared/data/nyc beside this repository");
    }
    file
}

fn listing_options() -> ListingOptions {
    ListingOptions {
        country: "US".to_owned(),
        currency: "USD".to_owned(),
        city: None,
        now_s: engine::now_s().unwrap(),
    }
}

fn venue_options() -> VenueOptions {
    VenueOptions {
        country: "US".to_owned(),
        source: "venues".to_owned(),
    }
}
