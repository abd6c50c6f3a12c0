//! `GET` and `DELETE /api/v1/keys/{id}`.

use axum::Json;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use roost_market::keys::{get_key, revoke_key};
use serde::Serialize;
use utoipa::ToSchema;

use super::key::KeyJson;
use crate::app::caller::Caller;
use crate::app::state::App;
use crate::http::action::read;
use crate::http::envelope::{Answer, NoMeta};
use crate::http::error::{ApiError, ErrorEnvelope};
use crate::http::write::{Reply, WriteRequest};
use crate::params::declaration::{NoParams, QueryParams};
use crate::params::path_id::PathId;

/// A revoked key.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct KeyRevoked {
    key: KeyJson,
    /// How many keys are revoked by this request: the key and those that descend from it; 0 if they
    /// were revoked before.
    #[schema(example = 1)]
    keys_revoked: usize,
}

/// Get an API key.
#[utoipa::path(
    get,
    path = "/api/v1/keys/{id}",
    operation_id = "get_key",
    tag = "keys",
    security(("access_token" = []), ("api_key" = [])),
    params(("id" = Uuid, Path, description = "The key's id.", example = "019b76da-a85e-77d1-92b0-13d485117cc7")),
    responses(
        (status = 200, description = "The key, without its secret.", body = Answer<KeyJson, NoMeta>),
        (status = 401, description = "The caller is not signed in: `unauthorized`.", body = ErrorEnvelope),
        (status = 403, description = "The caller has no keys: `forbidden`.", body = ErrorEnvelope),
        (status = 404, description = "There is no such key, or the caller may not see it: `not_found`.", body = ErrorEnvelope),
    )
)]
pub(crate) async fn get(
    State(app): State<App>,
    PathId(id): PathId,
    RawQuery(raw): RawQuery,
    Caller(actor): Caller,
) -> Result<Json<Answer<KeyJson, NoMeta>>, ApiError> {
    NoParams::parse(raw.as_deref())?;
    let key = get_key(app.market().pool(), &actor, id).await?;
    Ok(read(key.into()))
}

/// Revoke an API key.
///
/// The key and those that descend from it are rejected from now on, without a way back. Revoking it
/// again changes nothing. A key may revoke itself.
#[utoipa::path(
    delete,
    path = "/api/v1/keys/{id}",
    operation_id = "revoke_key",
    tag = "keys",
    security(("access_token" = []), ("api_key" = [])),
    params(("id" = Uuid, Path, description = "The key's id.", example = "019b76da-a85e-77d1-92b0-13d485117cc7")),
    responses(
        (status = 200, description = "The revoked key, with `roost-position`.", body = Answer<KeyRevoked, NoMeta>),
        (status = 401, description = "The caller is not signed in: `unauthorized`.", body = ErrorEnvelope),
        (status = 403, description = "The caller has no keys: `forbidden`.", body = ErrorEnvelope),
        (status = 404, description = "There is no such key, or the caller may not see it: `not_found`.", body = ErrorEnvelope),
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
    let mut revoked = Vec::new();
    let revoke = write.run(async |transaction| {
        let (key, keys) = revoke_key(transaction, id).await?;
        revoked = keys;
        let answer = KeyRevoked {
            key: key.into(),
            keys_revoked: revoked.len(),
        };
        Reply::plain(StatusCode::OK, answer)
    });
    let response = revoke.await?;
    app.market().revoke(&revoked);
    Ok(response)
}
