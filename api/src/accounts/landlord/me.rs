//! `GET` and `PATCH /api/v1/landlords/me`.

use axum::extract::{RawQuery, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use roost_market::landlords::{
    CAPACITY_EXPECTED, Landlord, LandlordPatch, change_landlord, own_landlord,
};
use roost_market::rfc3339;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::areas::{AreasBody, AreasJson, FIELD as PREFERRED_AREAS, read_areas};
use crate::app::caller::Caller;
use crate::app::state::App;
use crate::http::body::read_merge_patch;
use crate::http::envelope::{Answer, NoMeta};
use crate::http::error::{ApiError, ErrorEnvelope};
use crate::http::write::headers::IfMatchHeader;
use crate::http::write::{Reply, Versioned, WriteRequest};
use crate::params::declaration::{NoParams, QueryParams};
use crate::params::object::JsonObject;
use crate::params::patch::Member;

/// A landlord, as it sees itself.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OwnLandlord)]
pub(crate) struct LandlordJson {
    id: Uuid,
    /// The user who is this landlord.
    user_id: Uuid,
    /// The number of contracts that the landlord can have at once.
    #[schema(example = 12)]
    total_capacity: i32,
    /// The number of contracts that the landlord has now.
    #[schema(example = 3)]
    active_contracts: i32,
    /// The number of contracts that wait for their first payment. They count against the capacity.
    #[schema(example = 1)]
    pending_contracts: i32,
    /// Whether searches find the listed rooms of the landlord.
    #[schema(example = true)]
    is_available: bool,
    /// Whether `is_available` is false only because all contracts are active. It becomes true again
    /// when one ends.
    #[schema(example = false)]
    hidden_when_full: bool,
    /// When the landlord last acted, to the minute, UTC.
    #[schema(example = "2026-12-01T09:30:00.000Z")]
    last_active_at: String,
    /// The share of requests that the landlord has accepted, 0 to 1.
    #[schema(example = 0.85)]
    acceptance_rate: f64,
    /// The mean time to a first answer, in seconds; null before the first one.
    #[schema(example = 1800.0)]
    response_time_s_average: Option<f64>,
    /// Where the landlord prefers requests; null for anywhere.
    preferred_areas: Option<AreasJson>,
    /// Another one after each change by the landlord; `ETag` has it in quotes.
    #[schema(example = 1)]
    version: i64,
}

/// Changes of a landlord, a merge patch (RFC 7396). What is absent stays as it is.
#[derive(Debug, ToSchema)]
#[schema(as = LandlordPatch, example = json!({"total_capacity": 15, "is_available": true, "preferred_areas": null}))]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "it describes the body for the OpenAPI document")]
pub(crate) struct LandlordPatchBody {
    /// At least the number of active and pending contracts.
    #[schema(minimum = 1, maximum = 1_000_000, nullable = false)]
    total_capacity: Option<u32>,
    #[schema(nullable = false)]
    is_available: Option<bool>,
    /// A `Polygon` or `MultiPolygon`, which replaces the current areas as a whole; null for
    /// anywhere.
    preferred_areas: Option<AreasBody>,
}

/// Get the signed-in landlord.
#[utoipa::path(
    get,
    path = "/api/v1/landlords/me",
    operation_id = "get_own_landlord",
    tag = "landlords",
    security(("access_token" = [])),
    responses(
        (status = 200, description = "The landlord, with `ETag`.", body = Answer<LandlordJson, NoMeta>),
        (status = 401, description = "The caller is not signed in: `unauthorized`.", body = ErrorEnvelope),
        (status = 403, description = "The caller is no landlord: `forbidden`.", body = ErrorEnvelope),
    )
)]
pub(crate) async fn get(
    State(app): State<App>,
    RawQuery(raw): RawQuery,
    Caller(actor): Caller,
) -> Result<Response, ApiError> {
    NoParams::parse(raw.as_deref())?;
    let landlord = own_landlord(app.market().pool(), &actor).await?;
    Ok(versioned(landlord).read())
}

/// Change the signed-in landlord.
///
/// A patch without a difference writes nothing.
#[utoipa::path(
    patch,
    path = "/api/v1/landlords/me",
    operation_id = "change_own_landlord",
    tag = "landlords",
    security(("access_token" = [])),
    params(IfMatchHeader),
    request_body(content(
        (LandlordPatchBody = "application/json"),
        (LandlordPatchBody = "application/merge-patch+json"),
    )),
    responses(
        (status = 200, description = "The changed landlord, with `ETag` and `roost-position`.", body = Answer<LandlordJson, NoMeta>),
        (status = 401, description = "The caller is not signed in: `unauthorized`.", body = ErrorEnvelope),
        (status = 403, description = "The caller is no landlord: `forbidden`.", body = ErrorEnvelope),
        (status = 412, description = "The landlord has another version than `If-Match`: `precondition_failed`.", body = ErrorEnvelope),
    )
)]
pub(crate) async fn change(
    State(app): State<App>,
    RawQuery(raw): RawQuery,
    caller: Caller,
    request: Request,
) -> Result<Response, ApiError> {
    NoParams::parse(raw.as_deref())?;
    let (pool, actor) = (app.market().pool(), caller.signed_in()?);
    let write = WriteRequest::read(pool, actor, request, read_merge_patch).await?;
    let patch = read_patch(write.body())?;
    write
        .run(async |transaction| {
            let landlord = change_landlord(transaction, patch, write.if_version()).await?;
            Reply::row(StatusCode::OK, versioned(landlord))
        })
        .await
}

fn versioned(landlord: Landlord) -> Versioned<LandlordJson> {
    Versioned {
        version: landlord.version,
        location: None,
        data: landlord.into(),
    }
}

fn read_patch(body: &[u8]) -> Result<LandlordPatch, ApiError> {
    let known = ["total_capacity", "is_available", PREFERRED_AREAS];
    let mut object = JsonObject::parse(body, &known)?;
    Ok(LandlordPatch {
        total_capacity: Member::new("total_capacity", CAPACITY_EXPECTED).whole(&mut object)?,
        is_available: Member::new("is_available", "true or false").flag(&mut object)?,
        preferred_areas: read_areas(&mut object)?,
    })
}

impl From<Landlord> for LandlordJson {
    fn from(landlord: Landlord) -> LandlordJson {
        LandlordJson {
            id: landlord.id,
            user_id: landlord.user_id,
            total_capacity: landlord.total_capacity,
            active_contracts: landlord.active_contracts,
            pending_contracts: landlord.pending_contracts,
            is_available: landlord.is_available,
            hidden_when_full: landlord.hidden_when_full,
            last_active_at: rfc3339(landlord.last_active_at),
            acceptance_rate: landlord.acceptance_rate,
            response_time_s_average: landlord.response_time_s_average,
            preferred_areas: landlord.preferred_areas.map(AreasJson::from),
            version: landlord.version,
        }
    }
}
