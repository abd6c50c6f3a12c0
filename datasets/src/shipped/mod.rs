//! The venues, localities and city names that ship with Roost, compiled into the program so that a
//! demo needs no files.

use std::io::Cursor;

use crate::key;
use crate::record::{ReadError, Records, RowError};
use crate::rows::{UniversityRow, VenueRow};
use crate::venues::{VenueOptions, Venues};

/// The `external_source` of all shipped and generated rows.
pub const SOURCE: &str = "roost-shipped";

/// Alternative names of the venues' cities as synonyms, such as `Bengaluru, Bangalore`.
pub const PLACE_NAMES: &str = include_str!("../../place_names.txt");

/// Abbreviations and alternative words in room listings as synonyms, such as `apartment, apt,
/// flat`.
pub const ROOM_WORDS: &str = include_str!("../../room_words.txt");

const VENUES_CSV: &[u8] = include_bytes!("../../venues.csv");
const LOCALITIES_CSV: &[u8] = include_bytes!("../../localities.csv");

/// A real neighbourhood, town or village near a venue.
#[derive(Debug, Clone, PartialEq)]
pub struct Locality {
    /// The English name.
    pub name: String,
    /// Alternative spellings, a few of them in Devanagari.
    pub aliases: Vec<String>,
    /// The city of the nearest venue.
    pub city: String,
    /// The state of that city.
    pub state: String,
    /// The postal code, empty if unknown.
    pub postal_code: String,
    /// Latitude in degrees (WGS 84).
    pub latitude: f64,
    /// Longitude in degrees (WGS 84).
    pub longitude: f64,
}

/// Returns the shipped venues, sorted by `external_id`.
///
/// # Panics
/// Never in a build that passed its tests, because the file is compiled into the program.
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

/// Returns the shipped localities, sorted by city and name.
///
/// # Panics
/// Never in a build that passed its tests, because the file is compiled into the program.
pub fn localities() -> Vec<Locality> {
    read_localities().expect("the shipped localities are well formed")
}

/// Returns the universities among the venues. A university also holds exams on its own campus.
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
