//! Tests of determinism, of the constraints of the schema and of the distributions.

use std::collections::{HashMap, HashSet};

use super::*;
use crate::rows::AMENITIES;
use crate::shipped;

const NOW_S: i64 = 1_800_000_000;

#[test]
fn the_same_seed_gives_the_same_rows_and_another_seed_different_ones() {
    let rooms = |seed| Generator::new(seed, 300, NOW_S).rooms().collect::<Vec<_>>();
    let landlords = |seed| {
        Generator::new(seed, 300, NOW_S)
            .landlords()
            .collect::<Vec<_>>()
    };
    assert_eq!((rooms(1), landlords(1)), (rooms(1), landlords(1)));
    assert_ne!(rooms(1), rooms(2));
}

#[test]
fn a_smaller_number_of_rooms_is_a_prefix_of_a_larger_one() {
    let rooms = |count| Generator::new(1, count, NOW_S).rooms().collect::<Vec<_>>();
    assert_eq!(rooms(100), rooms(300)[..100]);
    assert!(rooms(0).is_empty());
}

#[test]
fn every_landlord_satisfies_the_schema_and_has_a_room() {
    let generator = Generator::new(3, 20_000, NOW_S);
    let landlords: Vec<_> = generator.landlords().collect();
    for landlord in &landlords {
        assert!((1..=1_000_000).contains(&landlord.total_capacity));
        assert!((0..=landlord.total_capacity).contains(&landlord.active_contracts));
        assert!((0.0..=1.0).contains(&landlord.acceptance_rate));
        assert!(
            landlord
                .response_time_s_average
                .is_none_or(|s| s.is_finite() && s >= 0.0)
        );
        assert!(landlord.last_active_at_s <= NOW_S);
    }
    let ids: HashSet<_> = landlords.iter().map(|landlord| landlord.id).collect();
    let users: HashSet<_> = landlords.iter().map(|landlord| landlord.user_id).collect();
    let letting: HashSet<_> = generator.rooms().map(|room| room.landlord_id).collect();
    assert_eq!(ids.len(), landlords.len());
    assert_eq!(users.len(), landlords.len());
    assert_eq!(ids, letting);
    let available = landlords
        .iter()
        .filter(|landlord| landlord.is_available)
        .count();
    assert!(available * 10 > landlords.len() * 9);
}

#[test]
fn every_room_satisfies_the_schema() {
    let (mut ids, mut unpriced, mut listed, mut keys) = (HashSet::new(), 0, 0, HashSet::new());
    let (mut verified, mut ground_floors) = (0, 0);
    for room in Generator::new(4, 20_000, NOW_S).rooms() {
        assert!(
            (1..=300).contains(&room.title.chars().count()),
            "{}",
            room.title
        );
        assert!(room.description.chars().count() <= 20_000);
        assert!(room.address.chars().count() <= 500 && room.locality.chars().count() <= 200);
        assert!((-90.0..=90.0).contains(&room.latitude));
        assert!((-180.0..=180.0).contains(&room.longitude));
        assert!(
            room.price
                .is_none_or(|price| (1.0..100_000.0).contains(&price))
        );
        assert!((1..=100).contains(&room.occupancy));
        assert!(
            room.amenities
                .iter()
                .all(|amenity| AMENITIES.contains(amenity))
        );
        assert!(room.amenities.is_sorted_by(|a, b| a < b));
        assert!(!(room.amenities.contains(&"women_only") && room.amenities.contains(&"men_only")));
        assert!(
            room.rating_average
                .is_none_or(|r| (0.0..=5.0).contains(&r) && room.review_count > 0)
        );
        assert!(room.review_count >= 0);
        unpriced += u32::from(room.price.is_none());
        listed += u32::from(room.status == "listed");
        ground_floors += u32::from(room.floor == Some(0));
        assert!(room.floor.is_none_or(|floor| (0..=200).contains(&floor)));
        verified += u32::from(room.verified_at_s.is_some_and(|at_s| at_s <= NOW_S));
        assert!(ids.insert(room.external_id) && keys.insert(room.id));
    }
    assert!((100..400).contains(&unpriced), "{unpriced}");
    assert!(listed > 19_000, "{listed}");
    assert!((7_500..8_500).contains(&verified), "{verified}");
    assert!((2_500..3_800).contains(&ground_floors), "{ground_floors}");
}

#[test]
fn three_rooms_in_ten_are_booked_and_never_twice_for_the_same_night() {
    let generator = Generator::new(4, 5_000, NOW_S);
    let rooms: HashSet<_> = generator.rooms().map(|room| room.id).collect();
    let students: HashSet<_> = generator.students().map(|it| it.user_id).collect();
    let today = NOW_S / 86_400;
    let (mut keys, mut booked, mut nights) = (HashSet::new(), HashSet::new(), HashSet::new());
    for booking in generator.bookings() {
        assert!(rooms.contains(&booking.room_id) && students.contains(&booking.student_id));
        assert!(today <= booking.check_in_day && booking.check_in_day < booking.check_out_day);
        assert!(booking.check_out_day <= today + 120);
        for night in booking.check_in_day..booking.check_out_day {
            assert!(nights.insert((booking.room_id, night)));
        }
        assert!(keys.insert(booking.id));
        booked.insert(booking.room_id);
    }
    assert!((1_350..1_600).contains(&booked.len()), "{}", booked.len());
    let same: Vec<_> = Generator::new(4, 5_000, NOW_S).bookings().collect();
    assert_eq!(same, generator.bookings().collect::<Vec<_>>());
}

#[test]
fn every_request_satisfies_the_schema() {
    let generator = Generator::new(4, 100, NOW_S);
    let students: HashSet<_> = generator.students().map(|it| it.user_id).collect();
    let venues: HashMap<_, _> = shipped::venues()
        .into_iter()
        .map(|it| (it.id, it))
        .collect();
    let types = ["entire_place", "hotel_room", "private_room", "shared_room"];
    let (mut ids, mut keys) = (HashSet::new(), HashSet::new());
    for request in generator.requests(5_000) {
        assert!(students.contains(&request.student_id));
        if let Some(id) = request.venue_id {
            let venue = &venues[&id];
            assert_eq!(
                (request.latitude, request.longitude, &request.city),
                (venue.latitude, venue.longitude, &venue.city)
            );
        }
        let (title, description) = (&request.title, &request.description);
        assert!((1..=300).contains(&title.chars().count()), "{title}");
        assert!(description.chars().count() <= 5_000, "{description}");
        assert!(!description.contains('_'), "{description}");
        assert!((1..=200).contains(&request.city.chars().count()));
        assert!((-90.0..=90.0).contains(&request.latitude));
        assert!((-180.0..=180.0).contains(&request.longitude));
        assert!((100..=200_000).contains(&request.reach_m));
        assert!((1..=14).contains(&(request.check_out_day - request.check_in_day)));
        assert!((1..=100).contains(&request.occupants));
        assert!(
            request
                .budget
                .is_none_or(|it| (1.0..100_000.0).contains(&it))
        );
        assert_eq!(request.currency, "INR");
        let (required, preferred) = (&request.required_amenities, &request.preferred_amenities);
        for (names, vocabulary) in [
            (required, &AMENITIES[..]),
            (preferred, &AMENITIES),
            (&request.room_types, &types),
        ] {
            assert!(
                names.iter().all(|name| vocabulary.contains(name)),
                "{names:?}"
            );
            assert!(names.is_sorted_by(|a, b| a < b), "{names:?}");
        }
        assert!(required.len() <= 3 && preferred.len() <= 4 && request.room_types.len() <= 2);
        assert!(preferred.iter().all(|amenity| !required.contains(amenity)));
        assert!(!(required.contains(&"women_only") && required.contains(&"men_only")));
        assert!(request.created_at_s <= NOW_S);
        assert_eq!(request.expires_at_s <= NOW_S, request.status == "expired");
        assert!(ids.insert(request.external_id) && keys.insert(request.id));
    }
}

#[test]
fn most_requests_are_active_around_a_venue_and_for_the_next_three_months() {
    let requests: Vec<_> = Generator::new(4, 100, NOW_S).requests(5_000).collect();
    let count = |keep: &dyn Fn(&RequestRow) -> bool| requests.iter().filter(|it| keep(it)).count();
    let today = NOW_S / 86_400;
    let days = today..today + 90;
    assert!(requests.iter().all(|it| days.contains(&it.check_in_day)));
    let short = count(&|it| (2..=4).contains(&(it.check_out_day - it.check_in_day)));
    assert!(short > 2_500, "{short}");
    let near = count(&|it| (2_000..=5_000).contains(&it.reach_m));
    assert!(near > 3_500, "{near}");
    for (name, counted, expected) in [
        ("active", count(&|it| it.status == "active"), 4_600..4_800),
        ("venue", count(&|it| it.venue_id.is_some()), 4_150..4_350),
        ("no limit", count(&|it| it.budget.is_none()), 430..570),
        (
            "any type",
            count(&|it| it.room_types.is_empty()),
            2_350..2_650,
        ),
        (
            "women",
            count(&|it| it.required_amenities.contains(&"women_only")),
            200..400,
        ),
    ] {
        assert!(expected.contains(&counted), "{name}: {counted}");
    }
}

#[test]
fn the_same_seed_gives_the_same_requests_and_a_smaller_number_a_prefix() {
    let requests = |seed, rooms, count| {
        let generator = Generator::new(seed, rooms, NOW_S);
        generator.requests(count).collect::<Vec<_>>()
    };
    assert_eq!(requests(1, 10, 300), requests(1, 10, 300));
    assert_eq!(requests(1, 10, 100), requests(1, 5_000, 300)[..100]);
    assert_ne!(requests(1, 10, 300), requests(2, 10, 300));
    assert!(requests(1, 10, 0).is_empty());
}

#[test]
fn half_of_the_rooms_of_an_accepted_type_are_within_the_budget() {
    let generator = Generator::new(6, 5_000, NOW_S);
    let rooms: Vec<_> = generator.rooms().collect();
    let (mut within, mut all) = (0, 0);
    for request in generator.requests(500) {
        let (Some(budget), &[only]) = (request.budget, &request.room_types[..]) else {
            continue;
        };
        let tier = place::city_tier(&request.city);
        let prices = rooms
            .iter()
            .filter(|room| room.room_type == only && place::city_tier(&room.city) == tier)
            .filter_map(|room| room.price);
        for price in prices {
            within += u32::from(price <= budget);
            all += 1;
        }
    }
    let share = f64::from(within) / f64::from(all);
    assert!((0.45..0.55).contains(&share), "{share}");
}

#[test]
fn rooms_are_dense_around_venues_and_in_large_cities() {
    let venues = shipped::venues();
    let km = |a: (f64, f64), b: (f64, f64)| {
        let x = (a.1 - b.1) * a.0.to_radians().cos();
        (x * x + (a.0 - b.0) * (a.0 - b.0)).sqrt() * 111.195
    };
    let rooms: Vec<_> = Generator::new(5, 4_000, NOW_S).rooms().collect();
    let mut nearest_km: Vec<f64> = rooms
        .iter()
        .map(|room| {
            let here = (room.latitude, room.longitude);
            let all = venues
                .iter()
                .map(|venue| km(here, (venue.latitude, venue.longitude)));
            all.fold(f64::INFINITY, f64::min)
        })
        .collect();
    nearest_km.sort_by(f64::total_cmp);
    let median = nearest_km[nearest_km.len() / 2];
    assert!((1.0..3.5).contains(&median), "{median}");
    assert!(nearest_km[nearest_km.len() - 1] < 25.0);
    let in_city = |city| rooms.iter().filter(|room| room.city == city).count();
    assert!(in_city("Mumbai") > 2 * in_city("Silchar"));
}

#[test]
fn prices_are_higher_in_large_cities_and_for_entire_places() {
    let rooms: Vec<_> = Generator::new(6, 10_000, NOW_S).rooms().collect();
    let mean = |keep: &dyn Fn(&RoomRow) -> bool| {
        let kept: Vec<f64> = rooms
            .iter()
            .filter(|room| keep(room))
            .filter_map(|room| room.price)
            .collect();
        kept.iter().sum::<f64>() / kept.len() as f64
    };
    let large = mean(&|room| place::city_tier(&room.city) == 1 && room.room_type == "private_room");
    let small = mean(&|room| place::city_tier(&room.city) == 3 && room.room_type == "private_room");
    let entire = mean(&|room| room.room_type == "entire_place");
    let shared = mean(&|room| room.room_type == "shared_room");
    assert!(
        large > 1.3 * small && entire > 2.0 * shared,
        "{large} {small} {entire} {shared}"
    );
}
