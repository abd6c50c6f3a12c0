//! The parameters `polygon` and `bbox`: the area in which a document must lie.

use roost_engine::{BoundingBox, LatLng, Polygon};
use serde_json::Value;
use utoipa::openapi::schema::Schema;

use crate::params::declaration::{Param, params};
use crate::params::list::{numbers_json, numbers_schema, parse_numbers};
use crate::params::scalar::{Invalid, Scalar};

params! {
    /// The area in which a document must lie.
    pub(crate) const AREA;

    /// The polygon in which a document must lie: the latitudes and longitudes of 3 to 500 corners,
    /// `lat,lng,lat,lng,...`, in either direction; the first corner need not be repeated. Edges
    /// are great circles and belong to the polygon, and its inside is the smaller part of the
    /// Earth. It may cross the antimeridian or contain a pole. No corner may be more than 8,000 km
    /// from its middle. Where it crosses itself, everything that it winds around is inside.
    POLYGON: Corners = Param::new("polygon", Corners)
        .example("19.10,72.88,19.15,72.88,19.15,72.93,19.10,72.93");

    /// The bounding box in which a document must lie: `south,west,north,east` in degrees, edges
    /// included. It crosses the antimeridian if west is greater than east.
    BBOX: BoxEdges = Param::new("bbox", BoxEdges).example("18.89,72.77,19.27,73.03");
}

/// The corners of a polygon.
#[derive(Clone, Copy)]
pub(crate) struct Corners;

/// The edges of a bounding box.
#[derive(Clone, Copy)]
pub(crate) struct BoxEdges;

impl Scalar for Corners {
    type Value = Polygon;

    fn parse(&self, text: &str) -> Result<Polygon, Invalid> {
        let numbers = parse_numbers(text)?;
        let (pairs, rest) = numbers.as_chunks();
        if !rest.is_empty() {
            let count = numbers.len();
            return Err(Invalid::because(format!(
                "its last latitude has no longitude: there are {count} numbers"
            )));
        }
        let corners = (1..).zip(pairs).map(|(number, &[lat, lng])| {
            LatLng::new(lat, lng).map_err(|error| {
                Invalid::because(match LatLng::new(lng, lat) {
                    Ok(_) => format!("corner {number}: {error}; lat and lng look swapped"),
                    Err(_) => format!("corner {number}: {error}"),
                })
            })
        });
        let polygon = Polygon::new(corners.collect::<Result<_, _>>()?);
        polygon.map_err(|error| Invalid::because(format!("this one {error}")))
    }

    fn expected(&self) -> String {
        "the latitudes and longitudes of 3 to 500 corners, as lat,lng,lat,lng,...".to_owned()
    }

    fn json(&self, text: &str) -> Value {
        numbers_json(text)
    }

    fn schema(&self) -> Schema {
        // The first corner may be repeated.
        numbers_schema(2 * 3, 2 * (500 + 1))
    }

    fn is_list(&self) -> bool {
        true
    }
}

impl Scalar for BoxEdges {
    type Value = BoundingBox;

    fn parse(&self, text: &str) -> Result<BoundingBox, Invalid> {
        let numbers = parse_numbers(text)?;
        let &[south, west, north, east] = numbers.as_slice() else {
            return Err(Invalid::because(format!(
                "there are {} numbers",
                numbers.len()
            )));
        };
        BoundingBox::new(south, west, north, east)
            .map_err(|error| Invalid::because(error.to_string()))
    }

    fn expected(&self) -> String {
        "four numbers of degrees: south,west,north,east".to_owned()
    }

    fn json(&self, text: &str) -> Value {
        numbers_json(text)
    }

    fn schema(&self) -> Schema {
        numbers_schema(4, 4)
    }

    fn is_list(&self) -> bool {
        true
    }
}
