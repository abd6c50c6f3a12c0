//! What the routes of actions share.

use std::net::IpAddr;
use std::time::Duration;

use prometheus_client::registry::Registry;
use roost_market::accounts::{Passwords, actor_of_session};
use roost_market::{ActionError, Actor, PgPool};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::access_token::{AccessTokens, Claims};
use super::attempts::{Attempt, Attempts};
use super::authentication_cache::{Authenticated, AuthenticationCache, CredentialHash};
use crate::app::clock::now_s;

/// What actions need. A node gives it to the API.
#[derive(Clone)]
pub struct Market {
    /// Connections to Postgres for actions. Searches use none.
    pub pool: PgPool,
    /// Hashes passwords.
    pub passwords: Passwords,
    /// Issues and verifies access tokens.
    pub access_tokens: AccessTokens,
    /// The authenticated callers, which events invalidate.
    pub authentication: AuthenticationCache,
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

    /// The user who sends an access token. A disabled user, an ended session and another role take
    /// effect at once on this node, and within a second on the others.
    pub(crate) async fn actor(&self, token: &str) -> Result<Actor, ActionError> {
        let pool = &self.market.pool;
        let read = async || {
            let Claims { sub, sid, exp, .. } = self.market.access_tokens.verify(token)?;
            Ok(Authenticated {
                actor: actor_of_session(pool, sub, sid).await?,
                valid_for: Some(Duration::from_secs(
                    (exp - now_s()).try_into().unwrap_or_default(),
                )),
            })
        };
        let cache = &self.market.authentication;
        cache.actor(hash(token), pool, read).await
    }

    /// Adds the metrics of authentication.
    pub(crate) fn register(&self, registry: &mut Registry) {
        self.market.authentication.register(registry);
    }

    /// Takes note that this node has committed a change of sessions, users or keys, so that callers
    /// who depend on them are authenticated again.
    pub(crate) fn revoke(&self, subjects: &[Uuid]) {
        self.market.authentication.revoke(subjects);
    }
}

/// The hash under which a credential is cached.
pub(super) fn hash(credential: &str) -> CredentialHash {
    Sha256::digest(credential.as_bytes()).into()
}
