//! Reads offers.

use sqlx::PgPool;
use uuid::Uuid;

use super::access::visible_offer;
use super::offer::Offer;
use super::status::Status;
use crate::action::actor::Actor;
use crate::action::error::ActionError;
use crate::action::page::Page;
use crate::pool::party::{Listed, Selection};

/// Which offers to list. What is `None` does not matter.
#[derive(Clone, Copy, Debug, Default)]
pub struct OfferFilter {
    /// Only offers for this request.
    pub request_id: Option<Uuid>,
    /// Only offers in this state.
    pub status: Option<Status>,
}

/// One offer.
///
/// # Errors
///
/// `Unauthenticated`, `Forbidden` for a key without the scope `admin`, and `NotFound` for an offer
/// of other parties.
pub async fn offer(pool: &PgPool, actor: &Actor, id: Uuid) -> Result<Offer, ActionError> {
    visible_offer(pool, actor, id).await
}

/// The offers for the requests of a student, those of a landlord, or all for admins; the newest
/// first: at most `limit` of them, after the one with the id `after`.
///
/// # Errors
///
/// `Unauthenticated`; `Forbidden` for officials and for keys without the scope `admin`.
pub async fn offers(
    pool: &PgPool,
    actor: &Actor,
    filter: &OfferFilter,
    after: Option<Uuid>,
    limit: u32,
) -> Result<Page<Offer>, ActionError> {
    let selection = Selection {
        listed: Listed::by(actor)?,
        request_id: filter.request_id,
        status: filter.status,
        after,
        limit,
    };
    Offer::all(pool, &selection).await
}
