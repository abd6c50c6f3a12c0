//! Parts of the answers about rooms in the OpenAPI document.

use std::borrow::Cow;

use roost_collections::{FacetValues, rooms};
use utoipa::openapi::{ObjectBuilder, Ref, RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::params::ROOMS;
use crate::collections::facets::{DISTANCE, RangeCounts, ValueCounts};
use crate::collections::highlight::{MarkedText, searched_texts};
use crate::collections::search::understood::VenueName;
use crate::http::schema;
use crate::query::place::Location;

/// The query as the service understood it.
#[derive(Debug, ToSchema)]
#[schema(as = UnderstoodQuery)]
#[expect(dead_code, reason = "it describes the query for the OpenAPI document")]
pub(crate) struct RoomQuery {
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
    sort: Option<SortName>,
    /// The `filter` as it was parsed.
    #[schema(example = "price <= 1200 AND NOT room_type:shared_room")]
    filter: Option<String>,
}

/// The name of an order of rooms.
#[derive(Debug)]
struct SortName;

/// The counts of matching rooms by each requested facet.
pub(crate) struct RoomFacets;

/// The texts of a room that contain words of `q`.
pub(crate) struct RoomHighlights;

impl PartialSchema for SortName {
    fn schema() -> RefOr<Schema> {
        schema::names(ROOMS.order.names()).into()
    }
}

impl ToSchema for SortName {
    fn name() -> Cow<'static, str> {
        "Sort".into()
    }
}

impl PartialSchema for RoomFacets {
    fn schema() -> RefOr<Schema> {
        let object = ObjectBuilder::new().description(Some(
            "The counts of matching rooms by each requested facet. A room counts once for each of \
             its tags. Distances are in metres.",
        ));
        let counts = |name| Ref::from_schema_name(name);
        let (values, ranges) = (ValueCounts::name(), RangeCounts::name());
        let fields = rooms::DECLARATION.values();
        let object = fields.fold(object, |object, (_, field)| match field.facet {
            None => object,
            Some(FacetValues::Each) => object.property(field.query_name, counts(&*values)),
            Some(FacetValues::Between(_)) => object.property(field.query_name, counts(&*ranges)),
        });
        object.property(DISTANCE, counts(&*ranges)).into()
    }
}

impl ToSchema for RoomFacets {
    fn name() -> Cow<'static, str> {
        "Facets".into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((ValueCounts::name().into_owned(), ValueCounts::schema()));
        ValueCounts::schemas(schemas);
        schemas.push((RangeCounts::name().into_owned(), RangeCounts::schema()));
        RangeCounts::schemas(schemas);
    }
}

impl PartialSchema for RoomHighlights {
    fn schema() -> RefOr<Schema> {
        let object = ObjectBuilder::new().description(Some(
            "The texts that contain words of `q`. Texts without one are left out.",
        ));
        let names = searched_texts(rooms::collection()).map(|(_, name)| name);
        let object = names.fold(object, |object, name| {
            object.property(name, Ref::from_schema_name(MarkedText::name()))
        });
        object.into()
    }
}

impl ToSchema for RoomHighlights {
    fn name() -> Cow<'static, str> {
        "Highlights".into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((MarkedText::name().into_owned(), MarkedText::schema()));
        MarkedText::schemas(schemas);
    }
}
