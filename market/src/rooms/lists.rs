//! The rooms of a landlord, and the rooms that wait for their review.

use std::fmt;
use std::str::FromStr;

use sqlx::PgPool;
use sqlx::types::chrono::{DateTime, Utc};
use uuid::Uuid;

use super::access::not_found;
use super::room::Room;
use super::status::Status;
use crate::action::actor::{Actor, Role, Scope};
use crate::action::error::ActionError;
use crate::action::page::Page;

/// Until the year 5138.
const MICROS_DIGITS_MAX: usize = 17;

/// The place of a room in the review queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QueueCursor {
    submitted_at: DateTime<Utc>,
    id: Uuid,
}

/// One room of the landlord for whom the actor acts, in any state.
///
/// # Errors
///
/// Those of [`Actor::acts_for`]; `NotFound` for a room of another landlord.
pub async fn own_room(pool: &PgPool, actor: &Actor, id: Uuid) -> Result<Room, ActionError> {
    let user = actor.acts_for(Role::Landlord, Scope::RoomsWrite)?;
    let room = Room::of_user(pool, id, user).await?;
    room.ok_or_else(|| not_found(id))
}

/// The rooms of the landlord for whom the actor acts, the newest first: at most `limit` of them,
/// after the one with the id `after`.
///
/// # Errors
///
/// Those of [`Actor::acts_for`], and `Internal`.
pub async fn own_rooms(
    pool: &PgPool,
    actor: &Actor,
    status: Option<Status>,
    after: Option<Uuid>,
    limit: u32,
) -> Result<Page<Room>, ActionError> {
    let user = actor.acts_for(Role::Landlord, Scope::RoomsWrite)?;
    Room::all_of_user(pool, user, status, after, limit).await
}

/// The rooms that wait for their review, the longest waiting first: at most `limit` of them.
///
/// # Errors
///
/// Those of [`Actor::require_admin`], and `Internal`.
pub async fn review_queue(
    pool: &PgPool,
    actor: &Actor,
    after: Option<QueueCursor>,
    limit: u32,
) -> Result<Page<Room>, ActionError> {
    actor.require_admin()?;
    let after = after.map(|cursor| (cursor.submitted_at, cursor.id));
    Room::all_submitted(pool, after, limit).await
}

impl QueueCursor {
    /// The place of a room; `None` if it was never submitted.
    pub fn of(room: &Room) -> Option<Self> {
        room.submitted_at.map(|submitted_at| Self {
            submitted_at,
            id: room.id,
        })
    }
}

/// As text that is safe in a URL.
impl fmt::Display for QueueCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let micros = self.submitted_at.timestamp_micros();
        write!(f, "{micros}.{}", self.id)
    }
}

impl FromStr for QueueCursor {
    type Err = ActionError;

    fn from_str(text: &str) -> Result<Self, ActionError> {
        let parse = || {
            let (micros, id) = text.split_once('.')?;
            // Postgres knows no time beyond those of this length.
            let micros = micros
                .parse()
                .ok()
                .filter(|_| micros.len() <= MICROS_DIGITS_MAX)?;
            Some(Self {
                submitted_at: DateTime::from_timestamp_micros(micros)?,
                id: id.parse().ok()?,
            })
        };
        let expected = "a meta.next_cursor of an answer";
        parse().ok_or_else(|| ActionError::invalid("cursor", text, expected))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_reads_back_and_other_text_is_rejected() {
        let cursor = QueueCursor {
            submitted_at: DateTime::from_timestamp_micros(1_764_567_890_123_456).unwrap(),
            id: Uuid::from_u128(7),
        };
        assert_eq!(cursor.to_string().parse::<QueueCursor>().unwrap(), cursor);
        for bad in ["", "1", "1.x", "x.00000000-0000-0000-0000-000000000007"] {
            assert!(bad.parse::<QueueCursor>().is_err(), "{bad}");
        }
        for micros in [
            i64::MIN,
            -8_000_000_000_000_000_000,
            8_000_000_000_000_000_000,
        ] {
            let beyond = format!("{micros}.{}", Uuid::from_u128(7));
            assert!(beyond.parse::<QueueCursor>().is_err(), "{beyond}");
        }
    }
}
