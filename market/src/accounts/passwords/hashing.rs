//! Hashes passwords with Argon2id, a bounded number at the same time.

use std::sync::Arc;
use std::time::Duration;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use super::password::Password;
use crate::action::error::ActionError;

/// A request that has waited this long for its turn is rejected as busy.
const WAIT_MAX: Duration = Duration::from_secs(3);

/// What one hash costs. Hashes of a lower cost are replaced when their users sign in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes over the memory.
    pub passes: u32,
}

/// The parameters that OWASP recommends for Argon2id: 19 MiB, 2 passes, 1 lane.
impl Default for Cost {
    fn default() -> Self {
        Self {
            memory_kib: 19 * 1024,
            passes: 2,
        }
    }
}

/// Hashes and verifies passwords. Each hash takes some 20 ms of a processor and its memory, so only
/// a few run at the same time, and others wait. Without a limit a burst of sign-ins would slow
/// down everything else on the machine.
#[derive(Clone)]
pub struct Passwords {
    argon2: Argon2<'static>,
    turns: Arc<Semaphore>,
    wait_max: Duration,
    /// The hash of a random password, which no user has.
    decoy: Arc<str>,
}

/// The result of a comparison.
pub(in crate::accounts) enum Verified {
    Wrong,
    /// With a new hash if the stored one has another cost.
    Right {
        replacement: Option<String>,
    },
}

impl Passwords {
    /// Hashes at this cost, at most `at_once` passwords at the same time.
    ///
    /// # Errors
    ///
    /// `Internal` for a cost that Argon2 does not accept.
    pub fn new(cost: Cost, at_once: usize) -> Result<Self, ActionError> {
        let params = Params::new(cost.memory_kib, cost.passes, 1, None);
        let params = params.map_err(ActionError::internal)?;
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let decoy = hash(&argon2, &Password::random())?.into();
        Ok(Self {
            argon2,
            turns: Arc::new(Semaphore::new(at_once)),
            wait_max: WAIT_MAX,
            decoy,
        })
    }

    /// The hash of a password, with its parameters and a new salt.
    pub(in crate::accounts) async fn hash(
        &self,
        password: Password,
    ) -> Result<String, ActionError> {
        let argon2 = self.argon2.clone();
        self.run(move || hash(&argon2, &password)).await?
    }

    /// Compares a password with a stored hash. Without one it compares with the hash of a random
    /// password, which takes as long.
    pub(in crate::accounts) async fn verify(
        &self,
        password: Password,
        stored: Option<&str>,
    ) -> Result<Verified, ActionError> {
        let has_stored = stored.is_some();
        let stored = stored.unwrap_or(&self.decoy).to_owned();
        let argon2 = self.argon2.clone();
        let verify = move || {
            let parsed = PasswordHash::new(&stored).map_err(ActionError::internal)?;
            let matches = argon2.verify_password(password.expose().as_bytes(), &parsed);
            if matches.is_err() || !has_stored {
                return Ok(Verified::Wrong);
            }
            let is_current = Params::try_from(&parsed).is_ok_and(|params| {
                let current = argon2.params();
                params.m_cost() == current.m_cost() && params.t_cost() == current.t_cost()
            });
            let replacement = match is_current {
                true => None,
                false => Some(hash(&argon2, &password)?),
            };
            Ok(Verified::Right { replacement })
        };
        self.run(verify).await?
    }

    /// Runs a computation on a thread of its own when it is its turn.
    async fn run<T: Send + 'static>(
        &self,
        compute: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, ActionError> {
        let turn = timeout(self.wait_max, Arc::clone(&self.turns).acquire_owned()).await;
        let turn = turn
            .map_err(|_| ActionError::Busy)?
            .map_err(ActionError::internal)?;
        let computed = spawn_blocking(move || {
            // A caller that disconnects does not stop the computation, which keeps its turn.
            let _turn = turn;
            compute()
        });
        computed.await.map_err(ActionError::internal)
    }
}

fn hash(argon2: &Argon2<'_>, password: &Password) -> Result<String, ActionError> {
    let hash = argon2.hash_password(password.expose().as_bytes());
    Ok(hash.map_err(ActionError::internal)?.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHEAP: Cost = Cost {
        memory_kib: 64,
        passes: 1,
    };

    fn password(text: &str) -> Password {
        Password::attempt(text.to_owned())
    }

    #[tokio::test]
    async fn only_the_same_password_matches_its_hash() {
        let passwords = Passwords::new(CHEAP, 1).unwrap();
        let stored = passwords.hash(password("correct horse")).await.unwrap();
        assert!(
            stored.starts_with("$argon2id$v=19$m=64,t=1,p=1$"),
            "{stored}"
        );
        let right = passwords.verify(password("correct horse"), Some(&stored));
        let replacement = None;
        assert!(matches!(right.await, Ok(Verified::Right { replacement: r }) if r == replacement));
        let wrong = passwords.verify(password("battery staple"), Some(&stored));
        assert!(matches!(wrong.await, Ok(Verified::Wrong)));
        let unknown = passwords.verify(password("correct horse"), None);
        assert!(matches!(unknown.await, Ok(Verified::Wrong)));
    }

    #[tokio::test]
    async fn a_hash_of_another_cost_is_replaced() {
        let cheap = Passwords::new(CHEAP, 1).unwrap();
        let stored = cheap.hash(password("correct horse")).await.unwrap();
        let raised = Cost {
            memory_kib: 128,
            passes: 2,
        };
        let passwords = Passwords::new(raised, 1).unwrap();
        let verified = passwords.verify(password("correct horse"), Some(&stored));
        let Ok(Verified::Right {
            replacement: Some(replacement),
        }) = verified.await
        else {
            panic!("the password is right and its hash outdated");
        };
        assert!(replacement.starts_with("$argon2id$v=19$m=128,t=2,p=1$"));
    }

    #[tokio::test]
    async fn a_request_that_waits_too_long_for_its_turn_is_rejected_as_busy() {
        let mut passwords = Passwords::new(CHEAP, 1).unwrap();
        passwords.wait_max = Duration::from_millis(1);
        let _turn = passwords.turns.clone().acquire_owned().await.unwrap();
        let error = passwords.hash(password("correct horse")).await.unwrap_err();
        assert!(matches!(error, ActionError::Busy));
    }
}
