//! `POST /api/v1/keys/{id}/rotate`.

use axum::extract::{RawQuery, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use roost_market::keys::rotate_key;

use super::body::{RotationBody, read_overlap_s};
use super::key::{KeyJson, KeyWithSecret};
use crate::app::caller::Caller;
use crate::app::state::App;
use crate::http::body::read_optional_json_body;
use crate::http::envelope::{Answer, NoMeta};
use crate::http::error::{ApiError, ErrorEnvelope};
use crate::http::write::headers::IdempotencyKeyOfSecretHeader;
use crate::http::write::{Reply, Secretive, WriteRequest};
use crate::params::declaration::{NoParams, QueryParams};
use crate::params::path_id::PathId;

/// Replace the secret of an API key.
///
/// The old secret is rejected at once, or accepted for `overlap_s` more seconds. Nothing else about
/// the key changes, and those that descend from it go on. A key may rotate itself.
#[utoipa::path(
    post,
    path = "/api/v1/keys/{id}/rotate",
    operation_id = "rotate_key",
    tag = "keys",
    security(("access_token" = []), ("api_key" = [])),
    params(
        ("id" = Uuid, Path, description = "The key's id.", example = "019b76da-a85e-77d1-92b0-13d485117cc7"),
        IdempotencyKeyOfSecretHeader,
    ),
    request_body(content = Option<RotationBody>, content_type = "application/json"),
    responses(
        (status = 200, description = "The key with its new secret, which no other answer contains.", body = Answer<KeyWithSecret, NoMeta>),
        (status = 401, description = "The caller is not signed in: `unauthorized`.", body = ErrorEnvelope),
        (status = 403, description = "The caller has no keys: `forbidden`.", body = ErrorEnvelope),
        (status = 404, description = "There is no such key, or the caller may not see it: `not_found`.", body = ErrorEnvelope),
        (status = 409, description = "The key is revoked or has expired: `conflict`.", body = ErrorEnvelope),
        (status = 422, description = "The idempotency key was used for another request: `idempotency_key_reused`.", body = ErrorEnvelope),
    )
)]
pub(crate) async fn rotate(
    State(app): State<App>,
    PathId(id): PathId,
    RawQuery(raw): RawQuery,
    caller: Caller,
    request: Request,
) -> Result<Response, ApiError> {
    NoParams::parse(raw.as_deref())?;
    let (pool, actor) = (app.market().pool(), caller.signed_in()?);
    let write = WriteRequest::read(pool, actor, request, read_optional_json_body).await?;
    let overlap_s = read_overlap_s(write.body())?;
    let rotate = write.run(async |transaction| {
        let (key, secret) = rotate_key(transaction, id, overlap_s).await?;
        let key = KeyJson::from(key);
        let answer = Secretive {
            location: None,
            sent: KeyWithSecret::new(&key, Some(secret.expose())),
            stored: KeyWithSecret::new(&key, None),
        };
        Reply::secretive(StatusCode::OK, answer)
    });
    let response = rotate.await?;
    app.market().revoke(&[id]);
    Ok(response)
}
