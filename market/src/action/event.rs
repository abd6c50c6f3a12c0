//! Events: what was done by which actor, written in the transaction of the action.

use serde_json::Value;
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use crate::action::actor::Actor;

/// One event. Its change never contains a password, token or other secret.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    kind: &'static str,
    subject: Subject,
    change: Value,
}

/// What an event happened to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subject {
    /// Such as `room`.
    pub kind: &'static str,
    /// The id of the row.
    pub id: Uuid,
}

impl Event {
    /// An event without details. Its kind names the subject and what happened to it, such as
    /// `room.created`.
    pub fn new(kind: &'static str, subject: Subject) -> Self {
        Self {
            kind,
            subject,
            change: Value::Object(serde_json::Map::new()),
        }
    }

    /// The same with the changed values, a JSON object.
    pub fn with_change(mut self, change: Value) -> Self {
        self.change = change;
        self
    }

    /// Appends the event to the table `events`.
    pub(crate) async fn insert(
        &self,
        actor: &Actor,
        sql: &mut PgConnection,
    ) -> Result<(), sqlx::Error> {
        let (actor_kind, actor_id) = actor.in_events();
        sqlx::query!(
            "INSERT INTO events (actor_kind, actor_id, kind, subject_kind, subject_id, change)
            VALUES ($1, $2, $3, $4, $5, $6)",
            actor_kind,
            actor_id,
            self.kind,
            self.subject.kind,
            self.subject.id,
            &self.change,
        )
        .execute(sql)
        .await?;
        Ok(())
    }
}

/// Appends many events of one action with one statement.
pub(crate) async fn insert_all(
    events: &[Event],
    actor: &Actor,
    sql: &mut PgConnection,
) -> Result<(), sqlx::Error> {
    let (actor_kind, actor_id) = actor.in_events();
    let kinds: Vec<String> = events.iter().map(|it| it.kind.to_owned()).collect();
    let subjects = events.iter().map(|it| it.subject.kind.to_owned());
    let subjects: Vec<String> = subjects.collect();
    let ids: Vec<Uuid> = events.iter().map(|it| it.subject.id).collect();
    let changes: Vec<Value> = events.iter().map(|it| it.change.clone()).collect();
    sqlx::query!(
        "INSERT INTO events (actor_kind, actor_id, kind, subject_kind, subject_id, change)
        SELECT $1, $2, kind, subject_kind, subject_id, change
        FROM UNNEST($3::text[], $4::text[], $5::uuid[], $6::jsonb[])
            AS event (kind, subject_kind, subject_id, change)",
        actor_kind,
        actor_id,
        &kinds,
        &subjects,
        &ids,
        &changes,
    )
    .execute(sql)
    .await?;
    Ok(())
}

impl Subject {
    /// A row of a kind.
    pub fn new(kind: &'static str, id: Uuid) -> Self {
        Self { kind, id }
    }
}

/// Creates the partitions of `events` for this month and the next ones, at most 24, and returns how
/// many were missing. Without a partition for the current month no action can be written.
///
/// # Errors
///
/// The error of the database, such as missing rights.
pub async fn create_event_partitions(pool: &PgPool, months_ahead: u8) -> Result<u32, sqlx::Error> {
    let created = sqlx::query_scalar!(
        r#"SELECT create_event_partitions($1) AS "created!""#,
        i32::from(months_ahead)
    )
    .fetch_one(pool)
    .await?;
    Ok(created.unsigned_abs())
}
