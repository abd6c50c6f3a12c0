//! Where is a search's center?

use roost_engine::{Collection, Document, LatLng, Radius, Reader};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::error::{ApiError, Code};
use crate::params::Params;

/// The radius in metres of a search that names a place and no radius.
pub(crate) const RADIUS_M_DEFAULT: f64 = 25_000.0;

const LATITUDE: &str = "a latitude: a number from -90 to 90";
const LONGITUDE: &str = "a longitude: a number from -180 to 180";

const WITH_A_PLACE: &str = "given together with a place: venue, or lat and lng";

/// Where distance counts from.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Anchor {
    Venue(Uuid),
    Point(LatLng),
}

/// An anchor found.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) at: LatLng,
    pub(crate) venue: Option<Document>,
}

/// A place in degrees, WGS 84.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Location {
    #[schema(minimum = -90, maximum = 90, example = 19.1334)]
    lat: f64,
    #[schema(minimum = -180, maximum = 180, example = 72.9133)]
    lng: f64,
}

#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it names the parameters for the OpenAPI document")]
pub(crate) struct VenueParam {
    /// Id of the exam venue that distance counts from. Either this or `lat` and `lng`.
    #[param(example = "0199f0c4-7a6e-7c1b-9d53-2f0c4be1a001")]
    venue: Option<Uuid>,
}

#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it names the parameters for the OpenAPI document")]
pub(crate) struct PointParams {
    /// Latitude in degrees of the point that distance counts from; needs `lng`.
    #[param(minimum = -90, maximum = 90, example = 19.1334)]
    lat: Option<f64>,
    /// Longitude in degrees of the point that distance counts from; needs `lat`.
    #[param(minimum = -180, maximum = 180, example = 72.9133)]
    lng: Option<f64>,
}

impl VenueParam {
    pub(crate) const NAMES: &[&str] = &["venue"];
}

impl PointParams {
    pub(crate) const NAMES: &[&str] = &["lat", "lng"];
}

impl Anchor {
    /// Reads `venue`, or `lat` and `lng`.
    pub(crate) fn read(params: &Params) -> Result<Option<Anchor>, ApiError> {
        let venue = params.id("venue")?;
        let point = read_point(params)?;
        match (venue, point) {
            (Some(venue), Some(_)) => Err(ApiError::parameter(
                "venue",
                &venue.to_string(),
                "left out when lat and lng are given",
            )),
            (Some(venue), None) => Ok(Some(Anchor::Venue(venue))),
            (None, point) => Ok(point.map(Anchor::Point)),
        }
    }

    /// Finds the venue, whose id was sent as `field`.
    pub(crate) fn find(self, field: &str, reader: &Reader) -> Result<Place, ApiError> {
        match self {
            Anchor::Point(at) => Ok(Place { at, venue: None }),
            Anchor::Venue(key) => {
                let venue = reader.get(Collection::Venues, key)?.ok_or_else(|| {
                    let id = key.to_string();
                    let expected = "the id of a venue; /api/v1/venues/search finds them";
                    ApiError::not_found(Code::VenueNotFound, field, &id, expected)
                })?;
                Ok(Place {
                    at: venue.place,
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

/// To the decimetre, as distances are told.
pub(crate) fn rounded_m(distance_m: f64) -> f64 {
    (distance_m * 10.0).round() / 10.0
}

/// Reads `lat` and `lng`.
pub(crate) fn read_point(params: &Params) -> Result<Option<LatLng>, ApiError> {
    let (lat_text, lng_text) = (params.text("lat")?, params.text("lng")?);
    let (lat_text, lng_text) = match (lat_text, lng_text) {
        (None, None) => return Ok(None),
        (Some(_), None) => return Err(ApiError::missing("lng", format!("{LONGITUDE}, with lat"))),
        (None, Some(_)) => return Err(ApiError::missing("lat", format!("{LATITUDE}, with lng"))),
        (Some(lat), Some(lng)) => (lat, lng),
    };
    let lat = degrees("lat", lat_text, LATITUDE)?;
    let lng = degrees("lng", lng_text, LONGITUDE)?;
    if LatLng::new(lat, 0.0).is_err() {
        let error = ApiError::parameter("lat", lat_text, LATITUDE);
        // Neither is out of the other's range, so this is more than a guess.
        return Err(match LatLng::new(lng, lat) {
            Ok(_) => error.hint("lat and lng look swapped"),
            Err(_) => error,
        });
    }
    LatLng::new(lat, lng)
        .map(Some)
        .map_err(|_| ApiError::parameter("lng", lng_text, LONGITUDE))
}

/// Reads a radius in metres; without one, a search around a place has `default`.
pub(crate) fn read_radius_m(
    params: &Params,
    has_place: bool,
    default: Option<f64>,
) -> Result<Option<Radius>, ApiError> {
    let Some(text) = params.text("radius_m")? else {
        let default = default.filter(|_| has_place);
        return Ok(default.and_then(|metres| Radius::new(metres).ok()));
    };
    let expected = format!("a number of metres above 0 and at most {}", Radius::MAX_M);
    let radius = radius(text).ok_or_else(|| ApiError::parameter("radius_m", text, expected))?;
    if !has_place {
        return Err(ApiError::parameter("radius_m", text, WITH_A_PLACE));
    }
    Ok(Some(radius))
}

/// Reads a least distance in metres, which no greatest one may be below.
pub(crate) fn read_radius_min_m(
    params: &Params,
    has_place: bool,
    most: Option<Radius>,
) -> Result<Option<Radius>, ApiError> {
    let Some(text) = params.text("radius_min_m")? else {
        return Ok(None);
    };
    let expected = match most {
        Some(most) => format!(
            "a number of metres above 0 and at most radius_m, which is {}",
            most.metres()
        ),
        None => format!("a number of metres above 0 and at most {}", Radius::MAX_M),
    };
    let least = radius(text).filter(|&least| most.is_none_or(|most| least <= most));
    let least = least.ok_or_else(|| ApiError::parameter("radius_min_m", text, expected))?;
    if !has_place {
        return Err(ApiError::parameter("radius_min_m", text, WITH_A_PLACE));
    }
    Ok(Some(least))
}

fn radius(text: &str) -> Option<Radius> {
    Radius::new(text.parse().ok()?).ok()
}

fn degrees(name: &str, text: &str, expected: &str) -> Result<f64, ApiError> {
    let degrees = text
        .parse()
        .ok()
        .filter(|degrees: &f64| degrees.is_finite());
    degrees.ok_or_else(|| ApiError::parameter(name, text, expected))
}
