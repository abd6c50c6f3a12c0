//! An offer as its student and its landlord see it.

use serde_json::{Value, json};
use sqlx::PgPool;
use sqlx::types::chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use super::status::Status;
use crate::action::error::ActionError;
use crate::action::event::{Event, Subject};
use crate::action::page::Page;
use crate::action::transaction::Transaction;
use crate::fields::time::rfc3339;
use crate::pool::party::Selection;

/// An offer.
#[derive(Clone, Debug, PartialEq)]
pub struct Offer {
    /// The id.
    pub id: Uuid,
    /// The request that it answers.
    pub request_id: Uuid,
    /// The student of the request.
    pub student_id: Uuid,
    /// The landlord who makes it.
    pub landlord_id: Uuid,
    /// The room.
    pub room_id: Uuid,
    /// The title of the room.
    pub room_title: String,
    /// The first evening, as in the request when the offer was made.
    pub check_in: NaiveDate,
    /// The morning after the last night.
    pub check_out: NaiveDate,
    /// The price for one night in the minor unit.
    pub price_minor: i64,
    /// The price for all nights.
    pub total_minor: i64,
    /// ISO 4217.
    pub currency: String,
    /// What the landlord says.
    pub message: String,
    /// Until when it can be accepted.
    pub valid_until: DateTime<Utc>,
    /// The state.
    pub status: Status,
    /// Why it was declined.
    pub decline_reason: Option<String>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last updated.
    pub updated_at: DateTime<Utc>,
    /// When it stopped being open.
    pub answered_at: Option<DateTime<Utc>>,
    /// Another one after each update.
    pub version: i64,
    /// The user of the landlord.
    pub(in crate::pool) landlord_user_id: Uuid,
    /// Whether the time to accept it is not over, by the clock of the database.
    pub(in crate::pool) is_valid: bool,
}

struct OfferRow {
    id: Uuid,
    request_id: Uuid,
    student_id: Uuid,
    landlord_id: Uuid,
    room_id: Uuid,
    room_title: String,
    check_in: NaiveDate,
    check_out: NaiveDate,
    price_minor: i64,
    total_minor: i64,
    currency: String,
    message: String,
    valid_until: DateTime<Utc>,
    status: String,
    decline_reason: Option<String>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    answered_at: Option<DateTime<Utc>>,
    version: i64,
    landlord_user_id: Uuid,
    is_valid: bool,
}

/// Selects offers `o` of requests `r`, rooms `m` and landlords `l`.
macro_rules! select_offers {
    ($rest:tt $(, $argument:expr)*) => {
        sqlx::query_as!(
            OfferRow,
            r#"
            SELECT o.id, o.request_id, r.student_id, o.landlord_id, o.room_id,
                m.title AS room_title, o.check_in, o.check_out, o.price_minor,
                o.price_minor * (o.check_out - o.check_in) AS "total_minor!",
                o.currency::text AS "currency!", o.message, o.valid_until, o.status,
                o.decline_reason, o.created_at, o.updated_at, o.answered_at, o.version,
                l.user_id AS landlord_user_id, o.valid_until > now() AS "is_valid!"
            FROM offers o JOIN requests r ON r.id = o.request_id
            JOIN rooms m ON m.id = o.room_id JOIN landlords l ON l.id = o.landlord_id
            "# + $rest
            $(, $argument)*
        )
    };
}

impl Offer {
    /// The offer of an id; `None` if there is none.
    pub(super) async fn of_id(pool: &PgPool, id: Uuid) -> Result<Option<Self>, ActionError> {
        let row = select_offers!("WHERE o.id = $1", id);
        let row = row.fetch_optional(pool).await?;
        row.map(Self::try_from).transpose()
    }

    /// The same, locked until the transaction ends. Its request has to be locked before.
    pub(super) async fn locked(
        transaction: &mut Transaction,
        id: Uuid,
    ) -> Result<Option<Self>, ActionError> {
        let row = select_offers!("WHERE o.id = $1 FOR NO KEY UPDATE OF o", id);
        let row = row.fetch_optional(transaction.sql()).await?;
        row.map(Self::try_from).transpose()
    }

    /// The offers of a selection, the newest first.
    pub(super) async fn all(
        pool: &PgPool,
        selection: &Selection<Status>,
    ) -> Result<Page<Self>, ActionError> {
        let (student, landlord_user) = selection.listed.filter();
        let rows = select_offers!(
            "WHERE ($1::uuid IS NULL OR r.student_id = $1)
                AND ($2::uuid IS NULL OR l.user_id = $2)
                AND ($3::uuid IS NULL OR o.request_id = $3)
                AND ($4::text IS NULL OR o.status = $4) AND ($5::uuid IS NULL OR o.id < $5)
            ORDER BY o.id DESC LIMIT $6",
            student,
            landlord_user,
            selection.request_id,
            selection.status.map(Status::as_str),
            selection.after,
            i64::from(selection.limit) + 1
        )
        .fetch_all(pool)
        .await?;
        Page::of(rows, selection.limit).try_map(Self::try_from)
    }

    /// Gives an open, locked offer its final state, with its event.
    pub(in crate::pool) async fn become_final(
        mut self,
        transaction: &mut Transaction,
        status: Status,
        reason: Option<String>,
    ) -> Result<Self, ActionError> {
        let updated = sqlx::query!(
            "UPDATE offers SET status = $2, decline_reason = $3, answered_at = now()
            WHERE id = $1 RETURNING answered_at, updated_at, version",
            self.id,
            status.as_str(),
            reason
        )
        .fetch_one(transaction.sql())
        .await?;
        self.status = status;
        self.decline_reason = reason;
        self.answered_at = updated.answered_at;
        self.updated_at = updated.updated_at;
        self.version = updated.version;
        transaction.record(self.event()).await?;
        Ok(self)
    }

    /// The event by which the offer got its state.
    pub(super) fn event(&self) -> Event {
        let mut change = json!({
            "request_id": self.request_id,
            "student_id": self.student_id,
            "landlord_id": self.landlord_id,
            "room_id": self.room_id,
            "price_minor": self.price_minor,
            "currency": self.currency,
            "valid_until": rfc3339(self.valid_until),
        });
        if let Some(reason) = &self.decline_reason {
            change["reason"] = Value::from(reason.as_str());
        }
        let subject = Subject::new("offer", self.id);
        Event::new(self.status.event(), subject).with_change(change)
    }
}

impl TryFrom<OfferRow> for Offer {
    type Error = ActionError;

    fn try_from(row: OfferRow) -> Result<Self, ActionError> {
        Ok(Self {
            id: row.id,
            request_id: row.request_id,
            student_id: row.student_id,
            landlord_id: row.landlord_id,
            room_id: row.room_id,
            room_title: row.room_title,
            check_in: row.check_in,
            check_out: row.check_out,
            price_minor: row.price_minor,
            total_minor: row.total_minor,
            currency: row.currency,
            message: row.message,
            valid_until: row.valid_until,
            status: row.status.parse().map_err(ActionError::internal)?,
            decline_reason: row.decline_reason,
            created_at: row.created_at,
            updated_at: row.updated_at,
            answered_at: row.answered_at,
            version: row.version,
            landlord_user_id: row.landlord_user_id,
            is_valid: row.is_valid,
        })
    }
}
