//! The parameters that filter rooms.

pub(crate) mod area;
pub(crate) mod condition;
pub(crate) mod price;
pub(crate) mod stay;

use roost_engine::{Filters, Reader, Status, Tags};

use self::area::{BBOX, POLYGON};
use self::condition::{Filter, FilterText};
use self::price::LARGEST_PRICE;
use self::stay::RequestedStay;
use super::vocabulary::{Amenity, RoomStatus, RoomType, visible_statuses};
use crate::http::error::ApiError;
use crate::params::declaration::{Param, params};
use crate::params::list::List;
use crate::params::presence::WithDefault;
use crate::params::scalar::{Flag, Id, Number, Whole};
use crate::params::values::Params;

params! {
    /// Filters by a room's attributes.
    pub(crate) const ATTRIBUTES;

    /// The lowest price for one night. Rooms of unknown price do not match.
    PRICE_MIN: Number = Param::new("price_min", Number { min: 0.0, max: LARGEST_PRICE }).example("300");

    /// The highest price for one night. Rooms of unknown price do not match.
    PRICE_MAX: Number = Param::new("price_max", Number { min: 0.0, max: LARGEST_PRICE })
        .example("1200");

    /// The number of people who must be able to sleep in the room.
    OCCUPANTS: Whole<u16> = Param::new("occupants", Whole { min: 1, max: 100 }).example("2");

    /// Any of these room types: a comma-separated list, or repeated.
    ROOM_TYPE: List<RoomType> = Param::new("room_type", List::of(RoomType)).example("private_room");

    /// All of these amenities: a comma-separated list, or repeated.
    AMENITIES: List<Amenity> = Param::new("amenities", List::of(Amenity)).example("wifi");

    /// Any of these statuses: a comma-separated list, or repeated. Only listed rooms if left out.
    STATUS: List<RoomStatus> = Param::new("status", List::of(RoomStatus)).example("listed");

    /// Whether to return verified rooms only.
    VERIFIED: WithDefault<Flag> = Param::new("verified", Flag).default(false).example("true");

    /// Rooms of any of these landlords, at most 50: a comma-separated list, or repeated.
    LANDLORD_ID: List<Id> = Param::new("landlord_id", List::of_at_most(50, "ids", Id))
        .example("019b76da-a82f-793a-8080-8aab80ab4714");

    /// None of these rooms, at most 200: a comma-separated list, or repeated.
    EXCLUDE: List<Id> = Param::new("exclude", List::of_at_most(200, "ids", Id))
        .example("019b76da-a85e-77d1-92b0-13d485117cc7");

    /// A condition that a room must meet as well: comparisons such as `price <= 900`,
    /// `rating:4..5`, `room_type:[private_room, entire_place]` or `amenities:wifi`, combined with
    /// `AND`, `OR`, `NOT` and parentheses. The fields are `price`, `rating`, `review_count`,
    /// `occupancy`, `minimum_nights`, `room_type`, `amenities`, `status`, `verified`, `locality`,
    /// `city`, `landlord` and `id`. An unknown price or rating meets no comparison except `!=`. A
    /// filter that names `status` also finds paused rooms unless it excludes them. At most 256
    /// values, and 32 nested parentheses and negations.
    FILTER: FilterText = Param::new("filter", FilterText)
        .example("price <= 1200 AND (amenities:wifi OR rating >= 4) AND NOT room_type:shared_room");
}

/// The filters of a request.
#[derive(Debug, Default)]
pub(crate) struct RoomFilters {
    /// All but the stay.
    filters: Filters,
    stay: Option<RequestedStay>,
}

impl RoomFilters {
    pub(crate) fn read(params: &Params) -> Result<RoomFilters, ApiError> {
        let (price_min, price_max) = read_prices(params)?;
        let filter = FILTER.read(params)?;
        let statuses = read_statuses(params, filter.as_ref())?;
        let filters = Filters {
            price_min,
            price_max,
            occupants: OCCUPANTS.read(params)?,
            categories: ROOM_TYPE.read(params)?,
            tags: AMENITIES
                .read(params)?
                .into_iter()
                .fold(Tags::NONE, Tags::with),
            statuses,
            verified: VERIFIED.read(params)?,
            owners: LANDLORD_ID.read(params)?,
            exclude: EXCLUDE.read(params)?,
            polygon: POLYGON.read(params)?,
            bounding_box: BBOX.read(params)?,
            stay: None,
            condition: filter.map(Filter::into_condition),
        };
        Ok(RoomFilters {
            filters,
            stay: RequestedStay::read(params)?,
        })
    }

    /// Whether a polygon or bounding box limits the search.
    pub(crate) fn has_area(&self) -> bool {
        self.filters.polygon.is_some() || self.filters.bounding_box.is_some()
    }

    /// Whether there is a `filter`.
    pub(crate) fn has_condition(&self) -> bool {
        self.filters.condition.is_some()
    }

    /// The filters for the index that answers, which decides the nights that a stay may include.
    pub(crate) fn resolve(&self, reader: &Reader) -> Result<Filters, ApiError> {
        Ok(Filters {
            stay: self.stay.map(|stay| stay.resolve(reader)).transpose()?,
            ..self.filters.clone()
        })
    }
}

fn read_prices(params: &Params) -> Result<(Option<f64>, Option<f64>), ApiError> {
    let (min, max) = (PRICE_MIN.read(params)?, PRICE_MAX.read(params)?);
    if let (Some(min), Some(max)) = (min, max)
        && min > max
    {
        let expected = format!("at most price_max, which is {max}");
        let value = min.to_string();
        return Err(ApiError::parameter(PRICE_MIN.name(), &value, expected));
    }
    Ok((min, max))
}

fn read_statuses(params: &Params, filter: Option<&Filter>) -> Result<Vec<Status>, ApiError> {
    let statuses = STATUS.read(params)?;
    match statuses.is_empty() && filter.is_some_and(Filter::names_status) {
        true => Ok(visible_statuses()),
        false => Ok(statuses),
    }
}
