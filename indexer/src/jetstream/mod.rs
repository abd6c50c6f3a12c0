//! How do many nodes follow Postgres by one slot?
//!
//! A [`Publisher`] reads the changes from Postgres and publishes each transaction to a stream of NATS
//! JetStream; a [`JetstreamSource`] brings them to a node as if they came from a slot of its own.
//! Every message says from which position it goes on and which one it comes to. So the messages are a
//! chain: what is missing, twice or out of order is seen wherever the chain is read, whatever has
//! become of the stream in between, and a node needs to know nothing but the position of its index.

mod message;
mod outbox;
mod publisher;
mod publishing;
mod resume;
mod server;
mod source;

pub use publisher::Publisher;

pub(crate) use server::Connection;
pub(crate) use source::JetstreamSource;

use message::Origin;

use crate::config::{FollowConfig, Name};
use crate::postgres::change_source::Server;

/// Whose changes a stream has to carry.
fn origin(server: &Server, config: &FollowConfig) -> Origin {
    let (database, publication) = (config.database.database(), &config.publication);
    Origin {
        server: format!("system {}, timeline {}", server.system_id, server.timeline),
        // Quotes and escapes, since a database may be called anything.
        database: format!("database {database:?}, publication {publication}"),
    }
}

/// What the publisher of a stream calls itself, towards Postgres and NATS.
fn publisher_name(stream: &Name) -> String {
    format!("roost publish {stream}")
}
