//! Reads contracts.

use sqlx::PgPool;
use uuid::Uuid;

use super::access::visible_contract;
use super::contract::Contract;
use super::status::Status;
use crate::action::actor::Actor;
use crate::action::error::ActionError;
use crate::action::page::Page;
use crate::pool::party::{Listed, Selection};

/// Which contracts to list. What is `None` does not matter.
#[derive(Clone, Copy, Debug, Default)]
pub struct ContractFilter {
    /// Only contracts of this request.
    pub request_id: Option<Uuid>,
    /// Only contracts in this state.
    pub status: Option<Status>,
}

/// One contract.
///
/// # Errors
///
/// `Unauthenticated`, `Forbidden` for a key without the scope `admin`, and `NotFound` for a
/// contract of other parties.
pub async fn contract(pool: &PgPool, actor: &Actor, id: Uuid) -> Result<Contract, ActionError> {
    visible_contract(pool, actor, id).await
}

/// The contracts of a student or a landlord, or all for admins; the newest first: at most `limit`
/// of them, after the one with the id `after`.
///
/// # Errors
///
/// `Unauthenticated`; `Forbidden` for officials and for keys without the scope `admin`.
pub async fn contracts(
    pool: &PgPool,
    actor: &Actor,
    filter: &ContractFilter,
    after: Option<Uuid>,
    limit: u32,
) -> Result<Page<Contract>, ActionError> {
    let selection = Selection {
        listed: Listed::by(actor)?,
        request_id: filter.request_id,
        status: filter.status,
        after,
        limit,
    };
    Contract::all(pool, &selection).await
}
