//! What must a room be to be found?

use roost_engine::{Filters, Reader};
use utoipa::IntoParams;
use uuid::Uuid;

use super::{expression, stay};
use crate::area;
use crate::error::ApiError;
use crate::params::Params;
use crate::vocabulary::{self, Amenity, RoomStatus, RoomType};

/// As the schema's `numeric(12, 2)`.
pub(super) const PRICE_MAX: f64 = 9_999_999_999.99;

/// The least that one can pay and not pay nothing.
pub(super) const PRICE_MIN: f64 = 0.01;

/// As the OpenAPI document says of the parameters below.
const LANDLORDS_MAX: usize = 50;
const EXCLUDED_MAX: usize = 200;

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
    #[param(inline, style = Form, explode = false, example = json!(["private_room"]))]
    room_type: Option<Vec<RoomType>>,
    /// All of these amenities: a comma list, or repeated.
    #[param(inline, style = Form, explode = false, example = json!(["wifi"]))]
    amenities: Option<Vec<Amenity>>,
    /// Any of these statuses: a comma list, or repeated. Without it only listed rooms are found.
    #[param(inline, style = Form, explode = false, example = json!(["listed"]))]
    status: Option<Vec<RoomStatus>>,
    /// Whether to leave out rooms that nobody has made sure of.
    #[param(default = false, example = true)]
    verified: Option<bool>,
    /// Rooms of any of these landlords, at most 50: a comma list, or repeated.
    #[param(
        inline,
        style = Form,
        explode = false,
        max_items = 50,
        example = json!(["0199f0c4-7a6e-7c1b-9d53-2f0c4be1a002"]),
    )]
    landlord_id: Option<Vec<Uuid>>,
    /// None of these rooms, at most 200: a comma list, or repeated.
    #[param(
        inline,
        style = Form,
        explode = false,
        max_items = 200,
        example = json!(["0199f0c4-7a6e-7c1b-9d53-2f0c4be1a001"]),
    )]
    exclude: Option<Vec<Uuid>>,
    /// A condition that a room has to meet as well: comparisons such as `price <= 900`,
    /// `rating:4..5`, `room_type:[private_room, entire_place]` or `amenities:wifi`, joined by `AND`,
    /// `OR`, `NOT` and parentheses. Fields are `price`, `rating`, `review_count`, `occupancy`,
    /// `minimum_nights`, `room_type`, `amenities`, `status`, `verified`, `locality`, `city`, `landlord`
    /// and `id`. A price or
    /// rating that is not known meets no comparison but `!=`. A filter that names `status` also finds
    /// paused rooms unless it says otherwise. At most 256 values, and 32 parentheses and negations
    /// inside one another.
    #[param(
        max_length = 4000,
        example = "price <= 1200 AND (amenities:wifi OR rating >= 4) AND NOT room_type:shared_room"
    )]
    filter: Option<String>,
}

impl FilterParams {
    pub(crate) const NAMES: &[&str] = &[
        "price_min",
        "price_max",
        "occupants",
        "room_type",
        "amenities",
        "status",
        "verified",
        "landlord_id",
        "exclude",
        "filter",
    ];
}

pub(super) fn read(params: &Params, reader: &Reader) -> Result<Filters, ApiError> {
    let price_min = params.number("price_min", 0.0..=PRICE_MAX)?;
    let price_max = params.number("price_max", 0.0..=PRICE_MAX)?;
    if let (Some(min), Some(max)) = (price_min, price_max)
        && min > max
    {
        let expected = format!("at most price_max, which is {max}");
        return Err(ApiError::parameter("price_min", &min.to_string(), expected));
    }
    let condition = expression::read(params)?;
    let mut statuses = vocabulary::statuses(params, "status")?;
    if statuses.is_empty() && condition.as_ref().is_some_and(expression::names_status) {
        statuses = vocabulary::told_statuses();
    }
    Ok(Filters {
        price_min,
        price_max,
        occupants: params.whole("occupants", 1..=100)?,
        categories: vocabulary::room_types(params, "room_type")?,
        tags: vocabulary::amenities(params, "amenities")?,
        statuses,
        verified: params.flag("verified")?,
        owners: params.ids("landlord_id", LANDLORDS_MAX)?,
        exclude: params.ids("exclude", EXCLUDED_MAX)?,
        polygon: area::read_polygon(params)?,
        bounding_box: area::read_bbox(params)?,
        stay: stay::read(params, reader)?,
        condition,
    })
}
