//! Generates rental requests of students.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use uuid::Uuid;

use super::place::World;
use super::prose::draw_venue_name;
use super::random::{normal, pick};
use super::room::{base_price, draw_room_type};
use super::words;
use crate::key;
use crate::rows::RequestRow;
use crate::shipped::SOURCE;

const DAY_S: i64 = 86_400;

/// Requests are open for this time.
const OPEN_S: i64 = 14 * DAY_S;

/// Stays begin within this number of days.
const DAYS: i64 = 90;

/// Share of requests around a venue itself; the others are around a point near it.
const VENUE_SHARE: f64 = 0.85;

/// The median price of rooms as a multiple of [`base_price`], so that about half of the rooms are
/// within a budget.
const MEDIAN_OF_BASE: f64 = 1.19;

/// A required amenity is one of these, apart from `women_only` and `men_only`.
const REQUIRED: [&str; 24] = [
    "wifi",
    "wifi",
    "wifi",
    "wifi",
    "attached_bathroom",
    "attached_bathroom",
    "attached_bathroom",
    "air_conditioning",
    "air_conditioning",
    "meals",
    "meals",
    "hot_water",
    "hot_water",
    "desk",
    "desk",
    "fan",
    "fan",
    "power_backup",
    "quiet",
    "laundry",
    "kitchen",
    "parking",
    "water_purifier",
    "step_free",
];

/// A preferred amenity is one of these.
const PREFERRED: [&str; 24] = [
    "wifi",
    "wifi",
    "desk",
    "desk",
    "desk",
    "quiet",
    "quiet",
    "near_transit",
    "near_transit",
    "power_backup",
    "power_backup",
    "hot_water",
    "water_purifier",
    "attached_bathroom",
    "air_conditioning",
    "study_room",
    "breakfast",
    "meals",
    "laundry",
    "cupboard",
    "security",
    "balcony",
    "refrigerator",
    "tv",
];

pub(super) fn request(
    world: &World,
    rng: &mut ChaCha8Rng,
    students: &[Uuid],
    (seed, index): (u64, u64),
    now_s: i64,
) -> RequestRow {
    let venue_index = world.draw_venue(rng);
    let venue = world.venue(venue_index);
    let is_at_venue = rng.random_bool(VENUE_SHARE);
    let (latitude, longitude, spot) = if is_at_venue {
        let name = draw_venue_name(rng, venue);
        (venue.latitude, venue.longitude, name)
    } else {
        let place = world.draw_place(rng, venue_index);
        let name = place.locality.map_or(&venue.city, |it| &it.name);
        (place.latitude, place.longitude, name.as_str())
    };
    let check_in_day = now_s.div_euclid(DAY_S) + rng.random_range(0..DAYS);
    let nights = *pick(rng, &[1, 2, 2, 2, 3, 3, 3, 4, 4, 5, 7, 10, 14]);
    let room_types = draw_room_types(rng);
    let (required_amenities, preferred_amenities) = draw_amenities(rng);
    let (status, created_at_s) = draw_status(rng, now_s);
    let text = Text {
        spot,
        nights,
        room_types: &room_types,
        occupants: *pick(rng, &[1, 1, 1, 1, 2, 2, 2, 3, 4]),
        reach_km: *pick(rng, &[1, 2, 2, 2, 3, 3, 3, 3, 5, 5, 5, 10]),
        required: &required_amenities,
        preferred: &preferred_amenities,
    };
    RequestRow {
        id: key::numbered(index, &rng.random()),
        student_id: *pick(rng, students),
        venue_id: is_at_venue.then_some(venue.id),
        title: text.title(rng),
        description: text.description(),
        city: venue.city.clone(),
        latitude,
        longitude,
        reach_m: text.reach_km * 1_000,
        check_in_day,
        check_out_day: check_in_day + nights,
        occupants: text.occupants,
        budget: draw_budget(rng, &venue.city, &room_types),
        currency: "INR".to_owned(),
        status,
        created_at_s,
        expires_at_s: created_at_s + OPEN_S,
        external_source: SOURCE.to_owned(),
        external_id: external_id(seed, index),
        room_types,
        required_amenities,
        preferred_amenities,
    }
}

/// The `external_id` of a request.
pub(super) fn external_id(seed: u64, index: u64) -> String {
    format!("{seed}-{index}")
}

/// Half of the requests accept any type, the others one or two.
fn draw_room_types(rng: &mut ChaCha8Rng) -> Vec<&'static str> {
    if rng.random_bool(0.5) {
        return Vec::new();
    }
    let count = *pick(rng, &[1, 1, 2]);
    draw_distinct(count, || draw_room_type(rng))
}

/// Draws the required and the preferred amenities, which have none in common.
fn draw_amenities(rng: &mut ChaCha8Rng) -> (Vec<&'static str>, Vec<&'static str>) {
    let count = *pick(rng, &[0, 0, 1, 1, 1, 2, 2, 3]);
    let mut guests = match rng.random_range(0..100) {
        0..8 => Some("women_only"),
        8..13 => Some("men_only"),
        _ => None,
    };
    let required = draw_distinct(count, || {
        guests.take().unwrap_or_else(|| *pick(rng, &REQUIRED))
    });
    let count = *pick(rng, &[0, 0, 1, 1, 2, 2, 3, 4]);
    let others: Vec<_> = PREFERRED
        .into_iter()
        .filter(|amenity| !required.contains(amenity))
        .collect();
    let preferred = draw_distinct(count, || *pick(rng, &others));
    (required, preferred)
}

/// Draws until there are `count` distinct names, and sorts them.
fn draw_distinct(count: usize, mut draw: impl FnMut() -> &'static str) -> Vec<&'static str> {
    let mut names = Vec::new();
    while names.len() < count {
        let name = draw();
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names.sort_unstable();
    names
}

/// Draws the maximum price per night in rupees, a multiple of fifty, around the typical price of
/// the most expensive accepted type. One request in ten has none.
fn draw_budget(rng: &mut ChaCha8Rng, city: &str, room_types: &[&str]) -> Option<f64> {
    let prices = room_types
        .iter()
        .map(|room_type| base_price(city, room_type));
    let base = prices
        .reduce(f64::max)
        .unwrap_or_else(|| base_price(city, "private_room"));
    let budget = base * MEDIAN_OF_BASE * (0.25 * normal(rng)).exp();
    let is_limited = !rng.random_bool(0.1);
    is_limited.then(|| (budget / 50.0).round().max(2.0) * 50.0)
}

/// Draws the status and a time of creation that fits it: only expired requests are older than the
/// time for which a request is open.
fn draw_status(rng: &mut ChaCha8Rng, now_s: i64) -> (&'static str, i64) {
    let status = match rng.random_range(0..100) {
        0..94 => "active",
        94..97 => "matched",
        97..99 => "expired",
        _ => "cancelled",
    };
    let age_s = rng.random_range(0..OPEN_S);
    match status {
        "expired" => (status, now_s - OPEN_S - 1 - age_s),
        _ => (status, now_s - age_s),
    }
}

/// The facts that the texts of a request mention.
struct Text<'a> {
    /// The name of the venue or neighbourhood.
    spot: &'a str,
    nights: i64,
    room_types: &'a [&'static str],
    occupants: i16,
    reach_km: i32,
    required: &'a [&'static str],
    preferred: &'a [&'static str],
}

impl Text<'_> {
    fn title(&self, rng: &mut ChaCha8Rng) -> String {
        let (noun, spot, stay) = (self.noun(), self.spot, self.stay());
        let people = counted(self.occupants.into(), "person", "people");
        match rng.random_range(0..4) {
            0 | 1 => format!("{} near {spot} for an exam, {people}", capitalized(noun)),
            2 => format!("{} near {spot} for {stay}, {people}", capitalized(noun)),
            _ => {
                let students = match self.occupants {
                    1 => "Student".to_owned(),
                    occupants => format!("{occupants} students"),
                };
                format!("{students} looking for a {noun} near {spot}")
            }
        }
    }

    fn description(&self) -> String {
        let need = match self.occupants {
            1 => "I need".to_owned(),
            occupants => format!("We are {occupants} people and need"),
        };
        let guests = match self.required {
            required if required.contains(&"women_only") => " for women only",
            required if required.contains(&"men_only") => " for men only",
            _ => "",
        };
        let mut text = format!(
            "{need} a {}{guests} within {} km of {} for {}.",
            self.noun(),
            self.reach_km,
            self.spot,
            self.stay()
        );
        let (required, preferred) = (listed(self.required), listed(self.preferred));
        match (required.is_empty(), preferred.is_empty()) {
            (true, true) => {}
            (false, true) => text.push_str(&format!(" It must have {required}.")),
            (true, false) => text.push_str(&format!(" It would be good to have {preferred}.")),
            (false, false) => text.push_str(&format!(
                " It must have {required}, and it would be good to have {preferred}."
            )),
        }
        text
    }

    fn stay(&self) -> String {
        counted(self.nights, "night", "nights")
    }

    fn noun(&self) -> &'static str {
        match self.room_types {
            ["entire_place"] => "flat",
            ["hotel_room"] => "hotel room",
            ["private_room"] => "private room",
            ["shared_room"] => "shared room",
            _ => "room",
        }
    }
}

/// A number with its noun, such as `2 nights`.
fn counted(number: i64, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

fn capitalized(noun: &str) -> String {
    let (first, rest) = noun.split_at(1);
    first.to_uppercase() + rest
}

/// The amenities as a list in a sentence, such as `a desk, wifi and hot water`. Leaves out who may
/// be a guest, which is not something that a room has.
fn listed(amenities: &[&str]) -> String {
    let names = amenities
        .iter()
        .filter(|amenity| !amenity.ends_with("_only"))
        .map(|amenity| {
            let known = words::AMENITY_NAMES
                .iter()
                .find(|(known, _)| known == amenity);
            known.map_or(*amenity, |(_, name)| name)
        });
    match names.collect::<Vec<_>>().as_slice() {
        [] => String::new(),
        [only] => (*only).to_owned(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}
