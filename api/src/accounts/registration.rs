//! `POST /api/v1/auth/register`.

use axum::extract::{RawQuery, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use roost_market::accounts::{Email, Password, Registration, register as register_account};
use roost_market::{ActionError, Role};
use serde::Serialize;
use utoipa::ToSchema;

use super::requester::Requester;
use crate::app::market::Attempt;
use crate::app::state::App;
use crate::http::action::written;
use crate::http::body::read_json_body;
use crate::http::envelope::{Answer, NoMeta};
use crate::http::error::{ApiError, ErrorEnvelope};
use crate::params::declaration::{NoParams, QueryParams};
use crate::params::object::JsonObject;

/// A registration.
#[derive(Debug, ToSchema)]
#[schema(as = Registration, example = json!({
    "email": "asha@example.com",
    "password": "correct horse battery",
    "role": "landlord",
    "display_name": "Asha Verma",
    "total_capacity": 12
}))]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "it describes the body for the OpenAPI document")]
pub(crate) struct RegistrationBody {
    /// The address to sign in with.
    #[schema(format = "email", max_length = 254)]
    email: String,
    #[schema(min_length = 10, max_length = 200)]
    password: String,
    #[schema(inline)]
    role: RegistrationRole,
    /// The name that others see.
    #[schema(
        min_length = 1,
        max_length = 200,
        pattern = r"^[^\x00-\x1F\x7F-\x9F]*[^\s\x00-\x1F\x7F-\x9F][^\x00-\x1F\x7F-\x9F]*$"
    )]
    display_name: String,
    /// How many contracts a landlord can have at once; 1 if it is absent.
    #[schema(minimum = 1, maximum = 1_000_000)]
    total_capacity: Option<u32>,
}

/// What a person who registers can be.
#[derive(Debug, ToSchema)]
#[serde(rename_all = "snake_case")]
#[expect(dead_code, reason = "it describes the body for the OpenAPI document")]
enum RegistrationRole {
    Student,
    Landlord,
}

/// What happens next.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MailQueued {
    /// Always `mail_queued`.
    #[schema(example = "mail_queued")]
    status: &'static str,
}

impl MailQueued {
    pub(super) const DATA: MailQueued = MailQueued {
        status: "mail_queued",
    };
}

/// Register a student or landlord.
///
/// The account is created once the address is confirmed with the token that is mailed to it:
/// `/api/v1/auth/confirm-email`. The answer is the same whether the address has an account already;
/// only the mail says so.
#[utoipa::path(
    post,
    path = "/api/v1/auth/register",
    operation_id = "register",
    tag = "accounts",
    request_body(content = RegistrationBody, content_type = "application/json"),
    responses(
        (status = 202, description = "A mail is queued.", body = Answer<MailQueued, NoMeta>),
        (status = 429, description = "Too many attempts: `too_many_requests`.", body = ErrorEnvelope),
    )
)]
pub(crate) async fn register(
    State(app): State<App>,
    Requester(address): Requester,
    RawQuery(raw): RawQuery,
    request: Request,
) -> Result<Response, ApiError> {
    NoParams::parse(raw.as_deref())?;
    let body = read_json_body(request).await?;
    let known = [
        "email",
        "password",
        "role",
        "display_name",
        "total_capacity",
    ];
    let mut body = JsonObject::parse(&body, &known)?;
    let email = body.required_text("email", "an e-mail address such as asha@example.com")?;
    let email = Email::new("email", &email)?;
    let password = body.required_secret("password", "a password of 10 to 200 characters")?;
    let password = Password::new("password", password)?;
    let role = body.required_text("role", "student or landlord")?;
    let role: Role = role
        .parse()
        .map_err(|_| ActionError::invalid("role", role, "student or landlord"))?;
    let name = body.required_text("display_name", "a line of 1 to 200 characters")?;
    let capacity = body.whole("total_capacity", "a whole number from 1 to 1000000")?;
    let account = email.key();
    let registration = Registration::new(email, password, role, &name, capacity)?;
    let market = app.market();
    market.count(Attempt::Register, address, Some(account))?;
    let done = register_account(market.pool(), market.passwords(), registration).await?;
    Ok(written(
        StatusCode::ACCEPTED,
        done.map(|()| MailQueued::DATA),
    ))
}
