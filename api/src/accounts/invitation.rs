//! `POST /api/v1/auth/invitations`, and `POST /api/v1/auth/invitations/accept`.

use std::collections::BTreeMap;

use axum::extract::{RawQuery, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use roost_market::accounts::{Email, Invitation, Password, accept_invitation, invite};
use roost_market::{ActionError, Change, Role};
use utoipa::ToSchema;
use uuid::Uuid;

use super::caller::Caller;
use super::registration::MailQueued;
use super::requester::Requester;
use super::user::UserJson;
use crate::app::market::Attempt;
use crate::app::state::App;
use crate::http::action::written;
use crate::http::body::read_json_body;
use crate::http::conditions::Conditions;
use crate::http::envelope::{Answer, NoMeta};
use crate::http::error::{ApiError, ErrorEnvelope};
use crate::http::write::{Started, Write};
use crate::params::declaration::{NoParams, QueryParams};
use crate::params::object::JsonObject;
use crate::params::patch::Member;

/// An invitation.
#[derive(Debug, ToSchema)]
#[schema(as = Invitation, example = json!({
    "email": "registrar@example.edu", "role": "official",
    "university_id": "019b76da-a700-7d31-8a55-2f0c4be1a001"
}))]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "it describes the body for the OpenAPI document")]
pub(crate) struct InvitationBody {
    /// The address to invite, with which the user will sign in.
    #[schema(max_length = 254)]
    email: String,
    role: InvitedRole,
    /// The university of an official; absent for an admin.
    university_id: Option<Uuid>,
}

/// The role of an invited user.
#[derive(Debug, ToSchema)]
#[serde(rename_all = "snake_case")]
#[expect(dead_code, reason = "it describes the body for the OpenAPI document")]
pub(crate) enum InvitedRole {
    Official,
    Admin,
}

/// The acceptance of an invitation.
#[derive(Debug, ToSchema)]
#[schema(as = InvitationAcceptance, example = json!({
    "token": "t3Yk1mQ0cPz6kq2V5m1dV0n0Yq9xkU4uJ8d1hVb7s2E", "display_name": "Dr. Meera Iyer",
    "password": "correct horse battery"
}))]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "it describes the body for the OpenAPI document")]
pub(crate) struct AcceptanceBody {
    /// The token from the mail. It can be used once, within 7 days.
    token: String,
    /// The name that others see.
    #[schema(min_length = 1, max_length = 200)]
    display_name: String,
    #[schema(min_length = 10, max_length = 200)]
    password: String,
}

/// Invite an official or admin.
///
/// A token is mailed to the address, and its owner chooses name and password with it:
/// `/api/v1/auth/invitations/accept`. Another invitation of the same address replaces the first
/// one. For admins.
#[utoipa::path(
    post,
    path = "/api/v1/auth/invitations",
    operation_id = "invite",
    tag = "accounts",
    security(("access_token" = [])),
    params(
        ("Idempotency-Key" = Option<String>, Header, description = "A repeated request with the same key gets the same response, within 24 hours.", example = "5f0c8a6e-8a34-4b1e-9f0e-0f8e7d6c5b4a"),
    ),
    request_body(content = InvitationBody, content_type = "application/json"),
    responses(
        (status = 202, description = "A mail is queued.", body = Answer<MailQueued, NoMeta>),
        (status = 401, description = "The caller is not signed in: `unauthorized`.", body = ErrorEnvelope),
        (status = 403, description = "The caller is no admin: `forbidden`.", body = ErrorEnvelope),
        (status = 409, description = "An account has this address: `conflict`.", body = ErrorEnvelope),
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
    let actor = caller.signed_in()?;
    let conditions = Conditions::read(&request)?;
    let body = read_json_body(request).await?;
    let mut object = JsonObject::parse(&body, &["email", "role", "university_id"])?;
    let email = object.required_text("email", "an e-mail address such as asha@example.com")?;
    let email = Email::new("email", &email)?;
    let role = object.required_text("role", "official or admin")?;
    let role: Role = role
        .parse()
        .map_err(|_| ActionError::invalid("role", role, "official or admin"))?;
    let university_id = match Member::id("university_id", &mut object)? {
        Change::Set(id) => Some(id),
        Change::Keep | Change::Clear => None,
    };
    let invitation = Invitation {
        email,
        role,
        university_id,
    };
    let market = app.market();
    let mut write = match Write::start(market.pool(), actor, &conditions, &body).await? {
        Started::New(write) => write,
        Started::Answered(response) => return Ok(response),
    };
    invite(&mut write.transaction, &invitation).await?;
    let answer = Answer::json(MailQueued::DATA, NoMeta).0;
    let answer = write.answer(StatusCode::ACCEPTED, BTreeMap::new(), &answer);
    let response = answer.await?;
    market.send_mail();
    Ok(response)
}

/// Accept an invitation.
///
/// Creates the user, who can sign in at once.
#[utoipa::path(
    post,
    path = "/api/v1/auth/invitations/accept",
    operation_id = "accept_invitation",
    tag = "accounts",
    request_body(content = AcceptanceBody, content_type = "application/json"),
    responses(
        (status = 200, description = "The user.", body = Answer<UserJson, NoMeta>),
        (status = 409, description = "Another account has confirmed the address meanwhile: `conflict`.", body = ErrorEnvelope),
        (status = 429, description = "Too many attempts: `too_many_requests`.", body = ErrorEnvelope),
    )
)]
pub(crate) async fn accept(
    State(app): State<App>,
    Requester(address): Requester,
    RawQuery(raw): RawQuery,
    request: Request,
) -> Result<Response, ApiError> {
    NoParams::parse(raw.as_deref())?;
    let body = read_json_body(request).await?;
    let mut body = JsonObject::parse(&body, &["token", "display_name", "password"])?;
    let token = body.required_secret("token", "a token from a mail")?;
    let name = body.required_text("display_name", "a line of 1 to 200 characters")?;
    let password = body.required_secret("password", "a password of 10 to 200 characters")?;
    let password = Password::new("password", password)?;
    let market = app.market();
    market.count(Attempt::Mail, address, None)?;
    let accepted =
        accept_invitation(market.pool(), market.passwords(), &token, &name, password).await?;
    let done = accepted.map(UserJson::from);
    Ok(written(StatusCode::OK, done.result, done.position))
}
