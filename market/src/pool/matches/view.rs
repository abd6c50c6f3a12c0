//! What landlords do with matches.

use serde_json::json;
use sqlx::PgConnection;
use sqlx::types::chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use crate::action::actor::{Role, Scope};
use crate::action::error::ActionError;
use crate::action::event::{Event, Subject};
use crate::action::transaction::Transaction;
use crate::landlords::id_of_user;

/// A request that a landlord has viewed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Viewed {
    /// The landlord.
    pub landlord_id: Uuid,
    /// When it first viewed the request.
    pub viewed_at: DateTime<Utc>,
}

/// Notes that the landlord for whom the actor acts views a request. The first time counts; later
/// ones write nothing. `fitting_room` is the best room of the landlord for the request, if it fits
/// but the landlord may not be among its best.
///
/// # Errors
///
/// Those of [`Actor::acts_for`](crate::Actor::acts_for); `NotFound` for a request that was not
/// matched with the landlord.
pub async fn view_request(
    transaction: &mut Transaction,
    request: Uuid,
    fitting_room: Option<Uuid>,
) -> Result<Viewed, ActionError> {
    let user = transaction
        .actor()
        .acts_for(Role::Landlord, Scope::FeedRead)?;
    let landlord_id = id_of_user(transaction.sql(), user).await?;
    let not_found = || {
        let expected = "the id of a request in your feed";
        ActionError::not_found("id", request, expected)
    };
    let row = sqlx::query!(
        r#"
        SELECT student_id, date_trunc('month', created_at AT TIME ZONE 'UTC')::date AS "month!"
        FROM requests WHERE id = $1
        "#,
        request
    );
    let row = row.fetch_optional(transaction.sql()).await?;
    let row = row.ok_or_else(not_found)?;
    let viewed = sqlx::query_scalar!(
        r#"
        UPDATE matches SET viewed_at = now()
        WHERE request_id = $1 AND landlord_id = $2 AND month = $3 AND viewed_at IS NULL
        RETURNING viewed_at AS "viewed_at!"
        "#,
        request,
        landlord_id,
        row.month
    );
    let mut viewed_at = viewed.fetch_optional(transaction.sql()).await?;
    if viewed_at.is_none() {
        let key = (request, landlord_id, row.month);
        if let Some(viewed_at) = viewed_before(transaction.sql(), key).await? {
            return Ok(Viewed {
                landlord_id,
                viewed_at,
            });
        }
        let room = fitting_room.ok_or_else(not_found)?;
        viewed_at = insert_viewed(transaction.sql(), key, room).await?;
    }
    let viewed_at = viewed_at.ok_or_else(not_found)?;
    let event = Event::new("match.viewed", Subject::new("request", request));
    let change = json!({"landlord_id": landlord_id, "student_id": row.student_id});
    transaction.record(event.with_change(change)).await?;
    Ok(Viewed {
        landlord_id,
        viewed_at,
    })
}

/// When a landlord has viewed a request earlier.
async fn viewed_before(
    sql: &mut PgConnection,
    (request, landlord, month): (Uuid, Uuid, NaiveDate),
) -> Result<Option<DateTime<Utc>>, sqlx::Error> {
    let viewed = sqlx::query_scalar!(
        "SELECT viewed_at FROM matches WHERE request_id = $1 AND landlord_id = $2 AND month = $3",
        request,
        landlord,
        month
    );
    Ok(viewed.fetch_optional(sql).await?.flatten())
}

/// Stores a view of a request whose best landlords do not include this one. `None` for a request
/// that is older than matches are kept.
async fn insert_viewed(
    sql: &mut PgConnection,
    (request, landlord, month): (Uuid, Uuid, NaiveDate),
    room: Uuid,
) -> Result<Option<DateTime<Utc>>, sqlx::Error> {
    let viewed = sqlx::query_scalar!(
        r#"
        INSERT INTO matches AS m (request_id, landlord_id, month, room_id, viewed_at)
        SELECT $1, $2, $3::date, $4, now()
        WHERE $3::date >= date_trunc('month', (now() - interval '90 days') AT TIME ZONE 'UTC')
        ON CONFLICT (request_id, landlord_id, month) DO UPDATE SET viewed_at = excluded.viewed_at
        RETURNING viewed_at AS "viewed_at!"
        "#,
        request,
        landlord,
        month,
        room
    );
    viewed.fetch_optional(sql).await
}
