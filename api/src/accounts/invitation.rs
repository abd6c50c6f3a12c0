//! Invitations under `/api/v1/auth/invitations`: list, create, accept and revoke.

use axum::Json;
use axum::extract::{RawQuery, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use roost_market::accounts::{
    Email, Invitation, Password, PendingInvitation, accept_invitation, invitations, invite,
    revoke_invitation,
};
use roost_market::{ActionError, Change, Role, rfc3339};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::registration::MailQueued;
use super::requester::Requester;
use super::user::UserJson;
use crate::app::caller::Caller;
use crate::app::market::Attempt;
use crate::app::state::App;
use crate::http::action::written;
use crate::http::body::read_json_body;
use crate::http::envelope::{Answer, NoMeta};
use crate::http::error::{ApiError, ErrorEnvelope};
use crate::http::write::headers::IdempotencyKeyHeader;
use crate::http::write::{Reply, WriteRequest};
use crate::params::declaration::{Documented, Group, NoParams, QueryParams};
use crate::params::object::JsonObject;
use crate::params::patch::Member;
use crate::params::path_id::PathId;
use crate::query::list::{AFTER, LIMIT, LIST_CURSOR, LIST_SIZE, ListMeta};

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

/// An invitation that waits for its acceptance.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PendingInvitation)]
pub(crate) struct PendingInvitationJson {
    id: Uuid,
    /// The address to which it was mailed.
    #[schema(example = "registrar@example.edu")]
    email: String,
    /// `official` or `admin`.
    #[schema(example = "official")]
    role: &'static str,
    /// The university of an official.
    university_id: Option<Uuid>,
    /// UTC.
    #[schema(example = "2026-12-01T09:00:00.000Z")]
    created_at: String,
    /// UTC.
    #[schema(example = "2026-12-08T09:00:00.000Z")]
    expires_at: String,
}

impl From<PendingInvitation> for PendingInvitationJson {
    fn from(invitation: PendingInvitation) -> PendingInvitationJson {
        PendingInvitationJson {
            id: invitation.id,
            email: invitation.email,
            role: invitation.role.as_str(),
            university_id: invitation.university_id,
            created_at: rfc3339(invitation.created_at),
            expires_at: rfc3339(invitation.expires_at),
        }
    }
}

/// The query parameters of the list.
struct InvitationsParams;

impl QueryParams for InvitationsParams {
    const GROUPS: &'static [Group] = &[LIST_SIZE, LIST_CURSOR];
}

/// List the invitations that were not accepted yet.
///
/// The newest first. For admins.
#[utoipa::path(
    get,
    path = "/api/v1/auth/invitations",
    operation_id = "list_invitations",
    tag = "accounts",
    security(("access_token" = []), ("api_key" = [])),
    params(Documented<InvitationsParams>),
    responses(
        (status = 200, description = "The invitations.", body = Answer<Vec<PendingInvitationJson>, ListMeta>),
        (status = 401, description = "The caller is not signed in: `unauthorized`.", body = ErrorEnvelope),
        (status = 403, description = "The caller is no admin: `forbidden`.", body = ErrorEnvelope),
    )
)]
pub(crate) async fn list(
    State(app): State<App>,
    RawQuery(raw): RawQuery,
    Caller(actor): Caller,
) -> Result<Json<Answer<Vec<PendingInvitationJson>, ListMeta>>, ApiError> {
    let params = InvitationsParams::parse(raw.as_deref())?;
    let (limit, after) = (LIMIT.read(&params)?, AFTER.read(&params)?);
    let page = invitations(app.market().pool(), &actor, after, limit).await?;
    let meta = ListMeta::of(&page, limit, |item| item.id);
    let items = page.items.into_iter().map(PendingInvitationJson::from);
    Ok(Answer::json(items.collect(), meta))
}

/// Revoke an invitation.
///
/// Its token does not work any more. For admins.
#[utoipa::path(
    delete,
    path = "/api/v1/auth/invitations/{id}",
    operation_id = "revoke_invitation",
    tag = "accounts",
    security(("access_token" = []), ("api_key" = [])),
    params(("id" = Uuid, Path, description = "The invitation's id.", example = "019b76da-a700-7d31-8a55-2f0c4be1d001")),
    responses(
        (status = 200, description = "The invitation as it was, with `roost-position`.", body = Answer<PendingInvitationJson, NoMeta>),
        (status = 401, description = "The caller is not signed in: `unauthorized`.", body = ErrorEnvelope),
        (status = 403, description = "The caller is no admin: `forbidden`.", body = ErrorEnvelope),
        (status = 404, description = "There is no such invitation, or it was accepted: `not_found`.", body = ErrorEnvelope),
    )
)]
pub(crate) async fn revoke(
    State(app): State<App>,
    PathId(id): PathId,
    RawQuery(raw): RawQuery,
    caller: Caller,
) -> Result<Response, ApiError> {
    NoParams::parse(raw.as_deref())?;
    let write = WriteRequest::without_key(app.market().pool(), caller.signed_in()?);
    write
        .run(async |transaction| {
            let revoked = revoke_invitation(transaction, id).await?;
            Reply::plain(StatusCode::OK, PendingInvitationJson::from(revoked))
        })
        .await
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
    security(("access_token" = []), ("api_key" = [])),
    params(IdempotencyKeyHeader),
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
    let (pool, actor) = (app.market().pool(), caller.signed_in()?);
    let write = WriteRequest::read(pool, actor, request, read_json_body).await?;
    let mut object = JsonObject::parse(write.body(), &["email", "role", "university_id"])?;
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
    write
        .run(async |transaction| {
            invite(transaction, &invitation).await?;
            Reply::plain(StatusCode::ACCEPTED, MailQueued::DATA)
        })
        .await
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
    Ok(written(StatusCode::OK, accepted.map(UserJson::from)))
}
