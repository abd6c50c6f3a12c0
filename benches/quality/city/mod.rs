//! A generated city: listings with titles as people write them, descriptions of several sentences,
//! localities and amenities, in the public listing format.
//!
//! The listings of New York have no descriptions, and those of other cities cannot ship. All texts
//! draw from the same lists of words, so descriptions mention what the titles of other rooms are
//! about, and many words continue others: sunny, Sunnyside.

mod sentences;
mod words;

use std::fmt::Write as _;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use sentences::{CLOSINGS, OPENINGS, SENTENCES, TITLES};
use words::{
    ADJECTIVES, AMENITIES, BOROUGHS, COLOURS, FEATURES, HOSTS, HOUSES, LANDMARKS, NOUNS,
    ROOM_TYPES, SPOTS, THINGS,
};

/// The number of rooms.
const ROOMS: usize = 10_000;

/// Sentences of a description between its opening and its closing.
const SENTENCES_MIN: usize = 4;
const SENTENCES_MAX: usize = 14;

/// The centre of the city.
const CENTRE: (f64, f64) = (41.2, -71.9);

/// The listings as a file of comma-separated values.
pub(crate) fn listings() -> String {
    let mut rng = StdRng::seed_from_u64(41);
    let mut csv = String::from(
        "id,name,host_id,host_name,latitude,longitude,room_type,description,\
         neighbourhood_cleansed,neighbourhood_group_cleansed,price,minimum_nights,\
         number_of_reviews,review_scores_rating,accommodates,amenities\n",
    );
    for id in 1..=ROOMS {
        let room = Room::draw(&mut rng);
        let landlord = rng.random_range(1..=ROOMS / 2);
        let (lat, lng) = place(&mut rng);
        let _ = writeln!(
            csv,
            "{id},{},{landlord},{},{lat:.6},{lng:.6},{},{},{},{},{},{},{},{:.2},{},{}",
            quoted(&room.title),
            pick(HOSTS, &mut rng),
            pick(ROOM_TYPES, &mut rng),
            quoted(&room.description),
            room.hood,
            room.borough,
            rng.random_range(20..200),
            rng.random_range(1..8),
            rng.random_range(0..120),
            rng.random_range(3.5..5.0),
            rng.random_range(1..5),
            quoted(&amenities(&mut rng)),
        );
    }
    csv
}

/// The venues as a file of comma-separated values, one per landmark.
pub(crate) fn venues() -> String {
    let mut rng = StdRng::seed_from_u64(42);
    let mut csv = String::from("id,name,city,latitude,longitude\n");
    for (id, landmark) in LANDMARKS.iter().enumerate() {
        let (lat, lng) = place(&mut rng);
        let (borough, _) = pick(BOROUGHS, &mut rng);
        let _ = writeln!(csv, "city:{id},{landmark},{borough},{lat:.6},{lng:.6}");
    }
    csv
}

/// The texts of a room.
struct Room {
    title: String,
    description: String,
    hood: &'static str,
    borough: &'static str,
}

impl Room {
    fn draw(rng: &mut StdRng) -> Room {
        let (borough, hoods) = pick(BOROUGHS, rng);
        let hood = pick(hoods, rng);
        let subject = Subject::draw(hood, rng);
        let mut title = subject.filled(pick(TITLES, rng), rng);
        if rng.random_bool(0.06) {
            title = title.to_uppercase();
        }
        // One host in two describes what the title says, the others write of something else.
        let described = if rng.random_bool(0.5) {
            subject
        } else {
            Subject::draw(hood, rng)
        };
        let mut description = described.filled(pick(OPENINGS, rng), rng);
        for _ in 0..rng.random_range(SENTENCES_MIN..=SENTENCES_MAX) {
            description.push(' ');
            let other = Subject::draw(hood, rng);
            description.push_str(&other.filled(pick(SENTENCES, rng), rng));
        }
        description.push(' ');
        description.push_str(pick(CLOSINGS, rng));
        Room {
            title: capitalized(&title),
            description,
            hood,
            borough,
        }
    }
}

/// What a sentence is about.
struct Subject {
    hood: &'static str,
    adjective: &'static str,
    noun: &'static str,
    colour: &'static str,
    thing: &'static str,
    house: &'static str,
    host: &'static str,
    landmark: &'static str,
    feature: &'static str,
    spot: &'static str,
}

impl Subject {
    fn draw(hood: &'static str, rng: &mut StdRng) -> Subject {
        Subject {
            hood,
            adjective: pick(ADJECTIVES, rng),
            noun: pick(NOUNS, rng),
            colour: pick(COLOURS, rng),
            thing: pick(THINGS, rng),
            house: pick(HOUSES, rng),
            host: pick(HOSTS, rng),
            landmark: pick(LANDMARKS, rng),
            feature: pick(FEATURES, rng),
            spot: pick(SPOTS, rng),
        }
    }

    /// Fills the slots of a pattern. `other` slots have words that the subject does not have.
    fn filled(&self, pattern: &str, rng: &mut StdRng) -> String {
        let mut filled = String::new();
        let mut rest = pattern;
        while let Some((before, (slot, after))) = rest
            .split_once('{')
            .and_then(|(before, slot)| Some((before, slot.split_once('}')?)))
        {
            filled.push_str(before);
            filled.push_str(&self.slot(slot, rng));
            rest = after;
        }
        filled.push_str(rest);
        filled
    }

    fn slot(&self, name: &str, rng: &mut StdRng) -> String {
        let text = match name {
            "hood" => self.hood,
            "adjective" => self.adjective,
            "noun" => self.noun,
            "colour" => self.colour,
            "thing" => self.thing,
            "house" => self.house,
            "host" => self.host,
            "landmark" => self.landmark,
            "feature" => self.feature,
            "spot" => self.spot,
            "other adjective" => pick(ADJECTIVES, rng),
            "other feature" => pick(FEATURES, rng),
            "other hood" => {
                let (_, hoods) = pick(BOROUGHS, rng);
                pick(hoods, rng)
            }
            _ => return rng.random_range(2..20).to_string(),
        };
        text.to_owned()
    }
}

fn place(rng: &mut StdRng) -> (f64, f64) {
    let (lat, lng) = CENTRE;
    (
        lat + rng.random_range(-0.1..0.1),
        lng + rng.random_range(-0.12..0.12),
    )
}

/// A list of amenities in the form of the public files.
fn amenities(rng: &mut StdRng) -> String {
    let drawn = AMENITIES.iter().filter(|_| rng.random_bool(0.4));
    let drawn: Vec<String> = drawn.map(|name| format!("\"{name}\"")).collect();
    format!("[{}]", drawn.join(", "))
}

fn quoted(field: &str) -> String {
    format!("\"{}\"", field.replace('"', "\"\""))
}

fn capitalized(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(|first| first.to_uppercase().to_string());
    first.unwrap_or_default() + chars.as_str()
}

/// Draws from a list, none of which is empty.
fn pick<T: Copy>(from: &[T], rng: &mut StdRng) -> T {
    from[rng.random_range(0..from.len())]
}
