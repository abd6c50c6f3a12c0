//! A room as its landlord and admins see it.

use sqlx::PgPool;
use sqlx::types::chrono::{DateTime, Utc};
use uuid::Uuid;

use super::details::{RoomDetails, sorted};
use super::status::Status;
use crate::action::error::ActionError;
use crate::action::page::Page;
use crate::action::transaction::Transaction;
use crate::fields::Point;

/// A room.
#[derive(Clone, Debug, PartialEq)]
pub struct Room {
    /// The id.
    pub id: Uuid,
    /// The landlord who lets it.
    pub landlord_id: Uuid,
    /// What the landlord says of it.
    pub details: RoomDetails,
    /// The state.
    pub status: Status,
    /// Why the last review rejected it.
    pub rejection_reason: Option<String>,
    /// When it was last submitted.
    pub submitted_at: Option<DateTime<Utc>>,
    /// When an admin last verified it.
    pub verified_at: Option<DateTime<Utc>>,
    /// The mean of its reviews, 0 to 5.
    pub rating_average: Option<f64>,
    /// The number of its reviews.
    pub review_count: i32,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When it was last updated.
    pub updated_at: DateTime<Utc>,
    /// Another one after each update.
    pub version: i64,
    /// The user of the landlord.
    pub(super) user_id: Uuid,
}

struct RoomRow {
    id: Uuid,
    landlord_id: Uuid,
    user_id: Uuid,
    title: String,
    description: String,
    address: String,
    locality: String,
    city: String,
    postal_code: String,
    country_code: String,
    lat: f64,
    lng: f64,
    price_hundredths: Option<i64>,
    currency: String,
    occupancy: i16,
    room_type: String,
    amenities: Vec<String>,
    minimum_nights: i32,
    floor: Option<i16>,
    status: String,
    rejection_reason: Option<String>,
    submitted_at: Option<DateTime<Utc>>,
    verified_at: Option<DateTime<Utc>>,
    rating_average: Option<f64>,
    review_count: i32,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    version: i64,
}

/// Selects rooms `r` of landlords `l`.
macro_rules! select_rooms {
    ($rest:tt $(, $argument:expr)*) => {
        sqlx::query_as!(
            RoomRow,
            r#"
            SELECT r.id, r.landlord_id, l.user_id, r.title, r.description, r.address, r.locality,
                r.city, r.postal_code, r.country_code::text AS "country_code!",
                ST_Y(r.location::geometry) AS "lat!", ST_X(r.location::geometry) AS "lng!",
                (r.price * 100)::bigint AS price_hundredths, r.currency::text AS "currency!",
                r.occupancy, r.room_type, r.amenities, r.minimum_nights, r.floor, r.status,
                r.rejection_reason, r.submitted_at, r.verified_at, r.rating_average,
                r.review_count, r.created_at, r.updated_at, r.version
            FROM rooms r JOIN landlords l ON l.id = r.landlord_id
            "# + $rest
            $(, $argument)*
        )
    };
}

impl Room {
    /// The room of an id, locked until the transaction ends so that concurrent changes of the same
    /// room follow each other; `None` if there is none.
    pub(super) async fn locked(
        transaction: &mut Transaction,
        id: Uuid,
    ) -> Result<Option<Self>, ActionError> {
        let row = select_rooms!("WHERE r.id = $1 FOR NO KEY UPDATE OF r", id)
            .fetch_optional(transaction.sql())
            .await?;
        row.map(Self::try_from).transpose()
    }

    /// The room of an id that a user lets; `None` if there is none.
    pub(super) async fn of_user(
        pool: &PgPool,
        id: Uuid,
        user_id: Uuid,
    ) -> Result<Option<Self>, ActionError> {
        let row = select_rooms!("WHERE r.id = $1 AND l.user_id = $2", id, user_id)
            .fetch_optional(pool)
            .await?;
        row.map(Self::try_from).transpose()
    }

    /// The rooms that a user lets, the newest first, after the one of an id.
    pub(super) async fn all_of_user(
        pool: &PgPool,
        user_id: Uuid,
        status: Option<Status>,
        after: Option<Uuid>,
        limit: u32,
    ) -> Result<Page<Self>, ActionError> {
        let rows = select_rooms!(
            "WHERE l.user_id = $1 AND ($2::text IS NULL OR r.status = $2)
                AND ($3::uuid IS NULL OR r.id < $3)
            ORDER BY r.id DESC LIMIT $4",
            user_id,
            status.map(Status::as_str),
            after,
            i64::from(limit) + 1
        )
        .fetch_all(pool)
        .await?;
        Page::of(rows, limit).try_map(Self::try_from)
    }

    /// The submitted rooms, the longest waiting first, after a submission.
    pub(super) async fn all_submitted(
        pool: &PgPool,
        after: Option<(DateTime<Utc>, Uuid)>,
        limit: u32,
    ) -> Result<Page<Self>, ActionError> {
        let (submitted_at, id) = after.unzip();
        let rows = select_rooms!(
            "WHERE r.status = 'submitted'
                AND ($1::timestamptz IS NULL OR (r.submitted_at, r.id) > ($1, $2::uuid))
            ORDER BY r.submitted_at, r.id LIMIT $3",
            submitted_at,
            id,
            i64::from(limit) + 1
        )
        .fetch_all(pool)
        .await?;
        Page::of(rows, limit).try_map(Self::try_from)
    }
}

impl TryFrom<RoomRow> for Room {
    type Error = ActionError;

    fn try_from(row: RoomRow) -> Result<Self, ActionError> {
        let status = row.status.parse();
        Ok(Self {
            id: row.id,
            landlord_id: row.landlord_id,
            user_id: row.user_id,
            details: RoomDetails {
                title: row.title,
                description: row.description,
                address: row.address,
                locality: row.locality,
                city: row.city,
                postal_code: row.postal_code,
                country_code: row.country_code,
                location: Point {
                    lat: row.lat,
                    lng: row.lng,
                },
                price_hundredths: row.price_hundredths,
                currency: row.currency,
                occupancy: row.occupancy,
                room_type: row.room_type,
                amenities: sorted(row.amenities),
                minimum_nights: row.minimum_nights,
                floor: row.floor,
            },
            status: status.map_err(ActionError::internal)?,
            rejection_reason: row.rejection_reason,
            submitted_at: row.submitted_at,
            verified_at: row.verified_at,
            rating_average: row.rating_average,
            review_count: row.review_count,
            created_at: row.created_at,
            updated_at: row.updated_at,
            version: row.version,
        })
    }
}
