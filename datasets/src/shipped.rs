//! Which venues, localities and names of cities ship with Roost? The real ones of `datasets/`, built into the
//! program so that a demo needs no file beside it.

use std::io::Cursor;

use crate::generate::UNIVERSITY_SESSIONS;
use crate::key;
use crate::record::{ReadError, Records, RowError};
use crate::rows::{SessionRow, UniversityRow, VenueRow};
use crate::venues::{VenueOptions, Venues};

/// The `external_source` of everything that ships or is generated.
pub const SOURCE: &str = "roost-shipped";

/// Other names of the venues' cities, as synonyms: `Bengaluru, Bangalore`.
pub const PLACE_NAMES: &str = include_str!("../place_names.txt");

/// Short forms and second names of what rooms have, as synonyms: `apartment, apt, flat`.
pub const ROOM_WORDS: &str = include_str!("../room_words.txt");

const VENUES_CSV: &[u8] = include_bytes!("../venues.csv");
const LOCALITIES_CSV: &[u8] = include_bytes!("../localities.csv");

const DAY_S: i64 = 86_400;

/// A real quarter, town or village near a venue.
#[derive(Debug, Clone, PartialEq)]
pub struct Locality {
    /// As written in English.
    pub name: String,
    /// Other spellings, a few of them in Devanagari.
    pub aliases: Vec<String>,
    /// The city of the nearest venue.
    pub city: String,
    /// The state of that city.
    pub state: String,
    /// Empty where unknown.
    pub postal_code: String,
    /// WGS 84.
    pub latitude: f64,
    /// WGS 84.
    pub longitude: f64,
}

/// The shipped venues, sorted by `external_id`.
///
/// # Panics
/// Never in a build that passed its tests: the file is a part of the program.
pub fn venues() -> Vec<VenueRow> {
    let options = VenueOptions {
        country: "IN".to_owned(),
        source: SOURCE.to_owned(),
    };
    Venues::read(Cursor::new(VENUES_CSV), options)
        .map_err(ReadError::File)
        .and_then(Iterator::collect)
        .expect("the shipped venues are well formed")
}

/// The shipped localities, sorted by city and name.
///
/// # Panics
/// Never in a build that passed its tests: the file is a part of the program.
pub fn localities() -> Vec<Locality> {
    read_localities().expect("the shipped localities are well formed")
}

/// The universities among the venues: a university holds its exams on its own grounds too.
pub fn universities(venues: &[VenueRow]) -> Vec<UniversityRow> {
    let universities = venues.iter().filter(|venue| venue.kind == "university");
    universities
        .map(|venue| UniversityRow {
            id: key::of("university", SOURCE, &venue.external_id),
            name: venue.name.clone(),
            aliases: venue.aliases.clone(),
            city: venue.city.clone(),
            state: venue.state.clone(),
            country_code: venue.country_code.clone(),
        })
        .collect()
}

/// Made-up sittings of real universities over the months after `now_s` (seconds since 1970).
pub fn sessions(universities: &[UniversityRow], now_s: i64) -> Vec<SessionRow> {
    let today = now_s.div_euclid(DAY_S);
    let all = universities.iter().flat_map(|university| {
        UNIVERSITY_SESSIONS
            .iter()
            .map(move |(name, in_days, days)| {
                let spread = (key::seed("session", SOURCE, &university.name) % 30) as i64;
                let starts_on_day = today + in_days + spread;
                SessionRow {
                    id: key::of("session", SOURCE, &format!("{}/{name}", university.id)),
                    university_id: university.id,
                    name: (*name).to_owned(),
                    starts_on_day,
                    ends_on_day: starts_on_day + days - 1,
                }
            })
    });
    all.collect()
}

fn read_localities() -> Result<Vec<Locality>, ReadError> {
    let mut records = Records::open(Cursor::new(LOCALITIES_CSV))?;
    let [name, aliases, city, state] =
        [&["name"], &["aliases"], &["city"], &["state"]].map(|names| records.required(names));
    let [postal_code, latitude, longitude] =
        [&["postal_code"], &["latitude"], &["longitude"]].map(|names| records.required(names));
    let (name, aliases, city, state) = (name?, aliases?, city?, state?);
    let (postal_code, latitude, longitude) = (postal_code?, latitude?, longitude?);
    let mut all = Vec::new();
    while let Some(record) = records.next() {
        let record = record?;
        let owned = |column| record.text(Some(column)).map(str::to_owned);
        let row = || -> Result<Locality, RowError> {
            Ok(Locality {
                name: record.filled(name)?.to_owned(),
                aliases: list(record.text(Some(aliases))?),
                city: record.filled(city)?.to_owned(),
                state: owned(state)?,
                postal_code: owned(postal_code)?,
                latitude: record.number(latitude, -90.0..=90.0)?,
                longitude: record.number(longitude, -180.0..=180.0)?,
            })
        };
        all.push(row()?);
    }
    Ok(all)
}

fn list(field: &str) -> Vec<String> {
    field
        .split(';')
        .filter(|alias| !alias.is_empty())
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests;
