//! Draws the place of a generated room around real venues and localities.

use std::collections::BTreeMap;

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use super::random::normal;
use crate::rows::VenueRow;
use crate::shipped::{self, Locality};

/// Median distance of the rooms around a venue.
const VENUE_MEDIAN_KM: f64 = 1.7;
const VENUE_FAR_KM: f64 = 15.0;
/// Share of rooms around the venue; the others are near localities of its city.
const VENUE_SHARE: f64 = 0.72;
/// Standard deviation of the distance to the centre of a locality.
const LOCALITY_SPREAD_KM: f64 = 0.7;
/// A room farther than this from every locality has none.
const LOCALITY_REACH_KM: f64 = 4.0;
const KM_PER_DEGREE: f64 = 111.195;

const METROPOLES: [&str; 9] = [
    "Mumbai",
    "Delhi",
    "New Delhi",
    "Bengaluru",
    "Hyderabad",
    "Chennai",
    "Kolkata",
    "Pune",
    "Ahmedabad",
];
const LARGE_CITIES: [&str; 38] = [
    "Agra",
    "Amritsar",
    "Bhopal",
    "Bhubaneswar",
    "Chandigarh",
    "Coimbatore",
    "Dehradun",
    "Faridabad",
    "Gandhinagar",
    "Ghaziabad",
    "Greater Noida",
    "Guwahati",
    "Gwalior",
    "Howrah",
    "Indore",
    "Jaipur",
    "Jamshedpur",
    "Jodhpur",
    "Kanpur",
    "Kochi",
    "Kota",
    "Lucknow",
    "Ludhiana",
    "Madurai",
    "Mysuru",
    "Nagpur",
    "Navi Mumbai",
    "Noida",
    "Patna",
    "Prayagraj",
    "Raipur",
    "Rajkot",
    "Ranchi",
    "Surat",
    "Thiruvananthapuram",
    "Vadodara",
    "Varanasi",
    "Visakhapatnam",
];

/// The venues and the localities around them.
#[derive(Debug)]
pub(super) struct World {
    venues: Vec<VenueRow>,
    /// Cumulative weights of the venues.
    weights: Vec<f64>,
    localities: BTreeMap<String, Vec<Locality>>,
}

/// A place with its locality.
pub(super) struct Place<'a> {
    pub(super) latitude: f64,
    pub(super) longitude: f64,
    /// The nearest locality, if one is near.
    pub(super) locality: Option<&'a Locality>,
    pub(super) venue_km: f64,
}

impl World {
    pub(super) fn shipped() -> Self {
        let venues = shipped::venues();
        let mut sum = 0.0;
        let weights = venues
            .iter()
            .map(|venue| {
                sum += weight(venue);
                sum
            })
            .collect();
        let mut localities: BTreeMap<String, Vec<Locality>> = BTreeMap::new();
        for locality in shipped::localities() {
            localities
                .entry(locality.city.clone())
                .or_default()
                .push(locality);
        }
        Self {
            venues,
            weights,
            localities,
        }
    }

    pub(super) fn venue(&self, index: usize) -> &VenueRow {
        &self.venues[index]
    }

    /// Draws the index of a venue. Venues in larger cities are more likely.
    pub(super) fn draw_venue(&self, rng: &mut ChaCha8Rng) -> usize {
        let total = self.weights.last().copied().unwrap_or_default();
        let drawn = rng.random::<f64>() * total;
        self.weights
            .partition_point(|sum| *sum <= drawn)
            .min(self.venues.len() - 1)
    }

    /// Draws the place of a room near this venue.
    pub(super) fn draw_place(&self, rng: &mut ChaCha8Rng, venue: usize) -> Place<'_> {
        let venue = &self.venues[venue];
        let around = self
            .localities
            .get(&venue.city)
            .map_or(&[][..], Vec::as_slice);
        let centre = (venue.latitude, venue.longitude);
        let (from, km) = if around.is_empty() || rng.random_bool(VENUE_SHARE) {
            (
                centre,
                (VENUE_MEDIAN_KM * (0.8 * normal(rng)).exp()).min(VENUE_FAR_KM),
            )
        } else {
            let locality = &around[rng.random_range(0..around.len())];
            (
                (locality.latitude, locality.longitude),
                LOCALITY_SPREAD_KM * normal(rng).abs(),
            )
        };
        let (latitude, longitude) = moved(from, km, rng.random::<f64>() * std::f64::consts::TAU);
        let here = (latitude, longitude);
        let nearest = around
            .iter()
            .map(|locality| {
                (
                    flat_km(here, (locality.latitude, locality.longitude)),
                    locality,
                )
            })
            .min_by(|a, b| a.0.total_cmp(&b.0))
            .filter(|(km, _)| *km <= LOCALITY_REACH_KM);
        Place {
            latitude,
            longitude,
            locality: nearest.map(|(_, locality)| locality),
            venue_km: flat_km(here, centre),
        }
    }
}

/// Returns 1 for a metropolis, 2 for a large city, 3 for any other.
pub(super) fn city_tier(city: &str) -> u8 {
    if METROPOLES.contains(&city) {
        1
    } else if LARGE_CITIES.contains(&city) {
        2
    } else {
        3
    }
}

fn weight(venue: &VenueRow) -> f64 {
    match city_tier(&venue.city) {
        1 => 4.0,
        2 => 2.5,
        _ => 1.0,
    }
}

/// Moves a point and rounds it to six decimals, a tenth of a metre.
fn moved(from: (f64, f64), km: f64, angle: f64) -> (f64, f64) {
    let round = |degrees: f64| (degrees * 1e6).round() / 1e6;
    let latitude = from.0 + km * angle.sin() / KM_PER_DEGREE;
    let longitude = from.1 + km * angle.cos() / (KM_PER_DEGREE * from.0.to_radians().cos());
    (round(latitude), round(longitude))
}

/// Approximates the distance on a plane, which is accurate enough over a few kilometres.
fn flat_km(a: (f64, f64), b: (f64, f64)) -> f64 {
    let x = (a.1 - b.1) * a.0.to_radians().cos();
    (x * x + (a.0 - b.0) * (a.0 - b.0)).sqrt() * KM_PER_DEGREE
}
