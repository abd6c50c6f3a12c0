//! Are rooms found as well as `docs/quality.md` says, however people type?
//!
//! A floor under the figures of `make quality`: the engine alone, over a part of the same listings, with
//! random typos instead of the lists of real ones. What `make quality` prints is higher or lower, since
//! there are more listings; a ranking that gets worse falls here as well.

#[path = "../../../benches/quality/engine.rs"]
mod engine;
#[path = "../../../benches/quality/figures.rs"]
#[allow(dead_code, reason = "the bench prints more of them")]
mod figures;
#[path = "../../../benches/quality/items.rs"]
#[allow(
    dead_code,
    reason = "the bench also searches near venues and types less"
)]
mod items;
#[path = "../../../benches/quality/judged.rs"]
#[allow(dead_code, reason = "the bench also prints what was asked")]
mod judged;
#[path = "../../../benches/quality/misspellings.rs"]
#[allow(dead_code, reason = "the bench also reads lists of misspellings")]
mod misspellings;
#[path = "../../../benches/quality/ndcg.rs"]
mod ndcg;
#[path = "../../../benches/rooms/rows.rs"]
#[allow(dead_code, reason = "benches also convert bookings")]
mod rows;

use std::collections::HashSet;
use std::fs::File;
use std::path::PathBuf;

use roost_datasets::airbnb::{ListingOptions, Listings};
use roost_datasets::rows::RoomRow;
use roost_datasets::venues::{VenueOptions, Venues};
use roost_engine::{Checkpoint, Collection, Position, Profile, Reader, Store, StoreOptions};
use tempfile::TempDir;

use crate::harness::repository;
use figures::Figures;
use items::{Items, Room, Slip};
use judged::{Judged, Loaded};
use ndcg::ndcg;

/// Of the listings that nobody judged, one in so many is loaded: it takes seconds and not a minute.
const ONE_IN: usize = 8;

/// Searches of each kind.
const SEARCHES: usize = 100;
const PLACES: usize = 10;

/// What is loaded.
struct Rooms {
    reader: Reader,
    rows: Vec<RoomRow>,
    loaded: Loaded,
    _folder: TempDir,
}

#[test]
fn known_rooms_are_found_however_they_are_typed() {
    let Some(rooms) = Rooms::load() else { return };
    let known = rooms.rows.iter().map(|row| Room {
        id: row.id,
        title: row.title.clone(),
        place: format!("{} {}", row.locality, row.city),
        venue: (row.longitude, row.latitude),
    });
    let items = Items::of(known.collect(), None);
    for (slip, floor) in [
        (Slip::None, 0.99),
        (Slip::MadeUp(1), 0.98),
        (Slip::MadeUp(2), 0.98),
    ] {
        let searches = items.searches(slip, None, SEARCHES);
        assert_eq!(searches.len(), SEARCHES);
        let mut figures = Figures::default();
        for search in searches {
            let text = search.words.join(" ");
            let profile = engine::words_only().unwrap();
            let found = engine::ranked(&rooms.reader, &text, None, &profile, PLACES).unwrap();
            figures.add(
                found
                    .iter()
                    .position(|&room| room == search.room)
                    .map(|at| at + 1),
            );
        }
        let success = figures.success_at(PLACES);
        println!("{slip:?}: {success:.3}");
        assert!(
            success >= floor,
            "{slip:?}: success@10 {success:.3} below {floor}"
        );
    }
}

#[test]
fn judged_queries_bring_good_rooms_first() {
    let Some(rooms) = Rooms::load() else { return };
    let queries = Judged::all().unwrap();
    assert_eq!(rooms.loaded.missing(&queries), 0);
    for (name, profile, floor) in [
        ("words alone", engine::words_only().unwrap(), 0.75),
        ("room", Profile::room(), 0.72),
    ] {
        let ndcg = queries.iter().map(|query| {
            let near = query.near(&rooms.loaded).unwrap();
            let ranked = engine::ranked(&rooms.reader, &query.text, near, &profile, PLACES);
            query.rate(&ranked.unwrap(), PLACES, &rooms.loaded).ndcg
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
fn the_best_order_is_worth_one_and_no_good_room_nothing() {
    assert!((ndcg(&[3, 2, 1], [1, 2, 3, 0].into_iter(), 10) - 1.0).abs() < 1e-12);
    assert!(ndcg(&[0, 0], [3].into_iter(), 10).abs() < 1e-12);
    assert!(ndcg(&[], [3].into_iter(), 10).abs() < 1e-12);
}

#[test]
fn a_place_further_down_is_worth_less_and_beyond_the_last_nothing() {
    let second = ndcg(&[0, 3], [3].into_iter(), 10);
    assert!((second - 1.0 / 3_f64.log2()).abs() < 1e-12);
    assert!(ndcg(&[0, 0, 3], [3].into_iter(), 2).abs() < 1e-12);
}

#[test]
fn the_figure_is_that_of_the_formula_by_hand() {
    // 7/1 + 1/log2(3) + 3/2 over 7/1 + 3/log2(3) + 1/2.
    let by_hand = (7.0 + 0.630_929_753_571_457_4 + 1.5) / (7.0 + 1.892_789_260_714_372_2 + 0.5);
    assert!((ndcg(&[3, 1, 2], [1, 3, 2].into_iter(), 10) - by_hand).abs() < 1e-12);
}

impl Rooms {
    /// `None` where the listings are not beside this repository, which is said.
    fn load() -> Option<Rooms> {
        let (listings, venues) = (file("nyc_listings_2019.csv.gz")?, file("nyc_venues.csv")?);
        let queries = Judged::all().unwrap();
        let judged: HashSet<&str> = queries.iter().flat_map(Judged::listings).collect();
        let folder = tempfile::tempdir().unwrap();
        let (mut writer, reader) = Store::open(folder.path(), &StoreOptions::default()).unwrap();
        let mut rows = Vec::new();
        let mut loaded = Loaded::default();
        for (at, listing) in Listings::read(listings, listing_options())
            .unwrap()
            .enumerate()
        {
            let listing = listing.unwrap();
            let row = listing.room;
            if at % ONE_IN > 0 && !judged.contains(row.external_id.as_str()) {
                continue;
            }
            writer.set_signals(row.landlord_id, rows::signals(&listing.landlord));
            writer
                .put(Collection::Rooms, rows::document(row.clone()))
                .unwrap();
            loaded.listings.insert(row.id, row.external_id.clone());
            rows.push(row);
        }
        // A venue that stands in the file twice is left out the second time, as an import does.
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
        println!("skipped: {name} of New York is not beside this repository");
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
