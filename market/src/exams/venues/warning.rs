//! What is suspicious about a venue, though it may be right.

use std::sync::LazyLock;

use country_boundaries::{BOUNDARIES_ODBL_180X90, CountryBoundaries, LatLon};

use super::venue::Venue;

/// Countries by place, up to the edge of their waters. The data is derived from OpenStreetMap,
/// ODbL.
static COUNTRIES: LazyLock<Option<CountryBoundaries>> =
    LazyLock::new(|| CountryBoundaries::from_reader(BOUNDARIES_ODBL_180X90).ok());

/// What is suspicious about a venue. It is written nevertheless, because boundaries are disputed
/// and simplified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Warning {
    /// The location is 0, 0, as of a place that was not found.
    LocationIsZero,
    /// The location is not in the country of the venue.
    LocationOutsideCountry,
}

impl Warning {
    /// The name in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::LocationIsZero => "location_is_zero",
            Self::LocationOutsideCountry => "location_outside_country",
        }
    }

    /// The field that it is about.
    pub fn field(self) -> &'static str {
        "location"
    }

    /// What is suspicious about a venue, the first reason only.
    pub fn of(venue: &Venue) -> Option<Self> {
        warning(venue.location.lat, venue.location.lng, &venue.country_code)
    }
}

fn warning(lat: f64, lng: f64, country_code: &str) -> Option<Warning> {
    // A decimetre of the equator and the prime meridian.
    if lat.abs() < 1e-6 && lng.abs() < 1e-6 {
        return Some(Warning::LocationIsZero);
    }
    let countries = COUNTRIES.as_ref()?;
    let place = LatLon::new(lat, lng).ok()?;
    (!countries.is_in(place, country_code)).then_some(Warning::LocationOutsideCountry)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_venue_at_zero_or_in_another_country_is_suspicious() {
        for (lat, lng, country, expected) in [
            (19.1334, 72.9133, "IN", None),
            (18.9217, 72.8330, "IN", None),
            (52.5200, 13.4050, "DE", None),
            (
                72.9133,
                19.1334,
                "IN",
                Some(Warning::LocationOutsideCountry),
            ),
            (51.5, -0.12, "IN", Some(Warning::LocationOutsideCountry)),
            (
                19.1334,
                72.9133,
                "XX",
                Some(Warning::LocationOutsideCountry),
            ),
            (0.0, 0.0, "IN", Some(Warning::LocationIsZero)),
            (-0.0, 0.0, "GH", Some(Warning::LocationIsZero)),
            (90.0, 180.0, "IN", Some(Warning::LocationOutsideCountry)),
            (-90.0, -180.0, "IN", Some(Warning::LocationOutsideCountry)),
        ] {
            assert_eq!(
                warning(lat, lng, country),
                expected,
                "{lat},{lng} {country}"
            );
        }
    }
}
