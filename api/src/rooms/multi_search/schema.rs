//! The request and the answers of a multi-search in the OpenAPI document.

use std::borrow::Cow;

use roost_engine::Position;
use utoipa::openapi::schema::{AdditionalProperties, ObjectBuilder};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::request::SearchObjectParams;
use crate::http::envelope::Answer;
use crate::http::error::ErrorEnvelope;
use crate::params::declaration::{Declared, declared};
use crate::rooms::search::answer::RoomSearchMeta;
use crate::rooms::search::groups::ListItem;

/// Many room searches.
#[derive(Debug, ToSchema)]
#[schema(as = MultiSearch, example = json!({
    "searches": [
        {"lat": 19.1334, "lng": 72.9133, "radius_m": 5000, "amenities": ["wifi"], "limit": 5},
        {"q": "quiet desk", "highlight": ["all"], "limit": 5}
    ],
    "timeout_ms": 500
}))]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "it describes the body for the OpenAPI document")]
pub(super) struct MultiSearchBody {
    /// Each with the parameters of a room search: texts, numbers, `true` and `false`, and arrays
    /// for lists.
    #[schema(min_items = 1, max_items = 50)]
    searches: Vec<SearchObject>,
    /// Milliseconds after which all searches stop. The default is the node's `search_timeout_ms`.
    /// Each search may set a shorter one of its own, which starts when the search does.
    #[schema(minimum = 1, maximum = 10000)]
    timeout_ms: Option<u32>,
    /// The WAL position that all answers reflect at least, as in a room search.
    #[schema(value_type = Option<String>, example = "0/1000000")]
    at_least: Option<Position>,
}

/// One of the searches, described by the query parameters of a room search.
#[derive(Debug)]
pub(super) struct SearchObject;

/// The answer of one search.
#[derive(Debug, ToSchema)]
#[schema(as = OneAnswer)]
#[serde(untagged)]
#[expect(
    dead_code,
    reason = "it describes the answers for the OpenAPI document"
)]
pub(super) enum OneAnswer {
    Answer(Box<Answer<Vec<ListItem>, RoomSearchMeta>>),
    Error(ErrorEnvelope),
}

impl PartialSchema for SearchObject {
    fn schema() -> RefOr<Schema> {
        let object = ObjectBuilder::new()
            .description(Some(
                "The parameters of `GET /api/v1/rooms/search` without `at_least`, which all searches \
                 share.",
            ))
            .additional_properties(Some(AdditionalProperties::FreeForm(false)));
        let parameters = declared::<SearchObjectParams>().map(Declared::document);
        let object = parameters.fold(object, |object, parameter| match parameter.schema {
            Some(schema) => object.property(parameter.name, schema),
            None => object,
        });
        object.into()
    }
}

impl ToSchema for SearchObject {
    fn name() -> Cow<'static, str> {
        "RoomSearch".into()
    }
}
