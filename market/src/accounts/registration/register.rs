//! Registration of students and landlords.

use std::time::Duration;

use sqlx::PgPool;

use crate::accounts::email::Email;
use crate::accounts::outbox::{Mail, queue};
use crate::accounts::passwords::{Password, Passwords};
use crate::action::actor::{Actor, Role};
use crate::action::error::ActionError;
use crate::action::transaction::{Transaction, Written};
use crate::fields::text;

/// A registration is forgotten if its address is not confirmed within this time.
const VALID: Duration = Duration::from_secs(24 * 3600);

/// The largest capacity, as in the table `landlords`.
const CAPACITY_MAX: u32 = 1_000_000;

/// A registration, with valid values only.
#[derive(Clone, Debug)]
pub struct Registration {
    email: Email,
    password: Password,
    role: Role,
    display_name: String,
    total_capacity: Option<i32>,
}

impl Registration {
    /// Checks a registration. A landlord has the capacity of one contract unless it names another.
    ///
    /// # Errors
    ///
    /// `Invalid` for a role that cannot register, a name that is empty or longer than 200
    /// characters, a capacity out of 1 to 1,000,000, and a capacity of a student.
    pub fn new(
        email: Email,
        password: Password,
        role: Role,
        display_name: &str,
        total_capacity: Option<u32>,
    ) -> Result<Self, ActionError> {
        let total_capacity = match (role, total_capacity) {
            (Role::Landlord, capacity) => Some(check_capacity(capacity.unwrap_or(1))?),
            (Role::Student, None) => None,
            (Role::Student, Some(capacity)) => {
                let expected = "absent: only landlords have a capacity";
                return Err(ActionError::invalid("total_capacity", capacity, expected));
            }
            (Role::Official | Role::Admin, _) => {
                return Err(ActionError::invalid("role", role, "student or landlord"));
            }
        };
        Ok(Self {
            email,
            password,
            role,
            display_name: text::line("display_name", display_name, 1..=200)?,
            total_capacity,
        })
    }
}

pub(in crate::accounts) fn check_capacity(capacity: u32) -> Result<i32, ActionError> {
    let checked = i32::try_from(capacity).ok();
    let checked = checked.filter(|_| (1..=CAPACITY_MAX).contains(&capacity));
    checked.ok_or_else(|| {
        let expected = "a whole number from 1 to 1000000";
        ActionError::invalid("total_capacity", capacity, expected)
    })
}

/// Registers a student or landlord. The account exists once its address is confirmed with the token
/// that is mailed to it.
///
/// Whether there is an account with this address makes no difference here. The sender of the mail
/// finds out, and tells the owner of the address alone.
///
/// # Errors
///
/// `Busy` if too many passwords are being hashed, `Internal` if the database is unreachable.
pub async fn register(
    pool: &PgPool,
    passwords: &Passwords,
    registration: Registration,
) -> Result<Written<()>, ActionError> {
    let password_hash = passwords.hash(registration.password).await?;
    let mut transaction = Transaction::begin(pool, Actor::Anonymous).await?;
    let id = sqlx::query_scalar!(
        "INSERT INTO registrations
            (email, role, display_name, total_capacity, password_hash, expires_at)
        VALUES ($1, $2, $3, $4, $5, now() + make_interval(secs => $6))
        RETURNING id",
        registration.email.as_str(),
        registration.role.as_str(),
        registration.display_name,
        registration.total_capacity,
        password_hash,
        VALID.as_secs_f64()
    )
    .fetch_one(transaction.sql())
    .await?;
    queue(
        &mut transaction,
        &registration.email,
        Mail::Registration(id),
    )
    .await?;
    transaction.keep_without_event();
    transaction.commit(()).await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn registration(role: Role, name: &str, capacity: Option<u32>) -> Result<(), String> {
        let email = Email::new("email", "asha@example.com").unwrap();
        let registration = Registration::new(email, Password::random(), role, name, capacity);
        registration.map(|_| ()).map_err(|error| error.to_string())
    }

    #[test]
    fn students_and_landlords_register_and_only_landlords_have_a_capacity() {
        assert_eq!(registration(Role::Student, "Asha", None), Ok(()));
        assert_eq!(registration(Role::Landlord, "Ravi", None), Ok(()));
        assert_eq!(registration(Role::Landlord, "Ravi", Some(12)), Ok(()));
        for (role, name, capacity, expected) in [
            (
                Role::Admin,
                "Asha",
                None,
                "role must be student or landlord, not \"admin\"",
            ),
            (
                Role::Official,
                "Asha",
                None,
                "role must be student or landlord, not \"official\"",
            ),
            (
                Role::Student,
                " ",
                None,
                "display_name must be a line of 1 to 200 characters, not \" \"",
            ),
            (
                Role::Student,
                "Asha",
                Some(1),
                "total_capacity must be absent: only landlords have a capacity, not \"1\"",
            ),
            (
                Role::Landlord,
                "Ravi",
                Some(0),
                "total_capacity must be a whole number from 1 to 1000000, not \"0\"",
            ),
        ] {
            assert_eq!(registration(role, name, capacity), Err(expected.to_owned()));
        }
    }
}
