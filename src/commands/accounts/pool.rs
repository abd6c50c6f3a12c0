//! The connection of a command that manages accounts.

use anyhow::{Context, anyhow};
use roost_market::accounts::{Email, UserFilter, list_users};
use roost_market::{Actor, PgPool, create_event_partitions};
use sqlx::types::Uuid;

use crate::config::Config;
use crate::node::market;

/// A few connections. A node that runs may not have created the partitions of events for some time.
pub(super) async fn pool(config: &Config) -> anyhow::Result<PgPool> {
    let pool = market::pool(config.database_url()?, 2)?;
    let partitions = create_event_partitions(&pool, 1).await;
    partitions.context("cannot create partitions of events; see `roost migrate`")?;
    Ok(pool)
}

/// The id of the user with an e-mail address.
pub(super) async fn find_user(pool: &PgPool, email: &str) -> anyhow::Result<Uuid> {
    let filter = UserFilter {
        role: None,
        email: Some(Email::new("email", email)?),
        limit: 1,
    };
    let users = list_users(pool, &Actor::System, &filter).await?;
    let user = users.into_iter().next();
    user.map(|user| user.id)
        .ok_or_else(|| anyhow!("email is {email:?}: expected the address of a user"))
}
