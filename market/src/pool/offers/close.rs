//! Closes the open offers of requests that are closed.

use serde_json::{Value, json};
use uuid::Uuid;

use super::status::Status;
use crate::action::error::ActionError;
use crate::action::event::{Event, Subject};
use crate::action::transaction::Transaction;

/// Why the open offers of a request are closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::pool) enum Closing {
    /// The student has accepted another offer.
    Accepted,
    /// The request is cancelled.
    Cancelled,
    /// The student has changed the nights or another term of the request.
    Changed,
    /// The request has expired.
    Expired,
    /// The time to accept the offers themselves is over.
    Late,
}

/// Closes the open offers of requests, which are locked, with an event for each.
pub(in crate::pool) async fn close_offers(
    transaction: &mut Transaction,
    request_ids: &[Uuid],
    closing: Closing,
) -> Result<u64, ActionError> {
    let (status, reason) = (closing.status(), closing.reason());
    let closed = sqlx::query!(
        r#"
        UPDATE offers o SET status = $2, decline_reason = $3, answered_at = now()
        FROM requests r
        WHERE r.id = o.request_id AND o.request_id = ANY ($1) AND o.status = 'open'
            AND (NOT $4 OR o.valid_until <= now())
        RETURNING o.id, o.request_id, r.student_id, o.landlord_id, o.room_id
        "#,
        request_ids,
        status.as_str(),
        reason,
        closing == Closing::Late
    )
    .fetch_all(transaction.sql())
    .await?;
    let events: Vec<Event> = (closed.iter())
        .map(|offer| {
            let mut change = json!({
                "request_id": offer.request_id,
                "student_id": offer.student_id,
                "landlord_id": offer.landlord_id,
                "room_id": offer.room_id,
            });
            if let Some(reason) = reason {
                change["reason"] = Value::from(reason);
            }
            Event::new(status.event(), Subject::new("offer", offer.id)).with_change(change)
        })
        .collect();
    transaction.record_all(&events).await?;
    Ok(u64::try_from(closed.len()).unwrap_or(u64::MAX))
}

impl Closing {
    /// The state of the closed offers.
    fn status(self) -> Status {
        match self {
            Self::Accepted | Self::Cancelled | Self::Changed => Status::Declined,
            Self::Expired | Self::Late => Status::Expired,
        }
    }

    /// What the landlords read.
    fn reason(self) -> Option<&'static str> {
        match self {
            Self::Accepted => Some("the student has accepted another offer"),
            Self::Cancelled => Some("the student has cancelled the request"),
            Self::Changed => Some("the student has changed the request"),
            Self::Expired | Self::Late => None,
        }
    }
}
