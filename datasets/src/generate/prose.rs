//! Generates the title, description and address of a room.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use super::place::Place;
use super::random::pick;
use super::words::{self, AMENITY_LINES};
use crate::rows::VenueRow;

/// The facts that the texts of a room mention.
pub(super) struct Prose<'a> {
    pub(super) venue: &'a VenueRow,
    pub(super) place: &'a Place<'a>,
    /// A noun such as "Single room", the same in title and description.
    pub(super) noun: &'static str,
    pub(super) amenities: &'a [&'static str],
    pub(super) occupancy: i16,
}

impl Prose<'_> {
    pub(super) fn title(&self, rng: &mut ChaCha8Rng) -> String {
        let (thing, spot) = (self.noun, self.locality_or_city());
        let lower = in_sentence(thing);
        let venue = draw_venue_name(rng, self.venue);
        let adjective = match self.has("quiet") && rng.random_bool(0.6) {
            true => "Quiet",
            false => pick(rng, words::ADJECTIVES),
        };
        let with = self
            .feature(rng)
            .map(|feature| format!(" {feature}"))
            .unwrap_or_default();
        match rng.random_range(0..6) {
            0 | 1 => format!("{adjective} {lower}{with} near {venue}, {spot}"),
            2 => format!("{adjective} {lower}{with} in {spot}"),
            3 => format!("{thing}{with}, {} from {venue}", self.distance()),
            4 => match self.guests() {
                Some(guests) => format!("{thing} for {guests}{with}, {spot}"),
                None => format!("{adjective} {lower} for exam candidates, {spot}"),
            },
            _ => format!("{} {lower}, {spot}", pick(rng, words::HOUSES)),
        }
    }

    pub(super) fn description(&self, rng: &mut ChaCha8Rng) -> String {
        let thing = in_sentence(self.noun);
        let is_vowel = thing.starts_with(['a', 'e', 'i', 'o', 'u']);
        let mut text = pick(rng, words::OPENINGS)
            .replace(
                "{a thing}",
                &format!("{} {thing}", if is_vowel { "an" } else { "a" }),
            )
            .replace(
                "{A thing}",
                &format!("{} {thing}", if is_vowel { "An" } else { "A" }),
            )
            .replace("{thing}", &thing)
            .replace("{spot}", self.locality_or_city())
            .replace("{city}", &self.venue.city)
            .replace("{venue}", &self.venue.name)
            .replace("{distance}", &self.distance());
        for (_, lines) in AMENITY_LINES
            .iter()
            .filter(|(amenity, _)| self.has(amenity))
        {
            if rng.random_bool(0.4) {
                text.push(' ');
                text.push_str(pick::<&str>(rng, lines));
            }
        }
        if self.occupancy > 1 && rng.random_bool(0.5) {
            text.push_str(&format!(" Sleeps {}.", self.occupancy));
        }
        text.push(' ');
        text.push_str(pick::<&str>(rng, words::CLOSINGS));
        text
    }

    pub(super) fn address(&self, rng: &mut ChaCha8Rng) -> String {
        let number = rng.random_range(1..240);
        let (house, street) = (pick(rng, words::HOUSES), pick(rng, words::STREETS));
        let locality = match self.place.locality {
            Some(locality) => format!("{}, ", locality.name),
            None => String::new(),
        };
        let city = format!("{} {}", self.venue.city, self.postal_code());
        format!("{number}, {house}, {street}, {locality}{}", city.trim_end())
    }

    pub(super) fn locality(&self) -> &str {
        self.place.locality.map_or("", |locality| &locality.name)
    }

    pub(super) fn postal_code(&self) -> &str {
        self.place
            .locality
            .map_or(&self.venue.postal_code, |locality| &locality.postal_code)
    }

    fn locality_or_city(&self) -> &str {
        self.place
            .locality
            .map_or(&self.venue.city, |locality| &locality.name)
    }

    fn distance(&self) -> String {
        let hundreds_m = (self.place.venue_km * 10.0).round().max(1.0);
        if hundreds_m < 10.0 {
            format!("{} m", hundreds_m * 100.0)
        } else {
            format!("{:.1} km", self.place.venue_km)
        }
    }

    fn guests(&self) -> Option<&'static str> {
        let guests = [("women_only", "women"), ("men_only", "men")];
        guests
            .iter()
            .find(|(amenity, _)| self.has(amenity))
            .map(|(_, guests)| *guests)
    }

    fn feature(&self, rng: &mut ChaCha8Rng) -> Option<&'static str> {
        let (amenity, words) = pick(rng, words::FEATURES);
        self.has(amenity).then_some(words)
    }

    fn has(&self, amenity: &str) -> bool {
        self.amenities.contains(&amenity)
    }
}

/// Draws a name of the venue, mostly the short one, which people use.
pub(super) fn draw_venue_name<'a>(rng: &mut ChaCha8Rng, venue: &'a VenueRow) -> &'a str {
    let short = venue.aliases.first().filter(|_| rng.random_bool(0.75));
    short.unwrap_or(&venue.name)
}

/// Draws a noun for this type of room.
pub(super) fn draw_noun(rng: &mut ChaCha8Rng, room_type: &str, occupancy: i16) -> &'static str {
    let nouns = match (room_type, occupancy) {
        ("private_room", 1) => words::SINGLE_ROOMS,
        ("private_room", _) => words::PRIVATE_ROOMS,
        ("shared_room", _) => words::SHARED_ROOMS,
        ("entire_place", _) => words::ENTIRE_PLACES,
        _ => words::HOTEL_ROOMS,
    };
    pick::<&str>(rng, nouns)
}

/// Converts the noun to lower case, except for abbreviations such as PG.
fn in_sentence(noun: &str) -> String {
    let words = noun.split(' ').map(|word| {
        let is_abbreviation = word.len() > 1 && word == word.to_uppercase();
        if is_abbreviation {
            word.to_owned()
        } else {
            word.to_lowercase()
        }
    });
    words.collect::<Vec<_>>().join(" ")
}
