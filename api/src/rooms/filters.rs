//! What must a room be to be found?

use roost_engine::Filters;
use utoipa::IntoParams;

use crate::error::ApiError;
use crate::params::Params;
use crate::vocabulary::{self, Amenity, RoomType};

/// As the schema's `numeric(12, 2)`.
pub(super) const PRICE_MAX: f64 = 9_999_999_999.99;

/// The least that one can pay and not pay nothing.
pub(super) const PRICE_MIN: f64 = 0.01;

#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it names the parameters for the OpenAPI document")]
pub(crate) struct FilterParams {
    /// Lowest price for one night. A room of unknown price does not match.
    #[param(minimum = 0, maximum = 9999999999.99, example = 300)]
    price_min: Option<f64>,
    /// Highest price for one night. A room of unknown price does not match.
    #[param(minimum = 0, maximum = 9999999999.99, example = 1200)]
    price_max: Option<f64>,
    /// How many people have to sleep there.
    #[param(minimum = 1, maximum = 100, example = 2)]
    occupants: Option<u16>,
    /// Any of these room types: a comma list, or repeated.
    #[param(inline, style = Form, explode = false)]
    room_type: Option<Vec<RoomType>>,
    /// All of these amenities: a comma list, or repeated.
    #[param(inline, style = Form, explode = false)]
    amenities: Option<Vec<Amenity>>,
}

impl FilterParams {
    pub(crate) const NAMES: &[&str] = &[
        "price_min",
        "price_max",
        "occupants",
        "room_type",
        "amenities",
    ];
}

pub(super) fn read(params: &Params) -> Result<Filters, ApiError> {
    let price_min = params.number("price_min", 0.0..=PRICE_MAX)?;
    let price_max = params.number("price_max", 0.0..=PRICE_MAX)?;
    if let (Some(min), Some(max)) = (price_min, price_max)
        && min > max
    {
        let expected = format!("at most price_max, which is {max}");
        return Err(ApiError::parameter("price_min", &min.to_string(), expected));
    }
    Ok(Filters {
        price_min,
        price_max,
        occupants: params.whole("occupants", 1..=100)?,
        categories: vocabulary::room_types(params, "room_type")?,
        tags: vocabulary::amenities(params, "amenities")?,
        ..Filters::default()
    })
}
