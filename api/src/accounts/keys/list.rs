//! `GET /api/v1/keys`.

use axum::Json;
use axum::extract::{RawQuery, State};
use roost_market::keys::list_keys;
use serde::Serialize;
use utoipa::ToSchema;

use super::key::KeyJson;
use crate::app::caller::Caller;
use crate::app::state::App;
use crate::http::envelope::Answer;
use crate::http::error::{ApiError, ErrorEnvelope};
use crate::params::declaration::{Documented, Group, Param, QueryParams, params};
use crate::params::presence::WithDefault;
use crate::params::scalar::{Flag, Id, Whole};

params! {
    /// Which keys.
    const KEYS;

    /// Whether revoked and expired keys are listed too.
    ENDED: WithDefault<Flag> = Param::new("ended", Flag).default(false).example("true");

    /// The maximum number of keys in an answer.
    LIMIT: WithDefault<Whole<u32>> = Param::new("limit", Whole { min: 1, max: 100 })
        .default(20)
        .example("10");

    /// The `meta.next_cursor` of the previous page.
    AFTER: Id = Param::new("cursor", Id);
}

/// How the list of keys goes on.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct KeyListMeta {
    /// The `cursor` of the next page; null on the last one.
    next_cursor: Option<String>,
    #[schema(example = 20)]
    limit: u32,
}

/// The query parameters of the list.
struct KeysParams;

impl QueryParams for KeysParams {
    const GROUPS: &'static [Group] = &[KEYS];
}

/// List API keys.
///
/// The newest first. An admin sees all, a landlord or official those that act for it, and a key
/// itself and those that descend from it.
#[utoipa::path(
    get,
    path = "/api/v1/keys",
    operation_id = "list_keys",
    tag = "keys",
    security(("access_token" = []), ("api_key" = [])),
    params(Documented<KeysParams>),
    responses(
        (status = 200, description = "The keys, without their secrets.", body = Answer<Vec<KeyJson>, KeyListMeta>),
        (status = 401, description = "The caller is not signed in: `unauthorized`.", body = ErrorEnvelope),
        (status = 403, description = "The caller has no keys: `forbidden`.", body = ErrorEnvelope),
    )
)]
pub(crate) async fn list(
    State(app): State<App>,
    RawQuery(raw): RawQuery,
    Caller(actor): Caller,
) -> Result<Json<Answer<Vec<KeyJson>, KeyListMeta>>, ApiError> {
    let params = KeysParams::parse(raw.as_deref())?;
    let (ended, limit) = (ENDED.read(&params)?, LIMIT.read(&params)?);
    let after = AFTER.read(&params)?;
    let page = list_keys(app.market().pool(), &actor, ended, after, limit).await?;
    let last = page.items.last().filter(|_| page.has_more);
    let meta = KeyListMeta {
        next_cursor: last.map(|key| key.id.to_string()),
        limit,
    };
    let keys = page.items.into_iter().map(KeyJson::from).collect();
    Ok(Answer::json(keys, meta))
}
