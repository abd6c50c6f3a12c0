//! Change and reset of passwords.

use axum::extract::{RawQuery, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use roost_market::accounts::{
    Email, Password, change_password, prepare_reset, request_password_reset, reset_password,
};
use serde::Serialize;
use utoipa::ToSchema;

use super::registration::MailQueued;
use super::requester::Requester;
use crate::app::caller::Caller;
use crate::app::market::Attempt;
use crate::app::state::App;
use crate::http::action::written;
use crate::http::body::read_json_body;
use crate::http::envelope::{Answer, NoMeta};
use crate::http::error::{ApiError, ErrorEnvelope};
use crate::http::write::headers::IdempotencyKeyHeader;
use crate::http::write::{Reply, WriteRequest};
use crate::params::declaration::{NoParams, QueryParams};
use crate::params::object::JsonObject;

const NEW_PASSWORD: &str = "a password of 10 to 200 characters";

/// The current password and another one.
#[derive(Debug, ToSchema)]
#[schema(as = PasswordChange, example = json!({
    "current_password": "correct horse battery", "new_password": "staple battery horse"
}))]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "it describes the body for the OpenAPI document")]
pub(crate) struct PasswordBody {
    #[schema(max_length = 200)]
    current_password: String,
    #[schema(min_length = 10, max_length = 200)]
    new_password: String,
}

/// The address of an account.
#[derive(Debug, ToSchema)]
#[schema(as = PasswordResetRequest, example = json!({"email": "asha@example.com"}))]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "it describes the body for the OpenAPI document")]
pub(crate) struct ResetRequestBody {
    #[schema(format = "email", max_length = 254)]
    email: String,
}

/// A token from a mail and a password.
#[derive(Debug, ToSchema)]
#[schema(as = PasswordReset, example = json!({
    "token": "t3Yk1mQ0cPz6kq2V5m1dV0n0Yq9xkU4uJ8d1hVb7s2E", "new_password": "staple battery horse"
}))]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "it describes the body for the OpenAPI document")]
pub(crate) struct ResetBody {
    /// The token. It can be used once, within one hour.
    token: String,
    #[schema(min_length = 10, max_length = 200)]
    new_password: String,
}

/// What has happened.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PasswordChanged {
    /// Always `password_changed`.
    #[schema(example = "password_changed")]
    status: &'static str,
}

const CHANGED: PasswordChanged = PasswordChanged {
    status: "password_changed",
};

/// Change the password.
///
/// Ends all other sessions of the user.
#[utoipa::path(
    post,
    path = "/api/v1/auth/password",
    operation_id = "change_password",
    tag = "accounts",
    security(("access_token" = [])),
    request_body(content = PasswordBody, content_type = "application/json"),
    responses(
        (status = 200, description = "The password is changed.", body = Answer<PasswordChanged, NoMeta>),
        (status = 401, description = "The caller is not signed in: `unauthorized`.", body = ErrorEnvelope),
        (status = 409, description = "Another request changed the password meanwhile: `conflict`.", body = ErrorEnvelope),
        (status = 429, description = "Too many attempts: `too_many_requests`.", body = ErrorEnvelope),
    )
)]
pub(crate) async fn change(
    State(app): State<App>,
    Requester(address): Requester,
    RawQuery(raw): RawQuery,
    Caller(actor): Caller,
    request: Request,
) -> Result<Response, ApiError> {
    NoParams::parse(raw.as_deref())?;
    let user = actor.user()?.id;
    let body = read_json_body(request).await?;
    let mut body = JsonObject::parse(&body, &["current_password", "new_password"])?;
    let current = body.required_secret("current_password", "the current password")?;
    let new = body.required_secret("new_password", NEW_PASSWORD)?;
    let (current, new) = (
        Password::attempt(current),
        Password::new("new_password", new)?,
    );
    let market = app.market();
    market.count(Attempt::SignIn, address, Some(user.to_string()))?;
    let done = change_password(market.pool(), market.passwords(), actor, current, new).await?;
    market.revoke(&[user]);
    Ok(written(StatusCode::OK, done.map(|()| CHANGED)))
}

/// Request a new password.
///
/// A token is mailed if there is an account with this address. The answer is the same if there is
/// none.
#[utoipa::path(
    post,
    path = "/api/v1/auth/password-reset",
    operation_id = "request_password_reset",
    tag = "accounts",
    params(IdempotencyKeyHeader),
    request_body(content = ResetRequestBody, content_type = "application/json"),
    responses(
        (status = 202, description = "A mail is queued.", body = Answer<MailQueued, NoMeta>),
        (status = 422, description = "The key was used for another request: `idempotency_key_reused`.", body = ErrorEnvelope),
        (status = 429, description = "Too many attempts: `too_many_requests`.", body = ErrorEnvelope),
    )
)]
pub(crate) async fn request_reset(
    State(app): State<App>,
    Requester(address): Requester,
    RawQuery(raw): RawQuery,
    request: Request,
) -> Result<Response, ApiError> {
    NoParams::parse(raw.as_deref())?;
    let market = app.market();
    let write = WriteRequest::read_anonymous(market.pool(), address, request).await?;
    let mut object = JsonObject::parse(write.body(), &["email"])?;
    let email = object.required_text("email", "an e-mail address such as asha@example.com")?;
    let email = Email::new("email", &email)?;
    market.count(Attempt::Mail, address, Some(email.key()))?;
    write
        .run(async |transaction| {
            request_password_reset(transaction, &email).await?;
            Reply::plain(StatusCode::ACCEPTED, MailQueued::DATA)
        })
        .await
}

/// Set a new password with a mailed token.
///
/// Ends all sessions of the user.
#[utoipa::path(
    post,
    path = "/api/v1/auth/password-reset/confirm",
    operation_id = "reset_password",
    tag = "accounts",
    params(IdempotencyKeyHeader),
    request_body(content = ResetBody, content_type = "application/json"),
    responses(
        (status = 200, description = "The password is changed.", body = Answer<PasswordChanged, NoMeta>),
        (status = 422, description = "The key was used for another request: `idempotency_key_reused`.", body = ErrorEnvelope),
        (status = 429, description = "Too many attempts: `too_many_requests`.", body = ErrorEnvelope),
    )
)]
pub(crate) async fn reset(
    State(app): State<App>,
    Requester(address): Requester,
    RawQuery(raw): RawQuery,
    request: Request,
) -> Result<Response, ApiError> {
    NoParams::parse(raw.as_deref())?;
    let market = app.market();
    let write = WriteRequest::read_anonymous(market.pool(), address, request).await?;
    let mut object = JsonObject::parse(write.body(), &["token", "new_password"])?;
    let token = object.required_secret("token", "a token from a mail")?;
    let new = object.required_secret("new_password", NEW_PASSWORD)?;
    let new = Password::new("new_password", new)?;
    market.count(Attempt::Mail, address, None)?;
    // The password is hashed outside of a transaction, so a stored response is looked up before.
    if let Some(response) = write.repeated().await? {
        return Ok(response);
    }
    let new = match prepare_reset(market.pool(), market.passwords(), &token, new).await {
        Ok(new) => new,
        // A request with the same key may just have used the token.
        Err(error) => return write.repeated().await?.ok_or(error.into()),
    };
    let mut user = None;
    let reset = write.run(async |transaction| {
        user = Some(reset_password(transaction, &token, &new).await?);
        Reply::plain(StatusCode::OK, CHANGED)
    });
    let response = reset.await?;
    market.revoke(user.as_slice());
    Ok(response)
}
