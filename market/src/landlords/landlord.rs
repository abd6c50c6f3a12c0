//! A landlord as it sees itself.

use sqlx::PgConnection;
use sqlx::types::chrono::{DateTime, Utc};
use uuid::Uuid;

use super::areas::Areas;
use crate::action::error::ActionError;

/// A landlord with its signals.
#[derive(Clone, Debug, PartialEq)]
pub struct Landlord {
    /// The id.
    pub id: Uuid,
    /// The user who is this landlord.
    pub user_id: Uuid,
    /// The number of contracts that it can have at once, 1 to 1,000,000.
    pub total_capacity: i32,
    /// The number of contracts that it has now.
    pub active_contracts: i32,
    /// The number of contracts that wait for their first payment.
    pub pending_contracts: i32,
    /// Whether its listed rooms are found by searches.
    pub is_available: bool,
    /// Whether it is unavailable only because it is full, and becomes available again by itself.
    pub hidden_when_full: bool,
    /// When it last acted.
    pub last_active_at: DateTime<Utc>,
    /// The share of requests that it has accepted, 0 to 1.
    pub acceptance_rate: f64,
    /// The mean time to its first answer, in seconds; `None` before the first one.
    pub response_time_s_average: Option<f64>,
    /// Where it prefers requests; `None` for anywhere.
    pub preferred_areas: Option<Areas>,
    /// Another one after each edit, but not when a signal changes.
    pub version: i64,
}

struct LandlordRow {
    id: Uuid,
    user_id: Uuid,
    total_capacity: i32,
    active_contracts: i32,
    pending_contracts: i32,
    is_available: bool,
    hidden_when_full: bool,
    last_active_at: DateTime<Utc>,
    acceptance_rate: f64,
    response_time_s_average: Option<f64>,
    preferred_areas: Option<String>,
    version: i64,
}

/// The id of the landlord who is a user.
///
/// # Errors
///
/// `Internal` if there is none, because each user of that role has one.
pub(crate) async fn id_of_user(sql: &mut PgConnection, user_id: Uuid) -> Result<Uuid, ActionError> {
    let id = sqlx::query_scalar!("SELECT id FROM landlords WHERE user_id = $1", user_id)
        .fetch_optional(sql)
        .await?;
    id.ok_or_else(|| ActionError::internal("a user of the role landlord has no landlord"))
}

impl Landlord {
    /// The landlord who is a user.
    pub(super) async fn of_user(
        sql: &mut PgConnection,
        user_id: Uuid,
    ) -> Result<Self, ActionError> {
        let row = sqlx::query_as!(
            LandlordRow,
            r#"
            SELECT id, user_id, total_capacity, active_contracts, pending_contracts, is_available,
                hidden_when_full, last_active_at, acceptance_rate, response_time_s_average,
                ST_AsGeoJSON(preferred_areas::geometry, 15)::jsonb ->> 'coordinates'
                    AS preferred_areas,
                version
            FROM landlords WHERE user_id = $1
            "#,
            user_id
        )
        .fetch_optional(sql)
        .await?;
        let none = || ActionError::internal("a user of the role landlord has no landlord");
        row.ok_or_else(none)?.try_into()
    }
}

/// Locks the landlord who is a user until the transaction ends, so that concurrent edits follow
/// each other.
pub(super) async fn lock(sql: &mut PgConnection, user_id: Uuid) -> Result<(), ActionError> {
    sqlx::query!(
        "SELECT id FROM landlords WHERE user_id = $1 FOR NO KEY UPDATE",
        user_id
    )
    .fetch_optional(sql)
    .await?;
    Ok(())
}

impl TryFrom<LandlordRow> for Landlord {
    type Error = ActionError;

    fn try_from(row: LandlordRow) -> Result<Self, ActionError> {
        let areas = row.preferred_areas.as_deref().map(Areas::of_coordinates);
        Ok(Self {
            id: row.id,
            user_id: row.user_id,
            total_capacity: row.total_capacity,
            active_contracts: row.active_contracts,
            pending_contracts: row.pending_contracts,
            is_available: row.is_available,
            hidden_when_full: row.hidden_when_full,
            last_active_at: row.last_active_at,
            acceptance_rate: row.acceptance_rate,
            response_time_s_average: row.response_time_s_average,
            preferred_areas: areas.transpose()?,
            version: row.version,
        })
    }
}
