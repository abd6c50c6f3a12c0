//! Settings of the follower: the database, the slot, the publication and the limits.

mod database_url;
mod error;
mod follow;
mod name;
#[cfg(feature = "nats")]
mod nats;
mod percent;

pub use database_url::DatabaseUrl;
pub use error::ConfigError;
pub use follow::FollowConfig;
pub use name::Name;
#[cfg(feature = "nats")]
pub use nats::{NatsConfig, NatsUrl, NatsUrlError};
