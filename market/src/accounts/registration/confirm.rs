//! Confirmation of e-mail addresses, of registrations and of users who change theirs.

use serde_json::json;
use uuid::Uuid;

use crate::accounts::tokens::{AccountToken, Purpose};
use crate::accounts::user::{User, UserRow};
use crate::action::actor::Role;
use crate::action::error::ActionError;
use crate::action::event::{Event, Subject};
use crate::action::transaction::Transaction;

/// Confirms an address with the token that was mailed to it: creates the user of a registration, or
/// changes the address of a user.
///
/// # Errors
///
/// `Invalid` for a token that is unknown, expired or used, `Conflict` if another account has
/// confirmed the same address meanwhile.
pub async fn confirm(transaction: &mut Transaction, token: &str) -> Result<User, ActionError> {
    let purposes = [Purpose::Registration, Purpose::EmailChange];
    let token = AccountToken::consume(transaction, "token", token, &purposes).await?;
    match (token.registration_id, token.user_id) {
        (Some(registration), _) => create(transaction, registration).await,
        (None, Some(user)) => change_email(transaction, user, &token.email).await,
        (None, None) => Err(ActionError::internal(
            "a token of neither user nor registration",
        )),
    }
}

async fn create(transaction: &mut Transaction, registration: Uuid) -> Result<User, ActionError> {
    // The token of the registration is deleted with it.
    let registered = sqlx::query!(
        "DELETE FROM registrations WHERE id = $1
        RETURNING email, role, display_name, total_capacity, password_hash",
        registration
    )
    .fetch_one(transaction.sql())
    .await?;
    let row = sqlx::query_as!(
        UserRow,
        "INSERT INTO users (role, display_name, email, email_verified_at)
        VALUES ($1, $2, $3, now())
        RETURNING id, role, display_name, email, email_verified_at, university_id, disabled_at,
            created_at",
        registered.role,
        registered.display_name,
        registered.email
    )
    .fetch_one(transaction.sql())
    .await
    .map_err(of_taken_address)?;
    let user = User::try_from(row)?;
    set_password(transaction, user.id, &registered.password_hash).await?;
    if user.role == Role::Landlord {
        create_landlord(transaction, user.id, registered.total_capacity.unwrap_or(1)).await?;
    }
    let event = Event::new("user.registered", Subject::new("user", user.id));
    let change = json!({"role": user.role.as_str()});
    transaction.record(event.with_change(change)).await?;
    Ok(user)
}

async fn change_email(
    transaction: &mut Transaction,
    user: Uuid,
    email: &str,
) -> Result<User, ActionError> {
    let row = sqlx::query_as!(
        UserRow,
        "UPDATE users SET email = $2, email_verified_at = now()
        WHERE id = $1 AND disabled_at IS NULL
        RETURNING id, role, display_name, email, email_verified_at, university_id, disabled_at,
            created_at",
        user,
        email
    )
    .fetch_optional(transaction.sql())
    .await
    .map_err(of_taken_address)?;
    let row = row.ok_or_else(|| ActionError::forbidden("this account is disabled"))?;
    let event = Event::new("user.email_changed", Subject::new("user", user));
    transaction.record(event).await?;
    row.try_into()
}

/// Stores the hash of a user's password.
pub(in crate::accounts) async fn set_password(
    transaction: &mut Transaction,
    user: Uuid,
    password_hash: &str,
) -> Result<(), ActionError> {
    sqlx::query!(
        "INSERT INTO credentials (user_id, password_hash) VALUES ($1, $2)
        ON CONFLICT (user_id) DO UPDATE SET password_hash = excluded.password_hash",
        user,
        password_hash
    )
    .execute(transaction.sql())
    .await?;
    Ok(())
}

/// Adds the row of a user who lets rooms.
pub(in crate::accounts) async fn create_landlord(
    transaction: &mut Transaction,
    user: Uuid,
    total_capacity: i32,
) -> Result<(), ActionError> {
    sqlx::query!(
        "INSERT INTO landlords (user_id, total_capacity) VALUES ($1, $2)",
        user,
        total_capacity
    )
    .execute(transaction.sql())
    .await?;
    Ok(())
}

/// The error of an address that another account has. Only who has proved to own the address, or
/// manages users, gets it.
pub(in crate::accounts) fn of_taken_address(error: sqlx::Error) -> ActionError {
    ActionError::of_constraint(error, |constraint| {
        let taken = "another account has this e-mail address";
        (constraint == "users_email_key").then(|| ActionError::conflict(taken))
    })
}
