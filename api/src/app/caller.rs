//! The caller of a route: anonymous, a user who sends an access token, or a service with an API
//! key.

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use roost_market::{ActionError, Actor};

use crate::app::market::KeyMeter;
use crate::app::state::App;
use crate::http::error::ApiError;

/// Who sends a request, as `Authorization: Bearer` says. A token that is not valid is an error, and
/// not the same as none.
pub(crate) struct Caller(pub(crate) Actor);

/// The caller with an API key, which a layer has authenticated before the route.
#[derive(Clone)]
pub(crate) struct KeyCaller {
    pub(crate) actor: Actor,
    /// Counts what the request does as several requests.
    pub(crate) meter: KeyMeter,
}

impl Caller {
    /// The actor, which is not anonymous.
    pub(crate) fn signed_in(self) -> Result<Actor, ActionError> {
        match self.0 {
            Actor::Anonymous => Err(ActionError::sign_in_required()),
            actor => Ok(actor),
        }
    }
}

/// The token or the secret of a request; `None` if it has no such header.
pub(crate) fn bearer(headers: &HeaderMap) -> Result<Option<&str>, ActionError> {
    let mut headers = headers.get_all(AUTHORIZATION).iter();
    let Some(header) = headers.next() else {
        return Ok(None);
    };
    let text = header.to_str().ok().filter(|_| headers.next().is_none());
    let token = text.and_then(|text| {
        let (scheme, token) = text.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
    });
    let expected = "Authorization must be one header such as Bearer <access token or API key>";
    let token = token.ok_or(ActionError::Unauthenticated(expected.into()));
    token.map(Some)
}

impl FromRequestParts<App> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Caller, ApiError> {
        if let Some(key) = parts.extensions.get::<KeyCaller>() {
            return Ok(Caller(key.actor.clone()));
        }
        match bearer(&parts.headers)? {
            None => Ok(Caller(Actor::Anonymous)),
            Some(token) => Ok(Caller(app.market().actor(token).await?)),
        }
    }
}
