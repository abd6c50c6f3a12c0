//! What the routes of actions share.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Registry;
use roost_market::accounts::{Passwords, actor_of_session};
use roost_market::jobs::FailedJobs;
use roost_market::keys::{SECRET_PREFIX, actor_of_key, record_use, secret_hash};
use roost_market::pool::payments::PaymentProvider;
use roost_market::{ActionError, Actor, PgPool};
use uuid::Uuid;

use super::access_token::{AccessTokens, Claims};
use super::attempts::{Attempt, Attempts};
use super::authentication_cache::{Authenticated, AuthenticationCache};
use super::key_limits::{KeyLimits, KeyMeter};
use crate::app::clock::now_s;
use crate::app::live::Live;
use crate::http::write::pool::WritePool;

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
    /// The events that clients listen for.
    pub live: Live,
    /// For the metrics.
    pub failed_jobs: FailedJobs,
    /// Charges students; `None` on a node that records cash and transfers only.
    pub payment_provider: Option<Arc<dyn PaymentProvider>>,
}

/// The same, with the limits of attempts and of keys on this node.
pub(crate) struct MarketRoutes {
    market: Market,
    pool: WritePool,
    attempts: Attempts,
    key_limits: KeyLimits,
}

impl Market {
    /// The user who sends an access token, or the service that sends the secret of a key. A
    /// disabled user, an ended session, another role and a revoked key take effect at once on this
    /// node, and within a second on the others.
    ///
    /// # Errors
    ///
    /// `Unauthenticated` for a credential that is not valid, `Busy` if no connection becomes free
    /// in time, `Internal` if the database is unreachable.
    pub async fn authenticate(&self, credential: &str) -> Result<Actor, ActionError> {
        let (cache, pool) = (&self.authentication, &self.pool);
        let hash = secret_hash(credential);
        if let Some(actor) = cache.cached(&hash) {
            return Ok(actor);
        }
        // A forged token is rejected without the database.
        if !credential.starts_with(SECRET_PREFIX) {
            self.access_tokens.verify(credential)?;
        }
        let read = async || self.read_caller(credential).await;
        cache.read(hash, pool, read).await
    }

    /// The caller with a credential, as the database has it now.
    async fn read_caller(&self, credential: &str) -> Result<Authenticated, ActionError> {
        if credential.starts_with(SECRET_PREFIX) {
            let found = actor_of_key(&self.pool, &secret_hash(credential)).await?;
            return Ok(Authenticated {
                actor: found.actor,
                valid_for: found.valid_for,
            });
        }
        let Claims { sub, sid, exp, .. } = self.access_tokens.verify(credential)?;
        let remaining_s = u64::try_from(exp - now_s()).unwrap_or_default();
        Ok(Authenticated {
            actor: actor_of_session(&self.pool, sub, sid).await?,
            valid_for: Some(Duration::from_secs(remaining_s)),
        })
    }
}

impl MarketRoutes {
    pub(crate) fn new(market: Market) -> MarketRoutes {
        MarketRoutes {
            pool: WritePool::new(market.pool.clone()),
            market,
            attempts: Attempts::new(),
            key_limits: KeyLimits::new(),
        }
    }

    /// Connections to Postgres.
    pub(crate) fn pool(&self) -> &WritePool {
        &self.pool
    }

    pub(crate) fn passwords(&self) -> &Passwords {
        &self.market.passwords
    }

    /// The payment provider, if the node has one.
    pub(crate) fn payment_provider(&self) -> Option<&dyn PaymentProvider> {
        self.market.payment_provider.as_deref()
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

    /// The caller with a credential, as [`Market::authenticate`] finds it.
    pub(crate) async fn actor(&self, credential: &str) -> Result<Actor, ActionError> {
        self.market.authenticate(credential).await
    }

    /// The same, read from the database now.
    pub(crate) async fn current_actor(&self, credential: &str) -> Result<Actor, ActionError> {
        Ok(self.market.read_caller(credential).await?.actor)
    }

    /// The service that sends the secret of a key, with the meter that counts its requests.
    pub(crate) async fn key(&self, secret: &str) -> Result<(Actor, KeyMeter), ActionError> {
        let actor = self.actor(secret).await?;
        let Actor::Key(key) = &actor else {
            return Err(ActionError::internal("the actor of a key is no key"));
        };
        let (meter, is_due) = self.key_limits.meter(key);
        if is_due {
            let (pool, id) = (self.market.pool.clone(), key.id);
            tokio::spawn(async move {
                if let Err(error) = record_use(&pool, id).await {
                    tracing::debug!(key = %id, %error, "cannot record the use of an API key");
                }
            });
        }
        Ok((actor, meter))
    }

    /// The events that clients listen for.
    pub(crate) fn live(&self) -> &Live {
        &self.market.live
    }

    /// Adds the metrics of authentication, live events and jobs.
    pub(crate) fn register(&self, registry: &mut Registry) {
        self.market.authentication.register(registry);
        self.market.live.register(registry);
        if let Some(count) = self.market.failed_jobs.count() {
            registry.register(
                "failed_jobs",
                "Jobs that have failed for good",
                ConstGauge::new(count.cast_signed()),
            );
        }
    }

    /// Takes note that this node has committed a change of sessions, users or keys, so that callers
    /// who depend on them are authenticated again.
    pub(crate) fn revoke(&self, subjects: &[Uuid]) {
        self.market.authentication.revoke(subjects);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use roost_market::accounts::Cost;
    use tokio::sync::watch;

    use super::*;
    use crate::app::market::SigningKey;

    #[tokio::test]
    async fn a_token_that_is_not_valid_is_rejected_without_the_database() {
        let cost = Cost {
            memory_kib: 64,
            passes: 1,
        };
        let keys = [SigningKey::new("test", &[7; 32], 0)];
        let pool = PgPool::connect_lazy("postgres://127.0.0.1:1/none").unwrap();
        let routes = MarketRoutes::new(Market {
            live: Live::new(pool.clone()),
            pool,
            passwords: Passwords::new(cost, 1).unwrap(),
            access_tokens: AccessTokens::new(watch::channel(Arc::from(keys)).1),
            authentication: AuthenticationCache::new(),
            failed_jobs: FailedJobs::default(),
            payment_provider: None,
        });
        let issue = |issued_at| {
            let tokens = routes.access_tokens();
            let token = tokens.issue(Uuid::from_u128(1), Uuid::from_u128(2), issued_at);
            token.unwrap().text
        };
        let (valid, expired) = (issue(now_s()), issue(now_s() - 3_600));
        let is_current = || routes.market.authentication.mark_current(Instant::now());
        for token in ["", "a.b.c", &expired, &format!("{valid}x")] {
            is_current();
            let error = routes.actor(token).await.unwrap_err();
            assert!(matches!(error, ActionError::Unauthenticated(_)), "{token}");
        }
        is_current();
        // A valid one waits for the database, which cannot be reached.
        let actor = std::pin::pin!(routes.actor(&valid));
        assert!(futures_util::poll!(actor).is_pending());
    }
}
