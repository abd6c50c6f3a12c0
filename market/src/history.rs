//! Reads the events: what was done, by which actor and when.

use serde_json::Value;
use sqlx::PgPool;
use uuid::Uuid;

use crate::action::actor::Actor;
use crate::action::error::ActionError;
use crate::fields::time::Time;

/// Which events to list. What is `None` does not matter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventFilter {
    /// Only events of this kind, such as `room.created`.
    pub kind: Option<String>,
    /// Only events of subjects of this kind, such as `room`.
    pub subject_kind: Option<String>,
    /// Only events of this subject.
    pub subject_id: Option<Uuid>,
    /// Only what this user or key has done.
    pub actor_id: Option<Uuid>,
    /// Only events at or after this time.
    pub from: Option<Time>,
    /// Only events before this time.
    pub to: Option<Time>,
    /// Only events before the one with this id.
    pub before: Option<i64>,
    /// At most this many, the newest first.
    pub limit: u32,
}

/// An event as it was recorded.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordedEvent {
    /// Orders events by when they were written. Concurrent transactions may commit in another
    /// order.
    pub id: i64,
    /// When the transaction of the action began.
    pub occurred_at: Time,
    /// `anonymous`, `user`, `key` or `system`.
    pub actor_kind: String,
    /// The id of a user or key.
    pub actor_id: Option<Uuid>,
    /// The subject and what happened to it.
    pub kind: String,
    /// The kind of the subject.
    pub subject_kind: String,
    /// The id of the subject.
    pub subject_id: Uuid,
    /// The changed values, a JSON object.
    pub change: Value,
}

/// Lists events, the newest first, and returns whether there are more.
///
/// # Errors
///
/// Those of [`Actor::require_admin`], and `Internal`.
pub async fn list_events(
    pool: &PgPool,
    actor: &Actor,
    filter: &EventFilter,
) -> Result<(Vec<RecordedEvent>, bool), ActionError> {
    actor.require_admin()?;
    let limit = usize::try_from(filter.limit).unwrap_or(usize::MAX);
    let mut events = sqlx::query_as!(
        RecordedEvent,
        "SELECT id, occurred_at, actor_kind, actor_id, kind, subject_kind, subject_id, change
        FROM events
        WHERE ($1::text IS NULL OR kind = $1)
            AND ($2::text IS NULL OR subject_kind = $2)
            AND ($3::uuid IS NULL OR subject_id = $3)
            AND ($4::uuid IS NULL OR actor_id = $4)
            AND ($5::timestamptz IS NULL OR occurred_at >= $5)
            AND ($6::timestamptz IS NULL OR occurred_at < $6)
            AND ($7::bigint IS NULL OR id < $7)
        ORDER BY id DESC LIMIT $8",
        filter.kind,
        filter.subject_kind,
        filter.subject_id,
        filter.actor_id,
        filter.from,
        filter.to,
        filter.before,
        i64::from(filter.limit) + 1
    )
    .fetch_all(pool)
    .await?;
    let has_more = events.len() > limit;
    events.truncate(limit);
    Ok((events, has_more))
}
