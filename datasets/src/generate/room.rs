//! Generates a room with its amenities and price.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use super::landlord::Landlord;
use super::place::{Place, World, city_tier};
use super::prose::{Prose, draw_noun};
use super::random::{normal, pick};
use crate::key;
use crate::rows::{RoomRow, VenueRow};
use crate::shipped::SOURCE;

/// The probability of each amenity in a metropolis. It is a little lower elsewhere.
const AMENITY_CHANCES: [(&str, f64); 34] = [
    ("wifi", 0.82),
    ("fan", 0.9),
    ("desk", 0.62),
    ("hot_water", 0.6),
    ("attached_bathroom", 0.5),
    ("power_backup", 0.45),
    ("water_purifier", 0.45),
    ("cupboard", 0.5),
    ("laundry", 0.38),
    ("air_conditioning", 0.36),
    ("kitchen", 0.3),
    ("meals", 0.3),
    ("housekeeping", 0.3),
    ("near_transit", 0.3),
    ("cctv", 0.28),
    ("parking", 0.28),
    ("quiet", 0.26),
    ("security", 0.24),
    ("refrigerator", 0.24),
    ("tv", 0.22),
    ("study_room", 0.18),
    ("balcony", 0.17),
    ("cooking_allowed", 0.16),
    ("breakfast", 0.16),
    ("locker", 0.13),
    ("elevator", 0.13),
    ("ironing", 0.12),
    ("mosquito_net", 0.1),
    ("self_check_in", 0.08),
    ("garden", 0.07),
    ("fire_extinguisher", 0.07),
    ("first_aid_kit", 0.06),
    ("step_free", 0.06),
    ("coffee", 0.05),
];

pub(super) fn room(
    world: &World,
    landlord: &Landlord,
    rng: &mut ChaCha8Rng,
    seed: u64,
    index: u64,
) -> RoomRow {
    let venue = world.venue(landlord.venue);
    let place = world.draw_place(rng, landlord.venue);
    let room_type = draw_room_type(rng);
    let amenities = draw_amenities(rng, room_type, city_tier(&venue.city));
    let occupancy = draw_occupancy(rng, room_type);
    let price = draw_price(rng, venue, &place, room_type, &amenities);
    let (rating_average, review_count) = draw_reviews(rng);
    let noun = draw_noun(rng, room_type, occupancy);
    let prose = Prose {
        venue,
        place: &place,
        noun,
        amenities: &amenities,
        occupancy,
    };
    RoomRow {
        id: key::numbered(index, &rng.random()),
        landlord_id: landlord.row.id,
        title: prose.title(rng),
        description: prose.description(rng),
        address: prose.address(rng),
        locality: prose.locality().to_owned(),
        city: venue.city.clone(),
        postal_code: prose.postal_code().to_owned(),
        country_code: venue.country_code.clone(),
        latitude: place.latitude,
        longitude: place.longitude,
        price,
        currency: "INR".to_owned(),
        occupancy,
        room_type,
        minimum_nights: *pick(rng, &[1, 1, 1, 1, 1, 2, 2, 3, 7, 30]),
        floor: None,
        rating_average,
        review_count,
        status: draw_status(rng),
        verified_at_s: None,
        external_source: SOURCE.to_owned(),
        external_id: external_id(seed, index),
        amenities,
    }
}

/// The `external_id` of a room.
pub(super) fn external_id(seed: u64, index: u64) -> String {
    format!("{seed}-{index}")
}

/// Two rooms in five have been verified within the last year.
pub(super) fn draw_verified_at_s(rng: &mut ChaCha8Rng, now_s: i64) -> Option<i64> {
    const YEAR_S: i64 = 365 * 86_400;
    let is_verified = rng.random_bool(0.4);
    is_verified.then(|| now_s - rng.random_range(0..YEAR_S))
}

/// The floor is known of five rooms in six.
pub(super) fn draw_floor(rng: &mut ChaCha8Rng) -> Option<i16> {
    rng.random_bool(5.0 / 6.0)
        .then(|| *pick(rng, &[0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 3, 3, 4, 5, 7, 12]))
}

pub(super) fn draw_room_type(rng: &mut ChaCha8Rng) -> &'static str {
    match rng.random_range(0..100) {
        0..60 => "private_room",
        60..78 => "shared_room",
        78..94 => "entire_place",
        _ => "hotel_room",
    }
}

fn draw_occupancy(rng: &mut ChaCha8Rng, room_type: &str) -> i16 {
    *match room_type {
        "private_room" => pick(rng, &[1, 1, 1, 2, 2, 3]),
        "shared_room" => pick(rng, &[1, 1, 2, 3, 4, 6]),
        "entire_place" => pick(rng, &[2, 3, 3, 4, 4, 5, 6, 8]),
        _ => pick(rng, &[1, 2, 2, 2, 3]),
    }
}

fn draw_amenities(rng: &mut ChaCha8Rng, room_type: &str, tier: u8) -> Vec<&'static str> {
    let factor = match tier {
        1 => 1.0,
        2 => 0.93,
        _ => 0.82,
    };
    let mut amenities: Vec<&'static str> = Vec::new();
    for (amenity, chance) in AMENITY_CHANCES {
        let chance = match (amenity, room_type) {
            ("kitchen", "entire_place") => 0.9,
            ("air_conditioning" | "attached_bathroom" | "tv" | "housekeeping", "hotel_room") => 0.9,
            ("locker", "shared_room") => 0.5,
            _ => chance * factor,
        };
        if rng.random_bool(chance) {
            amenities.push(amenity);
        }
    }
    // Paying-guest houses are often for women only or for men only.
    if matches!(room_type, "private_room" | "shared_room") {
        match rng.random_range(0..100) {
            0..16 => amenities.push("women_only"),
            16..28 => amenities.push("men_only"),
            _ => {}
        }
    }
    amenities.sort_unstable();
    amenities
}

/// The price per night in rupees that city and room type alone suggest.
pub(super) fn base_price(city: &str, room_type: &str) -> f64 {
    let city = match city_tier(city) {
        1 => 1_050.0,
        2 => 760.0,
        _ => 560.0,
    };
    let kind = match room_type {
        "entire_place" => 2.3,
        "hotel_room" => 1.8,
        "shared_room" => 0.45,
        _ => 1.0,
    };
    city * kind
}

/// Draws the price per night in rupees, a multiple of ten. About one room in a hundred has none.
fn draw_price(
    rng: &mut ChaCha8Rng,
    venue: &VenueRow,
    place: &Place<'_>,
    room_type: &str,
    amenities: &[&str],
) -> Option<f64> {
    let nearness = 0.8 + 0.4 * (-place.venue_km / 5.0).exp();
    let has = |amenity: &str, more: f64| {
        if amenities.contains(&amenity) {
            more
        } else {
            0.0
        }
    };
    let comfort = 1.0
        + has("air_conditioning", 0.2)
        + has("meals", 0.18)
        + has("attached_bathroom", 0.1)
        + has("breakfast", 0.06)
        + has("wifi", 0.05)
        + has("power_backup", 0.04);
    let price =
        base_price(&venue.city, room_type) * nearness * comfort * (0.22 * normal(rng)).exp();
    let known = !rng.random_bool(0.01);
    known.then(|| (price / 10.0).round().max(10.0) * 10.0)
}

fn draw_reviews(rng: &mut ChaCha8Rng) -> (Option<f64>, i32) {
    let count = ((1.3 * normal(rng)).exp() * 6.0 - 2.0)
        .floor()
        .clamp(0.0, 900.0) as i32;
    let rating = (4.25 + 0.45 * normal(rng)).clamp(1.0, 5.0);
    let rated = count > 0 && rng.random_bool(0.95);
    (rated.then(|| (rating * 100.0).round() / 100.0), count)
}

fn draw_status(rng: &mut ChaCha8Rng) -> &'static str {
    match rng.random_range(0..200) {
        0..194 => "listed",
        194..197 => "paused",
        197..199 => "draft",
        _ => "removed",
    }
}
