//! The parameters that filter rooms.

pub(crate) mod area;
pub(crate) mod attributes;
pub(crate) mod condition;
pub(crate) mod price;
pub(crate) mod stay;

use roost_collections::rooms;
use roost_engine::{Category, Condition, Filters, Interval, Reader};

use self::area::{BBOX, POLYGON};
use self::attributes::AttributeFilters;
use self::condition::{Filter, FilterText};
use self::stay::RequestedStay;
use super::vocabulary::visible_statuses;
use crate::http::error::ApiError;
use crate::params::declaration::{Param, params};
use crate::params::list::List;
use crate::params::scalar::Id;
use crate::params::values::Params;

params! {
    /// Filters by owner and key, and by a condition.
    pub(crate) const CONDITIONS;

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
        let attributes = attributes::read(params)?;
        let filters = Filters {
            visibility: visibility(&attributes, filter.as_ref()),
            attributes: attributes.conditions,
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

/// The statuses of rooms that a request may find. A filter decides them by itself.
fn visibility(attributes: &AttributeFilters, filter: Option<&Filter>) -> Vec<Category> {
    let statuses = &attributes.visibility;
    match statuses.is_empty() && filter.is_some_and(Filter::names_status) {
        true => visible_statuses(),
        false => statuses.clone(),
    }
}
