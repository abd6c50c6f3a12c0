//! Users as admins manage them.

use serde_json::json;
use sqlx::PgPool;
use uuid::Uuid;

use super::email::Email;
use super::passwords::{Password, Passwords};
use super::registration::{
    check_capacity, check_university, create_landlord, of_taken_address, set_password,
};
use super::session::{self, EndReason};
use super::user::{User, UserRow};
use crate::action::actor::{Actor, Role};
use crate::action::error::ActionError;
use crate::action::event::{Event, Subject};
use crate::action::transaction::{Transaction, Written};
use crate::fields::text;

/// A user that an admin creates. The admin vouches for the address.
#[derive(Clone, Debug)]
pub struct NewUser {
    /// What the user does.
    pub role: Role,
    /// The address to sign in with.
    pub email: Email,
    /// The name that others see, 1 to 200 characters.
    pub display_name: String,
    /// The university of an official.
    pub university_id: Option<Uuid>,
    /// The capacity of a landlord, 1 to 1,000,000; 1 if it is absent.
    pub total_capacity: Option<u32>,
    /// The password.
    pub password: Password,
}

/// Which users to list.
#[derive(Clone, Debug, Default)]
pub struct UserFilter {
    /// Only users of this role.
    pub role: Option<Role>,
    /// Only the user with this address.
    pub email: Option<Email>,
    /// At most this many, the newest first.
    pub limit: u32,
}

/// Creates a user who can sign in at once.
///
/// # Errors
///
/// Those of [`Actor::require_admin`]; `Invalid` for a name of a wrong length, a university that
/// does not exist, and a university or capacity of a role without one; `Conflict` for an address
/// that another account has.
pub async fn create_user(
    pool: &PgPool,
    passwords: &Passwords,
    actor: Actor,
    new: NewUser,
) -> Result<Written<User>, ActionError> {
    actor.require_admin()?;
    let display_name = text::line("display_name", &new.display_name, 1..=200)?;
    let total_capacity = check_capacity(new.total_capacity.unwrap_or(1))?;
    if let Some(capacity) = new.total_capacity.filter(|_| new.role != Role::Landlord) {
        let expected = "absent: only landlords have a capacity";
        return Err(ActionError::invalid("total_capacity", capacity, expected));
    }
    check_university(new.role, new.university_id)?;
    let password_hash = passwords.hash(new.password).await?;
    let mut transaction = Transaction::begin(pool, actor).await?;
    let row = sqlx::query_as!(
        UserRow,
        "INSERT INTO users (role, display_name, email, email_verified_at, university_id)
        VALUES ($1, $2, $3, now(), $4)
        RETURNING id, role, display_name, email, email_verified_at, university_id, disabled_at,
            created_at",
        new.role.as_str(),
        display_name,
        new.email.as_str(),
        new.university_id
    )
    .fetch_one(transaction.sql())
    .await
    .map_err(|error| of_unknown_university(error, new.university_id))?;
    let user = User::try_from(row)?;
    set_password(&mut transaction, user.id, &password_hash).await?;
    if user.role == Role::Landlord {
        create_landlord(&mut transaction, user.id, total_capacity).await?;
    }
    let event = Event::new("user.created", Subject::new("user", user.id));
    let change = json!({"role": user.role.as_str(), "university_id": user.university_id});
    transaction.record(event.with_change(change)).await?;
    transaction.commit(user).await
}

/// Lists users, the newest first.
///
/// # Errors
///
/// Those of [`Actor::require_admin`], and `Internal`.
pub async fn list_users(
    pool: &PgPool,
    actor: &Actor,
    filter: &UserFilter,
) -> Result<Vec<User>, ActionError> {
    actor.require_admin()?;
    let rows = sqlx::query_as!(
        UserRow,
        "SELECT id, role, display_name, email, email_verified_at, university_id, disabled_at,
            created_at
        FROM users
        WHERE ($1::text IS NULL OR role = $1) AND ($2::text IS NULL OR lower(email) = $2)
        ORDER BY created_at DESC, id DESC LIMIT $3",
        filter.role.map(Role::as_str),
        filter.email.as_ref().map(Email::key),
        i64::from(filter.limit)
    )
    .fetch_all(pool)
    .await?;
    rows.into_iter().map(User::try_from).collect()
}

/// Disables a user and ends its sessions. A user who is disabled already stays so.
///
/// # Errors
///
/// Those of [`Actor::require_admin`], `NotFound`, and `Conflict` for an admin who would disable
/// itself.
pub async fn disable_user(transaction: &mut Transaction, id: Uuid) -> Result<User, ActionError> {
    transaction.actor().require_admin()?;
    reject_self(transaction.actor(), id)?;
    let user = existing(transaction, id).await?;
    if user.disabled_at.is_some() {
        return Ok(user);
    }
    sqlx::query!("UPDATE users SET disabled_at = now() WHERE id = $1", id)
        .execute(transaction.sql())
        .await?;
    session::end(transaction, id, None, None, EndReason::Disabled).await?;
    let event = Event::new("user.disabled", Subject::new("user", id));
    transaction.record(event).await?;
    existing(transaction, id).await
}

/// Gives a user another role or university, and ends its sessions.
///
/// # Errors
///
/// Those of [`Actor::require_admin`]; `NotFound`; `Invalid` for a university that does not exist
/// or of a role without one; `Conflict` for an admin who would change itself, and for a user who
/// has rooms, requests or bookings, which belong to its role.
pub async fn set_role(
    transaction: &mut Transaction,
    id: Uuid,
    role: Role,
    university_id: Option<Uuid>,
) -> Result<User, ActionError> {
    transaction.actor().require_admin()?;
    reject_self(transaction.actor(), id)?;
    check_university(role, university_id)?;
    let user = existing(transaction, id).await?;
    if user.role == role && user.university_id == university_id {
        return Ok(user);
    }
    sqlx::query!(
        "UPDATE users SET role = $2, university_id = $3 WHERE id = $1",
        id,
        role.as_str(),
        university_id
    )
    .execute(transaction.sql())
    .await
    .map_err(|error| of_unknown_university(error, university_id))?;
    if role == Role::Landlord {
        create_landlord(transaction, id, 1).await?;
    }
    session::end(transaction, id, None, None, EndReason::RoleChanged).await?;
    let event = Event::new("user.role_changed", Subject::new("user", id));
    let change = json!({
        "from": user.role.as_str(),
        "to": role.as_str(),
        "university_id": university_id,
    });
    transaction.record(event.with_change(change)).await?;
    existing(transaction, id).await
}

async fn existing(transaction: &mut Transaction, id: Uuid) -> Result<User, ActionError> {
    let user = User::locked(transaction, id).await?;
    user.ok_or_else(|| ActionError::not_found("id", id, "the id of a user"))
}

/// An admin who loses its own rights by mistake could not undo it.
fn reject_self(actor: &Actor, id: Uuid) -> Result<(), ActionError> {
    match actor {
        Actor::User(user) if user.id == id => Err(ActionError::conflict(
            "an admin cannot disable itself or change its own role",
        )),
        _ => Ok(()),
    }
}

fn of_unknown_university(error: sqlx::Error, university_id: Option<Uuid>) -> ActionError {
    let is_of_role = |constraint: &str| {
        [
            "landlords_user_id_user_role_fkey",
            "requests_student_id_student_role_fkey",
            "bookings_student_id_student_role_fkey",
            "venue_assignments_student_id_student_role_fkey",
        ]
        .contains(&constraint)
    };
    let constraint = error
        .as_database_error()
        .and_then(|error| error.constraint())
        .unwrap_or_default()
        .to_owned();
    match university_id {
        Some(id) if constraint == "users_university_id_fkey" => {
            ActionError::invalid("university_id", id, "the id of a university")
        }
        _ if is_of_role(&constraint) => ActionError::conflict(
            "the user is a landlord or has requests, bookings or assignments, which belong to its \
             current role",
        ),
        _ => of_taken_address(error),
    }
}
