//! Which part of the map is searched?

use roost_engine::{BoundingBox, LatLng, Polygon};
use utoipa::IntoParams;

use crate::error::ApiError;
use crate::params::Params;

#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it names the parameters for the OpenAPI document")]
pub(crate) struct AreaParams {
    /// The corners, 3 to 500, of the polygon in which a room must lie: latitude and longitude in
    /// turn, `lat,lng,lat,lng,...`, either way round, the first need not be repeated. Edges are
    /// great circles and belong to it; inside is the smaller part of the Earth. It may cross the
    /// antimeridian or hold a pole; no corner may be more than 8,000 km from its middle. Where it
    /// crosses itself, what it runs around is inside.
    #[param(
        inline,
        style = Form,
        explode = false,
        min_items = 6,
        max_items = 1002,
        example = json!([19.10, 72.88, 19.15, 72.88, 19.15, 72.93, 19.10, 72.93]),
    )]
    polygon: Option<Vec<f64>>,
    /// The box in which a room must lie: `south,west,north,east` in degrees, edges included. It
    /// crosses the antimeridian where west is more than east.
    #[param(
        inline,
        style = Form,
        explode = false,
        min_items = 4,
        max_items = 4,
        example = json!([18.89, 72.77, 19.27, 73.03]),
    )]
    bbox: Option<Vec<f64>>,
}

impl AreaParams {
    pub(crate) const NAMES: &[&str] = &["polygon", "bbox"];
}

pub(crate) fn read_polygon(params: &Params) -> Result<Option<Polygon>, ApiError> {
    let Some(text) = params.text("polygon")? else {
        return Ok(None);
    };
    let refused = |why: String| ApiError::parameter("polygon", text, POLYGON).hint(&why);
    let numbers = numbers(text).map_err(refused)?;
    let (pairs, rest) = numbers.as_chunks();
    if !rest.is_empty() {
        let count = numbers.len();
        return Err(refused(format!(
            "its last latitude has no longitude: there are {count} numbers"
        )));
    }
    let corners = (1..).zip(pairs).map(|(at, &[lat, lng])| {
        LatLng::new(lat, lng).map_err(|error| match LatLng::new(lng, lat) {
            Ok(_) => refused(format!("corner {at}: {error}; lat and lng look swapped")),
            Err(_) => refused(format!("corner {at}: {error}")),
        })
    });
    let polygon = Polygon::new(corners.collect::<Result<_, _>>()?);
    polygon
        .map(Some)
        .map_err(|error| refused(format!("this one {error}")))
}

pub(crate) fn read_bbox(params: &Params) -> Result<Option<BoundingBox>, ApiError> {
    let Some(text) = params.text("bbox")? else {
        return Ok(None);
    };
    let refused = |why: String| ApiError::parameter("bbox", text, BBOX).hint(&why);
    let numbers = numbers(text).map_err(refused)?;
    let &[south, west, north, east] = numbers.as_slice() else {
        return Err(refused(format!("there are {} numbers", numbers.len())));
    };
    BoundingBox::new(south, west, north, east)
        .map(Some)
        .map_err(|error| refused(error.to_string()))
}

/// The numbers of a comma list, or which of them is none.
fn numbers(text: &str) -> Result<Vec<f64>, String> {
    let items = (1..).zip(text.split(','));
    items
        .map(|(at, item)| {
            let number = item.parse().ok().filter(|number: &f64| number.is_finite());
            number.ok_or_else(|| {
                let shown: String = item.chars().take(40).collect();
                format!("number {at} is {shown:?}")
            })
        })
        .collect()
}

const POLYGON: &str = "the latitudes and longitudes of 3 to 500 corners, as lat,lng,lat,lng,...";
const BBOX: &str = "four numbers of degrees: south,west,north,east";
