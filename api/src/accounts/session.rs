//! Sign-in, refresh and sign-out.

use axum::extract::{RawQuery, Request, State};
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, HeaderValue};
use axum::response::Response;
use roost_market::accounts::{
    Email, Password, Refreshed, SignedIn, refresh as refresh_session, sign_in, sign_out,
    sign_out_everywhere,
};
use roost_market::{ActionError, Actor, Transaction, Written, rfc3339};
use serde::Serialize;
use utoipa::ToSchema;

use super::requester::Requester;
use super::user::UserJson;
use crate::app::caller::Caller;
use crate::app::clock::now_s;
use crate::app::market::Attempt;
use crate::app::state::App;
use crate::http::action::written;
use crate::http::body::read_json_body;
use crate::http::envelope::{Answer, NoMeta};
use crate::http::error::{ApiError, ErrorEnvelope};
use crate::http::write::{Reply, WriteRequest};
use crate::params::declaration::{NoParams, QueryParams};
use crate::params::object::JsonObject;

/// An address and a password.
#[derive(Debug, ToSchema)]
#[schema(as = SignIn, example = json!({
    "email": "asha@example.com", "password": "correct horse battery"
}))]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "it describes the body for the OpenAPI document")]
pub(crate) struct SignInBody {
    #[schema(format = "email", max_length = 254)]
    email: String,
    #[schema(max_length = 200)]
    password: String,
}

/// A refresh token.
#[derive(Debug, ToSchema)]
#[schema(as = Refresh, example = json!({"refresh_token": "t3Yk1mQ0cPz6kq2V5m1dV0n0Yq9xkU4uJ8d1hVb7s2E"}))]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "it describes the body for the OpenAPI document")]
pub(crate) struct RefreshBody {
    /// The refresh token of the last sign-in or refresh. It can be used once.
    refresh_token: String,
}

/// The tokens of a session.
#[derive(Serialize, ToSchema)]
#[schema(as = Tokens)]
pub(crate) struct TokensJson {
    /// Send it as `Authorization: Bearer <access_token>`.
    access_token: String,
    /// Always `Bearer`.
    #[schema(example = "Bearer")]
    token_type: &'static str,
    /// After this many seconds the access token expires.
    #[schema(example = 900)]
    expires_in_s: i64,
    /// Exchange it for the next pair of tokens at `/api/v1/auth/refresh`.
    refresh_token: String,
    /// When the refresh token expires, UTC.
    #[schema(example = "2026-12-08T09:30:00.000Z")]
    refresh_expires_at: String,
    user: UserJson,
}

/// How many sessions have ended.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SessionsEnded {
    #[schema(example = 1)]
    sessions_ended: usize,
}

/// Sign in.
///
/// An address without an account and a wrong password get the same answer after the same time.
#[utoipa::path(
    post,
    path = "/api/v1/auth/login",
    operation_id = "login",
    tag = "accounts",
    request_body(content = SignInBody, content_type = "application/json"),
    responses(
        (status = 200, description = "The tokens of the new session.", body = Answer<TokensJson, NoMeta>),
        (status = 401, description = "Address or password are wrong: `unauthorized`.", body = ErrorEnvelope),
        (status = 403, description = "The account is disabled: `forbidden`.", body = ErrorEnvelope),
        (status = 429, description = "Too many attempts: `too_many_requests`.", body = ErrorEnvelope),
    )
)]
pub(crate) async fn login(
    State(app): State<App>,
    Requester(address): Requester,
    RawQuery(raw): RawQuery,
    request: Request,
) -> Result<Response, ApiError> {
    NoParams::parse(raw.as_deref())?;
    let body = read_json_body(request).await?;
    let mut body = JsonObject::parse(&body, &["email", "password"])?;
    let email = body.required_text("email", "an e-mail address such as asha@example.com")?;
    let email = Email::new("email", &email)?;
    let password = Password::attempt(body.required_secret("password", "a password")?);
    let market = app.market();
    market.count(Attempt::SignIn, address, Some(email.key()))?;
    let signed_in = sign_in(market.pool(), market.passwords(), &email, password).await?;
    tokens(&app, signed_in)
}

/// Refresh the tokens of a session.
///
/// A refresh token can be used once, within 7 days. A second use ends the session, because one of
/// the two uses was by a thief.
#[utoipa::path(
    post,
    path = "/api/v1/auth/refresh",
    operation_id = "refresh_tokens",
    tag = "accounts",
    request_body(content = RefreshBody, content_type = "application/json"),
    responses(
        (status = 200, description = "The next tokens of the session.", body = Answer<TokensJson, NoMeta>),
        (status = 401, description = "The token is unknown, expired or used, or its session has ended: `unauthorized`.", body = ErrorEnvelope),
    )
)]
pub(crate) async fn refresh(
    State(app): State<App>,
    RawQuery(raw): RawQuery,
    request: Request,
) -> Result<Response, ApiError> {
    NoParams::parse(raw.as_deref())?;
    let body = read_json_body(request).await?;
    let mut body = JsonObject::parse(&body, &["refresh_token"])?;
    let token = body.required_secret("refresh_token", "a refresh token")?;
    let mut transaction = Transaction::begin(app.market().pool(), Actor::Anonymous).await?;
    let refreshed = refresh_session(&mut transaction, &token).await?;
    let Written { result, position } = transaction.commit(refreshed).await?;
    match result {
        Refreshed::Renewed(signed_in) => {
            let result = *signed_in;
            tokens(&app, Written { result, position })
        }
        Refreshed::Rejected => {
            let rejected =
                "the refresh token is invalid, expired or was used before; sign in again";
            Err(ActionError::Unauthenticated(rejected.into()).into())
        }
    }
}

/// Sign out of this session.
#[utoipa::path(
    post,
    path = "/api/v1/auth/logout",
    operation_id = "logout",
    tag = "accounts",
    security(("access_token" = [])),
    responses(
        (status = 200, description = "The session has ended.", body = Answer<SessionsEnded, NoMeta>),
        (status = 401, description = "The caller is not signed in: `unauthorized`.", body = ErrorEnvelope),
    )
)]
pub(crate) async fn logout(
    State(app): State<App>,
    RawQuery(raw): RawQuery,
    Caller(actor): Caller,
) -> Result<Response, ApiError> {
    NoParams::parse(raw.as_deref())?;
    let session = actor.user()?.session;
    let write = WriteRequest::without_key(app.market().pool(), actor);
    let end = write.run(async |transaction| {
        sign_out(transaction).await?;
        Reply::plain(StatusCode::OK, SessionsEnded { sessions_ended: 1 })
    });
    let response = end.await?;
    app.market().revoke(&[session]);
    Ok(response)
}

/// Sign out of all sessions.
#[utoipa::path(
    post,
    path = "/api/v1/auth/logout-all",
    operation_id = "logout_everywhere",
    tag = "accounts",
    security(("access_token" = [])),
    responses(
        (status = 200, description = "All sessions of the user have ended.", body = Answer<SessionsEnded, NoMeta>),
        (status = 401, description = "The caller is not signed in: `unauthorized`.", body = ErrorEnvelope),
    )
)]
pub(crate) async fn logout_all(
    State(app): State<App>,
    RawQuery(raw): RawQuery,
    Caller(actor): Caller,
) -> Result<Response, ApiError> {
    NoParams::parse(raw.as_deref())?;
    let user = actor.user()?.id;
    let write = WriteRequest::without_key(app.market().pool(), actor);
    let end = write.run(async |transaction| {
        let sessions_ended = sign_out_everywhere(transaction).await?;
        Reply::plain(StatusCode::OK, SessionsEnded { sessions_ended })
    });
    let response = end.await?;
    app.market().revoke(&[user]);
    Ok(response)
}

/// The answer with the tokens of a session, which no cache may keep.
fn tokens(app: &App, signed_in: Written<SignedIn>) -> Result<Response, ApiError> {
    let Written { result, position } = signed_in;
    let tokens = app.market().access_tokens();
    let access = tokens.issue(result.user.id, result.session, now_s())?;
    let data = TokensJson {
        access_token: access.text,
        token_type: "Bearer",
        expires_in_s: access.expires_in_s,
        refresh_token: result.refresh_token.expose().to_owned(),
        refresh_expires_at: rfc3339(result.refresh_expires_at),
        user: result.user.into(),
    };
    let done = Written {
        result: data,
        position,
    };
    let mut response = written(StatusCode::OK, done);
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}
