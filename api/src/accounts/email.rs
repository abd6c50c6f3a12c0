//! `POST /api/v1/auth/confirm-email`.

use axum::extract::{RawQuery, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use roost_market::accounts::confirm;
use utoipa::ToSchema;

use super::requester::Requester;
use super::user::UserJson;
use crate::app::market::Attempt;
use crate::app::state::App;
use crate::http::envelope::{Answer, NoMeta};
use crate::http::error::{ApiError, ErrorEnvelope};
use crate::http::write::headers::IdempotencyKeyHeader;
use crate::http::write::{Reply, WriteRequest};
use crate::params::declaration::{NoParams, QueryParams};
use crate::params::object::JsonObject;

/// A token from a mail.
#[derive(Debug, ToSchema)]
#[schema(as = Confirmation, example = json!({"token": "t3Yk1mQ0cPz6kq2V5m1dV0n0Yq9xkU4uJ8d1hVb7s2E"}))]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "it describes the body for the OpenAPI document")]
pub(crate) struct ConfirmationBody {
    /// The token. It can be used once, within 24 hours.
    token: String,
}

/// Confirm an e-mail address.
///
/// Creates the account of a registration, or changes the address of a user who requested that.
#[utoipa::path(
    post,
    path = "/api/v1/auth/confirm-email",
    operation_id = "confirm_email",
    tag = "accounts",
    params(IdempotencyKeyHeader),
    request_body(content = ConfirmationBody, content_type = "application/json"),
    responses(
        (status = 200, description = "The user with the confirmed address.", body = Answer<UserJson, NoMeta>),
        (status = 403, description = "The account is disabled: `forbidden`.", body = ErrorEnvelope),
        (status = 409, description = "Another account has confirmed the address: `conflict`.", body = ErrorEnvelope),
        (status = 422, description = "The key was used for another request: `idempotency_key_reused`.", body = ErrorEnvelope),
        (status = 429, description = "Too many attempts: `too_many_requests`.", body = ErrorEnvelope),
    )
)]
pub(crate) async fn confirm_email(
    State(app): State<App>,
    Requester(address): Requester,
    RawQuery(raw): RawQuery,
    request: Request,
) -> Result<Response, ApiError> {
    NoParams::parse(raw.as_deref())?;
    let market = app.market();
    let write = WriteRequest::read_anonymous(market.pool(), address, request).await?;
    let mut object = JsonObject::parse(write.body(), &["token"])?;
    let token = object.required_secret("token", "a token from a mail")?;
    market.count(Attempt::Mail, address, None)?;
    write
        .run(async |transaction| {
            let user = confirm(transaction, &token).await?;
            Reply::plain(StatusCode::OK, UserJson::from(user))
        })
        .await
}
