//! The balances of students and landlords.

use sqlx::PgPool;

use crate::action::actor::{Actor, Role};
use crate::action::error::ActionError;
use crate::landlords::id_of_user;

/// The sum of all contracts of a student or a landlord in one currency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Balance {
    /// ISO 4217.
    pub currency: String,
    /// The totals of the contracts that are not cancelled.
    pub charged_minor: i64,
    /// Payments less refunds.
    pub received_minor: i64,
    /// What a student owes, or a landlord is owed; negative for what has to be paid back.
    pub due_minor: i64,
}

/// The balances of the signed-in student or landlord, by currency. Each is one row that the ledger
/// keeps, and no sum over payments.
///
/// # Errors
///
/// `Unauthenticated`, and `Forbidden` for another role and for keys.
pub async fn own_balances(pool: &PgPool, actor: &Actor) -> Result<Vec<Balance>, ActionError> {
    let user = actor.user()?;
    let (party, owner) = match user.role {
        Role::Student => ("student", user.id),
        Role::Landlord => {
            let mut connection = pool.acquire().await?;
            ("landlord", id_of_user(&mut connection, user.id).await?)
        }
        Role::Official | Role::Admin => {
            let reason = "only students and landlords have a balance";
            return Err(ActionError::forbidden(reason));
        }
    };
    let balances = sqlx::query_as!(
        Balance,
        r#"
        SELECT currency::text AS "currency!", charged_minor, received_minor, due_minor
        FROM account_balances WHERE owner_id = $1 AND party = $2 ORDER BY currency
        "#,
        owner,
        party
    )
    .fetch_all(pool)
    .await?;
    Ok(balances)
}
