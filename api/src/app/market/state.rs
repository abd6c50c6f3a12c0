//! What the routes of actions share.

use std::net::IpAddr;
use std::sync::Arc;

use roost_market::accounts::{Passwords, actor_of_session};
use roost_market::{ActionError, Actor, PgPool};
use tokio::sync::Notify;

use super::access_token::{AccessTokens, Claims};
use super::attempts::{Attempt, Attempts};

/// What actions need. A node gives it to the API.
#[derive(Clone)]
pub struct Market {
    /// Connections to Postgres for actions. Searches use none.
    pub pool: PgPool,
    /// Hashes passwords.
    pub passwords: Passwords,
    /// Issues and verifies access tokens.
    pub access_tokens: AccessTokens,
    /// Wakes the sender of mail once there is some.
    pub mail: Arc<Notify>,
}

/// The same, with the limits of attempts on this node.
pub(crate) struct MarketRoutes {
    market: Market,
    attempts: Attempts,
}

impl MarketRoutes {
    pub(crate) fn new(market: Market) -> MarketRoutes {
        MarketRoutes {
            market,
            attempts: Attempts::new(),
        }
    }

    pub(crate) fn pool(&self) -> &PgPool {
        &self.market.pool
    }

    pub(crate) fn passwords(&self) -> &Passwords {
        &self.market.passwords
    }

    pub(crate) fn access_tokens(&self) -> &AccessTokens {
        &self.market.access_tokens
    }

    /// Counts an attempt of a client and on an account, or rejects it.
    pub(crate) fn count(
        &self,
        attempt: Attempt,
        address: IpAddr,
        account: Option<String>,
    ) -> Result<(), ActionError> {
        self.attempts.count(attempt, address, account)
    }

    /// Has queued mail sent at once.
    pub(crate) fn send_mail(&self) {
        self.market.mail.notify_one();
    }

    /// The user who sends an access token. Each request reads the current role, so a disabled user,
    /// an ended session and another role take effect at once.
    pub(crate) async fn actor(&self, token: &str) -> Result<Actor, ActionError> {
        let Claims { sub, sid, .. } = self.market.access_tokens.verify(token)?;
        actor_of_session(&self.market.pool, sub, sid).await
    }
}
