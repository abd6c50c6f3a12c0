//! `GET` and `PATCH /api/v1/auth/me`.

use axum::Json;
use axum::extract::{RawQuery, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use roost_market::accounts::{
    Email, EmailChange, Password, ProfileChange, change_profile, profile,
};
use utoipa::ToSchema;

use super::requester::Requester;
use super::user::UserJson;
use crate::app::caller::Caller;
use crate::app::market::Attempt;
use crate::app::state::App;
use crate::http::action::{read, written};
use crate::http::body::read_json_body;
use crate::http::envelope::{Answer, NoMeta};
use crate::http::error::{ApiError, ErrorEnvelope};
use crate::params::declaration::{NoParams, QueryParams};
use crate::params::object::JsonObject;

/// Changes of the profile. What is absent stays as it is.
#[derive(Debug, ToSchema)]
#[schema(as = ProfileChange, example = json!({"display_name": "Asha V."}))]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "it describes the body for the OpenAPI document")]
pub(crate) struct ProfileBody {
    /// The name that others see.
    #[schema(
        min_length = 1,
        max_length = 200,
        pattern = r"^[^\x00-\x1F\x7F-\x9F]*[^\s\x00-\x1F\x7F-\x9F][^\x00-\x1F\x7F-\x9F]*$"
    )]
    display_name: Option<String>,
    /// Another address. It replaces the current one once it is confirmed.
    #[schema(format = "email", max_length = 254)]
    email: Option<String>,
    /// The current password, which another address requires.
    #[schema(max_length = 200)]
    current_password: Option<String>,
}

/// Get the signed-in user.
#[utoipa::path(
    get,
    path = "/api/v1/auth/me",
    operation_id = "get_profile",
    tag = "accounts",
    security(("access_token" = [])),
    responses(
        (status = 200, description = "The signed-in user.", body = Answer<UserJson, NoMeta>),
        (status = 401, description = "The caller is not signed in: `unauthorized`.", body = ErrorEnvelope),
    )
)]
pub(crate) async fn me(
    State(app): State<App>,
    RawQuery(raw): RawQuery,
    Caller(actor): Caller,
) -> Result<Json<Answer<UserJson, NoMeta>>, ApiError> {
    NoParams::parse(raw.as_deref())?;
    let user = profile(app.market().pool(), &actor).await?;
    Ok(read(user.into()))
}

/// Change the signed-in user.
///
/// Another `email` requires `current_password`, and takes effect once it is confirmed with the
/// token that is mailed to it: `/api/v1/auth/confirm-email`. The answer is the same whether the
/// address has another account.
#[utoipa::path(
    patch,
    path = "/api/v1/auth/me",
    operation_id = "change_profile",
    tag = "accounts",
    security(("access_token" = [])),
    request_body(content = ProfileBody, content_type = "application/json"),
    responses(
        (status = 200, description = "The changed user.", body = Answer<UserJson, NoMeta>),
        (status = 401, description = "The caller is not signed in: `unauthorized`.", body = ErrorEnvelope),
        (status = 429, description = "Too many attempts: `too_many_requests`.", body = ErrorEnvelope),
    )
)]
pub(crate) async fn change_me(
    State(app): State<App>,
    Requester(address): Requester,
    RawQuery(raw): RawQuery,
    Caller(actor): Caller,
    request: Request,
) -> Result<Response, ApiError> {
    NoParams::parse(raw.as_deref())?;
    let id = actor.user()?.id;
    let body = read_json_body(request).await?;
    let known = ["display_name", "email", "current_password"];
    let mut body = JsonObject::parse(&body, &known)?;
    let display_name = body.text("display_name", "a line of 1 to 200 characters")?;
    let email = body.text("email", "an e-mail address such as asha@example.com")?;
    let current_password = "the current password, which another address requires";
    let email = match email {
        Some(email) => Some(EmailChange {
            email: Email::new("email", &email)?,
            current_password: Password::attempt(
                body.required_secret("current_password", current_password)?,
            ),
        }),
        None => None,
    };
    let market = app.market();
    if let Some(change) = &email {
        market.count(Attempt::SignIn, address, Some(id.to_string()))?;
        market.count(Attempt::Mail, address, Some(change.email.key()))?;
    }
    let change = ProfileChange {
        display_name,
        email,
    };
    let done = change_profile(market.pool(), market.passwords(), actor, change).await?;
    Ok(written(StatusCode::OK, done.map(UserJson::from)))
}
