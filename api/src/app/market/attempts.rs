//! Limits of attempts, by the client's address and by the account.

use std::hash::Hash;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use roost_market::ActionError;

/// After this many attempts, addresses and accounts whose limit is fresh again are forgotten.
const SWEEP_EVERY: usize = 10_000;

/// What is attempted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Attempt {
    /// To sign in, or to prove to know the current password.
    SignIn,
    /// To register.
    Register,
    /// To request or use a token from a mail.
    Mail,
}

/// Counts attempts on this node.
pub(super) struct Attempts {
    sign_in: Limits,
    register: Limits,
    mail: Limits,
    counted: AtomicUsize,
}

struct Limits {
    by_address: DefaultKeyedRateLimiter<IpAddr>,
    by_account: DefaultKeyedRateLimiter<String>,
}

impl Attempts {
    /// Limits that a person does not notice and a program that guesses does.
    pub(super) fn new() -> Attempts {
        Attempts {
            sign_in: Limits::new((60, Duration::from_secs(1)), (10, Duration::from_secs(30))),
            register: Limits::new((20, Duration::from_secs(30)), (5, Duration::from_secs(600))),
            mail: Limits::new((20, Duration::from_secs(30)), (5, Duration::from_secs(600))),
            counted: AtomicUsize::new(0),
        }
    }

    /// Counts an attempt, or rejects it. An account is a text such as an address.
    pub(super) fn count(
        &self,
        attempt: Attempt,
        address: IpAddr,
        account: Option<String>,
    ) -> Result<(), ActionError> {
        let limits = match attempt {
            Attempt::SignIn => &self.sign_in,
            Attempt::Register => &self.register,
            Attempt::Mail => &self.mail,
        };
        if (self.counted.fetch_add(1, Ordering::Relaxed) + 1).is_multiple_of(SWEEP_EVERY) {
            self.sweep();
        }
        count(&limits.by_address, &address)?;
        match account {
            Some(account) => count(&limits.by_account, &account),
            None => Ok(()),
        }
    }

    /// Forgets what no longer limits, so that memory does not grow with every address ever seen.
    fn sweep(&self) {
        for limits in [&self.sign_in, &self.register, &self.mail] {
            limits.by_address.retain_recent();
            limits.by_account.retain_recent();
        }
    }
}

impl Limits {
    /// For each address and account, a number of attempts at once, and one more after each
    /// interval.
    fn new(address: (u32, Duration), account: (u32, Duration)) -> Limits {
        Limits {
            by_address: RateLimiter::keyed(quota(address)),
            by_account: RateLimiter::keyed(quota(account)),
        }
    }
}

fn quota((burst, interval): (u32, Duration)) -> Quota {
    let burst = NonZeroU32::new(burst).unwrap_or(NonZeroU32::MIN);
    Quota::with_period(interval)
        .unwrap_or(Quota::per_second(NonZeroU32::MIN))
        .allow_burst(burst)
}

fn count<K: Hash + Eq + Clone>(
    limiter: &DefaultKeyedRateLimiter<K>,
    key: &K,
) -> Result<(), ActionError> {
    limiter
        .check_key(key)
        .map_err(|until| ActionError::TooMany {
            retry_after: until.wait_time_from(DefaultClock::default().now()),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(last: u8) -> IpAddr {
        IpAddr::from([192, 0, 2, last])
    }

    #[test]
    fn an_account_is_limited_whatever_the_address_and_an_address_whatever_the_account() {
        let attempts = Attempts::new();
        let sign_in = |last: u8, account: &str| {
            attempts.count(Attempt::SignIn, address(last), Some(account.to_owned()))
        };
        for n in 0..10 {
            assert!(sign_in(n, "asha").is_ok());
        }
        let Err(ActionError::TooMany { retry_after }) = sign_in(10, "asha") else {
            panic!("the eleventh attempt is rejected");
        };
        assert!(retry_after > Duration::from_secs(25) && retry_after <= Duration::from_secs(30));
        assert!(sign_in(10, "ravi").is_ok());
        for n in 0..60 {
            assert!(sign_in(99, &format!("account {n}")).is_ok());
        }
        assert!(sign_in(99, "another account").is_err());
        let mail = attempts.count(Attempt::Mail, address(99), None);
        assert!(mail.is_ok());
    }
}
