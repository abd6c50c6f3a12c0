//! Invitations of officials and admins, who cannot register.

use std::time::Duration;

use serde_json::json;
use sqlx::PgPool;
use sqlx::types::chrono::{DateTime, Utc};
use uuid::Uuid;

use super::confirm::{of_taken_address, set_password};
use crate::accounts::email::Email;
use crate::accounts::outbox::{Mail, queue};
use crate::accounts::passwords::{Password, Passwords};
use crate::accounts::tokens::{AccountToken, Purpose};
use crate::accounts::user::{User, UserRow};
use crate::action::actor::{Actor, Role};
use crate::action::error::ActionError;
use crate::action::event::{Event, Subject};
use crate::action::page::Page;
use crate::action::transaction::{Transaction, Written};
use crate::fields::text;

/// An invitation is forgotten if it is not accepted within this time.
const VALID: Duration = Duration::from_secs(7 * 24 * 3600);

/// An invitation of an official or admin.
#[derive(Clone, Debug)]
pub struct Invitation {
    /// The address to which it is mailed, and with which the user will sign in.
    pub email: Email,
    /// Official or admin.
    pub role: Role,
    /// The university of an official.
    pub university_id: Option<Uuid>,
}

/// An invitation that waits for its acceptance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PendingInvitation {
    /// The id.
    pub id: Uuid,
    /// The address to which it was mailed.
    pub email: String,
    /// Official or admin.
    pub role: Role,
    /// The university of an official.
    pub university_id: Option<Uuid>,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When it ends.
    pub expires_at: DateTime<Utc>,
}

struct InvitationRow {
    id: Uuid,
    email: String,
    role: String,
    university_id: Option<Uuid>,
    created_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
}

/// Invites an official or admin by mail. An earlier invitation of the same address ends, so its
/// token does not work any more.
///
/// # Errors
///
/// Those of [`Actor::require_admin`]; `Invalid` for another role, an official without a university,
/// an admin with one, and a university that does not exist; `Conflict` for an address that an
/// account has.
pub async fn invite(
    transaction: &mut Transaction,
    invitation: &Invitation,
) -> Result<(), ActionError> {
    transaction.actor().require_admin()?;
    let Invitation {
        email,
        role,
        university_id,
    } = invitation;
    match (role, university_id) {
        (Role::Student | Role::Landlord, _) => {
            let expected = "official or admin; students and landlords register";
            return Err(ActionError::invalid("role", role, expected));
        }
        (Role::Official, None) => {
            let expected = "the id of the official's university";
            return Err(ActionError::invalid("university_id", "null", expected));
        }
        (Role::Official | Role::Admin, _) => check_university(*role, *university_id)?,
    }
    let has_account = sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM users WHERE lower(email) = $1) AS "has_account!""#,
        email.key()
    )
    .fetch_one(transaction.sql())
    .await?;
    if has_account {
        let taken = "another account has this e-mail address";
        return Err(ActionError::conflict(taken));
    }
    let key = email.key();
    sqlx::query!("DELETE FROM invitations WHERE lower(email) = $1", key)
        .execute(transaction.sql())
        .await?;
    let id = sqlx::query_scalar!(
        "INSERT INTO invitations (email, role, university_id, expires_at)
        VALUES ($1, $2, $3, now() + make_interval(secs => $4)) RETURNING id",
        email.as_str(),
        role.as_str(),
        *university_id,
        VALID.as_secs_f64()
    )
    .fetch_one(transaction.sql())
    .await
    .map_err(|error| of_constraint(error, *university_id))?;
    queue(transaction, email, Mail::Invitation(id)).await?;
    let event = Event::new("invitation.created", Subject::new("invitation", id));
    let change = json!({"role": role.as_str(), "university_id": university_id});
    transaction.record(event.with_change(change)).await
}

/// The invitations that have been neither accepted nor revoked, the newest first: at most `limit`
/// of them, after the one with the id `after`.
///
/// # Errors
///
/// Those of [`Actor::require_admin`], and `Internal`.
pub async fn invitations(
    pool: &PgPool,
    actor: &Actor,
    after: Option<Uuid>,
    limit: u32,
) -> Result<Page<PendingInvitation>, ActionError> {
    actor.require_admin()?;
    let rows = sqlx::query_as!(
        InvitationRow,
        "SELECT id, email, role, university_id, created_at, expires_at FROM invitations
        WHERE expires_at > now() AND ($1::uuid IS NULL OR id < $1) ORDER BY id DESC LIMIT $2",
        after,
        i64::from(limit) + 1
    )
    .fetch_all(pool)
    .await?;
    Page::of(rows, limit).try_map(PendingInvitation::try_from)
}

/// Revokes an invitation, so that its token does not work any more.
///
/// # Errors
///
/// Those of [`Actor::require_admin`]; `NotFound` for an invitation that does not exist, such as one
/// that was accepted.
pub async fn revoke_invitation(
    transaction: &mut Transaction,
    id: Uuid,
) -> Result<PendingInvitation, ActionError> {
    transaction.actor().require_admin()?;
    let row = sqlx::query_as!(
        InvitationRow,
        "DELETE FROM invitations WHERE id = $1
        RETURNING id, email, role, university_id, created_at, expires_at",
        id
    )
    .fetch_optional(transaction.sql())
    .await?;
    let none = || ActionError::not_found("id", id, "the id of a pending invitation");
    let revoked = row.ok_or_else(none)?;
    let event = Event::new("invitation.revoked", Subject::new("invitation", id));
    transaction.record(event).await?;
    revoked.try_into()
}

/// Creates the user of an invitation with its token. The token proves the receipt of mail, so the
/// address is confirmed.
///
/// # Errors
///
/// `Invalid` for a token that is unknown, expired or used, and a name that is empty or longer than
/// 200 characters; `Conflict` if another account has confirmed the same address meanwhile; `Busy`
/// if too many passwords are being hashed.
pub async fn accept_invitation(
    pool: &PgPool,
    passwords: &Passwords,
    token: &str,
    display_name: &str,
    password: Password,
) -> Result<Written<User>, ActionError> {
    let display_name = text::line("display_name", display_name, 1..=200)?;
    let purpose = Purpose::Invitation;
    let mut connection = pool.acquire().await?;
    // Before the hash, so that guessed tokens cost no more than a lookup.
    if !AccountToken::is_usable(&mut connection, token, purpose).await? {
        return Err(AccountToken::rejected("token"));
    }
    drop(connection);
    let password_hash = passwords.hash(password).await?;
    let mut transaction = Transaction::begin(pool, Actor::Anonymous).await?;
    let token = AccountToken::consume(&mut transaction, "token", token, &[purpose]).await?;
    // The token is deleted with its invitation.
    let invited = sqlx::query!(
        "DELETE FROM invitations WHERE id = $1 RETURNING id, email, role, university_id",
        token.invitation_id
    )
    .fetch_optional(transaction.sql())
    .await?;
    let invited = invited.ok_or_else(|| AccountToken::rejected("token"))?;
    let row = sqlx::query_as!(
        UserRow,
        "INSERT INTO users (role, display_name, email, email_verified_at, university_id)
        VALUES ($1, $2, $3, now(), $4)
        RETURNING id, role, display_name, email, email_verified_at, university_id, disabled_at,
            created_at",
        invited.role,
        display_name,
        invited.email,
        invited.university_id
    )
    .fetch_one(transaction.sql())
    .await
    .map_err(of_taken_address)?;
    let user = User::try_from(row)?;
    set_password(&mut transaction, user.id, &password_hash).await?;
    let event = Event::new("user.created", Subject::new("user", user.id));
    let change = json!({
        "role": user.role.as_str(),
        "university_id": user.university_id,
        "invitation_id": invited.id,
    });
    transaction.record(event.with_change(change)).await?;
    transaction.commit(user).await
}

/// Checks that only an official has a university.
pub(in crate::accounts) fn check_university(
    role: Role,
    university_id: Option<Uuid>,
) -> Result<(), ActionError> {
    match university_id {
        Some(id) if role != Role::Official => {
            let expected = "absent: only officials have a university";
            Err(ActionError::invalid("university_id", id, expected))
        }
        _ => Ok(()),
    }
}

impl TryFrom<InvitationRow> for PendingInvitation {
    type Error = ActionError;

    fn try_from(row: InvitationRow) -> Result<Self, ActionError> {
        Ok(Self {
            id: row.id,
            email: row.email,
            role: row.role.parse().map_err(ActionError::internal)?,
            university_id: row.university_id,
            created_at: row.created_at,
            expires_at: row.expires_at,
        })
    }
}

fn of_constraint(error: sqlx::Error, university_id: Option<Uuid>) -> ActionError {
    ActionError::of_constraint(error, |constraint| match constraint {
        "invitations_university_id_fkey" => {
            let id = university_id.unwrap_or_default();
            let expected = "the id of a university";
            Some(ActionError::invalid("university_id", id, expected))
        }
        "invitations_email_key" => {
            let invited = "another admin has just invited this address";
            Some(ActionError::conflict(invited))
        }
        _ => None,
    })
}
