//! What actions need: the database, the hashing of passwords, access tokens, and limits.

mod access_token;
mod attempts;
mod authentication_cache;
mod ed25519;
mod key_limits;
mod signing_key;
mod state;

pub(crate) use attempts::Attempt;
pub(crate) use authentication_cache::subjects;
pub(crate) use key_limits::{KeyMeter, KeyQuota};
pub(crate) use state::MarketRoutes;

pub use access_token::AccessTokens;
pub use authentication_cache::AuthenticationCache;
pub use signing_key::SigningKey;
pub use state::Market;
