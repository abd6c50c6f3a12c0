//! A contract as its parties see it.

use serde_json::{Value, json};
use sqlx::PgPool;
use sqlx::types::Json;
use sqlx::types::chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use super::instalment::Instalment;
use super::status::Status;
use crate::action::error::ActionError;
use crate::action::page::Page;
use crate::action::transaction::Transaction;
use crate::pool::party::Selection;

/// A contract with its balance.
#[derive(Clone, Debug, PartialEq)]
pub struct Contract {
    /// The id.
    pub id: Uuid,
    /// The accepted offer.
    pub offer_id: Uuid,
    /// The request that the offer answered.
    pub request_id: Uuid,
    /// The student.
    pub student_id: Uuid,
    /// The landlord.
    pub landlord_id: Uuid,
    /// The room.
    pub room_id: Uuid,
    /// The title of the room.
    pub room_title: String,
    /// The booking that reserves the nights.
    pub booking_id: Uuid,
    /// The first evening.
    pub check_in: NaiveDate,
    /// The morning after the last night.
    pub check_out: NaiveDate,
    /// The price for one night in the minor unit.
    pub price_minor: i64,
    /// The price for all nights.
    pub total_minor: i64,
    /// ISO 4217.
    pub currency: String,
    /// The last day on which the first instalment can be paid in time.
    pub due_on: NaiveDate,
    /// When which part of the total is due, the earliest first.
    pub instalments: Vec<Instalment>,
    /// The state.
    pub status: Status,
    /// The total; 0 once the contract is cancelled.
    pub charged_minor: i64,
    /// Payments less refunds.
    pub received_minor: i64,
    /// What the student owes; negative for what the landlord has to pay back.
    pub due_minor: i64,
    /// Since when an instalment is overdue.
    pub overdue_at: Option<DateTime<Utc>>,
    /// Which party ended or cancelled it.
    pub closed_by: Option<String>,
    /// Why it was cancelled.
    pub cancel_reason: Option<String>,
    /// When the offer was accepted.
    pub created_at: DateTime<Utc>,
    /// When it was last updated.
    pub updated_at: DateTime<Utc>,
    /// When the first payment was recorded.
    pub activated_at: Option<DateTime<Utc>>,
    /// When it ended or was cancelled.
    pub closed_at: Option<DateTime<Utc>>,
    /// Another one after each update, but not when only the balance changes.
    pub version: i64,
    /// The user of the landlord.
    pub(in crate::pool) landlord_user_id: Uuid,
    /// The current day, UTC, by the clock of the database.
    pub(in crate::pool) today: NaiveDate,
}

struct ContractRow {
    id: Uuid,
    offer_id: Uuid,
    request_id: Uuid,
    student_id: Uuid,
    landlord_id: Uuid,
    room_id: Uuid,
    room_title: String,
    booking_id: Uuid,
    check_in: NaiveDate,
    check_out: NaiveDate,
    price_minor: i64,
    total_minor: i64,
    currency: String,
    due_on: NaiveDate,
    instalments: Json<Vec<Instalment>>,
    status: String,
    charged_minor: i64,
    received_minor: i64,
    due_minor: i64,
    overdue_at: Option<DateTime<Utc>>,
    closed_by: Option<String>,
    cancel_reason: Option<String>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    activated_at: Option<DateTime<Utc>>,
    closed_at: Option<DateTime<Utc>>,
    version: i64,
    landlord_user_id: Uuid,
    today: NaiveDate,
}

/// Selects contracts `c` of offers `o`, rooms `m` and landlords `l` with balances `b`.
macro_rules! select_contracts {
    ($rest:tt $(, $argument:expr)*) => {
        sqlx::query_as!(
            ContractRow,
            r#"
            SELECT c.id, c.offer_id, c.request_id, c.student_id, c.landlord_id, c.room_id,
                m.title AS room_title, c.booking_id, c.check_in, c.check_out, o.price_minor,
                c.total_minor, c.currency::text AS "currency!", c.due_on, c.status,
                b.charged_minor, b.received_minor, b.due_minor, c.overdue_at, c.closed_by,
                c.cancel_reason, c.created_at, c.updated_at, c.activated_at, c.closed_at,
                c.version, l.user_id AS landlord_user_id,
                (now() AT TIME ZONE 'UTC')::date AS "today!",
                (
                    SELECT jsonb_agg(i ORDER BY i.number) FROM covered_instalments i
                    WHERE i.contract_id = c.id
                ) AS "instalments!: Json<Vec<Instalment>>"
            FROM contracts c JOIN offers o ON o.id = c.offer_id
            JOIN rooms m ON m.id = c.room_id JOIN landlords l ON l.id = c.landlord_id
            JOIN contract_balances b ON b.contract_id = c.id
            "# + $rest
            $(, $argument)*
        )
    };
}

impl Contract {
    /// The contract of an id; `None` if there is none.
    pub(super) async fn of_id(pool: &PgPool, id: Uuid) -> Result<Option<Self>, ActionError> {
        let row = select_contracts!("WHERE c.id = $1", id);
        let row = row.fetch_optional(pool).await?;
        row.map(Self::try_from).transpose()
    }

    /// The contract of an id as the transaction sees it. A balance is current if the contract and
    /// its request are locked.
    pub(in crate::pool) async fn in_transaction(
        transaction: &mut Transaction,
        id: Uuid,
    ) -> Result<Option<Self>, ActionError> {
        let row = select_contracts!("WHERE c.id = $1", id);
        let row = row.fetch_optional(transaction.sql()).await?;
        row.map(Self::try_from).transpose()
    }

    /// The contracts of a selection, the newest first.
    pub(super) async fn all(
        pool: &PgPool,
        selection: &Selection<Status>,
    ) -> Result<Page<Self>, ActionError> {
        let (student, landlord_user) = selection.listed.filter();
        let rows = select_contracts!(
            "WHERE ($1::uuid IS NULL OR c.student_id = $1)
                AND ($2::uuid IS NULL OR l.user_id = $2)
                AND ($3::uuid IS NULL OR c.request_id = $3)
                AND ($4::text IS NULL OR c.status = $4) AND ($5::uuid IS NULL OR c.id < $5)
            ORDER BY c.id DESC LIMIT $6",
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

    /// What every event of the contract and its payments names, so that a reader of events looks
    /// nothing up.
    pub(in crate::pool) fn parties(&self) -> Value {
        json!({
            "contract_id": self.id,
            "offer_id": self.offer_id,
            "request_id": self.request_id,
            "student_id": self.student_id,
            "landlord_id": self.landlord_id,
            "room_id": self.room_id,
        })
    }
}

impl TryFrom<ContractRow> for Contract {
    type Error = ActionError;

    fn try_from(row: ContractRow) -> Result<Self, ActionError> {
        Ok(Self {
            id: row.id,
            offer_id: row.offer_id,
            request_id: row.request_id,
            student_id: row.student_id,
            landlord_id: row.landlord_id,
            room_id: row.room_id,
            room_title: row.room_title,
            booking_id: row.booking_id,
            check_in: row.check_in,
            check_out: row.check_out,
            price_minor: row.price_minor,
            total_minor: row.total_minor,
            currency: row.currency,
            due_on: row.due_on,
            instalments: row.instalments.0,
            status: row.status.parse().map_err(ActionError::internal)?,
            charged_minor: row.charged_minor,
            received_minor: row.received_minor,
            due_minor: row.due_minor,
            overdue_at: row.overdue_at,
            closed_by: row.closed_by,
            cancel_reason: row.cancel_reason,
            created_at: row.created_at,
            updated_at: row.updated_at,
            activated_at: row.activated_at,
            closed_at: row.closed_at,
            version: row.version,
            landlord_user_id: row.landlord_user_id,
            today: row.today,
        })
    }
}
