//! How was a room search understood?

use roost_engine::{Query, Radius};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::expression::AsFilter;
use super::search::SortWord;
use crate::place::{Location, Place};

/// What a query was understood as.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct UnderstoodQuery {
    venue: Option<VenueName>,
    /// Where distance counts from.
    center: Option<Location>,
    #[schema(example = 25000.0)]
    radius_m: Option<f64>,
    #[schema(example = 500.0)]
    radius_min_m: Option<f64>,
    #[schema(example = "room")]
    profile: String,
    /// Left out where there is no order.
    #[serde(skip_serializing_if = "Option::is_none")]
    sort: Option<SortWord>,
    /// What `filter` was understood as.
    #[schema(example = "price <= 1200 AND NOT room_type:shared_room")]
    filter: Option<String>,
}

/// The venue of a query.
#[derive(Debug, Serialize, ToSchema)]
struct VenueName {
    id: Uuid,
    #[schema(example = "Indian Institute of Technology Bombay")]
    name: String,
    #[schema(example = "Mumbai")]
    city: String,
}

impl UnderstoodQuery {
    pub(super) fn new(query: &Query, place: Option<Place>) -> UnderstoodQuery {
        let condition = query.filters.condition.as_ref();
        UnderstoodQuery {
            center: query.center.map(Location::from),
            venue: place.and_then(|place| place.venue).map(|venue| VenueName {
                id: venue.key,
                name: venue.title,
                city: venue.city,
            }),
            radius_m: query.radius.map(Radius::metres),
            radius_min_m: query.radius_min.map(Radius::metres),
            profile: query.profile.name().to_owned(),
            sort: Some(query.sort.into()),
            filter: condition.map(|condition| AsFilter(condition).to_string()),
        }
    }

    pub(super) fn without_order(self) -> UnderstoodQuery {
        UnderstoodQuery { sort: None, ..self }
    }
}
