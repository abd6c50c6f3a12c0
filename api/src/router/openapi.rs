//! The OpenAPI document, apart from the routes themselves.

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use utoipa::openapi::content::ContentBuilder;
use utoipa::openapi::path::{Operation, ParameterIn};
use utoipa::openapi::response::ResponseBuilder;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::{OpenApi, Ref, RefOr};
use utoipa::{Modify, OpenApi as _};

use crate::app::state::App;
use crate::collections::routes::catalog::Catalog;
use crate::http::write::conditions::schema_of_header;
use crate::params::declaration::ParamSet;

/// The document without paths, which the routes add.
#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Roost",
        description = "Search and ranking of rooms near exam venues. Every answer is \
                       `{success, data, meta, error}`. Unknown parameters are rejected. Distances are \
                       metres, times are UTC. Only requests that reach no route get a bare status: \
                       malformed HTTP (400), a request target of more than 65,534 bytes (414), or more \
                       than 100 headers (431).",
    ),
    tags(
        (name = "rooms", description = "Rooms near an exam venue."),
        (name = "venues", description = "Venues where students sit exams."),
        (name = "exams", description = "Universities, exam sessions, and which student sits an exam where."),
        (name = "collections", description = "Any collection that is declared."),
        (name = "accounts", description = "Registration, sign-in and the signed-in user."),
        (name = "keys", description = "API keys, by which services call the API."),
        (name = "landlords", description = "The signed-in landlord, and its rooms in any state."),
        (name = "requests", description = "Rental requests of students, the landlords for them, and the live events of both sides."),
        (name = "contracts", description = "Offers of landlords, contracts, payments and balances."),
        (name = "health", description = "The health, status and metrics of the node."),
        (name = "older", description = "Paths of the earlier platform."),
        (name = "about", description = "This document."),
    ),
    components(schemas(crate::http::error::ErrorEnvelope)),
    modifiers(&Credentials),
)]
struct WithoutPaths;

/// How signed-in users and services authenticate.
struct Credentials;

impl Modify for Credentials {
    fn modify(&self, document: &mut OpenApi) {
        let components = document.components.get_or_insert_default();
        for (name, description) in [
            (ACCESS_TOKEN, "The access token of a signed-in user."),
            (API_KEY, "The secret of an API key: `roost_live_...`."),
        ] {
            let mut scheme = Http::new(HttpAuthScheme::Bearer);
            scheme.description = Some(description.to_owned());
            components.add_security_scheme(name, SecurityScheme::Http(scheme));
        }
    }
}

/// The names of the security schemes.
const ACCESS_TOKEN: &str = "access_token";
const API_KEY: &str = "api_key";

/// The document without paths.
pub(super) fn without_paths() -> OpenApi {
    WithoutPaths::openapi()
}

/// Get this document.
#[utoipa::path(
    get,
    path = "/openapi.json",
    operation_id = "get_openapi",
    tag = "about",
    responses((status = 200, description = "The OpenAPI document.", content_type = "application/json"))
)]
pub(super) async fn document(State(app): State<App>) -> Response {
    let json = app.openapi_json().to_owned();
    ([(CONTENT_TYPE, "application/json")], json).into_response()
}

/// Adds what every route under `/api` has in common: its errors, and the values of its headers.
pub(super) fn add_common(document: &mut OpenApi) {
    for (path, item) in &mut document.paths.paths {
        if path.starts_with("/api/") {
            let operations = [
                &mut item.get,
                &mut item.post,
                &mut item.put,
                &mut item.patch,
                &mut item.delete,
            ];
            for operation in operations.into_iter().flatten() {
                if operation.request_body.is_some() {
                    for (status, description) in ERRORS_OF_BODIES {
                        add_error(operation, status, description);
                    }
                }
                for (status, description) in ERRORS {
                    add_error(operation, status, description);
                }
                for (status, description) in ERRORS_OF_CALLERS {
                    // Everybody may call a route that does not read who the caller is.
                    if status != "403" || operation.security.is_some() {
                        add_error_unless_present(operation, status, description);
                    }
                }
                describe_headers(operation);
            }
        }
    }
}

/// Adds the accepted values of the headers that many routes read in one way.
fn describe_headers(operation: &mut Operation) {
    for parameter in operation.parameters.iter_mut().flatten() {
        if let RefOr::T(parameter) = parameter
            && parameter.parameter_in == ParameterIn::Header
            && let Some(schema) = schema_of_header(&parameter.name)
        {
            parameter.schema = Some(schema.into());
        }
    }
}

/// Adds the routes of each collection that is not built in, with the parameters of its fields.
pub(super) fn add_collections(document: &mut OpenApi, catalog: &Catalog) {
    let built_in = roost_collections::declared();
    let entries = catalog.entries().iter();
    for entry in entries.filter(|entry| !built_in.contains(&entry.collection.declared)) {
        add_route(document, SEARCH, entry.collection.name(), &entry.search);
        add_route(document, HEATMAP, entry.collection.name(), &entry.heatmap);
    }
}

/// The paths of the routes of any collection.
const SEARCH: &str = "/api/v1/collections/{name}/search";
const HEATMAP: &str = "/api/v1/collections/{name}/heatmap";

/// Adds the route of one collection, which is described as that of any collection.
fn add_route(document: &mut OpenApi, any: &str, name: &str, params: &ParamSet) {
    let Some(mut item) = document.paths.paths.get(any).cloned() else {
        return;
    };
    if let Some(operation) = &mut item.get {
        let id = operation.operation_id.take().unwrap_or_default();
        operation.operation_id = Some(id.replace("collection", name));
        operation.parameters = Some(params.document().map(RefOr::from).collect());
    }
    document
        .paths
        .paths
        .insert(any.replace("{name}", name), item);
}

const ERRORS: [(&str, &str); 5] = [
    (
        "400",
        "A parameter is invalid: `invalid_parameter`, `unknown_parameter`, `duplicate_parameter`, \
         `missing_parameter` or `invalid_cursor`. `field`, `value` and `expected` describe the \
         problem.",
    ),
    (
        "406",
        "`Accept-Encoding` accepts neither `gzip` nor `identity`: `not_acceptable`.",
    ),
    (
        "500",
        "An internal error: `internal`. The cause is logged under the `X-Request-Id` of this answer.",
    ),
    (
        "503",
        "`not_ready` until the initial copy is complete, or `overloaded`. `Retry-After` says when to try \
         again.",
    ),
    (
        "504",
        "The request took too long: `timed_out`; or the index did not reach `at_least` in time: \
         `behind`.",
    ),
];

/// The errors of every route that reads a body.
const ERRORS_OF_BODIES: [(&str, &str); 3] = [
    ("408", "The body takes too long to arrive: `timed_out`."),
    ("413", "The body is too large: `body_too_large`."),
    (
        "415",
        "The body is not `application/json`, or is compressed: `unsupported_media_type`.",
    ),
];

/// The errors of callers. A route can describe its own instead.
const ERRORS_OF_CALLERS: [(&str, &str); 3] = [
    (
        "401",
        "The token or key is not valid, or the route needs one: `unauthorized`.",
    ),
    (
        "403",
        "The caller may not do this, such as a key without the scope: `forbidden`.",
    ),
    (
        "429",
        "The limit of the key is reached: `too_many_requests`. `Retry-After` says when to try again.",
    ),
];

fn add_error_unless_present(operation: &mut Operation, status: &str, description: &str) {
    if !operation.responses.responses.contains_key(status) {
        add_error(operation, status, description);
    }
}

fn add_error(operation: &mut Operation, status: &str, description: &str) {
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name("ErrorEnvelope")));
    let response = ResponseBuilder::new()
        .description(description)
        .content("application/json", content.build());
    let responses = &mut operation.responses.responses;
    responses.insert(status.to_owned(), response.build().into());
}
