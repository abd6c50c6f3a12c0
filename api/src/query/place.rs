//! The place that a query measures distance from, and the distances that it accepts.

use roost_collections::venues;
use roost_engine::{Document, LatLng, Radius, Reader};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use utoipa::openapi::schema::Schema;
use uuid::Uuid;

use crate::http::error::{ApiError, Code};
use crate::params::declaration::{Param, params};
use crate::params::kind::Kind;
use crate::params::scalar::{Id, Invalid, Scalar, ToJson, number_json, number_schema};
use crate::params::values::Params;

/// The radius in metres of a search around a place that sets none.
pub(crate) const RADIUS_M_DEFAULT: f64 = 25_000.0;

/// The same as a radius.
pub(crate) const RADIUS_DEFAULT: Radius = match Radius::new(RADIUS_M_DEFAULT) {
    Ok(radius) => radius,
    Err(_) => panic!("the default radius is out of range"),
};

params! {
    /// An exam venue as the place.
    pub(crate) const VENUE_PLACE;

    /// Id of the exam venue that distance is measured from. Excludes `lat` and `lng`.
    VENUE: Id = Param::new("venue", Id).example("019b76da-a800-70d2-8655-38fdde9a178b");
}

params! {
    /// A point as the place.
    pub(crate) const POINT;

    /// Latitude in degrees of the point that distance is measured from; requires `lng`.
    LAT: Degrees = Param::new("lat", Degrees::LATITUDE).example("19.1334");

    /// Longitude in degrees of the point that distance is measured from; requires `lat`.
    LNG: Degrees = Param::new("lng", Degrees::LONGITUDE).example("72.9133");
}

/// The place that distance is measured from, as a request names it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Origin {
    Venue(Uuid),
    Point(LatLng),
}

/// The place that distance is measured from, with the venue if the request named one.
#[derive(Clone, Debug)]
pub(crate) struct Center {
    pub(crate) point: LatLng,
    pub(crate) venue: Option<Document>,
}

/// A geographic point in degrees, WGS 84.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Location {
    #[schema(minimum = -90, maximum = 90, example = 19.1334)]
    pub(crate) lat: f64,
    #[schema(minimum = -180, maximum = 180, example = 72.9133)]
    pub(crate) lng: f64,
}

/// A latitude or longitude.
#[derive(Clone, Copy)]
pub(crate) struct Degrees {
    noun: &'static str,
    max: f64,
}

/// A search radius: above 0 and at most [`Radius::MAX_M`].
#[derive(Clone, Copy)]
pub(crate) struct Length {
    unit: &'static str,
    metres: f64,
}

impl Degrees {
    const LATITUDE: Degrees = Degrees {
        noun: "a latitude",
        max: 90.0,
    };
    const LONGITUDE: Degrees = Degrees {
        noun: "a longitude",
        max: 180.0,
    };
}

impl Length {
    pub(crate) const METRES: Length = Length {
        unit: "metres",
        metres: 1.0,
    };
    pub(crate) const KILOMETRES: Length = Length {
        unit: "kilometres",
        metres: 1_000.0,
    };

    fn max(&self) -> f64 {
        Radius::MAX_M / self.metres
    }
}

impl Origin {
    /// Reads `venue`, or `lat` and `lng`.
    pub(crate) fn read(params: &Params) -> Result<Option<Origin>, ApiError> {
        let venue = VENUE.read(params)?;
        let point = read_point(params)?;
        match (venue, point) {
            (Some(venue), Some(_)) => Err(ApiError::parameter(
                VENUE.name(),
                &venue.to_string(),
                "left out when lat and lng are given",
            )),
            (Some(venue), None) => Ok(Some(Origin::Venue(venue))),
            (None, point) => Ok(point.map(Origin::Point)),
        }
    }

    /// Looks up the venue, whose id the request sent as `field`.
    pub(crate) fn resolve(self, field: &str, reader: &Reader) -> Result<Center, ApiError> {
        match self {
            Origin::Point(point) => Ok(Center { point, venue: None }),
            Origin::Venue(key) => {
                let venue = reader.get(venues::collection(), key)?.ok_or_else(|| {
                    let id = key.to_string();
                    let expected = "the id of a venue; /api/v1/venues/search finds them";
                    ApiError::not_found(Code::VenueNotFound, field, &id, expected)
                })?;
                Ok(Center {
                    point: venue.place,
                    venue: Some(venue),
                })
            }
        }
    }
}

impl From<LatLng> for Location {
    fn from(place: LatLng) -> Location {
        Location {
            lat: place.lat(),
            lng: place.lng(),
        }
    }
}

impl Scalar for Degrees {
    type Value = f64;

    fn parse(&self, text: &str) -> Result<f64, Invalid> {
        let degrees = text.parse().ok();
        degrees
            .filter(|degrees| (-self.max..=self.max).contains(degrees))
            .ok_or_else(Invalid::default)
    }

    fn expected(&self) -> String {
        let Degrees { noun, max } = self;
        format!("{noun}: a number from -{max} to {max}")
    }

    fn json(&self, text: &str) -> Value {
        number_json(text)
    }

    fn schema(&self) -> Schema {
        number_schema()
            .minimum(Some(-self.max))
            .maximum(Some(self.max))
            .into()
    }
}

impl Scalar for Length {
    type Value = Radius;

    fn parse(&self, text: &str) -> Result<Radius, Invalid> {
        let length: f64 = text.parse().map_err(|_| Invalid::default())?;
        Radius::new(length * self.metres).map_err(|_| Invalid::default())
    }

    fn expected(&self) -> String {
        format!(
            "a number of {} above 0 and at most {}",
            self.unit,
            self.max()
        )
    }

    fn json(&self, text: &str) -> Value {
        number_json(text)
    }

    fn schema(&self) -> Schema {
        number_schema()
            .exclusive_minimum(Some(0.0))
            .maximum(Some(self.max()))
            .into()
    }
}

impl ToJson for Length {
    fn to_json(&self, value: &Radius) -> Value {
        number_json(&(value.metres() / self.metres).to_string())
    }
}

/// Rounds a distance to a decimetre for JSON. Locations are known to some metres at best, so more
/// digits would claim too much.
pub(crate) fn rounded_m(distance_m: f64) -> f64 {
    (distance_m * 10.0).round() / 10.0
}

/// Reads `lat` and `lng`.
pub(crate) fn read_point(params: &Params) -> Result<Option<LatLng>, ApiError> {
    let texts = (params.text(LAT.name())?, params.text(LNG.name())?);
    let (lat_text, lng_text) = match texts {
        (None, None) => return Ok(None),
        (Some(_), None) => {
            let expected = format!("{}, with lat", Scalar::expected(&Degrees::LONGITUDE));
            return Err(ApiError::missing(LNG.name(), expected));
        }
        (None, Some(_)) => {
            let expected = format!("{}, with lng", Scalar::expected(&Degrees::LATITUDE));
            return Err(ApiError::missing(LAT.name(), expected));
        }
        (Some(lat), Some(lng)) => (lat, lng),
    };
    match (LAT.read(params), LNG.read(params)) {
        (Ok(Some(lat)), Ok(Some(lng))) => {
            LatLng::new(lat, lng).map(Some).map_err(ApiError::internal)
        }
        (Err(error), _) if are_swapped(lat_text, lng_text) => {
            Err(error.with_hint("lat and lng look swapped"))
        }
        (Err(error), _) | (_, Err(error)) => Err(error),
        _ => Ok(None),
    }
}

/// The error for a distance in a query without a place, which the route takes by these parameters.
pub(crate) fn requires_place<K: Kind>(param: &Param<K>, value: &str, by: &str) -> ApiError {
    let expected = format!("given together with a place: {by}");
    ApiError::parameter(param.name(), value, expected)
}

/// Whether each coordinate lies in the range of the other.
fn are_swapped(lat: &str, lng: &str) -> bool {
    Degrees::LONGITUDE.parse(lat).is_ok() && Degrees::LATITUDE.parse(lng).is_ok()
}
