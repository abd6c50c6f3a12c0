//! Sessions: families of refresh tokens, each of which is used once.

use std::time::Duration;

use serde_json::json;
use sqlx::PgPool;
use sqlx::types::chrono::{DateTime, Utc};
use uuid::Uuid;

use super::tokens::{Secret, hash};
use super::user::User;
use crate::action::actor::{Actor, UserActor};
use crate::action::error::ActionError;
use crate::action::event::{Event, Subject};
use crate::action::transaction::Transaction;

/// A session ends when it is not refreshed for this long.
const REFRESH_VALID: Duration = Duration::from_secs(7 * 24 * 3600);

/// A session with its newest refresh token.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// The id of the session, which access tokens name.
    pub session: Uuid,
    /// Who has signed in.
    pub user: User,
    /// The token for the next refresh.
    pub refresh_token: Secret,
    /// Until when it can be used.
    pub refresh_expires_at: DateTime<Utc>,
}

/// The result of a refresh. Both are committed, because a rejected token may end its session.
#[derive(Clone, Debug)]
pub enum Refreshed {
    /// The session continues with another token.
    Renewed(Box<SignedIn>),
    /// The token is unknown, expired, used before, or of an ended session.
    Rejected,
}

/// Why a session ended, as in the column `end_reason`.
#[derive(Clone, Copy)]
pub(super) enum EndReason {
    SignedOut,
    TokenReused,
    PasswordChanged,
    PasswordReset,
    Disabled,
    RoleChanged,
}

impl EndReason {
    fn as_str(self) -> &'static str {
        match self {
            Self::SignedOut => "signed_out",
            Self::TokenReused => "token_reused",
            Self::PasswordChanged => "password_changed",
            Self::PasswordReset => "password_reset",
            Self::Disabled => "disabled",
            Self::RoleChanged => "role_changed",
        }
    }
}

/// The actor of a session.
///
/// # Errors
///
/// `Unauthenticated` if the session has ended or its user is disabled.
pub async fn actor_of_session(
    pool: &PgPool,
    user: Uuid,
    session: Uuid,
) -> Result<Actor, ActionError> {
    let row = sqlx::query!(
        "SELECT u.role, u.university_id FROM sessions s JOIN users u ON u.id = s.user_id
        WHERE s.id = $1 AND u.id = $2 AND s.ended_at IS NULL AND u.disabled_at IS NULL",
        session,
        user
    )
    .fetch_optional(pool)
    .await?;
    let ended = || ActionError::Unauthenticated("the session has ended; sign in again".into());
    let row = row.ok_or_else(ended)?;
    Ok(Actor::User(UserActor {
        id: user,
        role: row.role.parse().map_err(ActionError::internal)?,
        university: row.university_id,
        session,
    }))
}

/// Starts a session of a user, who becomes the actor of the transaction.
pub(super) async fn start(
    transaction: &mut Transaction,
    user: User,
) -> Result<SignedIn, ActionError> {
    let session = sqlx::query_scalar!(
        "INSERT INTO sessions (user_id) VALUES ($1) RETURNING id",
        user.id
    )
    .fetch_one(transaction.sql())
    .await?;
    transaction.identify(Actor::User(UserActor {
        id: user.id,
        role: user.role,
        university: user.university_id,
        session,
    }));
    let subject = Subject::new("session", session);
    transaction
        .record(Event::new("session.started", subject))
        .await?;
    issue(transaction, session, user).await
}

/// Exchanges a refresh token for the next one.
///
/// A token that is used a second time was stolen, before or after its first use. Neither side can
/// be known to be the user, so the session ends for both.
///
/// # Errors
///
/// `Internal` if the database is unreachable.
pub async fn refresh(transaction: &mut Transaction, token: &str) -> Result<Refreshed, ActionError> {
    let token_hash = hash(token);
    let owner = sqlx::query_scalar!(
        "SELECT s.user_id FROM refresh_tokens t JOIN sessions s ON s.id = t.session_id
        WHERE t.token_hash = $1",
        &token_hash[..]
    )
    .fetch_optional(transaction.sql())
    .await?;
    // Every action locks the user before its sessions, so that no two wait for each other.
    let user = User::locked(transaction, owner.unwrap_or_default()).await?;
    let Some(user) = user.filter(|user| user.disabled_at.is_none()) else {
        return Ok(Refreshed::Rejected);
    };
    let found = sqlx::query!(
        r#"
        SELECT t.session_id, t.used_at, t.expires_at > now() AS "is_valid!"
        FROM refresh_tokens t JOIN sessions s ON s.id = t.session_id
        WHERE t.token_hash = $1 AND s.ended_at IS NULL
        FOR UPDATE
        "#,
        &token_hash[..]
    )
    .fetch_optional(transaction.sql())
    .await?;
    let Some(found) = found else {
        return Ok(Refreshed::Rejected);
    };
    if found.used_at.is_some() {
        let (only, reason) = (Some(found.session_id), EndReason::TokenReused);
        end(transaction, user.id, only, None, reason).await?;
        return Ok(Refreshed::Rejected);
    }
    if !found.is_valid {
        return Ok(Refreshed::Rejected);
    }
    sqlx::query!(
        "UPDATE refresh_tokens SET used_at = now() WHERE token_hash = $1",
        &token_hash[..]
    )
    .execute(transaction.sql())
    .await?;
    sqlx::query!(
        "UPDATE sessions SET refreshed_at = now() WHERE id = $1",
        found.session_id
    )
    .execute(transaction.sql())
    .await?;
    transaction.keep_without_event();
    let renewed = issue(transaction, found.session_id, user).await?;
    Ok(Refreshed::Renewed(Box::new(renewed)))
}

/// Ends the session of the actor.
///
/// # Errors
///
/// Those of [`Actor::user`], and `Internal`.
pub async fn sign_out(transaction: &mut Transaction) -> Result<(), ActionError> {
    let UserActor { id, session, .. } = *transaction.actor().user()?;
    end(transaction, id, Some(session), None, EndReason::SignedOut).await?;
    Ok(())
}

/// Ends all sessions of the actor, and returns how many there were.
///
/// # Errors
///
/// Those of [`Actor::user`], and `Internal`.
pub async fn sign_out_everywhere(transaction: &mut Transaction) -> Result<usize, ActionError> {
    let id = transaction.actor().user()?.id;
    end(transaction, id, None, None, EndReason::SignedOut).await
}

/// Ends the sessions of a user, only one of them or all but one, with an event each. Returns how
/// many there were.
pub(super) async fn end(
    transaction: &mut Transaction,
    user: Uuid,
    only: Option<Uuid>,
    except: Option<Uuid>,
    reason: EndReason,
) -> Result<usize, ActionError> {
    let ended = sqlx::query_scalar!(
        "UPDATE sessions SET ended_at = now(), end_reason = $4
        WHERE user_id = $1 AND ended_at IS NULL
            AND ($2::uuid IS NULL OR id = $2) AND ($3::uuid IS NULL OR id <> $3)
        RETURNING id",
        user,
        only,
        except,
        reason.as_str()
    )
    .fetch_all(transaction.sql())
    .await?;
    for session in &ended {
        let event = Event::new("session.ended", Subject::new("session", *session));
        let change = json!({"reason": reason.as_str(), "user_id": user});
        transaction.record(event.with_change(change)).await?;
    }
    Ok(ended.len())
}

/// Issues the next refresh token of a session.
async fn issue(
    transaction: &mut Transaction,
    session: Uuid,
    user: User,
) -> Result<SignedIn, ActionError> {
    let refresh_token = Secret::random();
    let refresh_expires_at = sqlx::query_scalar!(
        "INSERT INTO refresh_tokens (token_hash, session_id, expires_at)
        VALUES ($1, $2, now() + make_interval(secs => $3))
        RETURNING expires_at",
        &hash(refresh_token.expose())[..],
        session,
        REFRESH_VALID.as_secs_f64()
    )
    .fetch_one(transaction.sql())
    .await?;
    Ok(SignedIn {
        session,
        user,
        refresh_token,
        refresh_expires_at,
    })
}
