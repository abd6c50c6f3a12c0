//! The query as the service understood it.

use roost_collections::venues;
use roost_engine::{Query, Radius};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::collections::filters::condition::AsFilter;
use crate::collections::searched::SearchedCollection;
use crate::query::place::{Center, Location};

/// The query as the service understood it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CollectionQuery)]
pub(crate) struct UnderstoodQuery {
    venue: Option<VenueName>,
    /// The place that distance is measured from.
    center: Option<Location>,
    #[schema(example = 25000.0)]
    radius_m: Option<f64>,
    #[schema(example = 500.0)]
    radius_min_m: Option<f64>,
    /// The name of the ranking profile.
    profile: String,
    /// Left out if the result has no order.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "match")]
    sort: Option<&'static str>,
    /// The `filter` as it was parsed.
    filter: Option<String>,
}

/// The venue of a query.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct VenueName {
    id: Uuid,
    #[schema(example = "Indian Institute of Technology Bombay")]
    name: String,
    #[schema(example = "Mumbai")]
    city: String,
}

impl UnderstoodQuery {
    pub(crate) fn new(
        collection: &SearchedCollection,
        query: &Query,
        center: Option<Center>,
    ) -> UnderstoodQuery {
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
            sort: Some(collection.order.name(query.sort)),
            filter: condition.map(|it| AsFilter::new(it, collection.declared).to_string()),
        }
    }

    pub(crate) fn without_order(self) -> UnderstoodQuery {
        UnderstoodQuery { sort: None, ..self }
    }
}
