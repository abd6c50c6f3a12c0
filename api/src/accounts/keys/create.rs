//! `POST /api/v1/keys`.

use axum::extract::{RawQuery, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use roost_market::keys::create_key;

use super::body::{NewKeyBody, read_new_key};
use super::key::{KeyJson, KeyWithSecret};
use crate::app::caller::Caller;
use crate::app::state::App;
use crate::http::body::read_json_body;
use crate::http::envelope::{Answer, NoMeta};
use crate::http::error::{ApiError, ErrorEnvelope};
use crate::http::write::headers::IdempotencyKeyOfSecretHeader;
use crate::http::write::{Reply, Secretive, WriteRequest};
use crate::params::declaration::{NoParams, QueryParams};

/// Create an API key.
///
/// Admins create every key, landlords and officials keys that act for themselves, and a key
/// narrower keys: some of its scopes, no later expiry, no higher limit, all of its filters.
#[utoipa::path(
    post,
    path = "/api/v1/keys",
    operation_id = "create_key",
    tag = "keys",
    security(("access_token" = []), ("api_key" = [])),
    params(IdempotencyKeyOfSecretHeader),
    request_body(content = NewKeyBody, content_type = "application/json"),
    responses(
        (status = 201, description = "The key with its secret, which no other answer contains. `Location` has its path.", body = Answer<KeyWithSecret, NoMeta>),
        (status = 401, description = "The caller is not signed in: `unauthorized`.", body = ErrorEnvelope),
        (status = 403, description = "The caller has no keys, or names another user: `forbidden`.", body = ErrorEnvelope),
        (status = 409, description = "The caller has too many keys, or its key has ended: `conflict`.", body = ErrorEnvelope),
        (status = 422, description = "The idempotency key was used for another request: `idempotency_key_reused`.", body = ErrorEnvelope),
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
    let new = read_new_key(write.body())?;
    write
        .run(async |transaction| {
            let (key, secret) = create_key(transaction, new).await?;
            let location = format!("/api/v1/keys/{}", key.id);
            let key = KeyJson::from(key);
            let answer = Secretive {
                location: Some(location),
                sent: KeyWithSecret::new(&key, Some(secret.expose())),
                stored: KeyWithSecret::new(&key, None),
            };
            Reply::secretive(StatusCode::CREATED, answer)
        })
        .await
}
