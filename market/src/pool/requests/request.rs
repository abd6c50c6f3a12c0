//! A rental request as the table has it.

use sqlx::PgPool;
use sqlx::types::chrono::NaiveDate;
use uuid::Uuid;

use super::details::{RequestDetails, sorted};
use super::status::Status;
use crate::action::error::ActionError;
use crate::action::page::Page;
use crate::action::transaction::Transaction;
use crate::fields::Point;
use crate::fields::time::Time;

/// A rental request.
#[derive(Clone, Debug, PartialEq)]
pub struct RentalRequest {
    /// The id.
    pub id: Uuid,
    /// The student who needs the room.
    pub student_id: Uuid,
    /// What the student says of it.
    pub details: RequestDetails,
    /// The state.
    pub status: Status,
    /// When it was created.
    pub created_at: Time,
    /// When it was last updated.
    pub updated_at: Time,
    /// Another one after each update.
    pub version: i64,
}

struct RequestRow {
    id: Uuid,
    student_id: Uuid,
    venue_id: Option<Uuid>,
    title: String,
    description: String,
    city: String,
    lat: f64,
    lng: f64,
    reach_m: i32,
    check_in: NaiveDate,
    check_out: NaiveDate,
    occupants: i16,
    budget_hundredths: Option<i64>,
    currency: String,
    required_amenities: Vec<String>,
    preferred_amenities: Vec<String>,
    room_types: Vec<String>,
    status: String,
    expires_at: Time,
    created_at: Time,
    updated_at: Time,
    version: i64,
}

/// Selects requests.
macro_rules! select_requests {
    ($rest:tt $(, $argument:expr)*) => {
        sqlx::query_as!(
            RequestRow,
            r#"
            SELECT id, student_id, venue_id, title, description, city,
                ST_Y(location::geometry) AS "lat!", ST_X(location::geometry) AS "lng!", reach_m,
                check_in, check_out, occupants, (budget * 100)::bigint AS budget_hundredths,
                currency::text AS "currency!", required_amenities, preferred_amenities, room_types,
                status, expires_at, created_at, updated_at, version
            FROM requests
            "# + $rest
            $(, $argument)*
        )
    };
}

impl RentalRequest {
    /// The request of an id, locked until the transaction ends so that concurrent changes of the
    /// same request follow each other; `None` if there is none.
    pub(crate) async fn locked(
        transaction: &mut Transaction,
        id: Uuid,
    ) -> Result<Option<Self>, ActionError> {
        let row = select_requests!("WHERE id = $1 FOR NO KEY UPDATE", id)
            .fetch_optional(transaction.sql())
            .await?;
        row.map(Self::try_from).transpose()
    }

    /// The request of an id; `None` if there is none.
    pub(super) async fn of_id(pool: &PgPool, id: Uuid) -> Result<Option<Self>, ActionError> {
        let row = select_requests!("WHERE id = $1", id);
        let row = row.fetch_optional(pool).await?;
        row.map(Self::try_from).transpose()
    }

    /// The requests of a student and at a venue, or of all and anywhere, the newest first, after
    /// the one of an id.
    pub(super) async fn all(
        pool: &PgPool,
        student: Option<Uuid>,
        venue: Option<Uuid>,
        status: Option<Status>,
        after: Option<Uuid>,
        limit: u32,
    ) -> Result<Page<Self>, ActionError> {
        let rows = select_requests!(
            "WHERE ($1::uuid IS NULL OR student_id = $1) AND ($2::uuid IS NULL OR venue_id = $2)
                AND ($3::text IS NULL OR status = $3) AND ($4::uuid IS NULL OR id < $4)
            ORDER BY id DESC LIMIT $5",
            student,
            venue,
            status.map(Status::as_str),
            after,
            i64::from(limit) + 1
        )
        .fetch_all(pool)
        .await?;
        Page::of(rows, limit).try_map(Self::try_from)
    }
}

impl TryFrom<RequestRow> for RentalRequest {
    type Error = ActionError;

    fn try_from(row: RequestRow) -> Result<Self, ActionError> {
        let status = row.status.parse();
        Ok(Self {
            id: row.id,
            student_id: row.student_id,
            details: RequestDetails {
                venue_id: row.venue_id,
                title: row.title,
                description: row.description,
                city: row.city,
                location: Point {
                    lat: row.lat,
                    lng: row.lng,
                },
                reach_m: row.reach_m,
                check_in: row.check_in,
                check_out: row.check_out,
                occupants: row.occupants,
                budget_hundredths: row.budget_hundredths,
                currency: row.currency,
                required_amenities: sorted(row.required_amenities),
                preferred_amenities: sorted(row.preferred_amenities),
                room_types: sorted(row.room_types),
                expires_at: row.expires_at,
            },
            status: status.map_err(ActionError::internal)?,
            created_at: row.created_at,
            updated_at: row.updated_at,
            version: row.version,
        })
    }
}
