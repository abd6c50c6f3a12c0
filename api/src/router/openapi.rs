//! What does the API take and answer, for programs?

use std::sync::LazyLock;

use axum::http::header::{CONTENT_TYPE, HeaderName};
use utoipa::openapi::content::ContentBuilder;
use utoipa::openapi::path::Operation;
use utoipa::openapi::response::ResponseBuilder;
use utoipa::openapi::schema::{AdditionalProperties, ObjectBuilder};
use utoipa::openapi::{OpenApi, Ref, RefOr};
use utoipa::{OpenApi as _, ToSchema};

use crate::multi_search::OneSearch;
use crate::router;

/// The OpenAPI document of all routes.
pub fn openapi() -> OpenApi {
    router::routes().1
}

/// What is said of the whole; the paths come from the routes themselves.
#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Roost",
        description = "Rooms near exam venues, found and ranked. Every answer is \
                       `{success, data, meta, error}`. Parameters that a route does not list are \
                       refused. Distances are metres, times are UTC. Only what never reaches a \
                       route is answered by a bare status: a request that is no HTTP (400), a \
                       target of more than 65,534 bytes (414), or more than 100 headers (431).",
    ),
    tags(
        (name = "rooms", description = "Rooms near an exam venue."),
        (name = "venues", description = "Where exams are sat."),
        (name = "health", description = "Whether the service is alive and ready."),
        (name = "older", description = "Paths of the older platform."),
        (name = "about", description = "This document."),
    ),
    components(schemas(crate::envelope::Refused)),
)]
struct Whole;

/// The document without paths.
pub(crate) fn whole() -> OpenApi {
    Whole::openapi()
}

/// This document.
#[utoipa::path(
    get,
    path = "/openapi.json",
    operation_id = "get_openapi",
    tag = "about",
    responses((status = 200, description = "The OpenAPI document.", content_type = "application/json"))
)]
pub(crate) async fn document() -> ([(HeaderName, &'static str); 1], &'static str) {
    static DOCUMENT: LazyLock<String> = LazyLock::new(|| {
        // The document is made of plain values, which always serialize.
        openapi().to_json().unwrap_or_default()
    });
    ([(CONTENT_TYPE, "application/json")], DOCUMENT.as_str())
}

/// Adds the error answers that every route under `/api` can give.
pub(crate) fn add_errors(document: &mut OpenApi) {
    for (path, item) in &mut document.paths.paths {
        if path.starts_with("/api/") {
            let operations = [&mut item.get, &mut item.post];
            for operation in operations.into_iter().flatten() {
                for (status, description) in ERRORS {
                    add_error(operation, status, description);
                }
            }
        }
    }
}

/// Fills in what one of many searches takes: what a room search of its own does.
pub(crate) fn describe_searches(document: &mut OpenApi) {
    let search = document.paths.paths.get("/api/v1/rooms/search");
    let operation = search.and_then(|item| item.get.as_ref());
    let parameters = operation.and_then(|operation| operation.parameters.as_ref());
    let mut object = ObjectBuilder::new()
        .description(Some("The parameters of `GET /api/v1/rooms/search`."))
        .additional_properties(Some(AdditionalProperties::FreeForm(false)));
    for parameter in parameters.into_iter().flatten() {
        if let RefOr::T(parameter) = parameter
            && let Some(schema) = &parameter.schema
        {
            object = object.property(&parameter.name, schema.clone());
        }
    }
    if let Some(components) = &mut document.components {
        let name = OneSearch::name().into_owned();
        components.schemas.insert(name, object.build().into());
    }
}

const ERRORS: [(&str, &str); 4] = [
    (
        "400",
        "A parameter is wrong: `invalid_parameter`, `unknown_parameter`, `duplicate_parameter`, \
         `missing_parameter` or `invalid_cursor`. `field`, `value` and `expected` say which and \
         why.",
    ),
    (
        "500",
        "A fault of the service: `internal`. The cause is in its log, under this answer's \
         `X-Request-Id`.",
    ),
    (
        "503",
        "`not_ready` before the first copy is done, or `overloaded`. `Retry-After` says when to \
         try again.",
    ),
    (
        "504",
        "The answer took too long: `timed_out`; or the index had not come to `at_least` in time: \
         `behind`.",
    ),
];

fn add_error(operation: &mut Operation, status: &str, description: &str) {
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name("Refused")));
    let response = ResponseBuilder::new()
        .description(description)
        .content("application/json", content.build());
    let responses = &mut operation.responses.responses;
    responses.insert(status.to_owned(), response.build().into());
}
