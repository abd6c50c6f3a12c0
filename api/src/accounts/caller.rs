//! The caller of a route: anonymous, or a user who sends an access token.

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use roost_market::{ActionError, Actor};

use crate::app::state::App;
use crate::http::error::ApiError;

/// Who sends a request, as `Authorization: Bearer` says. A token that is not valid is an error, and
/// not the same as none.
pub(crate) struct Caller(pub(crate) Actor);

impl Caller {
    /// The actor, which is not anonymous.
    pub(crate) fn signed_in(self) -> Result<Actor, ActionError> {
        match self.0 {
            Actor::Anonymous => Err(ActionError::sign_in_required()),
            actor => Ok(actor),
        }
    }
}

impl FromRequestParts<App> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Caller, ApiError> {
        Caller::of(&parts.headers, app).await
    }
}

impl Caller {
    /// The caller that sends these headers.
    pub(crate) async fn of(headers: &HeaderMap, app: &App) -> Result<Caller, ApiError> {
        let mut headers = headers.get_all(AUTHORIZATION).iter();
        let Some(header) = headers.next() else {
            return Ok(Caller(Actor::Anonymous));
        };
        let text = header.to_str().ok().filter(|_| headers.next().is_none());
        let token = text.and_then(|text| {
            let (scheme, token) = text.split_once(' ')?;
            scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
        });
        let token = token.ok_or(ActionError::Unauthenticated(
            "Authorization must be one header such as Bearer <access token>".into(),
        ))?;
        Ok(Caller(app.market().actor(token).await?))
    }
}
