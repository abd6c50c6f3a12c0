//! The query as the service understood it.

use roost_collections::venues;
use roost_engine::{Query, Radius};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::sort::SortName;
use crate::query::place::{Center, Location};
use crate::rooms::filters::condition::AsFilter;

/// The query as the service understood it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UnderstoodQuery {
    venue: Option<VenueName>,
    /// The place that distance is measured from.
    center: Option<Location>,
    #[schema(example = 25000.0)]
    radius_m: Option<f64>,
    #[schema(example = 500.0)]
    radius_min_m: Option<f64>,
    #[schema(example = "room")]
    profile: String,
    /// Left out if the result has no order.
    #[serde(skip_serializing_if = "Option::is_none")]
    sort: Option<SortName>,
    /// The `filter` as it was parsed.
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
    pub(crate) fn new(query: &Query, center: Option<Center>) -> UnderstoodQuery {
        let condition = query.filters.condition.as_ref();
        let venue = center.and_then(|center| center.venue);
        UnderstoodQuery {
            center: query.center.map(Location::from),
            venue: venue.map(|venue| VenueName {
                id: venue.key,
                name: venue.text(venues::NAME).to_owned(),
                city: venue.text(venues::CITY).to_owned(),
            }),
            radius_m: query.radius.map(Radius::metres),
            radius_min_m: query.radius_min.map(Radius::metres),
            profile: query.profile.name().to_owned(),
            sort: Some(query.sort.into()),
            filter: condition.map(|condition| AsFilter(condition).to_string()),
        }
    }

    pub(crate) fn without_order(self) -> UnderstoodQuery {
        UnderstoodQuery { sort: None, ..self }
    }
}
