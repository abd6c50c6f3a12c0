//! Reads events by what their reader has seen.

use futures_util::TryStreamExt;
use serde_json::Value;
use sqlx::PgPool;
use uuid::Uuid;

use super::event::{CALLER_KINDS, KINDS, LiveEvent};
use super::seen::Seen;
use crate::action::actor::{Actor, Role, Scope};
use crate::action::error::ActionError;
use crate::fields::time::Time;
use crate::landlords::id_of_user;

/// A transaction whose statements all see one snapshot.
const ONE_SNAPSHOT: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

struct EventRow {
    id: i64,
    transaction_id: i64,
    occurred_at: Time,
    kind: String,
    subject_kind: String,
    subject_id: Uuid,
    change: Value,
}

/// What a reader has seen who starts now, and a number for the server and database whose
/// transactions these are.
///
/// # Errors
///
/// `Busy` if no connection becomes free in time, `Internal` if the database is unreachable.
pub async fn current(pool: &PgPool) -> Result<(Seen, u64), ActionError> {
    let row = sqlx::query!(
        r#"SELECT pg_current_snapshot()::text AS "seen!", hashint8extended(system_identifier,
            (SELECT oid::bigint FROM pg_database WHERE datname = current_database())) AS "origin!"
        FROM pg_control_system()"#
    )
    .fetch_one(pool)
    .await?;
    Ok((parse(&row.seen)?, row.origin.cast_unsigned()))
}

/// Passes on the events that a reader has not seen, those that are for listeners and those that may
/// end one, by transaction, and returns what it has seen then.
///
/// # Errors
///
/// `Busy` and `Internal`. Some events may have been passed on then, which are so again next time.
pub async fn new_events(
    pool: &PgPool,
    seen: &Seen,
    mut pass_on: impl FnMut(LiveEvent),
) -> Result<Seen, ActionError> {
    let mut transaction = pool.begin_with(ONE_SNAPSHOT).await?;
    let now = sqlx::query_scalar!(r#"SELECT pg_current_snapshot()::text AS "seen!""#)
        .fetch_one(&mut *transaction)
        .await?;
    let before = seen.to_string();
    let mut rows = sqlx::query_as!(
        EventRow,
        r#"SELECT id, transaction_id::text::bigint AS "transaction_id!", occurred_at, kind,
            subject_kind, subject_id, change
        FROM events
        WHERE transaction_id >= pg_snapshot_xmin($1::text::pg_snapshot)
            AND NOT pg_visible_in_snapshot(transaction_id, $1::text::pg_snapshot)
            AND (kind = ANY($2::text[]) OR subject_kind = ANY($3::text[]))
        ORDER BY transaction_id, id"#,
        before,
        &KINDS.map(str::to_owned)[..],
        &CALLER_KINDS.map(str::to_owned)[..]
    )
    .fetch(&mut *transaction);
    while let Some(row) = rows.try_next().await? {
        pass_on(row.into());
    }
    drop(rows);
    transaction.rollback().await?;
    parse(&now)
}

/// The events for one recipient, a landlord or a student, that `from` does not see and `until`
/// does, by transaction: at most `limit` of them.
///
/// # Errors
///
/// `Busy` and `Internal`.
pub async fn missed_events(
    pool: &PgPool,
    from: &Seen,
    until: &Seen,
    recipient: Uuid,
    limit: u32,
) -> Result<Vec<LiveEvent>, ActionError> {
    let rows = sqlx::query_as!(
        EventRow,
        r#"SELECT id, transaction_id::text::bigint AS "transaction_id!", occurred_at, kind,
            subject_kind, subject_id, change
        FROM events
        WHERE transaction_id >= pg_snapshot_xmin($1::text::pg_snapshot)
            AND NOT pg_visible_in_snapshot(transaction_id, $1::text::pg_snapshot)
            AND pg_visible_in_snapshot(transaction_id, $2::text::pg_snapshot)
            AND kind = ANY($3::text[])
            AND ($4 IN (change ->> 'student_id', change ->> 'landlord_id')
                OR change -> 'landlord_ids' ? $4
                OR change -> 'landlords' @> jsonb_build_array(jsonb_build_object('landlord_id', $4)))
        ORDER BY transaction_id, id LIMIT $5"#,
        from.to_string(),
        until.to_string(),
        &KINDS.map(str::to_owned)[..],
        recipient.to_string(),
        i64::from(limit)
    )
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(LiveEvent::from).collect())
}

/// The landlord for whom the actor acts: the signed-in one, or the owner of a key with the scope
/// `feed:read`.
///
/// # Errors
///
/// Those of [`Actor::acts_for`], `Busy` and `Internal`.
pub async fn landlord_of(pool: &PgPool, actor: &Actor) -> Result<Uuid, ActionError> {
    let user = actor.acts_for(Role::Landlord, Scope::FeedRead)?;
    let mut connection = pool.acquire().await?;
    id_of_user(&mut connection, user).await
}

/// The signed-in student.
///
/// # Errors
///
/// Those of [`Actor::acts_for`].
pub fn student_of(actor: &Actor) -> Result<Uuid, ActionError> {
    actor.acts_for(Role::Student, Scope::RequestsWrite)
}

fn parse(text: &str) -> Result<Seen, ActionError> {
    text.parse().map_err(ActionError::internal)
}

impl From<EventRow> for LiveEvent {
    fn from(row: EventRow) -> Self {
        Self {
            id: row.id,
            transaction: row.transaction_id.cast_unsigned(),
            occurred_at: row.occurred_at,
            kind: row.kind,
            subject_kind: row.subject_kind,
            subject_id: row.subject_id,
            change: row.change,
        }
    }
}
