//! How are a search's rooms put together by landlord?

use roost_engine::{Group, Total};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::shape::RoomHit;
use crate::error::ApiError;
use crate::paging::TotalIs;
use crate::params::Params;

/// As the OpenAPI document says of the parameters below.
const HITS_DEFAULT: usize = 3;
const HITS_MAX: usize = 10;

#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it names the parameters for the OpenAPI document")]
pub(crate) struct GroupParams {
    /// `landlord`: the answer is a list of landlords by their best rooms, each with some of these;
    /// `limit` and `page` count landlords. A room without a landlord stands alone. There is no cursor.
    #[param(inline, example = "landlord")]
    group_by: Option<GroupWord>,
    /// How many rooms of a landlord are told at most; needs `group_by`.
    #[param(minimum = 1, maximum = 10, default = 3, example = 2)]
    group_limit: Option<u32>,
}

impl GroupParams {
    pub(crate) const NAMES: &[&str] = &["group_by", "group_limit"];
}

#[derive(Clone, Copy, Debug, ToSchema)]
#[schema(rename_all = "snake_case")]
enum GroupWord {
    Landlord,
}

/// What a search lists.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "it lists the items for the OpenAPI document")]
pub(crate) enum Found<'a> {
    /// A room.
    Room(Box<RoomHit<'a>>),
    /// On `group_by=landlord`: a landlord's rooms.
    Landlord(LandlordRooms<'a>),
}

/// The rooms of one landlord that match.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LandlordRooms<'a> {
    landlord_id: Option<Uuid>,
    /// How many match; so many or more where `meta.partial` is true.
    #[schema(example = 7)]
    total: u64,
    /// The best of them.
    hits: Vec<RoomHit<'a>>,
}

/// How many groups an answer is made of.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(crate) struct GroupsMeta {
    /// On `group_by`: how many landlords have rooms that match; left out on `count=none`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 131)]
    groups_total: Option<u64>,
    /// Whether `groups_total` is exact, which it is where `total` is.
    #[serde(skip_serializing_if = "Option::is_none")]
    groups_total_is: Option<TotalIs>,
}

/// Reads how many rooms of a landlord are to be told; `None` if rooms are not put together.
pub(super) fn read(params: &Params) -> Result<Option<usize>, ApiError> {
    let by = params.choice("group_by", &[("landlord", GroupWord::Landlord)])?;
    let most = params.whole("group_limit", 1..=HITS_MAX)?;
    let Some(GroupWord::Landlord) = by else {
        return match most {
            Some(most) => {
                let expected = "given together with group_by";
                Err(ApiError::parameter(
                    "group_limit",
                    &most.to_string(),
                    expected,
                ))
            }
            None => Ok(None),
        };
    };
    if let Some(cursor) = params.text("cursor")? {
        let expected = "left out when group_by is given";
        let error = ApiError::parameter("cursor", cursor, expected);
        return Err(error.hint("page and limit count landlords"));
    }
    Ok(Some(most.unwrap_or(HITS_DEFAULT)))
}

impl GroupsMeta {
    pub(super) fn of(total: Option<Total>) -> GroupsMeta {
        GroupsMeta {
            groups_total: total.map(|total| total.value),
            groups_total_is: total.map(TotalIs::of),
        }
    }
}

impl<'a> From<Group<RoomHit<'a>>> for LandlordRooms<'a> {
    fn from(group: Group<RoomHit<'a>>) -> LandlordRooms<'a> {
        LandlordRooms {
            landlord_id: group.owner,
            total: group.total,
            hits: group.hits,
        }
    }
}
