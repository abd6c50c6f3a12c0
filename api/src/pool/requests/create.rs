//! `POST /api/v1/requests`.

use axum::extract::{RawQuery, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use roost_market::pool::requests::create_request;

use super::body::read_new_request;
use super::json::{RentalRequestJson, versioned};
use super::schema::NewRequestBody;
use crate::app::caller::Caller;
use crate::app::state::App;
use crate::http::body::read_json_body;
use crate::http::envelope::{Answer, NoMeta};
use crate::http::error::{ApiError, ErrorEnvelope};
use crate::http::write::headers::IdempotencyKeyHeader;
use crate::http::write::{Reply, Versioned, WriteRequest};
use crate::params::declaration::{NoParams, QueryParams};

/// Create a rental request.
///
/// The request is active at once: landlords whose rooms fit find it in their feeds. It names a
/// venue, an assignment of the student, or a point. A student leaves `student_id` out; an admin or
/// a service must name the student.
#[utoipa::path(
    post,
    path = "/api/v1/requests",
    operation_id = "create_request",
    tag = "requests",
    security(("access_token" = []), ("api_key" = [])),
    params(IdempotencyKeyHeader),
    request_body(content = NewRequestBody, content_type = "application/json"),
    responses(
        (status = 201, description = "The rental request. `Location` has its path, `ETag` its version and `roost-position` the position of the write.", body = Answer<RentalRequestJson, NoMeta>),
        (status = 401, description = "The caller is not signed in: `unauthorized`.", body = ErrorEnvelope),
        (status = 403, description = "The caller is neither student nor admin: `forbidden`.", body = ErrorEnvelope),
        (status = 422, description = "The key was used for another request: `idempotency_key_reused`.", body = ErrorEnvelope),
    )
)]
pub(crate) async fn create(
    State(app): State<App>,
    RawQuery(raw): RawQuery,
    caller: Caller,
    request: Request,
) -> Result<Response, ApiError> {
    NoParams::parse(raw.as_deref())?;
    let (pool, actor) = (app.market().pool(), caller.signed_in()?);
    let write = WriteRequest::read(pool, actor, request, read_json_body).await?;
    let new = read_new_request(write.body())?;
    write
        .run(async |transaction| {
            let created = create_request(transaction, new).await?;
            let row = Versioned {
                location: Some(format!("/api/v1/requests/{}", created.id)),
                ..versioned(created)
            };
            Reply::row(StatusCode::CREATED, row)
        })
        .await
}
