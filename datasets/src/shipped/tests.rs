//! Compares the shipped data with the gazetteer, and `README.md` with the shipped data.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::generate::sessions;
use crate::shipped;

/// Venues are placed at the centroid of their postal code, so only rounding may differ.
const CENTROID_TOLERANCE_DEGREES: f64 = 1e-5;
const CITY_KM_MAX: f64 = 30.0;

struct PostalCode {
    states: Vec<String>,
    words: String,
    latitude: f64,
    longitude: f64,
}

fn postal_codes() -> HashMap<String, PostalCode> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("postal_codes.csv");
    let mut reader = csv::Reader::from_path(path).unwrap();
    let rows = reader.records().map(|row| {
        let row = row.unwrap();
        let code = PostalCode {
            states: row[1].split(';').map(str::to_owned).collect(),
            words: format!("{};{}", &row[2], &row[3]).to_lowercase(),
            latitude: row[4].parse().unwrap(),
            longitude: row[5].parse().unwrap(),
        };
        (row[0].to_owned(), code)
    });
    rows.collect()
}

fn km(a: (f64, f64), b: (f64, f64)) -> f64 {
    let x = (a.1 - b.1) * a.0.to_radians().cos();
    (x * x + (a.0 - b.0) * (a.0 - b.0)).sqrt() * 111.195
}

#[test]
fn at_least_300_venues_ship_with_unique_ids_and_names() {
    let venues = shipped::venues();
    assert!(venues.len() >= 300, "{}", venues.len());
    let ids: HashSet<_> = venues.iter().map(|venue| &venue.external_id).collect();
    let names: HashSet<_> = venues
        .iter()
        .map(|venue| (&venue.name, &venue.city))
        .collect();
    let keys: HashSet<_> = venues.iter().map(|venue| venue.id).collect();
    assert_eq!(
        (ids.len(), names.len(), keys.len()),
        (venues.len(), venues.len(), venues.len())
    );
    for venue in &venues {
        assert!(!venue.aliases.is_empty(), "{}", venue.external_id);
        assert!(venue.aliases.iter().all(|alias| !alias.trim().is_empty()));
        assert!(
            !venue.aliases.contains(&venue.name),
            "{}",
            venue.external_id
        );
        assert_eq!(venue.country_code, "IN");
    }
}

#[test]
fn every_indian_institute_of_technology_ships() {
    let venues = shipped::venues();
    let institutes = venues
        .iter()
        .filter(|venue| venue.external_id.starts_with("iit-"));
    assert_eq!(institutes.clone().count(), 23);
    for institute in institutes {
        let id = &institute.external_id;
        let is_named = |alias: &String| alias.starts_with("IIT ");
        assert!(
            institute.name.starts_with("Indian Institute of Technology"),
            "{id}"
        );
        assert!(institute.aliases.iter().any(is_named), "{id}");
    }
}

#[test]
fn each_venue_is_at_the_centroid_of_a_postal_code_of_its_state() {
    let codes = postal_codes();
    for venue in shipped::venues() {
        let id = &venue.external_id;
        let code = codes
            .get(&venue.postal_code)
            .unwrap_or_else(|| panic!("{id}: no such code"));
        assert!(
            code.states.contains(&venue.state),
            "{id}: {} not in {:?}",
            venue.state,
            code.states
        );
        assert!(
            (venue.latitude - code.latitude).abs() <= CENTROID_TOLERANCE_DEGREES,
            "{id}"
        );
        assert!(
            (venue.longitude - code.longitude).abs() <= CENTROID_TOLERANCE_DEGREES,
            "{id}"
        );
    }
}

#[test]
fn each_venue_is_near_its_city_or_its_postal_code_names_the_city() {
    let codes = postal_codes();
    let localities = shipped::localities();
    let mut seen = 0;
    for venue in shipped::venues() {
        let here = (venue.latitude, venue.longitude);
        let is_city = |name: &String| name.eq_ignore_ascii_case(&venue.city);
        let near = localities.iter().any(|place| {
            (is_city(&place.name) || place.aliases.iter().any(is_city))
                && place.state == venue.state
                && km(here, (place.latitude, place.longitude)) <= CITY_KM_MAX
        });
        let named = codes[&venue.postal_code]
            .words
            .contains(&venue.city.to_lowercase());
        seen += usize::from(near || named);
        // Some campuses are in a separate village. The test above compares their state.
        if !(near || named) {
            println!(
                "{}: {} is confirmed by its state only",
                venue.external_id, venue.city
            );
        }
    }
    let all = shipped::venues().len();
    assert!(seen * 100 >= all * 95, "{seen} of {all}");
}

#[test]
fn localities_are_real_places_near_a_venue_of_their_city() {
    let venues = shipped::venues();
    let localities = shipped::localities();
    assert!(localities.len() > 5_000, "{}", localities.len());
    for place in &localities {
        let here = (place.latitude, place.longitude);
        let mut of_city = venues.iter().filter(|venue| venue.city == place.city);
        let near = of_city.any(|venue| km(here, (venue.latitude, venue.longitude)) < 10.0);
        assert!(near, "{} in {}", place.name, place.city);
        assert!(place.aliases.iter().all(|alias| !alias.trim().is_empty()));
    }
    for acronym in ["IIM Mumbai", "Powai IIT", "BHEL", "CRPF"] {
        assert!(
            localities.iter().any(|place| place.name == acronym),
            "{acronym}"
        );
    }
    let bengaluru = localities
        .iter()
        .find(|place| place.name == "Bengaluru")
        .unwrap();
    assert!(bengaluru.aliases.iter().any(|alias| alias == "Bangalore"));
}

#[test]
fn universities_and_their_sessions_satisfy_the_schema() {
    let universities = shipped::universities(&shipped::venues());
    let now_s = 1_800_000_000;
    let sessions = sessions(&universities, now_s);
    let keys: HashSet<_> = universities
        .iter()
        .map(|u| (&u.name, &u.city, &u.country_code))
        .collect();
    assert!(universities.len() > 100 && keys.len() == universities.len());
    assert!(sessions.len() >= universities.len());
    for session in &sessions {
        assert!(session.ends_on_day >= session.starts_on_day);
        assert!(session.starts_on_day > now_s / 86_400);
        assert!(
            universities
                .iter()
                .any(|university| university.id == session.university_id)
        );
    }
}

#[test]
fn alternative_names_belong_to_cities_with_a_venue() {
    let cities: HashSet<String> = shipped::venues()
        .into_iter()
        .map(|venue| venue.city)
        .collect();
    for line in name_lines() {
        let found = line.split_once(" => ").map_or(line, |(_, found)| found);
        let city = found.split(", ").next().unwrap();
        assert!(cities.contains(city), "{line}");
    }
    assert!(name_lines().any(|line| line == "Bengaluru, Bangalore"));
}

fn name_lines() -> impl Iterator<Item = &'static str> {
    lines_of(shipped::PLACE_NAMES)
}

fn lines_of(list: &'static str) -> impl Iterator<Item = &'static str> {
    list.lines().filter(|line| !line.starts_with('#'))
}

#[test]
fn the_readme_lists_the_hash_and_the_row_count_of_every_file() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = std::fs::read_to_string(folder.join("README.md")).unwrap();
    for name in [
        "venues.csv",
        "localities.csv",
        "postal_codes.csv",
        "place_names.txt",
        "room_words.txt",
    ] {
        let bytes = std::fs::read(folder.join(name)).unwrap();
        let digest = Sha256::digest(&bytes);
        let hash: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        let rows = match name {
            "place_names.txt" => name_lines().count(),
            "room_words.txt" => lines_of(shipped::ROOM_WORDS).count(),
            _ => csv::Reader::from_reader(bytes.as_slice()).records().count(),
        };
        let line = readme
            .lines()
            .find(|line| line.starts_with(&format!("| `{name}`")))
            .unwrap();
        assert!(line.contains(&hash), "{name} is {hash}");
        assert!(
            line.contains(&format!("| {rows} |")),
            "{name} has {rows} rows"
        );
    }
}
