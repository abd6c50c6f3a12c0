//! The bodies that create and rotate keys.

use std::sync::LazyLock;

use roost_collections::rooms;
use roost_market::keys::NewKey;
use roost_market::{Change, Scope, parse_rfc3339};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::collections::filters::condition::Filter;
use crate::http::error::ApiError;
use crate::params::object::JsonObject;
use crate::params::patch::names;
use crate::params::scalar::{Id, Scalar};

/// A new key.
#[derive(Debug, ToSchema)]
#[schema(as = NewApiKey, example = json!({
    "name": "Partner in Mumbai",
    "scopes": ["search"],
    "expires_at": "2027-12-01T00:00:00Z",
    "requests_per_minute": 600,
    "filter": "city:Mumbai AND price <= 2000",
    "user_id": null,
}))]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "it describes the body for the OpenAPI document")]
pub(crate) struct NewKeyBody {
    /// What people call it.
    #[schema(min_length = 1, max_length = 100)]
    name: String,
    /// What it may do: some of `search`, `rooms:write`, `venues:write`, `requests:write`,
    /// `feed:read`, `metrics:read` and `admin`, as far as its creator may.
    #[schema(min_items = 1)]
    scopes: Vec<String>,
    /// When it expires, in the format of RFC 3339. By default, when the key that creates it
    /// expires, or never.
    #[schema(format = DateTime)]
    expires_at: Option<String>,
    /// How often the key and those that descend from it may call, on each node. By default as often
    /// as the key that creates it, or 600; without an admin at most 600.
    #[schema(minimum = 1, maximum = 1_000_000)]
    requests_per_minute: Option<u32>,
    /// A `filter` of rooms: only those that pass it exist for the key. For keys that only search.
    #[schema(max_length = 4_000)]
    filter: Option<String>,
    /// The user for whom the key acts, which admins name.
    user_id: Option<Uuid>,
}

/// How the secret of a key is replaced.
#[derive(Debug, ToSchema)]
#[schema(as = KeyRotation, example = json!({"overlap_s": 3600}))]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "it describes the body for the OpenAPI document")]
pub(crate) struct RotationBody {
    /// The old secret is accepted for this many seconds too; 0 if it is left out.
    #[schema(minimum = 0, maximum = 604_800)]
    overlap_s: Option<u32>,
}

static SCOPES: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    let scopes = Scope::ALL.iter();
    scopes.map(|scope| scope.as_str()).collect()
});

/// Reads a new key, and checks its filter, of which the market knows nothing.
pub(super) fn read_new_key(body: &[u8]) -> Result<NewKey, ApiError> {
    let known = [
        "name",
        "scopes",
        "expires_at",
        "requests_per_minute",
        "filter",
        "user_id",
    ];
    let mut body = JsonObject::parse(body, &known)?;
    let expected_scopes = || format!("a list of any of {}", SCOPES.join(", "));
    body.require("scopes", expected_scopes)?;
    let filter = body.text("filter", "a filter of rooms, or absent")?;
    if let Some(filter) = &filter {
        Filter::parse(filter, rooms::declared())?;
    }
    let expected = "a time such as 2027-12-01T00:00:00Z, or absent";
    let expires_at = body.text("expires_at", expected)?;
    let expires_at = expires_at.map(|text| {
        let time = parse_rfc3339(&text);
        time.ok_or_else(|| ApiError::parameter("expires_at", &text, expected))
    });
    Ok(NewKey {
        name: body.required_text("name", "a line of 1 to 100 characters")?,
        scopes: match names(&mut body, "scopes", &SCOPES)? {
            Change::Set(names) => names.iter().filter_map(|name| name.parse().ok()).collect(),
            Change::Keep | Change::Clear => Vec::new(),
        },
        expires_at: expires_at.transpose()?,
        requests_per_minute: body.whole(
            "requests_per_minute",
            "a whole number from 1 to 1000000, or absent",
        )?,
        filter,
        user_id: read_id(&mut body, "user_id")?,
    })
}

/// Reads for how long the old secret is accepted, in seconds. Without a body, not at all.
pub(super) fn read_overlap_s(body: &[u8]) -> Result<u32, ApiError> {
    if body.is_empty() {
        return Ok(0);
    }
    let mut body = JsonObject::parse(body, &["overlap_s"])?;
    let overlap_s = body.whole("overlap_s", "a whole number from 0 to 604800")?;
    Ok(overlap_s.unwrap_or(0))
}

fn read_id(body: &mut JsonObject, name: &'static str) -> Result<Option<Uuid>, ApiError> {
    let id = body.text(name, "an id, or absent")?;
    let id = id.map(|id| match Id.parse(&id) {
        Ok(id) => Ok(id),
        Err(_) => Err(ApiError::parameter(name, &id, Id.expected())),
    });
    id.transpose()
}
