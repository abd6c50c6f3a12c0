//! The parameters that filter rooms.

pub(crate) mod area;
pub(crate) mod condition;
pub(crate) mod price;
pub(crate) mod stay;

use roost_collections::rooms;
use roost_engine::{Category, Condition, Filters, Interval, Reader, Tags};

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
        let filter = FILTER.read(params)?;
        let filters = Filters {
            attributes: read_attributes(params)?,
            visibility: read_statuses(params, filter.as_ref())?,
            owners: LANDLORD_ID.read(params)?,
            exclude: EXCLUDE.read(params)?,
            polygon: POLYGON.read(params)?,
            bounding_box: BBOX.read(params)?,
            free: None,
            condition: filter.map(Filter::into_condition),
        };
        Ok(RoomFilters {
            filters,
            stay: RequestedStay::read(params)?,
        })
    }

    /// The highest price of some filters.
    pub(crate) fn price_max(filters: &Filters) -> Option<f64> {
        let mut attributes = filters.attributes.iter();
        attributes.find_map(|condition| match condition {
            Condition::Number(rooms::PRICE, Interval::UpTo(max)) => Some(*max),
            _ => None,
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
        let mut filters = self.filters.clone();
        if let Some(stay) = self.stay {
            let nights = stay.resolve(reader)?;
            let is_long_enough = Interval::UpTo(f64::from(nights.day_count()));
            let is_long_enough = Condition::Number(rooms::MINIMUM_NIGHTS, is_long_enough);
            filters.attributes.push(is_long_enough);
            filters.free = Some(nights);
        }
        Ok(filters)
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

/// Reads the conditions on single attributes.
fn read_attributes(params: &Params) -> Result<Vec<Condition>, ApiError> {
    let (price_min, price_max) = read_prices(params)?;
    let mut types = ROOM_TYPE.read(params)?;
    types.sort_unstable();
    types.dedup();
    let amenities = AMENITIES
        .read(params)?
        .into_iter()
        .fold(Tags::NONE, Tags::with);
    let number = |field, interval| Condition::Number(field, interval);
    let occupants = OCCUPANTS.read(params)?.map(f64::from);
    let conditions = [
        price_min.map(|min| number(rooms::PRICE, Interval::From(min))),
        price_max.map(|max| number(rooms::PRICE, Interval::UpTo(max))),
        occupants.map(|count| number(rooms::OCCUPANCY, Interval::From(count))),
        (!types.is_empty()).then_some(Condition::Category(rooms::ROOM_TYPE, types)),
        (!amenities.is_empty()).then_some(Condition::AllTags(rooms::AMENITIES, amenities)),
        VERIFIED
            .read(params)?
            .then_some(Condition::Flag(rooms::VERIFIED, true)),
    ];
    Ok(conditions.into_iter().flatten().collect())
}

fn read_statuses(params: &Params, filter: Option<&Filter>) -> Result<Vec<Category>, ApiError> {
    let statuses = STATUS.read(params)?;
    match statuses.is_empty() && filter.is_some_and(Filter::names_status) {
        true => Ok(visible_statuses()),
        false => Ok(statuses),
    }
}
