//! The parameters `group_by` and `group_limit`, and groups of rooms in JSON.

use roost_engine::{Group as EngineGroup, Total};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::hit::RoomHit;
use crate::http::error::ApiError;
use crate::params::declaration::{Param, params};
use crate::params::presence::WithDefault;
use crate::params::scalar::{Choice, Whole};
use crate::params::values::Params;
use crate::query::paging::CURSOR;
use crate::query::total::TotalIs;

params! {
    /// Grouping of the hits.
    pub(crate) const GROUP_PARAMS;

    /// `landlord`: returns landlords in the order of their best rooms, each with some of these
    /// rooms; `limit` and `page` count landlords. A room without a landlord forms its own group.
    /// There is no cursor.
    GROUP_BY: Choice<GroupBy> = Param::new("group_by", Choice(&[("landlord", GroupBy::Landlord)]))
        .example("landlord");

    /// The maximum number of rooms of each landlord; requires `group_by`.
    GROUP_LIMIT: WithDefault<Whole<u32>> = Param::new("group_limit", Whole { min: 1, max: 10 })
        .default(3)
        .example("2");
}

/// What hits are grouped by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum GroupBy {
    Landlord,
}

/// An item of a room search.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "it describes the items for the OpenAPI document")]
pub(crate) enum ListItem {
    /// A room.
    Room(Box<RoomHit>),
    /// With `group_by=landlord`: the rooms of a landlord.
    Landlord(LandlordRooms),
}

/// The matching rooms of one landlord.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LandlordRooms {
    landlord_id: Option<Uuid>,
    /// The number of matching rooms; a lower bound if `meta.partial` is true.
    #[schema(example = 7)]
    total: u64,
    /// The best of them.
    hits: Vec<RoomHit>,
}

/// The number of groups.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(crate) struct GroupsMeta {
    /// With `group_by`: the number of landlords with matching rooms; left out with `count=none`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 131)]
    groups_total: Option<u64>,
    /// Whether `groups_total` is exact, which it is whenever `total` is.
    #[serde(skip_serializing_if = "Option::is_none")]
    groups_total_is: Option<TotalIs>,
}

/// Reads the maximum number of rooms in a group; `None` if rooms are not grouped.
pub(crate) fn read(params: &Params) -> Result<Option<usize>, ApiError> {
    let by = GROUP_BY.read(params)?;
    let limit = GROUP_LIMIT.given(params)?;
    if by.is_none() {
        return match limit {
            Some(limit) => {
                let (value, expected) = (limit.to_string(), "given together with group_by");
                Err(ApiError::parameter(GROUP_LIMIT.name(), &value, expected))
            }
            None => Ok(None),
        };
    }
    if let Some(cursor) = params.text(CURSOR.name())? {
        let expected = "left out when group_by is given";
        let error = ApiError::parameter(CURSOR.name(), cursor, expected);
        return Err(error.with_hint("page and limit count landlords"));
    }
    Ok(Some(GROUP_LIMIT.read(params)? as usize))
}

impl GroupsMeta {
    pub(super) fn of(total: Option<Total>) -> GroupsMeta {
        GroupsMeta {
            groups_total: total.map(|total| total.value),
            groups_total_is: total.map(TotalIs::of),
        }
    }
}

impl From<EngineGroup<RoomHit>> for LandlordRooms {
    fn from(group: EngineGroup<RoomHit>) -> LandlordRooms {
        LandlordRooms {
            landlord_id: group.owner,
            total: group.total,
            hits: group.hits,
        }
    }
}
