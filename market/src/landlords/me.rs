//! The signed-in landlord.

use serde_json::{Map, Value, json};
use sqlx::PgPool;

use super::activity::record_activity;
use super::areas::Areas;
use super::landlord::{Landlord, lock};
use crate::action::actor::{Actor, Role};
use crate::action::error::ActionError;
use crate::action::event::{Event, Subject};
use crate::action::matching::enqueue_matching_of_landlord;
use crate::action::transaction::Transaction;
use crate::edit::{Change, IfVersion};

/// The largest capacity, as in the table.
const CAPACITY_MAX: i64 = 1_000_000;

/// What a capacity is, for an error.
pub const CAPACITY_EXPECTED: &str = "a whole number from 1 to 1000000";

/// Changes of a landlord, a merge patch (RFC 7396).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LandlordPatch {
    /// The number of contracts that it can have at once. Required.
    pub total_capacity: Change<i64>,
    /// Whether its listed rooms are found by searches. Required.
    pub is_available: Change<bool>,
    /// Where it prefers requests; anywhere if it is removed.
    pub preferred_areas: Change<Areas>,
}

/// The signed-in landlord, which is active now.
///
/// # Errors
///
/// Those of [`Actor::user_of`], and `Internal`.
pub async fn own_landlord(pool: &PgPool, actor: &Actor) -> Result<Landlord, ActionError> {
    let user = actor.user_of(Role::Landlord)?;
    let mut connection = pool.acquire().await?;
    record_activity(&mut connection, user.id).await?;
    Landlord::of_user(&mut connection, user.id).await
}

/// Changes the signed-in landlord. A patch without a difference writes nothing. A landlord that is
/// full becomes unavailable, and one that was full available again.
///
/// # Errors
///
/// Those of [`Actor::user_of`]; `Invalid` for a capacity out of range or below the active and
/// pending contracts, a full landlord that would be available, areas whose rings cross, and the
/// removal of a required field; `PreconditionFailed` for another version.
pub async fn change_landlord(
    transaction: &mut Transaction,
    patch: LandlordPatch,
    if_version: &IfVersion,
) -> Result<Landlord, ActionError> {
    let user_id = transaction.actor().user_of(Role::Landlord)?.id;
    record_activity(transaction.sql(), user_id).await?;
    lock(transaction.sql(), user_id).await?;
    let before = Landlord::of_user(transaction.sql(), user_id).await?;
    if_version.check("the landlord", before.version)?;
    let after = patch.apply(&before)?;
    let change = changed(&before, &after);
    if change.is_empty() {
        return Ok(before);
    }
    if let Some(areas) = &after.preferred_areas {
        areas.check_crossings(transaction).await?;
    }
    sqlx::query!(
        "UPDATE landlords SET total_capacity = $2, is_available = $3,
            preferred_areas = ST_SetSRID(ST_GeomFromGeoJSON($4::text), 4326)::geography,
            hidden_when_full = $5
        WHERE id = $1",
        after.id,
        after.total_capacity,
        after.is_available,
        after.preferred_areas.as_ref().map(Areas::geojson),
        after.hidden_when_full
    )
    .execute(transaction.sql())
    .await?;
    sqlx::query!("SELECT settle_availability($1)", after.id)
        .fetch_one(transaction.sql())
        .await?;
    enqueue_matching_of_landlord(transaction, after.id).await?;
    let event = Event::new("landlord.changed", Subject::new("landlord", after.id));
    transaction
        .record(event.with_change(Value::Object(change)))
        .await?;
    Landlord::of_user(transaction.sql(), user_id).await
}

impl LandlordPatch {
    fn apply(self, before: &Landlord) -> Result<Landlord, ActionError> {
        let mut after = before.clone();
        let capacity = || CAPACITY_EXPECTED.to_owned();
        if let Some(capacity) = self.total_capacity.required("total_capacity", capacity)? {
            let contracts = before.active_contracts + before.pending_contracts;
            after.total_capacity = check_capacity(capacity, contracts)?;
        }
        let flag = || "true or false".to_owned();
        if let Some(is_available) = self.is_available.required("is_available", flag)? {
            if is_available && before.active_contracts >= after.total_capacity {
                let expected = "false as long as the active contracts reach total_capacity";
                return Err(ActionError::invalid("is_available", is_available, expected));
            }
            after.is_available = is_available;
            after.hidden_when_full = false;
        }
        if let Some(areas) = self.preferred_areas.optional() {
            after.preferred_areas = areas;
        }
        Ok(after)
    }
}

fn check_capacity(capacity: i64, contracts: i32) -> Result<i32, ActionError> {
    let invalid = |expected: String| ActionError::invalid("total_capacity", capacity, expected);
    let in_range = i32::try_from(capacity).ok();
    let in_range = in_range.filter(|_| (1..=CAPACITY_MAX).contains(&capacity));
    let in_range = in_range.ok_or_else(|| invalid(CAPACITY_EXPECTED.to_owned()))?;
    if in_range < contracts {
        let expected = format!("at least {contracts}, the number of active and pending contracts");
        return Err(invalid(expected));
    }
    Ok(in_range)
}

fn changed(before: &Landlord, after: &Landlord) -> Map<String, Value> {
    let mut change = Map::new();
    if after.total_capacity != before.total_capacity {
        change.insert("total_capacity".to_owned(), json!(after.total_capacity));
    }
    if after.is_available != before.is_available {
        change.insert("is_available".to_owned(), json!(after.is_available));
    }
    if after.hidden_when_full != before.hidden_when_full {
        change.insert("hidden_when_full".to_owned(), json!(after.hidden_when_full));
    }
    if after.preferred_areas != before.preferred_areas {
        let areas = after.preferred_areas.as_ref().map(Areas::polygons);
        change.insert("preferred_areas".to_owned(), json!(areas));
    }
    change
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_capacity_is_neither_out_of_range_nor_below_the_active_contracts() {
        assert_eq!(check_capacity(5, 5).unwrap(), 5);
        let error = check_capacity(4, 5).unwrap_err().to_string();
        let expected = "total_capacity must be at least 5, the number of active and pending contracts, not \"4\"";
        assert_eq!(error, expected);
        for bad in [0, -1, 1_000_001, i64::MAX] {
            let error = check_capacity(bad, 0).unwrap_err().to_string();
            assert!(error.contains(CAPACITY_EXPECTED), "{error}");
        }
    }
}
